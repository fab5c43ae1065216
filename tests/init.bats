# SPDX-License-Identifier: Apache-2.0
# init.bats — run --init: dhow-init is process 1 and does what a process 1 has to, the command does not notice.
load dhow

# zombies NAME — how many there are in the container.
zombies() { dhow exec "$1" sh -c 'cat /proc/[0-9]*/stat 2>/dev/null | grep -c ") Z "' || true; }
zombies_are() { [ "$(zombies "$1")" = "$2" ]; }
# processes_are NAME N — so many are in the container, zombies and the shell that counts included.
processes_are() { [ "$(dhow exec "$1" sh -c 'echo /proc/[0-9]*' | wc -w)" = "$2" ]; }
# orphans NAME — five processes that lose their parent, and end.
orphans() { dhow exec "$1" sh -c 'for i in 1 2 3 4 5; do (sleep 0.2 &) ; done'; }
logs_are() { [ "$(dhow logs "$1")" = "$2" ]; }
state_in() { [ "$(dhow exec "$1" sh -c 'grep State: /proc/$(pidof sleep)/status | cut -f2 | cut -c1')" = "$2" ]; }

@test "--init puts docker-init before the command, read-only, and the command is its child" {
    run dhow run --rm --init bb sh -c 'cat /proc/1/comm; tr "\0\n" "  " </proc/1/cmdline; echo; echo $$ $PPID
        echo broken >/sbin/docker-init; echo broken >/proc/1/exe; sha256sum </sbin/docker-init; grep docker-init /proc/mounts'
    assert_is "${lines[0]}" docker-init
    assert_has "${lines[1]}" "/sbin/docker-init -- sh -c cat /proc/1/comm"
    assert_matches "${lines[2]}" '^[0-9]+ 1$'
    assert_has "$output" "can't create /sbin/docker-init: Read-only file system"
    assert_matches "$output" "can't create /proc/1/exe: (Read-only file system|Text file busy|Permission denied)"
    assert_has "$output" "$(sha256sum <"$DHOW_BUILD/dhow-init")"
    assert_matches "$output" '/sbin/docker-init [^ ]* ro,nosuid,nodev'
}

@test "--init reaps orphans: none stays a zombie" {
    dhow run -d --init --name reaped bb sleep 98765 >/dev/null
    orphans reaped
    eventually processes_are reaped 3
    assert_is "$(zombies reaped)" 0
    # The same without shows that there was something to do.
    dhow run -d --name littered bb sleep 98765 >/dev/null
    orphans littered
    eventually zombies_are littered 5
    processes_are littered 7
}

says() { assert_is "$(dhow logs "$1")" "$2"; }

@test "--init keeps exit codes, and a signal's is 128 and its number" {
    assert dhow run --rm --init bb true
    run dhow run --rm --init bb sh -c 'exit 7'
    assert_status 7
    run dhow run --rm --init bb sh -c 'kill -9 $$'
    assert_status 137
    # As process 1 itself, sleep would not hear SIGTERM at all.
    dhow run -d --init --name asked bb sh -c 'echo here; exec sleep 98765' >/dev/null
    eventually says asked here # nor does an init that has only just been executed
    dhow kill -s TERM asked
    eventually state_is asked exited
    assert_is "$(state asked ExitCode)" 143
    dhow start asked
    eventually says asked "here
here"
    dhow stop asked
    assert_is "$(state asked ExitCode)" 143
}

@test "--init: what cannot be run is 127 or 126, and said" {
    run dhow run --rm --init bb no-such-program
    assert_status 127
    assert_has "$output" 'exec: "no-such-program": executable file not found in $PATH'
    run dhow run --rm --init bb /no/such/program
    assert_status 127
    assert_has "$output" 'exec: "/no/such/program": no such file or directory'
    run dhow run --rm --init bb /etc/passwd
    assert_status 126
    assert_has "$output" 'exec: "/etc/passwd": permission denied'
}

@test "--init passes every signal on" {
    local signal wanted="ready"
    dhow run -d --init --name told bb sh -c 'for s in HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP WINCH PWR SYS; do
        trap "echo $s" $s; done; echo ready; while :; do sleep 0.02; done' >/dev/null
    eventually logs_are told ready
    for signal in HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP WINCH PWR SYS; do
        dhow kill -s "$signal" told >/dev/null
        wanted+=$'\n'$signal
        eventually logs_are told "$wanted" || failed "got: $(dhow logs told)" "want: $wanted"
    done
}

@test "--init: a stopped command goes on when it is told to" {
    dhow run -d --init --name stopped bb sleep 98765 >/dev/null
    eventually state_in stopped S
    dhow kill -s TSTP stopped
    eventually state_in stopped T
    dhow kill -s CONT stopped
    eventually state_in stopped S
}

@test "--init: signals to a foreground run are the command's" {
    dhow run --rm --init bb sh -c 'trap "exit 21" TERM; echo ready; while :; do sleep 0.05; done' >"$T/out" 3>&- &
    local pid=$! code=0
    eventually grep -q ready "$T/out"
    kill -TERM $pid
    wait $pid || code=$?
    assert_is $code 21
}

@test "--init -it: the command has the terminal: it reads from it and Ctrl-C is its own" {
    run terminal 'wait ready
        send words\n
        wait got\x20words
        send \x03' -- dhow run --rm --init -it bb \
        sh -c 'trap "exit 12" INT; tty; echo ready; read line; echo got $line; while :; do sleep 0.05; done'
    assert_status 12
    assert_has "$output" /dev/pts/0
    run terminal 'wait #\x20
        send sh -c "echo o$((0))k; exec sleep 98765"\n
        wait o0k
        send \x03
        wait #\x20
        send exit 13\n' -- dhow run --rm --init -it bb sh
    assert_status 13
    assert_lacks "$output" "can't access tty"
}

@test "--init -i passes standard input on, to its end" {
    assert_is "$(head -c 3000000 /dev/zero | dhow run --rm -i --init bb cat | wc -c)" 3000000
}

@test "--init works for another user, on a read-only root and in an image of one file" {
    assert_is "$(dhow run --rm --init -u 1000 bb sh -c 'id -u; cat /proc/1/comm')" $'1000\ndocker-init'
    run dhow run --rm --init --read-only bb sh -c 'cat /proc/1/comm; exit 3'
    assert_status 3
    assert_is "$output" docker-init
    assert_has "$(dhow run --rm --init hello)" dhow
}

@test "inspect shows Init and the command as it was given, without --init nothing of it is there" {
    dhow create --init --name with bb echo hello >/dev/null
    assert_is "$(dhow inspect -f '{{.HostConfig.Init}} {{.Path}} {{.Args}}' with)" 'true echo [hello]'
    assert_is "$(dhow start -a with)" hello
    dhow create --name without bb sh -c 'echo $$; ls /sbin/docker-init' >/dev/null
    assert_is "$(dhow inspect without | jq '.[0].HostConfig | has("Init")')" false
    run dhow start -a without
    assert_is "${lines[0]}" 1
    assert_has "$output" "/sbin/docker-init: No such file or directory"
}

@test "dhow-init by hand: version, usage, orphans of a process that is not process 1" {
    assert_matches "$(dhow-init --version)" '^dhow-init version [0-9.]+$'
    assert_has "$(dhow-init --help)" "Usage: dhow-init [--] PROGRAM"
    run dhow-init
    assert_status 2
    assert_has "$output" Usage
    run dhow-init --
    assert_status 2
    run dhow-init --nonsense
    assert_status 2
    assert_has "$output" "unknown option --nonsense"
    run dhow-init sh -c 'exit 5'
    assert_status 5
    # The inner shell is gone when its child has another parent.
    cat >"$T/orphan" <<'END'
parent() { cut -d' ' -f4 /proc/$$/stat; }
while [ "$(parent)" = "$1" ]; do sleep 0.02; done
cat "/proc/$(parent)/comm" >"$2"
END
    run dhow-init -- sh -c 'sh -c "sh $1 \$\$ $2 &"; until [ -s "$2" ]; do sleep 0.02; done; exit 6' - "$T/orphan" "$T/parent"
    assert_status 6
    assert_is "$(cat "$T/parent")" dhow-init
}

@test "dhow-init is static and a few kB" {
    assert_lacks "$(readelf -lW "$DHOW_BUILD/dhow-init")" INTERP
    [ "$(uname -m)" != x86_64 ] || assert test "$(stat -c %s "$DHOW_BUILD/dhow-init")" -le 4096
}
