# SPDX-License-Identifier: Apache-2.0
# run.bats — containers from create to remove, as a user types it.
load dhow

# --- run ---

@test "run shows the container's output and ends with its exit code" {
    run dhow run --rm bb sh -c 'echo out; exit 7'
    assert_status 7
    assert_is "$output" out
}

@test "run keeps stdout and stderr apart" {
    assert_is "$(stdout dhow run --rm bb sh -c 'echo out; echo err >&2')" out
    assert_is "$(stderr dhow run --rm bb sh -c 'echo out; echo err >&2')" err
}

@test "run hello needs neither network nor registry" {
    run dhow run --rm hello
    assert_status 0
    assert_has "$output" "dhow"
}

@test "run -i passes standard input on, to its end" {
    assert_is "$(echo words | dhow run --rm -i bb cat)" words
    assert_is "$(head -c 3000000 /dev/zero | dhow run --rm -i bb cat | wc -c)" 3000000
}

@test "without -i standard input is empty" {
    assert_is "$(echo words | dhow run --rm bb cat)" ""
}

@test "run --rm leaves nothing behind" {
    dhow run --rm --name gone bb true
    assert_is "$(dhow ps -aq)" ""
    assert_is "$(leftovers)" ""
}

@test "run -d prints the id, and --rm removes when the container has ended" {
    run dhow run -d --rm --name brief bb sleep 0.2
    assert_status 0
    assert_matches "$output" '^[0-9a-f]{64}$'
    eventually bash -c '[ -z "$(dhow ps -aq)" ]'
    assert_is "$(leftovers)" ""
}

@test "run sets name, environment, working directory, user, host name" {
    run dhow run --rm --name told -e A=1 -e PATH=/bin -w /tmp -u 12:34 -h here bb \
        sh -c 'echo $A $PATH $(pwd) $(id -u):$(id -g) $(hostname) $HOSTNAME'
    assert_is "$output" "1 /bin /tmp 12:34 here here"
}

@test "the host name is the short id when none was asked for" {
    dhow create --name named bb hostname >/dev/null
    run dhow start -a named
    assert_is "$output" "$(dhow inspect -f '{{.Id}}' named | cut -c1-12)"
}

@test "an environment variable without a value is the caller's" {
    assert_is "$(FROM_HERE=yes dhow run --rm -e FROM_HERE -e NOT_SET bb sh -c 'echo $FROM_HERE ${NOT_SET-unset}')" "yes unset"
}

@test "--entrypoint replaces the image's command" {
    assert_is "$(dhow run --rm --entrypoint echo bb one two)" "one two"
}

@test "--memory and --cpus arrive in the cgroup" {
    run dhow run --rm -m 64m --cpus 0.5 bb sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us ||
        cat memory.max cpu.max'
    assert_has "$output" 67108864
    assert_has "$output" 50000
}

@test "the container is isolated as docker's is" {
    run dhow run --rm --network none bb sh -c 'grep -E "CapEff|CapBnd|Seccomp:" /proc/self/status; ls /sys/class/net; touch /sys/x'
    assert_has "$output" "CapEff:	00000000a80425fb"
    assert_has "$output" "CapBnd:	00000000a80425fb"
    assert_has "$output" "Seccomp:	2"
    assert_matches "$output" '(^|
)lo(
|$)'
    assert_lacks "$output" eth0
    assert_has "$output" "/sys/x: Read-only file system"
}

@test "capabilities can be added and dropped" {
    assert_is "$(dhow run --rm --cap-drop all --cap-add net_admin bb grep CapEff /proc/self/status)" "CapEff:	0000000000001000"
    run dhow run --rm --cap-add nonsense bb true
    assert_status 125
    assert_has "$output" "invalid CapAdd: unknown capability: \"CAP_NONSENSE\""
}

@test "another user has no capabilities" {
    assert_is "$(dhow run --rm -u 1000 bb grep CapEff /proc/self/status)" "CapEff:	0000000000000000"
}

@test "--read-only keeps the root file system as it is" {
    run dhow run --rm --read-only bb touch /x
    assert_status 1
    assert_has "$output" "Read-only file system"
}

@test "--network host shares the host's network, none is loopback only" {
    assert_is "$(dhow run --rm --network host bb readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
    assert_is "$(dhow run --rm --network none bb ls /sys/class/net)" lo
    run dhow run --rm --network nowhere bb true
    assert_status 125
    assert_has "$output" "network nowhere not found"
}

@test "limits arrive in the container: processes, CPUs, shared memory, kernel parameters, oom score" {
    run dhow run --rm --pids-limit 33 --cpuset-cpus 0 --shm-size 5m --sysctl net.ipv4.ip_forward=1 --oom-score-adj 77 bb \
        sh -c 'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpuset/cpuset.cpus /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpuset.cpus 2>/dev/null
            df -k /dev/shm | tail -1; cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj'
    assert_is "${lines[0]} ${lines[1]} ${lines[3]} ${lines[4]}" "33 0 1 77"
    assert_matches "${lines[2]}" ' 5120 .* /dev/shm$'
}

@test "/etc/hosts, /etc/hostname and /etc/resolv.conf are the container's own" {
    run dhow run --rm -h named bb sh -c 'cat /etc/hostname; grep -c localhost /etc/hosts; grep named /etc/hosts | wc -l; cat /etc/resolv.conf'
    assert_is "${lines[0]} ${lines[2]}" "named 1"
    assert_has "$output" "$(cat /etc/resolv.conf)"
}

@test "a container without a name gets one" {
    dhow create bb true >/dev/null
    assert_matches "$(dhow ps -a | tail -1)" ' [a-z]+_[a-z]+$'
}

# --- exit codes and errors ---

@test "what cannot be run: 127 when it is not there, 126 when it may not be, 125 for the rest" {
    local code=0
    dhow run --rm bb no-such-program 2>"$T/said" || code=$?
    assert_is $code 127
    assert_has "$(cat "$T/said")" no-such-program
    run dhow run --rm bb /etc
    assert_status 126
    run dhow run --rm no-such-image true
    assert_status 125
    assert_has "$output" "Unable to find image 'no-such-image:latest' locally"
    assert_is "$(dhow ps -aq)" ""
}

@test "a program that the kernel does not run: why, in a sentence" {
    mkdir "$T/odd"
    printf '#!/bin/bash\necho\n' >"$T/odd/bash"
    printf '#!/bin/sh\r\necho\r\n' >"$T/odd/dos"
    printf 'echo hello\n' >"$T/odd/plain"
    printf '\x7fELF\x02\x01\x01%09d\x02\x00\xb7\x00\x01' 0 | tr 0 '\0' >"$T/odd/arm"
    head -c 200 /dev/zero >>"$T/odd/arm"
    cp /bin/true "$T/odd/glibc"
    : >"$T/odd/empty"
    cp "$T/odd/bash" "$T/odd/not-executable"
    chmod 755 "$T"/odd/*
    chmod 644 "$T/odd/not-executable"
    tar -C "$T/busybox" -cf "$T/odd.tar" .
    tar -C "$T/odd" -rf "$T/odd.tar" .
    dhow import "$T/odd.tar" odd >/dev/null
    why() {
        run dhow run --rm odd "/$1"
        assert_status "$2"
        assert_has "$output" "$3"
    }
    why bash 127 "exec /bash: no such file or directory (it is there: its interpreter /bin/bash is not there)"
    why dos 127 "its lines end with carriage returns"
    why plain 126 "exec /plain: exec format error (it is neither a program nor a script with a first line like #!/bin/sh)"
    why arm 126 "exec /arm: exec format error (it is for aarch64, this machine is x86_64)"
    why glibc 127 "its loader /lib64/ld-linux-x86-64.so.2 is not there"
    why empty 126 "it is empty"
    why not-executable 126 'exec: "/not-executable": permission denied'
    why etc 126 "is a directory"
}

@test "a container that a signal ended has 128 and its number" {
    dhow run -d --name ended bb sleep 98765 >/dev/null
    dhow kill ended
    assert_is "$(dhow wait ended)" 137
    assert_is "$(state ended ExitCode)" 137
}

@test "a name can be used once" {
    dhow create --name twice bb true >/dev/null
    run dhow create --name twice bb true
    assert_status 1
    assert_has "$output" 'Conflict. The container name "/twice" is already in use by container'
}

@test "bad values are named" {
    run dhow run --rm -m lots bb true
    assert_status 125
    assert_has "$output" 'invalid argument "lots" for "-m, --memory" flag'
    run dhow run --rm -m 1m bb true
    assert_has "$output" "Minimum memory limit allowed is 6MB"
    run dhow run --rm --name 'a/b' bb true
    assert_has "$output" "Invalid container name (a/b)"
    run dhow run --rm -w relative bb true
    assert_has "$output" "needs to be an absolute path"
    run dhow run --rm -u nobody-here bb true
    assert_has "$output" nobody-here
    run dhow run --nmae x bb true
    assert_has "$output" "did you mean --name?"
    run dhow rnu
    assert_has "$output" "did you mean run?"
}

@test "what does not exist is said to not exist" {
    local verb
    for verb in start stop kill rm wait "container inspect" logs attach; do
        # shellcheck disable=SC2086 # two words
        run dhow $verb nothing-here
        assert_status 1
        assert_has "$output" "No such container: nothing-here"
    done
    run dhow exec nothing-here true
    assert_status 1
}

# --- life ---

@test "create, start, stop, start again: what was written stays" {
    dhow create --name kept bb sh -c 'cat /file 2>/dev/null; echo line >>/file; exec sleep 98765' >/dev/null
    state_is kept created
    assert_is "$(dhow start kept)" kept
    state_is kept running
    eventually dhow exec kept test -e /file
    assert_is "$(dhow stop -t 0 kept)" kept
    state_is kept exited
    dhow start kept
    eventually dhow exec kept sh -c '[ $(wc -l </file) = 2 ]'
    assert_is "$(dhow rm -f kept)" kept
    assert_is "$(leftovers)" ""
}

@test "stop asks first and kills later" {
    dhow run -d --name polite bb sh -c 'trap "exit 5" TERM; while :; do sleep 0.05; done' >/dev/null
    dhow exec polite true
    dhow stop polite
    assert_is "$(state polite ExitCode)" 5
    dhow run -d --name deaf bb sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null
    dhow stop -t 1 deaf
    assert_is "$(state deaf ExitCode)" 137
}

@test "--stop-signal is the signal that stop sends" {
    dhow run -d --name usr --stop-signal USR1 bb sh -c 'trap "exit 6" USR1; while :; do sleep 0.05; done' >/dev/null
    dhow exec usr true
    dhow stop usr
    assert_is "$(state usr ExitCode)" 6
}

@test "kill sends any signal" {
    dhow run -d --name hup bb sh -c 'trap "exit 9" HUP; while :; do sleep 0.05; done' >/dev/null
    dhow exec hup true
    assert_is "$(dhow kill -s HUP hup)" hup
    assert_is "$(dhow wait hup)" 9
    run dhow kill hup
    assert_status 1
    assert_has "$output" "is not running"
    run dhow kill -s NONSENSE hup
    assert_status 1
}

@test "rm refuses what runs, rm -f does not" {
    dhow run -d --name busy bb sleep 98765 >/dev/null
    run dhow rm busy
    assert_status 1
    assert_has "$output" 'cannot remove container "busy": container is running'
    assert dhow rm -f busy
    assert_is "$(leftovers)" ""
}

@test "wait gives the exit code, also of a container that ends meanwhile and is removed" {
    dhow run -d --rm --name soon bb sh -c 'sleep 0.5; exit 11' >/dev/null
    assert_is "$(dhow wait soon)" 11
}

@test "signals to a foreground run are the container's" {
    dhow run --rm --name proxied bb sh -c 'trap "exit 21" TERM; echo ready; while :; do sleep 0.05; done' >"$T/out" 3>&- &
    local pid=$!
    eventually grep -q ready "$T/out"
    kill -TERM $pid
    local code=0
    wait $pid || code=$?
    assert_is $code 21
}

# --- exec, logs, ps, inspect ---

@test "exec runs in the container, with its own exit code, environment and directory" {
    dhow run -d --name host -e OUTER=1 bb sleep 98765 >/dev/null
    assert_is "$(dhow exec host hostname)" "$(dhow inspect -f '{{.Config.Hostname}}' host)"
    run dhow exec host sh -c 'exit 3'
    assert_status 3
    assert_is "$(dhow exec -e INNER=2 -w /tmp -u 5:6 host sh -c 'echo $OUTER $INNER $(pwd) $(id -u):$(id -g)')" "1 2 /tmp 5:6"
    assert_is "$(echo words | dhow exec -i host cat)" words
    assert_is "$(echo words | dhow exec host cat)" ""
    run dhow exec host no-such-program
    assert_failed
}

@test "exec in a container that does not run says so" {
    dhow create --name still bb true >/dev/null
    run dhow exec still true
    assert_status 1
    assert_has "$output" "is not running"
}

@test "exec -d does not wait" {
    dhow run -d --name host bb sleep 98765 >/dev/null
    dhow exec -d host sh -c 'sleep 0.2; touch /done; sleep 98765'
    eventually dhow exec host test -e /done
}

@test "logs gives both streams back, the end of them, and with times" {
    dhow run --name wrote bb sh -c 'for i in 1 2 3; do echo $i; done; echo err >&2' >/dev/null 2>&1
    assert_is "$(stdout dhow logs wrote)" "1
2
3"
    assert_is "$(stderr dhow logs wrote)" err
    assert_is "$(stdout dhow logs -n 1 wrote)$(stderr dhow logs --tail 1 wrote)" err
    assert_matches "$(stdout dhow logs -t wrote | head -1)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z 1$'
}

@test "logs -f goes on until the container ends" {
    dhow run -d --name writes bb sh -c 'echo first; while [ ! -e /go ]; do sleep 0.05; done; echo last' >/dev/null
    dhow logs -f writes >"$T/followed" 3>&- &
    eventually grep -q first "$T/followed"
    dhow exec writes touch /go
    wait $!
    assert_is "$(cat "$T/followed")" "first
last"
}

@test "ps lists what runs, ps -a all, -q ids" {
    dhow run -d --name runs bb sleep 98765 >/dev/null
    dhow create --name waits bb a-long-command-that-is-cut-short here >/dev/null
    run dhow ps
    assert_matches "${lines[0]}" '^CONTAINER ID   IMAGE     COMMAND +CREATED +STATUS +PORTS     NAMES$'
    assert_matches "${lines[1]}" '^[0-9a-f]{12}   bb        "sleep 98765" .* Up .* runs$'
    assert_is "${#lines[@]}" 2
    run dhow ps -a
    assert_is "${#lines[@]}" 3
    assert_has "$output" '"a-long-command-that…"'
    assert_has "$output" " Created "
    assert_is "$(dhow ps -aq | wc -l)" 2
    assert_matches "$(dhow ps -q --no-trunc)" '^[0-9a-f]{64}$'
}

@test "inspect is JSON as docker has it" {
    dhow run --name seen -m 64m bb sh -c 'exit 4' || true
    dhow inspect seen >"$T/seen.json"
    assert_is "$(jq -r '.[0] | [.Name, .State.Status, .State.ExitCode, .HostConfig.Memory, .Path, .Args[1]] | @csv' "$T/seen.json")" \
        '"/seen","exited",4,67108864,"sh","exit 4"'
    assert_is "$(dhow inspect -f '{{.Name}} {{.HostConfig.Memory}} {{.Config.Cmd}}' seen)" '/seen 67108864 [sh -c exit 4]'
    run dhow inspect -f '{{.No.Such}}' seen
    assert_status 1
}

@test "a container is found by name, id and the start of its id" {
    local id
    id=$(dhow create --name found bb true)
    local reference
    for reference in found /found "$id" "${id:0:12}" "${id:0:4}"; do
        assert_is "$(dhow inspect -f '{{.Id}}' "$reference")" "$id"
    done
}

# --- terminals ---

@test "-it is a terminal with the user's size, and follows it" {
    run terminal --size 33x101 'wait ready
        size 40x120
        wait 40 120' -- dhow run --rm -it bb \
        sh -c 'stty size; tty; echo ready; while [ "$(stty size)" != "40 120" ]; do sleep 0.05; done; stty size; exit 5'
    assert_status 5
    assert_has "$output" "33 101"
    assert_has "$output" /dev/pts/0
}

@test "Ctrl-C on a terminal is the container's, and the terminal is as before afterwards" {
    run terminal 'wait ready
        send \x03' -- sh -c 'stty -g >"$1"; dhow run --rm -it bb \
            sh -c "trap \"exit 12\" INT; echo ready; while :; do sleep 0.05; done"; code=$?; stty -g >"$2"; exit $code' \
        - "$T/before" "$T/after"
    assert_status 12
    assert_is "$(cat "$T/after")" "$(cat "$T/before")"
}

@test "ctrl-p ctrl-q leaves a container running, attach comes back to it" {
    run terminal 'wait #\x20
        send \x10\x11' -- dhow run --name left -it bb sh
    assert_status 0
    state_is left running
    run terminal 'send echo re""turned\n
        wait returned
        send exit 14\n' -- dhow attach left
    assert_status 14
    assert_is "$(state left ExitCode)" 14
}

@test "exec -it is a terminal, too" {
    dhow run -d --name host bb sleep 98765 >/dev/null
    run terminal --size 31x99 '' -- dhow exec -it host sh -c 'stty size; tty; exit 6'
    assert_status 6
    assert_has "$output" "31 99"
    assert_has "$output" /dev/pts/
}

@test "-it without a terminal is refused in words" {
    run dhow run --rm -it bb true </dev/null
    assert_status 1
    assert_has "$output" "the input device is not a TTY"
}

# --- images ---

@test "import makes an image, images lists it, rmi removes it" {
    tar -C "$T/busybox" -c . >"$T/root.tar"
    assert_matches "$(dhow import "$T/root.tar" other:v1)" '^sha256:[0-9a-f]{64}$'
    run dhow images
    assert_matches "$output" 'other +v1 +[0-9a-f]{12} '
    assert_is "$(dhow run --rm other:v1 echo here)" here
    run dhow rmi other:v1
    assert_status 0
    assert_has "$output" "Untagged: other:v1"
    run dhow run --rm other:v1 true
    assert_status 125
}

@test "an image that a container was made from is not removed" {
    tar -C "$T/busybox" -c ./bin | dhow import - used >/dev/null
    dhow create --name user used /bin/true >/dev/null
    run dhow rmi used
    assert_status 1
    assert_has "$output" "is using its referenced image"
    dhow rm user
    assert dhow rmi used
}

@test "an archive that is none is refused" {
    run dhow import "$REPO/README.md" nonsense
    assert_status 1
    run dhow import /no/such/file nonsense
    assert_has "$output" "open /no/such/file: No such file or directory"
    assert_lacks "$(dhow images)" nonsense
}

# --- reference ---

@test "the manual pages in docs/man are what the tables say" {
    mkdir "$T/man"
    manpages "$DHOW_BUILD/dhow" "$T/man"
    local page
    for page in "$T/man"/*.1; do
        assert diff -u "$REPO/docs/man/$(basename "$page")" "$page"
    done
    assert_is "$(ls "$T/man" | wc -l)" "$(ls "$REPO"/docs/man/*.1 | wc -l)"
}

@test "help names every command and every option" {
    assert_has "$(dhow --help)" "exec        Run another process in a running container"
    assert_has "$(dhow help run)" "-m, --memory bytes"
    assert_is "$(dhow run --help)" "$(dhow help run)"
    run dhow rm
    assert_status 1
    assert_has "$output" "'dhow rm' requires at least 1 argument"
}
