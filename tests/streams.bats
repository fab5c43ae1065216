#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# streams.bats - standard streams, terminals, attach and exec (SECURITY.md's F15, features EX and LC-02, LC-03).
load dhow

bats_require_minimum_version 1.5.0

# in_background COMMAND... - $CHILD is its pid.
in_background() {
    "$@" 3>&- &
    CHILD=$!
}
client_ends() { ! kill -0 "$CHILD" 2>/dev/null; }
# A container whose terminal shell is ready when this returns.
shell() {
    dhow run -dit --name "$1" bb sh -c 'echo ready; exec sh' >/dev/null
    eventually bash -c "dhow logs $1 | grep -q ready"
}

# --- attach ---

@test "ctrl-p ctrl-q leaves a terminal, the container goes on, and attach comes back to it" {
    shell it
    run terminal 'send echo here$((40+2))\n
        wait here42
        send \x10\x11' -- dhow attach it
    assert_status 0
    assert_has "$output" "read escape sequence"
    assert_is "$(state it Status)" running
    run terminal 'send exit 9\n' -- dhow attach it
    assert_status 9
}

@test "keys that detach: --detach-keys, else config.json, and a sequence that is not one reaches the container" {
    shell it
    run terminal 'send \n
        wait #
        send xy' -- dhow attach --detach-keys x,y it
    assert_status 0
    mkdir -p "$T/docker"
    echo '{"detachKeys": "ctrl-a,d"}' >"$T/docker/config.json"
    DOCKER_CONFIG=$T/docker run terminal 'send \n
        wait #
        send \x01d' -- dhow attach it
    assert_status 0
    assert_has "$output" "read escape sequence"
    run terminal 'send echo a\x10b | od -c\n
        wait 020
        send exit\n' -- dhow attach --detach-keys ctrl-@ it
    run dhow attach --detach-keys nonsense it
    assert_status 1
    assert_has "$output" "Invalid detach keys (nonsense) provided"
}

@test "run and start take --detach-keys, too" {
    run terminal 'wait #
        send q' -- dhow run -it --name it --detach-keys q bb sh
    assert_status 0
    assert_is "$(state it Status)" running
    dhow kill it >/dev/null
    eventually state_is it exited
    run terminal 'wait #
        send q' -- dhow start -ai --detach-keys q it
    assert_status 0
    assert_is "$(state it Status)" running
}

@test "several clients see the same, and one that leaves takes nothing from the others" {
    dhow run -d --name it bb sh -c 'while [ ! -e /go ]; do sleep 0.05; done; seq 1 1000; exit 4' >/dev/null
    local i
    for i in 1 2 3; do
        in_background dhow attach --no-stdin it >"$T/out$i"
        eval "pid$i=$CHILD"
    done
    sleep 0.3
    kill -9 "$pid3"
    dhow exec it touch /go
    wait "$pid1" || assert_is $? 4
    wait "$pid2" || assert_is $? 4
    cmp "$T/out1" <(seq 1 1000)
    cmp "$T/out2" <(seq 1 1000)
}

@test "what cannot be attached to is said in docker's words" {
    dhow run --name it bb true
    run dhow attach it
    assert_status 1
    assert_has "$output" "You cannot attach to a stopped container, start it first"
    run dhow attach nothing-here
    assert_status 1
    assert_has "$output" "No such container: nothing-here"
}

@test "signals are passed on, and not with --sig-proxy=false" {
    dhow run -d --name it bb sh -c 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
    eventually bash -c 'dhow logs it | grep -q ready'
    in_background dhow attach --sig-proxy=false --no-stdin it
    sleep 0.3
    kill -TERM "$CHILD"
    run wait "$CHILD"
    assert_is "$(state it Status)" running
    in_background dhow attach --no-stdin it
    sleep 0.3
    kill -TERM "$CHILD"
    wait "$CHILD" || assert_is $? 3
    assert_is "$(dhow logs it)" "$(printf 'ready\ngot')"
}

@test "-a chooses streams, and excludes -d" {
    assert_is "$(dhow run --rm -a stdout bb sh -c 'echo out; echo err >&2' 2>&1)" out
    assert_is "$(dhow run --rm -a STDERR bb sh -c 'echo out; echo err >&2' 2>&1)" err
    run dhow run -d -a stdout bb true
    assert_status 125
    run dhow run -a nothing bb true
    assert_status 125
    assert_has "$output" "valid streams are STDIN, STDOUT and STDERR"
    assert_is "$(echo in | dhow run --rm -i -a stdin -a stdout bb cat)" in
}

@test "the end of stdin is the end of the container's, once, and with -d it stays open" {
    assert_is "$(echo words | timeout 20 dhow run --rm -i bb sh -c 'cat; echo done')" "$(printf 'words\ndone')"
    dhow run -di --name it bb cat >/dev/null
    assert_is "$(dhow inspect -f '{{.Config.OpenStdin}} {{.Config.StdinOnce}}' it)" "true false"
    echo one | timeout 1 dhow attach --sig-proxy=false it || true
    echo two | timeout 1 dhow attach --sig-proxy=false it || true
    assert_is "$(dhow logs it)" "$(printf 'one\ntwo')"
    assert_is "$(state it Status)" running
}

@test "what the container does not read does not lose the client: megabytes both ways" {
    head -c 20000000 /dev/urandom >"$T/random"
    timeout 60 dhow run --rm -i bb cat <"$T/random" | cmp - "$T/random"
    # It ends without having read: the client does, too.
    timeout 20 dhow run --rm -i bb true <"$T/random"
    rm "$T/random"
}

# --- terminals ---

@test "the terminal has its size before the program looks, and follows" {
    run terminal --size 31x99 'wait 31 99
        size 40x50
        send \n
        wait 40 50' -- dhow run -it --rm bb sh -c 'stty size; read x; stty size'
    assert_status 0
}

@test "the user's terminal is as it was: after the end, after keys, after a signal" {
    shell it
    cat >"$T/modes" <<'END'
before=$(stty -g)
"$@"
code=$?
[ "$(stty -g)" = "$before" ] && echo "restored $code" || echo "changed $code"
END
    run terminal 'wait #
        send exit 3\n' -- bash "$T/modes" dhow run -it --rm bb sh
    assert_has "$output" "restored 3"
    run terminal 'send \n
        wait #
        send \x10\x11' -- bash "$T/modes" dhow attach it
    assert_has "$output" "restored 0"
    run terminal 'wait #
        send exit 5\n' -- bash "$T/modes" dhow exec -it it sh
    assert_has "$output" "restored 5"
    run terminal 'wait restored' -- bash "$T/modes" bash -c 'dhow attach it </dev/tty & sleep 0.5; kill -TERM $!; wait $!'
    assert_has "$output" "restored 143"
}

@test "without a terminal -t is refused with -i, and given without" {
    run bash -c 'echo | dhow run --rm -it bb true'
    assert_status 1
    assert_has "$output" "the input device is not a TTY"
    run bash -c 'echo | dhow exec -it it true'
    assert_status 1
    assert_is "$(dhow run --rm -t bb sh -c 'test -t 1 && echo terminal' | tr -d '\r')" terminal
}

@test "closed streams of the caller are nothing to the container" {
    timeout 20 dhow run --rm bb echo hello <&- >&- 2>&- || true
    assert_is "$(timeout 20 dhow run --rm bb sh -c 'cat; echo x' <&-)" x
    timeout 20 bash -c 'dhow run --rm bb seq 1 1000000 | head -1' | grep -qx 1
}

# F15
@test "a gigabyte without a line end passes, and log and monitor stay small" {
    dhow create --name it bb sh -c 'head -c 1073741824 /dev/zero' >/dev/null
    in_background sh -c 'timeout 120 dhow start -a it | wc -c >"$1"' - "$T/bytes"
    local monitor most=0 rss
    eventually pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' it) "
    monitor=$(pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' it) ")
    while ! client_ends; do
        rss=$(awk '/VmRSS/ { print $2 }' "/proc/$monitor/status" 2>/dev/null) || true
        [ "${rss:-0}" -le "$most" ] || most=$rss
        sleep 0.1
    done
    assert_is "$(cat "$T/bytes")" 1073741824
    [ "$most" -le 1024 ] || failed "the monitor had $most KiB"
    [ "$(du -sk "$DHOW_ROOT/containers/$(dhow inspect -f '{{.Id}}' it)/log" | cut -f1)" -le $((160 * 1024)) ]
}

@test "grandchildren that hold the streams do not keep a container, or an exec, from its end" {
    timeout 20 dhow run --rm bb sh -c 'sleep 98765 & echo out' | grep -qx out
    dhow run -d --name it bb sleep 98765 >/dev/null
    timeout 20 dhow exec it sh -c 'sleep 98764 >/dev/null 2>&1 & echo out'
    timeout 20 dhow exec -t it sh -c 'sleep 98763 & echo out'
}

# --- exec ---

@test "exec: 127 for what is not there, 126 for what cannot be run" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    run dhow exec it no-such-program
    assert_status 127
    assert_has "$output" 'executable file not found in $PATH'
    run dhow exec it /etc
    assert_status 126
    run dhow exec -d it no-such-program
    assert_status 127
    assert_has "$output" "OCI runtime exec failed"
    run dhow exec it sh -c 'kill -9 $$'
    assert_status 137
}

@test "exec: records, in inspect while it runs, with its end" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    assert_is "$(dhow inspect -f '{{len .ExecIDs}}' it)" 0
    dhow exec -d it sh -c 'while [ ! -e /go ]; do sleep 0.05; done; exit 6'
    local id record
    id=$(dhow inspect -f '{{index .ExecIDs 0}}' it)
    assert_matches "$id" '^[0-9a-f]{64}$'
    record=$DHOW_RUN_ROOT/containers/$(dhow inspect -f '{{.Id}}' it)/exec/$id.json
    assert_is "$(jq -c '[.Running, .ExitCode, .ProcessConfig.entrypoint, .ContainerID == $id]' --arg id "$(dhow inspect -f '{{.Id}}' it)" "$record")" \
        '[true,null,"sh",true]'
    [ -d "/proc/$(jq .Pid "$record")" ]
    dhow exec it touch /go
    eventually bash -c "[ \"\$(jq -c '[.Running, .ExitCode, .Pid]' $record)\" = '[false,6,0]' ]"
    assert_is "$(dhow inspect -f '{{len .ExecIDs}}' it)" 0
}

@test "exec: user, directory, environment, privileges" {
    dhow run -d --name it -e OUTER=1 bb sleep 98765 >/dev/null
    assert_is "$(dhow exec -e INNER=2 -w /tmp -u 5:6 it sh -c 'echo $OUTER $INNER $(pwd) $(id -u):$(id -g)')" "1 2 /tmp 5:6"
    assert_is "$(dhow exec it sh -c 'grep CapEff /proc/self/status' | awk '{print $2}')" 00000000a80425fb
    [ "$(dhow exec --privileged it sh -c 'grep CapEff /proc/self/status' | awk '{print $2}')" != 00000000a80425fb ]
}

@test "exec: keys leave a terminal, and the process goes on with it, its end recorded" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    run terminal 'wait #
        send while [ ! -e /go ]; do echo noise; sleep 0.01; done; exit 7\n
        wait noise
        send \x10\x11' -- dhow exec -it it sh
    assert_status 0
    assert_has "$output" "read escape sequence"
    local id
    id=$(dhow inspect -f '{{index .ExecIDs 0}}' it)
    dhow exec it touch /go
    eventually bash -c "[ \"\$(jq -c .ExitCode $DHOW_RUN_ROOT/containers/*/exec/$id.json)\" = 7 ]"
}

@test "exec: a killed client leaves the process, as docker does, and all ends with the container" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    in_background dhow exec it sh -c 'touch /here; exec sleep 98762'
    eventually dhow exec it test -e /here
    kill -9 "$CHILD"
    eventually client_ends
    dhow exec it ps | grep -q 98762
    in_background dhow exec it sleep 98764
    eventually bash -c 'dhow exec it ps | grep -q 98764'
    dhow rm -f it >/dev/null
    run wait "$CHILD"
    assert_status 137
    assert_is "$(leftovers)" ""
}

@test "exec in a paused container is refused" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    dhow pause it 2>/dev/null || skip "no dhow pause yet"
    run timeout 20 dhow exec it true
    dhow unpause it
    assert_status 1
    assert_has "$output" "is paused, unpause the container before exec"
}

@test "exec: stdin passes with -i and ends, and not without" {
    dhow run -d --name it bb sleep 98765 >/dev/null
    head -c 5000000 /dev/urandom >"$T/random"
    dhow exec -i it cat <"$T/random" | cmp - "$T/random"
    rm "$T/random"
    assert_is "$(echo words | dhow exec it cat)" ""
    assert_is "$(dhow exec it sh -c 'echo out; echo err >&2' 2>/dev/null)" out
}
