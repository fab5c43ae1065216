# SPDX-License-Identifier: Apache-2.0
# life.bats — what a user does to a container between create and rm, and what is told of its end.
load dhow

monitor_of() { pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' "$1") "; }

@test "pause freezes, unpause lets go on, and ps says so" {
    dhow run -d --name it bb sh -c 'i=0; while :; do i=$((i+1)); echo $i >/n; done'
    dhow pause it
    assert_is "$(state it Status)" paused
    assert_matches "$(dhow ps --format '{{.Status}}')" '\(Paused\)$'
    local before
    before=$(cat "$DHOW_ROOT"/containers/*/upper/n)
    sleep 0.3
    assert_is "$(cat "$DHOW_ROOT"/containers/*/upper/n)" "$before"
    run dhow pause it
    assert_has "$output" "is already paused"
    run dhow start it
    assert_has "$output" "cannot start a paused container, try unpause instead"
    dhow unpause it
    assert_is "$(state it Status)" running
    run dhow unpause it
    assert_has "$output" "is not paused"
}

@test "a paused container can be stopped, killed and removed by force only" {
    dhow run -d --name it bb sleep 1000
    dhow pause it
    run dhow rm it
    assert_has "$output" "container is paused and must be unpaused first"
    dhow stop -t 1 it
    assert_is "$(state it Status)" exited
    dhow start it
    dhow pause it
    dhow rm -f it
    assert_is "$(leftovers)" ""
}

@test "pause --all and unpause --all" {
    dhow run -d --name one bb sleep 1000
    dhow run -d --name two bb sleep 1000
    dhow pause --all
    assert_is "$(dhow ps -q --filter status=paused | wc -l)" 2
    dhow unpause --all
    assert_is "$(dhow ps -q --filter status=running | wc -l)" 2
}

@test "rename, and the words for names that cannot be" {
    dhow create --name one bb true
    dhow create --name two bb true
    dhow rename one three
    assert_is "$(dhow inspect -f '{{.Name}}' three)" /three
    run dhow rename three two
    assert_status 1
    assert_has "$output" 'The container name "/two" is already in use'
    run dhow rename three three
    assert_has "$output" "same name as its current name"
    run dhow rename three 'a b'
    assert_has "$output" "Invalid container name"
}

@test "stop does not wait for a signal that cannot have an effect, and says so" {
    dhow run -d --name deaf bb sleep 1000
    local start=$SECONDS
    run dhow stop deaf
    assert_status 0
    assert_has "$output" "its first process has no handler for SIGTERM"
    [ $((SECONDS - start)) -lt 8 ]
    dhow run -d --name ignores --init bb sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
    eventually bash -c '[ "$(dhow logs ignores)" = ready ]'
    run dhow stop ignores
    assert_has "$output" "its program ignores SIGTERM"
    assert_is "$(state ignores ExitCode)" 137
}

@test "stop waits for one that has a handler, and for one that blocks the signal" {
    dhow run -d --name hears bb sh -c 'trap "sleep 0.5; exit 4" TERM; echo ready; while :; do sleep 0.1; done'
    eventually bash -c '[ "$(dhow logs hears)" = ready ]'
    run dhow stop hears
    assert_is "$output" hears
    assert_is "$(state hears ExitCode)" 4
    dhow run -d --name inited --init bb sleep 1000
    run dhow stop inited
    assert_is "$output" inited
    assert_is "$(state inited ExitCode)" 143
}

@test "several containers are stopped and removed together" {
    local i
    for i in 1 2 3 4 5; do
        dhow run -d --name "it$i" bb sh -c 'trap "sleep 1; exit 0" TERM; echo ready; while :; do sleep 0.1; done'
    done
    for i in 1 2 3 4 5; do eventually bash -c "[ \"\$(dhow logs it$i)\" = ready ]"; done
    local start=$SECONDS
    dhow stop it1 it2 it3 it4 it5
    [ $((SECONDS - start)) -lt 5 ]
    dhow start it1 it2 it3
    dhow rm -f it1 it2 it3 it4 it5
    assert_is "$(leftovers)" ""
}

@test "a monitor that is stopped cannot make stop and rm -f hang" {
    dhow run -d --name it bb sleep 1000
    local pid
    pid=$(monitor_of it)
    kill -STOP "$pid"
    run timeout 60 dhow stop -t 1 it
    assert_status 1
    assert_has "$output" "its monitor, process $pid, does not answer"
    run timeout 60 dhow rm -f it
    assert_status 1
    kill -CONT "$pid"
    dhow rm -f it
    assert_is "$(leftovers)" ""
}

@test "wait has docker's conditions" {
    dhow run -d --name it bb sh -c 'sleep 0.5; exit 6'
    assert_is "$(dhow wait it)" 6
    assert_is "$(dhow wait it)" 6
    (sleep 0.5; dhow start it) &
    assert_is "$(dhow wait --condition next-exit it)" 6
    wait
    (sleep 0.5; dhow rm it) &
    assert_is "$(timeout 20 dhow wait --condition removed it)" 6
    wait
    run dhow wait --condition never it2
    assert_has "$output" "invalid condition"
}

@test "update changes limits at once, environment and labels for the next start" {
    dhow run -d --name it -e A=1 -e B=2 -l one=1 -m 64m bb sh -c 'env; sleep 1000'
    dhow update -m 96m --memory-swap 96m -e A=3 --unsetenv B -l two=2 --unset-label one it
    run dhow exec it sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max'
    assert_has "$output" 100663296
    assert_is "$(dhow inspect -f '{{.HostConfig.Memory}}' it)" 100663296
    assert_is "$(dhow inspect -f '{{json .Config.Labels}}' it)" '{"two":"2"}'
    dhow restart -t 0 it
    eventually bash -c 'dhow logs it | grep -q A=3'
    assert_is "$(dhow logs it | grep -c '^B=')" 1
    run dhow update it
    assert_has "$output" "you must provide one or more flags"
}

@test "why tells of a code, a signal and its sender, and of memory" {
    dhow run --name code bb sh -c 'echo last words; exit 7' || true
    run dhow why code
    assert_has "$output" "it exited by itself with code 7"
    assert_has "$output" "last words"
    dhow run -d --name killed bb sleep 1000
    dhow kill killed
    assert_has "$(dhow why killed)" "SIGKILL ended it, sent by dhow kill"
    dhow run -d --name outside bb sleep 1000
    kill -9 "$(state outside Pid)"
    eventually state_is outside exited
    assert_has "$(dhow why outside)" "SIGKILL ended it, not sent by dhow"
    dhow run --name big -m 16m --memory-swap 16m bb sh -c 'x=$(head -c 100000000 /dev/zero | tr "\0" x); echo $x' >/dev/null || true
    run dhow why big
    assert_has "$output" "limit 16.8MB"
    assert_matches "$output" "memory limit was reached|for want of memory"
    dhow run --name missing bb no-such-program || true
    assert_has "$(dhow why missing)" "it did not run"
}

@test "--cidfile, --pidfile, --env-file, --label-file, --annotation" {
    printf '# words\nA=1\nFROM_HERE\n' >"$T/env"
    printf 'x=file\ny=file\n' >"$T/labels"
    FROM_HERE=here dhow run -d --name it --cidfile "$T/cid" --pidfile "$T/pid" --env-file "$T/env" -e B=2 \
        --label-file "$T/labels" -l y=line --annotation note=this bb sh -c 'env; sleep 1000'
    assert_is "$(cat "$T/cid")" "$(dhow inspect -f '{{.Id}}' it)"
    assert_is "$(cat "$T/pid")" "$(state it Pid)"
    run dhow logs it
    assert_has "$output" A=1
    assert_has "$output" FROM_HERE=here
    assert_is "$(dhow inspect -f '{{json .Config.Labels}}' it)" '{"x":"file","y":"line"}'
    assert_is "$(jq -r '.annotations.note' "$DHOW_ROOT"/containers/*/config.json)" this
    run dhow run --cidfile "$T/cid" bb true
    assert_status 125
    assert_has "$output" "container ID file found"
    echo 'A B=1' >"$T/env"
    run dhow run --env-file "$T/env" bb true
    assert_status 125
    assert_has "$output" "line 1: variable 'A B' contains whitespaces"
}

@test "an end that its client did not see is released by container cleanup, as often as one likes" {
    dhow run -d --name it bb true
    eventually state_is it exited
    dhow container cleanup it it
    dhow container cleanup not-there
}

@test "whatever ends a container, what it held is released when the command returns" {
    dhow run --name ends --network bridge bb true || skip "no bridge"
    dhow run -d --name stopped --network bridge bb sleep 1000
    dhow run -d --name killed --network bridge bb sleep 1000
    dhow stop stopped
    kill -9 "$(state killed Pid)"
    eventually bash -c '! ls "$DHOW_RUN_ROOT"/containers/*/held'
    assert_is "$(ls "$DHOW_RUN_ROOT"/containers/*/held 2>/dev/null)" ""
    assert_is "$(ip -o link show type veth | grep -c "$DHOW_RUN_ROOT")" 0
}

@test "what a killed client, monitor or exit command did not release, the next look does" {
    dhow run -d --name it --network bridge bb sleep 1000 || skip "no bridge"
    kill -9 "$(monitor_of it)"
    eventually state_is it exited
    assert_is "$(ls "$DHOW_RUN_ROOT"/containers/*/held 2>/dev/null)" ""
}
