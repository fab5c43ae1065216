# SPDX-License-Identifier: Apache-2.0
# state.bats — anybody may be killed at any moment (I6): what is left is seen and cleared by the next command.
load dhow

monitor_of() { pgrep -f "^dhow-monitor --id $(dhow inspect -f '{{.Id}}' "$1") "; }

# clean — after rm -f of everything nothing is there, in the kernel neither.
clean() {
    local id ids
    ids=$(dhow ps -aq --no-trunc)
    for id in $ids; do dhow rm -f "$id" >/dev/null 2>&1 || true; done # it may go by itself meanwhile
    assert_is "$(dhow ps -aq)$(leftovers)" "" || return
    for id in $ids $1; do
        assert_is "$(find /sys/fs/cgroup -name "$id" -type d 2>/dev/null)" "" || return
    done
}

@test "a killed monitor's container is ended and seen as exited by the next command" {
    local id pid
    id=$(dhow run -d --name orphan bb sleep 98765)
    pid=$(state orphan Pid)
    kill -9 "$(monitor_of orphan)"
    assert dhow ps
    eventually state_is orphan exited
    assert_is "$(state orphan ExitCode)" 137
    assert_has "$(state orphan Error)" "monitor was killed"
    eventually test ! -e "/proc/$pid"
    dhow start orphan
    assert_is "$(state orphan Status)" running
    clean "$id"
}

@test "a killed foreground run leaves the container to its monitor, and --rm is kept" {
    dhow run --rm --name alone bb sleep 98765 3>&- &
    local pid=$!
    eventually state_is alone running
    kill -9 $pid
    wait $pid || true
    state_is alone running
    dhow kill alone
    eventually bash -c '[ -z "$(dhow ps -aq)" ]'
    clean
}

@test "a --rm container whose monitor was killed is removed by ps" {
    dhow run -d --rm --name lost bb sleep 98765 >/dev/null
    kill -9 "$(monitor_of lost)"
    eventually bash -c '[ -z "$(dhow ps -aq)" ]'
    clean
}

@test "a removal that was killed is finished by the next command" {
    local id n at
    id=$(dhow create --name half bb true)
    dhow start half && dhow wait half
    n=$(sysfault --count -- dhow rm half 2>&1 | tail -1)
    for ((at = 1; at <= n; at += 1 + n / 12)); do
        dhow create --name half bb true >/dev/null
        dhow start half >/dev/null && dhow wait half >/dev/null
        sysfault --at "$at" --kill-tree -- dhow rm half >/dev/null 2>&1 || true
        dhow ps -a >/dev/null
        dhow rm half >/dev/null 2>&1 || true
        clean
    done
}

# sweep_start WHO — kills at points all over a start, and looks at what the next commands find and leave.
sweep_start() {
    local n at step id status
    n=$(sysfault --count -- dhow run -d --name swept bb sleep 98765 2>&1 | tail -1)
    dhow rm -f swept >/dev/null
    step=$((1 + n / ${SWEEP_POINTS:-25}))
    for ((at = 1; at <= n; at += step)); do
        status=0
        sysfault --timeout-ms 60000 --at "$at" "$@" -- dhow run -d --name swept bb sleep 98765 >/dev/null 2>"$T/said" || status=$?
        [ $status != 124 ] || failed "hangs after system call $at of $n" "$(cat "$T/said")"
        assert timeout 30 dhow ps -a
        id=$(dhow ps -aq --no-trunc)
        timeout 30 dhow rm -f swept >"$T/said" 2>&1 || assert_has "$(cat "$T/said")" "No such container"
        clean $id || failed "killed at system call $at of $n"
    done
}

@test "dhow, monitor and runtime killed together at any point of a start: rm -f clears it" {
    sweep_start --kill-tree
}

@test "one of them killed at any point of a start: rm -f clears it" {
    sweep_start --kill-caller --survivors detach
}

@test "an error at any point of a start leaves nothing that rm -f does not clear" {
    sweep_start --errno EIO --survivors detach
}

# What waits for another process hears of it by one of these: a lost one must not make it wait for ever.
@test "a write or a wait that fails ends a start with an error, or harms nothing" {
    local call n at status
    for call in write wait4; do
        n=$(sysfault --only $call --count -- dhow run -d --name lost bb sleep 98765 2>&1 | tail -1)
        dhow rm -f lost >/dev/null
        for ((at = 1; at <= n; at++)); do
            status=0
            sysfault --timeout-ms 20000 --only $call --at "$at" --errno EIO --survivors detach -- \
                dhow run -d --name lost bb sleep 98765 >/dev/null 2>"$T/said" || status=$?
            [ $status != 124 ] || failed "hangs after $call $at of $n" "$(cat "$T/said")"
            timeout 30 dhow rm -f lost >"$T/said" 2>&1 || assert_has "$(cat "$T/said")" "No such container"
            clean || failed "$call $at of $n"
        done
    done
}

@test "commands and monitors killed at random while others work: all of it is cleared" {
    local i pid
    for i in $(seq 1 "${RANDOM_KILLS:-24}"); do
        dhow run --rm bb sh -c 'echo out; sleep 0.1' >/dev/null 2>&1 3>&- &
        pid=$!
        dhow run -d --rm bb sleep 98765 >/dev/null 2>&1 3>&- &
        sleep "0.0$((RANDOM % 10))"
        kill -9 $pid 2>/dev/null || true
        if [ $((i % 3)) = 0 ]; then
            pid=$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT" | shuf -n 1)
            [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
        fi
        [ $((i % 5)) != 0 ] || assert dhow ps -a
    done
    wait
    clean
}

@test "run --rm killed at any point leaves nothing that ps does not clear or rm -f does not remove" {
    local n at status
    n=$(sysfault --count -- dhow run --rm bb true 2>&1 | tail -1)
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-25})); do
        status=0
        sysfault --timeout-ms 60000 --at "$at" --kill-caller --survivors detach -- dhow run --rm bb true >/dev/null 2>"$T/said" || status=$?
        [ $status != 124 ] || failed "hangs after system call $at of $n" "$(cat "$T/said")"
        assert timeout 30 dhow ps -a
        clean || failed "killed at system call $at of $n"
    done
}

@test "rm -f and stop of --rm containers do not wait for the monitor that waits for them" {
    local i names=
    for i in 1 2 3 4; do
        dhow run -d --rm --name "fleeting$i" bb sleep 98765 >/dev/null
        names="$names fleeting$i"
    done
    assert timeout 20 dhow rm -f $names
    dhow run -d --rm --name again bb sleep 98765 >/dev/null
    assert timeout 20 dhow stop -t 0 again
    assert timeout 20 dhow create --name again bb true
    clean
}

@test "a paused container can be stopped, killed and removed" {
    local how
    for how in "stop -t 1" kill "rm -f"; do
        "$RUNTIME" --root "$DHOW_RUN_ROOT/runtime" pause "$(dhow run -d --name paused bb sleep 98765)"
        assert timeout 30 dhow $how paused
        [ "$how" = "rm -f" ] || eventually state_is paused exited
        dhow rm -f paused >/dev/null 2>&1 || true
    done
    clean
}

has_socket() { readlink /proc/"$1"/fd/* | grep -q ^socket; }

@test "rm -f, stop and attach do not wait for a client that does not read" {
    local how client second
    mkfifo "$T/unread"
    exec 7<>"$T/unread"
    for how in "rm -f" "stop -t 0"; do
        dhow run --rm --name blocked bb yes >"$T/unread" 3>&- &
        client=$!
        eventually state_is blocked running
        dhow attach --no-stdin blocked >/dev/null 3>&- &
        second=$!
        eventually has_socket $second
        assert timeout 20 dhow $how blocked
        wait $second || assert_is $? 137
        kill -9 $client
        wait $client || true
    done
    exec 7>&-
    clean
}

@test "many at once: every name once, every container there, all of it removed" {
    local i
    for i in 1 2 3 4 5 6 7 8; do dhow run -d --name "many$i" bb sleep 98765 >/dev/null 3>&- & done
    wait
    assert_is "$(dhow ps -q | wc -l)" 8
    for i in 1 2 3 4; do dhow create --name same bb true >>"$T/same" 2>&1 3>&- & done
    wait
    assert_is "$(grep -c '^[0-9a-f]*$' "$T/same")" 1
    assert_is "$(grep -c Conflict "$T/same")" 3
    for i in 1 2 3 4 5 6 7 8; do dhow rm -f "many$i" >/dev/null 3>&- & done
    wait
    clean
}

@test "on a full disk errors say so, and what is there can be removed" {
    mkdir "$T/small"
    mount -t tmpfs -o size=1m "$ID" "$T/small"
    local small="dhow --root $T/small/root --run-root $T/small-run"
    $small run --name first hello >/dev/null
    dd if=/dev/zero of="$T/small/filler" bs=1k 2>/dev/null || true
    run $small create --name second hello
    assert_status 1
    assert_has "$output" "disk that holds the data root is full"
    run $small start first
    assert_status 1
    assert $small ps -a
    assert $small rm first
    assert_is "$($small ps -aq)" ""
    rm "$T/small/filler"
    assert $small run --rm hello
    eventually umount "$T/small" # a monitor is gone a moment after its container
}

@test "a database of a newer dhow is refused, a directory that cannot be written is named" {
    cp -r "$DHOW_ROOT" "$T/newer"
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 99")' "$T/newer/state.db"
    run dhow --root "$T/newer" ps
    assert_status 1
    assert_has "$output" "written by a newer dhow (schema 99"
    run dhow --root /proc/nowhere ps
    assert_status 1
    assert_has "$output" "data root /proc/nowhere"
}

@test "many roots side by side do not see each other" {
    dhow create --name mine bb true >/dev/null
    run dhow --root "$T/second" --run-root "$T/second-run" ps -a
    assert_status 0
    assert_lacks "$output" mine
}

@test "a caller that ignores or blocks signals changes nothing" {
    local how
    for how in 'signal(SIGCHLD, SIG_IGN)' 'signal(SIGPIPE, SIG_IGN)' 'pthread_sigmask(SIG_BLOCK, valid_signals())'; do
        run timeout -s KILL 30 python3 - <<<"
import os
from signal import *
$how
os.execvp('dhow', ['dhow', 'run', '--rm', 'bb', 'sh', '-c', 'echo it is here; exit 3'])"
        assert_status 3
        assert_is "$output" "it is here"
    done
    clean
}

@test "rm -f of a container that is frozen" {
    local id
    id=$(dhow run -d --name ice bb sleep 98765)
    assert "$RUNTIME" --root "$DHOW_RUN_ROOT/runtime" pause "$id"
    assert timeout 30 dhow rm -f ice
    clean "$id"
}
