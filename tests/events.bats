# SPDX-License-Identifier: Apache-2.0
# events.bats — what happens is told in order, to whoever asks then or later.
load dhow

# told [FILTER…] — the actions since the test began, one a line.
told() {
    local args=()
    for filter; do args+=(--filter "$filter"); done
    dhow events --since "$BEGAN" --until 0s --format '{{.Type}} {{.Action}}' "${args[@]}"
}
began() { BEGAN=$(date +%s.%N); }

@test "a container's life is told in docker's order" {
    began
    dhow run --rm --name life bb true
    assert_is "$(told type=container)" "container create
container attach
container start
container die
container destroy"
}

@test "stop tells kill, die, stop" {
    dhow run -d --name one bb sleep 1000
    began
    dhow stop -t 0 one
    assert_is "$(told container=one type=container | tail -3)" "container kill
container die
container stop"
}

@test "an event has docker's line, with the attributes by name" {
    began
    dhow run --rm --name line --label b.c=d bb sh -c 'exit 3' || true
    assert_matches "$(dhow events --since "$BEGAN" --until 0s --filter event=die)" \
        '^20[0-9-]+T[0-9:]+\.[0-9]{9}(Z|[+-][0-9]{2}:[0-9]{2}) container die [0-9a-f]{64} \(b\.c=d, execDuration=0, exitCode=3, image=bb, name=line\)$'
}

@test "an event as JSON has docker's shape" {
    began
    dhow run --rm --name shape bb true
    run dhow events --since "$BEGAN" --until 0s --filter event=create --format json
    assert_is "$(jq -c '[keys, .Type, .Actor.Attributes.name, (.timeNano / 1000000000 | floor) == .time]' <<<"$output")" \
        '[["Action","Actor","Type","scope","time","timeNano"],"container","shape",true]'
}

@test "filters: event, container, image, label, type" {
    began
    dhow run --rm --name first --label x=1 bb true
    dhow run --rm --name second --label x=2 bb true
    assert_is "$(told event=create | wc -l)" 2
    assert_is "$(told event=create event=die | wc -l)" 4
    assert_is "$(told container=first event=create | wc -l)" 1
    assert_is "$(told label=x=2 event=create | wc -l)" 1
    assert_is "$(told label=x event=create | wc -l)" 2
    assert_is "$(told image=bb event=create | wc -l)" 2
    assert_is "$(told image=cc)" ""
    assert_is "$(told type=image)" ""
    run dhow events --until 0s --filter nonsense=1
    assert_failed
    assert_has "$output" "nonsense"
}

@test "who follows is told at once, and --until ends it" {
    timeout 20 dhow events --format '{{.Action}} {{.Actor.Attributes.name}}' >"$T/followed" &
    local follower=$!
    eventually test -e /proc/$follower/fd/4
    sleep 0.3
    dhow run --rm --name seen bb true
    eventually grep -q 'destroy seen' "$T/followed"
    kill $follower
    wait $follower 2>/dev/null || true
    assert_is "$(head -1 "$T/followed")" "create seen"
    run timeout 20 dhow events --until "$(date -d '+1 second' +%s)"
    assert_status 0
}

@test "the kill -9 of a monitor is told as a die" {
    dhow run -d --name orphan bb sleep 1000
    began
    kill -9 "$(pgrep -f "dhow-monitor .*$(dhow inspect -f '{{.Id}}' orphan)")"
    eventually state_is orphan exited
    assert_is "$(told container=orphan event=die)" "container die"
}

@test "images: import, tag, untag, save, load, delete" {
    began
    echo >"$T/file"
    tar -C "$T" -c file | dhow import - ev >/dev/null
    dhow tag ev ev:two
    dhow save -o "$T/ev.tar" ev:latest
    dhow rmi ev ev:two >/dev/null
    dhow load -i "$T/ev.tar" >/dev/null
    assert_is "$(told type=image | cut -d' ' -f2 | xargs)" "import tag save untag untag delete load"
    assert_is "$(dhow events --since "$BEGAN" --until 0s --filter event=tag --format '{{.Actor.Attributes.name}}')" ev:two
    dhow rmi ev >/dev/null
}

@test "commit and export are told" {
    dhow run --name from bb true
    began
    dhow commit -m "a word" from made >/dev/null
    dhow export from >/dev/null
    assert_is "$(told container=from | cut -d' ' -f2 | xargs)" "commit export"
    assert_has "$(dhow events --since "$BEGAN" --until 0s --filter event=commit)" "comment=a word"
    dhow rmi made >/dev/null
}

@test "a line torn by a full disk costs no other event" {
    began
    dhow run --rm bb true
    printf '\n{"Type":"container","Act' >>"$DHOW_ROOT/events/current.jsonl"
    dhow run --rm bb true
    assert_is "$(told event=create | wc -l)" 2
}

@test "a template that is none is refused" {
    run dhow events --until 0s --format '{{.Action'
    assert_status 64
    assert_has "$output" "template"
}

@test "a label cannot draw on the user's terminal, nor begin a line" {
    began
    dhow create --name rude --label $'l=\033[31mred\nsecond line' bb true >/dev/null
    assert_is "$(dhow events --since "$BEGAN" --until 0s | wc -l)" 1
    assert_lacks "$(dhow events --since "$BEGAN" --until 0s)" $'\033'
    assert_has "$(dhow events --since "$BEGAN" --until 0s --format '{{.Actor.Attributes.l}}')" $'\033[31mred\nsecond line'
}

@test "restarts, pauses, renames and processes of exec are told" {
    dhow run -d --name busy bb sleep 1000 >/dev/null
    began
    dhow pause busy
    dhow unpause busy
    dhow rename busy lazy
    dhow exec lazy true
    dhow restart -t 0 lazy
    assert_is "$(told type=container | cut -d' ' -f2- | xargs)" \
        "pause unpause rename exec_create: true exec_start: true exec_die kill die stop start restart"
    assert_has "$(dhow events --since "$BEGAN" --until 0s --filter event=rename)" "name=lazy, oldName=/busy"
    assert_is "$(told event=exec_start)" "container exec_start: true"
    assert_is "$(dhow events --since "$BEGAN" --until 0s --filter event=die --format '{{.Actor.Attributes.name}}')" lazy
}

@test "a health check's word is an event" {
    began
    dhow run -d --name well --health-cmd true --health-interval 200ms bb sleep 1000 >/dev/null
    is_told() { [ "$(told event=health_status | tail -1)" = "container health_status: healthy" ]; }
    eventually is_told
}

@test "networks and volumes are told: connect before start, disconnect and unmount after the end" {
    dhow volume create told >/dev/null
    began
    dhow run --rm --name all -v told:/data bb true
    assert_is "$(told type=network | xargs)" "network connect network disconnect"
    assert_is "$(told type=volume | xargs)" "volume mount volume unmount"
    assert_is "$(dhow events --since "$BEGAN" --until 0s --filter event=connect --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.type}}')" \
        "bridge bridge"
    dhow volume rm told >/dev/null
}
