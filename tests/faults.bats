# SPDX-License-Identifier: Apache-2.0
# faults.bats — a container that has everything, and faults at sampled system calls of every verb: nothing leaks.
#
# After each fault the ordinary commands (ps, rm -fv, network rm, volume rm) must end in time, succeed, and leave nothing in
# the roots and in the kernel. SWEEP_POINTS=N takes that many points of each verb instead of a few.
load dhow

setup() {
    PORT=$((20000 + RANDOM % 10000))
    BRIDGE=dhowf$PORT
    FULL=(-d --name full --network crew -p "127.0.0.1:$PORT:80" -v data:/data -v /anonymous --tmpfs /t --health-cmd true
        --health-interval 1s --restart on-failure --memory 64m bb sleep 98765)
    crew
}

crew() { dhow network create -o com.docker.network.bridge.name="$BRIDGE" crew >/dev/null; }

teardown() {
    local name
    for name in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -fv "$name" >/dev/null 2>&1 || true; done
    for name in $(timeout 60 dhow network ls -q --filter type=custom); do timeout 60 dhow network rm "$name" >/dev/null || true; done
    timeout 60 dhow volume prune -af >/dev/null || true
}

full() { timeout 60 dhow run "${FULL[@]}" >/dev/null; }

# remains ID… — what a removed container with everything left: one line each, nothing when all is well.
remains() {
    local id
    leftovers
    dhow ps -aq
    dhow volume ls -q | grep -vx data
    for id in "$@"; do find /sys/fs/cgroup -name "$id" -type d 2>/dev/null; done
    ip -br link show master "$BRIDGE" 2>/dev/null
    nft list ruleset 2>/dev/null | grep -w "$PORT"
    dhow network inspect -f '{{range .Containers}}lease of {{.Name}}{{end}}' crew | grep .
    find "$DHOW_RUN_ROOT" -path '*netns/*' 2>/dev/null
    return 0
}

# nothing_left WHAT — after a fault the ordinary commands clear all of it, each within its time.
nothing_left() {
    local ids left
    ids=$(timeout 30 dhow ps -aq --no-trunc) || failed "ps fails after $1" || return
    timeout 30 dhow rm -fv full >"$T/said" 2>&1 || assert_has "$(cat "$T/said")" "No such container" || failed "rm -fv after $1" || return
    # The kernel takes a network namespace apart in its own time.
    nothing_remains() { left=$(remains "$@") && [ -z "$left" ]; }
    eventually nothing_remains $ids || failed "left after $1" "$left" || return
    timeout 30 dhow network rm crew >"$T/said" 2>&1 || failed "network rm after $1" "$(cat "$T/said")" || return
    timeout 30 dhow volume rm -f data >"$T/said" 2>&1 || failed "volume rm after $1" "$(cat "$T/said")" || return
    crew || failed "network create after $1"
}

# A process's signal mask is always changed: no kernel lets that call fail, so no point is taken there.
# sweep POINTS FAULT… -- VERB… — the fault at so many points of the verb on a full container (of its making, for run).
sweep() {
    local points=${SWEEP_POINTS:-$1} n at status fault=()
    shift
    while [ "$1" != -- ]; do fault+=("$1") && shift; done
    shift
    [ "$1" = run ] || full || return
    n=$(sysfault --survivors detach --count --except rt_sigprocmask -- dhow "$@" 2>&1 | tail -1)
    nothing_left "$*" || return
    for ((at = 1 + RANDOM % (1 + n / points); at <= n; at += 1 + n / points)); do
        [ "$1" = run ] || full || failed "a new one does not start" || return
        status=0
        sysfault --timeout-ms 30000 --at "$at" --except rt_sigprocmask "${fault[@]}" -- dhow "$@" >/dev/null 2>"$T/fault" || status=$?
        [ $status != 124 ] || failed "$* hangs: ${fault[*]} at $at of $n" "$(cat "$T/fault")" || return
        nothing_left "$1 ${fault[*]} at $at of $n: $(cat "$T/fault")" || return
    done
}

VERBS=("stop -t 0 full" "restart -t 0 full" "rm -fv full" "pause full" "update --memory 48m --memory-swap 48m full"
    "network connect bridge full" "network disconnect crew full" "exec full true" "cp $BATS_TEST_FILENAME full:/data/file")

@test "all killed at any point of the start of one that has everything" {
    sweep 10 --kill-tree -- run "${FULL[@]}"
}

@test "one killed at any point of the start of one that has everything" {
    sweep 10 --kill-caller --survivors detach -- run "${FULL[@]}"
}

@test "an error at any point of the start of one that has everything" {
    local error
    for error in ENOSPC EMFILE EIO; do
        sweep 4 --errno $error --survivors detach -- run "${FULL[@]}" || return
    done
}

@test "any verb killed at any point" {
    local verb
    for verb in "${VERBS[@]}"; do
        sweep 2 --kill-caller --survivors detach -- $verb || return
    done
}

@test "any verb with an error at any point" {
    local verb
    for verb in "${VERBS[@]}"; do
        sweep 1 --errno ENOSPC --survivors detach -- $verb || return
        sweep 1 --errno EMFILE --survivors detach -- $verb || return
    done
}

@test "a stopped monitor and a frozen container: every command ends" {
    local id monitor verb
    for verb in "ps -a" "inspect full" "top full" "stats --no-stream full" "exec full true" "pause full" "update --memory 48m full" "stop -t 1 full" \
        "logs full" "rm -fv full"; do
        full
        id=$(dhow inspect -f '{{.Id}}' full)
        monitor=$(pgrep -f "^dhow-monitor --id $id ")
        kill -STOP "$monitor"
        run timeout 30 dhow $verb
        kill -CONT "$monitor" 2>/dev/null || true
        [ "$status" != 124 ] || failed "$verb hangs" || return
        nothing_left "$verb with a stopped monitor" || return
    done
    for verb in "exec full true" "top full" "stats --no-stream full" "restart -t 1 full" "stop -t 1 full" "cp full:/etc/hostname $T/got" "rm -fv full"; do
        full
        dhow pause full >/dev/null
        run timeout 30 dhow $verb
        [ "$status" != 124 ] || failed "$verb hangs" || return
        nothing_left "$verb of a frozen one" || return
    done
}

@test "few descriptors: an error or success, nothing between" {
    local limit
    for limit in 3 4 5 6 8 10 12 16 20 24 32 48; do
        run timeout 30 bash -c 'ulimit -n "$1"; shift; exec dhow run "$@"' - $limit "${FULL[@]}"
        [ "$status" != 124 ] || failed "hangs with $limit descriptors" || return
        nothing_left "run with $limit descriptors: $output" || return
    done
}

@test "somebody deletes the bridge, the volume's mount or the cgroup: it is repaired or said" {
    local id
    full
    ip link delete "$BRIDGE"
    assert timeout 30 dhow restart -t 0 full
    assert timeout 30 dhow exec full ip addr show eth0
    nothing_left "the bridge deleted"
    full
    id=$(dhow inspect -f '{{.Id}}' full)
    nsenter -t "$(state full Pid)" -m umount /data
    assert timeout 30 dhow restart -t 0 full
    assert timeout 30 dhow exec full touch /data/file
    nothing_left "a volume unmounted"
    full
    id=$(dhow inspect -f '{{.Id}}' full)
    find /sys/fs/cgroup -depth -type d -path "*/$id/*" -exec rmdir {} + 2>/dev/null || true
    for at in /sys/fs/cgroup/*; do
        at=$(find "$at" -name "$id" -type d 2>/dev/null | head -1)
        [ -n "$at" ] || continue
        cat "$at/cgroup.procs" | while read -r pid; do echo "$pid" >"${at%/*}/cgroup.procs"; done
        rmdir "$at" || true
    done
    run timeout 30 dhow stop -t 0 full
    assert_status 0
    assert timeout 30 dhow start full
    nothing_left "the cgroup removed"
}

@test "on a full disk a container ends in order, rm and prune work, and the message says what is full" {
    mkdir "$T/small"
    mount -t tmpfs -o size=2m "$ID" "$T/small"
    local small="dhow --root $T/small/root --run-root $T/small-run"
    $small volume create data >/dev/null
    $small run -d --name going -v data:/data --network none hello >/dev/null
    $small create --name other -v data:/data -v /anonymous hello >/dev/null
    dd if=/dev/zero of="$T/small/filler" bs=1k 2>/dev/null || true
    run $small volume create more
    assert_status 1
    assert_has "$output" full
    run $small run --name third hello
    assert_has "$output" full
    assert timeout 30 $small logs going
    assert timeout 30 $small rm -fv going
    assert timeout 30 $small rm -fv other
    assert timeout 30 $small volume rm data
    assert timeout 30 $small container prune -f
    assert timeout 30 $small volume prune -af
    assert timeout 30 $small network prune -f
    assert timeout 30 $small system prune -f
    assert_is "$($small ps -aq)$($small volume ls -q)" ""
    rm "$T/small/filler"
    assert $small run --rm --network none hello
    eventually umount "$T/small"
}
