# SPDX-License-Identifier: Apache-2.0
# ps.bats — which containers are listed, and what of them.
load dhow

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import -c 'EXPOSE 80' - bb >/dev/null
    dhow run --rm bb true
}

# names [OPTION…] — of what ps lists, sorted.
names() { dhow ps -a --format '{{.Names}}' "$@" | sort | xargs; }

three() {
    dhow run -d --name up --label tier=front bb sleep 1000 >/dev/null
    dhow run --name done --label tier=back bb sh -c 'exit 3' || true
    dhow create --name new --label tier=front --label extra bb true >/dev/null
}

@test "without -a only those that run are listed" {
    three
    assert_is "$(dhow ps --format '{{.Names}}')" up
    assert_is "$(names)" "done new up"
    assert_is "$(dhow ps -q | wc -l)" 1
}

@test "filters: status, exited, name, id, label" {
    three
    assert_is "$(names -f status=running)" up
    assert_is "$(dhow ps -f status=created --format '{{.Names}}')" new
    assert_is "$(names -f status=exited -f status=created)" "done new"
    assert_is "$(names -f exited=3)" "done"
    assert_is "$(names -f exited=0)" ""
    assert_is "$(names -f name=^d)" "done"
    assert_is "$(names -f name=e)" "done new"
    assert_is "$(names -f "id=$(dhow inspect -f '{{.Id}}' new | head -c 12)")" new
    assert_is "$(names -f label=tier=front)" "new up"
    assert_is "$(names -f label=tier=front -f label=extra)" new
}

@test "filters: before, since, ancestor" {
    three
    assert_is "$(names -f since=up)" "done new"
    assert_is "$(names -f before=new)" "done up"
    assert_is "$(names -f since=up -f before=new)" "done"
    dhow run --name other hello >/dev/null
    assert_is "$(names -f ancestor=hello)" other
    assert_is "$(names -f ancestor=bb)" "done new up"
    assert_is "$(names -f ancestor=nothing)" ""
    run dhow ps -f since=nobody
    assert_failed
    assert_has "$output" "No such container: nobody"
}

@test "filters: expose, publish, is-task, health" {
    three
    dhow create --name closed hello >/dev/null
    assert_is "$(names -f expose=80)" "done new up"
    assert_is "$(names -f expose=80/tcp)" "done new up"
    assert_is "$(names -f expose=79-81/tcp)" "done new up"
    assert_is "$(names -f expose=80/udp)" ""
    dhow rm closed >/dev/null
    assert_is "$(names -f publish=80)" ""
    assert_is "$(names -f is-task=false)" "done new up"
    assert_is "$(names -f is-task=true)" ""
    assert_is "$(names -f health=none)" "done new up"
    assert_is "$(names -f health=healthy)" ""
}

@test "a filter that makes no sense is refused" {
    for filter in nonsense=1 status=gone exited=x expose=eighty health=good is-task=perhaps; do
        run dhow ps -f "$filter"
        assert_failed
        assert_has "$output" "${filter%%=*}"
    done
}

@test "--last and --latest list what was created last" {
    three
    assert_is "$(dhow ps -n 2 --format '{{.Names}}' | xargs)" "new done"
    assert_is "$(dhow ps -l --format '{{.Names}}')" new
}

@test "-s shows what a container wrote, and that with its image" {
    dhow run --name wrote bb sh -c 'head -c 3000000 /dev/zero >/file'
    assert_matches "$(dhow ps -as)" 'SIZE'
    assert_matches "$(dhow ps -a --format '{{.Size}}')" '^3MB \(virtual [0-9.]+MB\)$'
    assert_lacks "$(dhow ps -a)" SIZE
    assert_is "$(dhow inspect -s -f '{{.SizeRw}}' wrote)" 3000000
    assert_is "$(dhow inspect -f '{{.SizeRw}}' wrote)" "<nil>"
}

@test "a command shows its words with blanks in quotes" {
    dhow create --name words bb sh -c 'echo a b' >/dev/null
    assert_is "$(dhow ps -a --no-trunc --format '{{.Command}}')" "\"sh -c 'echo a b'\""
}

@test "an image whose name means another by now is shown by its id" {
    tar -C "$T/busybox" -c . | dhow import -m one - moves >/dev/null
    dhow create --name first moves true >/dev/null
    assert_is "$(dhow ps -a --format '{{.Image}}')" moves
    tar -C "$T/busybox" -c . | dhow import -m two - moves >/dev/null
    assert_matches "$(dhow ps -a --format '{{.Image}}')" '^[0-9a-f]{12}$'
    dhow rm first >/dev/null
    dhow rmi moves >/dev/null
}

@test "the platform is that of the image" {
    dhow create --name where bb true >/dev/null
    assert_matches "$(dhow ps -a --format '{{.Platform}}')" '^linux/'
}

@test "container exists says it by its exit status" {
    dhow create --name here bb true >/dev/null
    run dhow container exists here
    assert_status 0
    assert_is "$output" ""
    run dhow container exists gone
    assert_status 1
    assert_is "$output" ""
}
