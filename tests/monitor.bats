#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# monitor.bats — dhow-monitor, driven as the engine drives it (tests/tools/monitor-client), over the OCI runtime under
# test.

bats_require_minimum_version 1.5.0
load lib

export DHOW_MONITOR=$DHOW_BUILD/dhow-monitor

setup() {
    C=$ID-$BATS_TEST_NUMBER
    export PLAIN=1
    mkdir -p "$T/$C.run" "$RUNTIME_ROOT"
}

# Whatever a failed test leaves: the monitor has the container's id in its arguments.
teardown() {
    local pid
    for pid in $(monitor_pid); do kill -9 "$pid" 2>/dev/null || true; done
    runtime delete --force "$C" >/dev/null 2>&1 || true
}

# box COMMAND [JQ-EDIT] — a bundle for this test whose process is `sh -c COMMAND`.
box() {
    bundle "$C"
    edit_config "$C" ".process.args = [\"sh\", \"-c\", \$command]${2:+ | $2}" --arg command "$1"
    log_driver json-file
}

# log_driver NAME [OPTIONS-JSON] - in this test's monitor.json.
log_driver() {
    jq -n --arg driver "$1" "{log: {driver: \$driver, options: ${2:-{\}}}}" >"$T/$C/monitor.json"
}

client() {
    local verb=$1
    shift
    case $verb in
    start | run) monitor-client "$verb" "$T/$C" "$T/$C.run" "$C" "$@" ;;
    *) monitor-client "$verb" "$T/$C.run" "$@" ;;
    esac
}

monitor_pid() {
    pgrep -f "^[^ ]*/dhow-monitor --id $C " || true
}

monitor_is_gone() {
    [ -z "$(monitor_pid)" ]
}

live() {
    jq -r ".$1" "$T/$C/live.json"
}

log_text() {
    jq -j "select(.stream == \"$1\") | .log" "$T/$C/$C-json.log"
}

@test "output, error output and exit code reach the first client, live.json and the log" {
    box 'echo out; echo err >&2; exit 3'
    run --separate-stderr client run
    assert_status 3
    assert_is "$output" out
    assert_is "$stderr" err
    assert_is "$(live status) $(live exit_code) $(live pid)" "exited 3 0"
    assert_is "$(log_text stdout)" out
    assert_is "$(log_text stderr)" err
    assert_is "$(ls "$T/$C.run")" "$(printf 'lock\npid\nruntime.log')"
    assert_is "$(container_status "$C")" ""
}

@test "a command that is not there is reported with the runtime's words, and nothing is left" {
    box true '.process.args = ["/no/such/command"]'
    run client start
    assert_status 1
    assert_is "$(jq -r .pid <<<"$output")" 0
    assert_is "$(jq -r .kind <<<"$output")" "not found"
    assert_has "$(jq -r .error <<<"$output")" /no/such/command
    eventually monitor_is_gone
    assert_is "$(live status) $(live exit_code)" "exited 127"
    assert_is "$(container_status "$C")" ""
}

@test "live.json says running, with the pid, while it runs" {
    box 'sleep 1000'
    run client start
    assert_status 0
    assert_is "$(live status)" running
    assert_is "$(live pid)" "$(jq .pid <<<"$output")"
    assert_is "$(live pid)" "$(container_pid "$C")"
    assert_is "$(live boot_id)" "$(cat /proc/sys/kernel/random/boot_id)"
    run client signal 9
    assert_is "$output" 0
    eventually monitor_is_gone
    assert_is "$(live exit_code)" 137
}

@test "a hundred megabytes pass without loss, both ways at once" {
    box cat
    head -c 75000000 /dev/urandom | base64 -w 120 >"$T/data"
    log_driver none
    client run --stdin <"$T/data" >"$T/copy"
    cmp "$T/data" "$T/copy"
    assert_is "$(find "$T/$C" -maxdepth 1 -name '*log*')" ""
    rm "$T/data" "$T/copy"
}

@test "a first client that does not read holds the container back, and loses nothing" {
    box 'i=0; while [ $i -lt 40000 ]; do echo "line $i of forty thousand lines, to be longer than any pipe"; i=$((i+1)); done'
    client run 2>"$T/err" | (sleep 1 && cat) >"$T/copy"
    assert_is "$(wc -l <"$T/copy")" 40000
    assert_is "$(tail -1 "$T/copy")" "line 39999 of forty thousand lines, to be longer than any pipe"
    assert_is "$(log_text stdout | md5sum)" "$(md5sum <"$T/copy")"
}

@test "the end of the first client's input is the end of the container's" {
    box 'cat; echo end'
    run client run --stdin <<<"one line"
    assert_status 0
    assert_is "$output" "$(printf 'one line\nend')"
}

@test "without --stdin the container reads /dev/null" {
    box 'readlink /proc/self/fd/0; wc -c'
    run client run <<<"nobody reads this"
    assert_is "$output" "$(printf '/dev/null\n0')"
}

@test "a terminal has the size that a client gives it, then and later" {
    box 'until [ "$(stty size)" = "33 77" ]; do sleep 0.05; done; echo first; until [ "$(stty size)" = "12 34" ]; do sleep 0.05; done; tty; exit 5' \
        '.process.terminal = true'
    client start --tty --stdin
    client resize 33 77
    (sleep 0.3 && client resize 12 34) &
    run client attach
    assert_status 5
    assert_has "$output" /dev/pts/
    wait
}

@test "what is typed into a terminal comes out of it" {
    box 'read -r line; echo "got $line"; exit 0' '.process.terminal = true'
    run client run --tty --stdin < <(sleep 0.5; echo hello; sleep 1)
    assert_status 0
    assert_has "$output" "got hello"
}

@test "two attached clients see the same, and a third that only waits sees the end" {
    box 'read -r go; seq 1 20000; exit 9'
    client start --stdin
    client attach >"$T/first" 3>&- &
    local first=$!
    client wait >"$T/code" 3>&- &
    local waits=$!
    eventually listeners 2
    run client attach --stdin <<<go
    assert_status 9
    assert_is "$output" "$(seq 1 20000)"
    wait "$first" || true
    wait "$waits"
    assert_is "$(cat "$T/first")" "$(seq 1 20000)"
    assert_is "$(cat "$T/code")" 9
}

# listeners N — so many clients are connected.
listeners() {
    local pid
    pid=$(monitor_pid)
    [ "$(ls -l "/proc/$pid/fd" | grep -c socket:)" -gt "$1" ]
}

@test "a later client that does not read is dropped, and stops nobody" {
    box 'read -r go; i=0; while [ $i -lt 60000 ]; do echo "line $i, long enough to fill what is queued for who does not read"; i=$((i+1)); done; exit 2'
    client start --stdin
    client attach --slow 10 >"$T/slow" 2>/dev/null 3>&- &
    local slow=$!
    eventually listeners 1
    local code=0
    client attach --stdin <<<go >"$T/fast" || code=$?
    assert_is "$code" 2
    assert_is "$(wc -l <"$T/fast")" 60000
    code=0
    wait "$slow" || code=$?
    assert_is "$code" 125
}

@test "a signal is answered: sent, no such signal, no longer running" {
    box 'trap "exit 42" USR1; while :; do sleep 0.05; done'
    client start
    run client signal 1000
    assert_is "$output" 22
    run client signal 10
    assert_is "$output" 0
    eventually monitor_is_gone
    assert_is "$(live exit_code)" 42
    refute client signal 10
}

@test "who does not speak the protocol is hung up on; the container goes on" {
    box 'sleep 1000'
    client start
    local bytes
    for bytes in 0300000000000000 00000000ffffffff 0000000100000000 0100000000000000 1300000000000004ffffffff; do
        run client raw "$bytes"
        assert_is "$output" ""
    done
    assert_is "$(container_status "$C")" running
    client signal 9
    eventually monitor_is_gone
}

@test "one container has one monitor" {
    box 'sleep 1000'
    client start
    run client start
    assert_status 1
    assert_is "$(jq -r .kind <<<"$output")" conflict
    client signal 9
    eventually monitor_is_gone
}

@test "SIGTERM to the monitor is SIGTERM to the container" {
    box 'trap "exit 6" TERM; while :; do sleep 0.05; done'
    client start
    kill -TERM "$(monitor_pid)"
    eventually monitor_is_gone
    assert_is "$(live status) $(live exit_code)" "exited 6"
}

@test "the log is rotated, and only so much is kept" {
    box 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done'
    log_driver json-file '{"max-size": "20k", "max-file": "3"}'
    client run >/dev/null
    assert_is "$(cd "$T/$C" && echo "$C"-json.log*)" "$C-json.log $C-json.log.1 $C-json.log.2"
    assert_is "$(cat "$T/$C/$C"-json.log* | jq -r .stream | sort -u)" stdout
    assert_is "$(tail -1 "$T/$C/$C-json.log" | jq -r .log)" "line 2999"
}

@test "the next run appends to the log, behind what a kill tore" {
    box 'echo again'
    client run >/dev/null
    printf '{"log":"torn' >>"$T/$C/$C-json.log"
    client run >/dev/null
    assert_is "$(log_text stdout)" "$(printf 'again\nagain')"
}

@test "the exit command runs when nobody is there to remove the container, and the lock is free by then" {
    box true
    cat >"$T/$C.exit" <<END
#!/bin/sh
for fd in /proc/self/fd/*; do readlink \$fd; done | grep -c "$C.run/lock" >$T/$C.did
END
    chmod +x "$T/$C.exit"
    client start --auto-remove -- "$T/$C.exit"
    eventually [ -s "$T/$C.did" ]
    assert_is "$(cat "$T/$C.did")" 0
}

@test "the exit command is left to the first client while there is one" {
    box 'sleep 0.2'
    printf '#!/bin/sh\ntouch %s\n' "$T/$C.did" >"$T/$C.exit"
    chmod +x "$T/$C.exit"
    client run --auto-remove -- "$T/$C.exit"
    eventually monitor_is_gone
    [ ! -e "$T/$C.did" ]
}

@test "the exit command runs when the first client was killed" {
    box 'sleep 1'
    printf '#!/bin/sh\ntouch %s\n' "$T/$C.did" >"$T/$C.exit"
    chmod +x "$T/$C.exit"
    monitor-client run "$T/$C" "$T/$C.run" "$C" --auto-remove -- "$T/$C.exit" 3>&- &
    local first=$!
    eventually [ -S "$T/$C.run/attach.sock" ]
    kill -9 "$first"
    eventually [ -e "$T/$C.did" ]
    assert_is "$(live status) $(live exit_code)" "exited 0"
}

@test "a monitor killed at any system call leaves a free lock, and delete --force clears the rest" {
    box 'seq 1 1000; exit 8'
    printf '#!/bin/sh\nexec sysfault --at $AT --kill-caller --survivors detach -- %s "$@"\n' "$DHOW_MONITOR" >"$T/$C.killed"
    chmod +x "$T/$C.killed"
    for AT in 2 20 $(seq 25 5 150) $(seq 200 100 700); do
        export AT
        rm -f "$T/$C/live.json"
        DHOW_MONITOR=$T/$C.killed client start >/dev/null 2>&1 || true
        # Whoever was not killed (the monitor, or a runtime that it had started) ends by itself.
        eventually nobody_starts
        runtime delete --force "$C" >/dev/null 2>&1 || true
        eventually monitor_is_gone
        assert_is "$(container_status "$C")" ""
        [ ! -e "$T/$C/live.json" ] || assert_matches "$(live status)" '^(running|exited)$'
        [ ! -e "$T/$C/$C-json.log" ] || head -n -1 "$T/$C/$C-json.log" | jq -e . >/dev/null
    done
    run client run
    assert_status 8
    assert_is "$output" "$(seq 1 1000)"
}

nobody_starts() {
    ! pgrep -f "^$RUNTIME .* $C\$" >/dev/null
}

@test "the kernel's kill for want of memory is told" {
    [ -d /sys/fs/cgroup/memory ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "no memory controller"
    box 'x=a; while :; do x=$x$x; done' '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
    run client run
    assert_failed
    assert_is "$(live oom_killed)" true
    box true
    client run
    assert_is "$(live oom_killed)" false
}

@test "an idle monitor has at most one MiB resident and a quarter of its own" {
    [ "$(basename "$DHOW_BUILD")" = release ] || skip "only the release build is small"
    box 'echo hello; sleep 1000'
    client start
    eventually [ -s "$T/$C/$C-json.log" ]
    local rollup rss private
    rollup=/proc/$(monitor_pid)/smaps_rollup
    rss=$(awk '/^Rss:/ {print $2}' "$rollup")
    private=$(awk '/^Private_Dirty:/ {print $2}' "$rollup")
    [ "$rss" -le 1024 ] || failed "resident: $rss KiB"
    [ "$private" -le 256 ] || failed "private: $private KiB"
    client signal 9
    eventually monitor_is_gone
}

@test "a thousand attaches leave nothing behind" {
    box 'sleep 1000'
    client start
    local before after
    before=$(ls "/proc/$(monitor_pid)/fd" | wc -l)
    python3 - "$T/$C.run" <<'END'
import os, socket, struct, sys
directory = os.open(sys.argv[1], os.O_PATH)
for i in range(1000):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(f"/proc/self/fd/{directory}/attach.sock")
        sock.sendall(struct.pack(">B3xI", 16, 0) + struct.pack(">B3xIHH", 17, 4, 24, 80))
        if i % 2:
            sock.sendall(b"\0\0\0\0\0\0")  # half a header
END
    eventually descriptors_are "$before"
    client signal 9
    eventually monitor_is_gone
}

descriptors_are() {
    [ "$(ls "/proc/$(monitor_pid)/fd" | wc -l)" -eq "$1" ]
}
