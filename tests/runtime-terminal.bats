#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-terminal.bats - the terminal: console socket, size, /dev/console, in the foreground, for exec.

load runtime

terminal='.process.terminal = true'

# with_console VERB… — the runtime's verb with a console socket and somebody behind it.
with_console() {
    local verb=$1
    shift
    "$TESTS/console.py" "$T/console.sock" "$RUNTIME" --root "$RUNTIME_ROOT" "$verb" --console-socket "$T/console.sock" "$@"
}

@test "terminal: create sends the master to the console socket with the size that was asked" {
    config tty 'tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console; cat /proc/1/stat | cut -d" " -f7; read x; echo got $x; echo END' \
        "$terminal | .process.consoleSize = {height: 31, width: 77}"
    made tty
    THEN="$RUNTIME --root $RUNTIME_ROOT start $ID-tty" TYPE=$'hello\n' run with_console create -b "$T/tty" "$ID-tty"
    assert_status 0
    assert_is "${lines[0]}" "name /dev/ptmx"
    assert_is "${lines[1]}" "size 31 77"
    assert_has "$output" /dev/pts/0
    assert_has "$output" "31 77"
    assert_has "$output" $'\nall\n'
    assert_matches "$output" '136, +0 .* /dev/console'
    assert_has "$output" "got hello"
    assert_lacks "$output" $'\n0\n' # it has a controlling terminal
}

@test "terminal: a change of its size reaches the process" {
    config size 'stty size; echo END' "$terminal"
    made size
    RESIZE=10x20 THEN="$RUNTIME --root $RUNTIME_ROOT start $ID-size" run with_console create -b "$T/size" "$ID-size"
    assert_status 0
    assert_has "$output" "size 0 0"
    assert_has "$output" "10 20"
}

@test "terminal: writing to /dev/console and /dev/tty reaches it, for a user that is not root too" {
    config dev 'echo one >/dev/console; echo two >/dev/tty; echo three >/dev/stdout; echo END' "$terminal | .process.user = {uid: 1000, gid: 1000}"
    made dev
    THEN="$RUNTIME --root $RUNTIME_ROOT start $ID-dev" run with_console create -b "$T/dev" "$ID-dev"
    assert_status 0
    assert_has "$output" $'one\ntwo\nthree'
}

@test "terminal: the terminal's keys send signals" {
    config intr 'trap "echo interrupted; echo END; exit" INT; echo ready; while :; do sleep 0.1; done' "$terminal"
    made intr
    THEN="$RUNTIME --root $RUNTIME_ROOT start $ID-intr; sleep 0.3" TYPE=$'\003' run with_console create -b "$T/intr" "$ID-intr"
    assert_status 0
    assert_has "$output" interrupted
}

@test "terminal: exec with a console socket, into a container that has none itself" {
    started plain
    run with_console exec --tty "$ID-plain" sh -c 'tty; ls -l $(tty) | cut -c1; echo END'
    assert_status 0
    assert_has "$output" $'/dev/pts/0\nc\nEND'
    jq '.process | .terminal = true | .args = ["sh", "-c", "stty size; echo END"] | .consoleSize = {height: 9, width: 8}' \
        "$T/plain/config.json" >"$T/plain/process.json"
    run with_console exec --process "$T/plain/process.json" --detach "$ID-plain"
    assert_status 0
    assert_has "$output" "9 8"
}

@test "terminal: run in the foreground on the caller's own terminal" {
    config fore 'tty; stty size; echo END' "$terminal"
    run timeout 20 script -qec "stty rows 12 cols 34; '$RUNTIME' --root '$RUNTIME_ROOT' run -b '$T/fore' '$ID-fore'" /dev/null </dev/null
    assert_status 0
    assert_has "$output" /dev/pts/0
    assert_has "$output" "12 34"
    run timeout 20 script -qec "'$RUNTIME' --root '$RUNTIME_ROOT' run -b '$T/fore' '$ID-fore'; exit 5" /dev/null </dev/null
    assert_status 5
}

@test "terminal: exec -t in the foreground gives output and status back" {
    started foreexec
    run timeout 20 script -qec "'$RUNTIME' --root '$RUNTIME_ROOT' exec -t '$ID-foreexec' sh -c 'tty; exit 9'" /dev/null </dev/null
    assert_status 9
    assert_has "$output" /dev/pts/0
}

@test "terminal: nobody to take it, or nobody who wants one, is refused" {
    config none true "$terminal"
    run runtime create -b "$T/none" "$ID-none"
    assert_failed
    assert_has "$output" --console-socket
    run runtime create --console-socket "$T/nobody" -b "$T/none" "$ID-none"
    assert_failed
    assert_has "$output" "connect to $T/nobody"
    config none true
    run runtime create --console-socket "$T/nobody" -b "$T/none" "$ID-none"
    assert_failed
    assert_has "$output" "process.terminal is false"
    run runtime state "$ID-none"
    assert_failed
}
