# SPDX-License-Identifier: Apache-2.0
# runtime-cli.bats — the runtime's command line as callers see it: every verb, its flags, its refusals, its log.
load lib

setup() {
    PLAIN=1
    C=$ID-c
}

teardown() { delete_all; }

# Makes and starts container $C, whose process sleeps.
sleeping() {
    bundle b ".process.args = [\"sleep\", \"1000\"] | ${1:-.}"
    runtime create -b "$T/b" "$C"
    runtime start "$C"
}

# --- the program ---------------------------------------------------------------------------------------------------

@test "--version has the lines that dockerd and containerd scrape" {
    run runtime --version
    assert_status 0
    assert_matches "${lines[0]}" '^dhow-runtime version [0-9]+\.[0-9]+\.[0-9]+$'
    assert_matches "$output" $'\ncommit: [0-9a-f]+'
    assert_matches "$output" $'\nspec: 1\.3\.0'
}

@test "--help and no command at all show the commands, COMMAND --help its options" {
    run runtime --help
    assert_status 0
    for command in create start run exec state list ps kill delete pause resume update events checkpoint restore \
        spec features; do
        assert_matches "$output" $'\n  '"$command "
    done
    run runtime
    assert_status 0
    assert_has "$output" Commands:
    run runtime create --help
    assert_status 0
    for flag in bundle console-socket pid-file pidfd-socket no-pivot no-new-keyring preserve-fds config; do
        assert_has "$output" "--$flag"
    done
}

@test "an unknown command or flag is refused with what was meant" {
    run runtime strat x
    assert_status 1
    assert_has "$output" 'unknown command "strat" (did you mean "start"?)'
    run runtime list --qiet
    assert_status 1
    assert_has "$output" 'did you mean --quiet?'
    run runtime start
    assert_status 1
    assert_has "$output" "too few arguments"
    run runtime start a b
    assert_status 1
    assert_has "$output" "too many arguments"
}

@test "bad values of global options name what can be said" {
    run runtime --log-format xml list
    assert_status 1
    assert_has "$output" 'invalid --log-format "xml": expected one of text, json'
    run runtime --log-level loud list
    assert_status 1
    assert_has "$output" 'invalid --log-level "loud"'
    run runtime --rootless maybe list
    assert_status 1
    assert_has "$output" 'invalid --rootless "maybe": expected one of auto, true, false'
    run runtime --cgroup-manager none list
    assert_status 1
    assert_has "$output" 'invalid --cgroup-manager "none": expected one of cgroupfs, systemd, disabled'
}

@test "a failure is the last line of the log, as JSON or text, and on standard error" {
    run runtime --log "$T/log.json" --log-format json state nobody
    assert_status 1
    assert_is "$output" 'dhow-runtime: container "nobody" does not exist'
    assert_is "$(tail -1 "$T/log.json" | jq -r '.level + " " + .msg')" 'error container "nobody" does not exist'
    run runtime --log "file:$T/log.text" state nobody
    assert_status 1
    assert_matches "$(tail -1 "$T/log.text")" '^time="[0-9TZ:.+-]+" level=error msg="container \\"nobody\\" does not exist"$'
    run runtime --log-format json state nobody
    assert_is "$(jq -r .level <<<"$output")" error
}

@test "the log is appended to, and one that cannot be opened is an error" {
    echo first >"$T/log"
    runtime --log "$T/log" state nobody || :
    assert_is "$(head -1 "$T/log")" first
    run runtime --log "$T/no/such/dir/log" list
    assert_status 1
    assert_has "$output" "open log file $T/no/such/dir/log: No such file or directory"
}

@test "the root directory is made for its owner only" {
    run "$RUNTIME" --root "$T/fresh/root" list
    assert_status 0
    assert_is "$(stat -c %a "$T/fresh/root")" 700
}

@test "rootless without --root lives below XDG_RUNTIME_DIR" {
    mkdir -p "$T/xdg"
    XDG_RUNTIME_DIR=$T/xdg run "$RUNTIME" --rootless true list
    assert_status 0
    assert [ -d "$T/xdg/dhow/runtime" ]
}

@test "names that could be paths are refused" {
    for id in ../x a/b .hidden '' "$(printf 'a\nb')"; do
        run runtime state "$id"
        assert_status 1
        assert_has "$output" "invalid container id"
    done
}

@test "a bad config.json names the field and the reason" {
    bundle bad '.process.args = []'
    run runtime create -b "$T/bad" "$C"
    assert_status 1
    assert_has "$output" process.args
    bundle bad '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: "many"}]'
    run runtime create -b "$T/bad" "$C"
    assert_status 1
    assert_has "$output" 'process.rlimits[0].hard'
    bundle bad '.linux.namespaces[0].type = "moon"'
    run runtime create -b "$T/bad" "$C"
    assert_status 1
    assert_has "$output" 'linux.namespaces[0].type'
    echo '{' >"$T/bad/config.json"
    run runtime create -b "$T/bad" "$C"
    assert_status 1
    assert_has "$output" config.json
    run runtime create -b "$T/no-such-bundle" "$C"
    assert_status 1
    assert_has "$output" "$T/no-such-bundle"
    run runtime state "$C"
    assert_status 1
}

# --- the life of a container ---------------------------------------------------------------------------------------

@test "create, start, kill and delete pass through the states" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime create --bundle "$T/b" --pid-file "$T/pid" "$C"
    assert_is "$(container_status "$C")" created
    assert_is "$(cat "$T/pid")" "$(container_pid "$C")"
    runtime start "$C"
    assert_is "$(container_status "$C")" running
    runtime kill "$C" KILL
    eventually status_is "$C" stopped
    assert_is "$(runtime state "$C" | jq '.pid // 0')" 0
    runtime delete "$C"
    run runtime state "$C"
    assert_status 1
}

@test "state prints what the specification asks for" {
    bundle b '.process.args = ["sleep", "1000"] | .annotations = {"org.example.a": "1"}'
    runtime create -b "$T/b" "$C"
    local state
    state=$(runtime state "$C")
    assert_is "$(jq -r '.ociVersion + " " + .id + " " + .status + " " + .bundle' <<<"$state")" \
        "1.3.0 $C created $T/b"
    assert_is "$(jq -r '.annotations["org.example.a"]' <<<"$state")" 1
    assert [ -d "/proc/$(jq .pid <<<"$state")" ]
    assert "$TESTS/schema.py" "$TESTS/data/oci/schema/state-schema.json" - <<<"$state"
}

@test "options may stand on either side of the id" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime create "$C" -b "$T/b"
    runtime start "$C"
    runtime kill "$C" --all KILL
    eventually status_is "$C" stopped
    runtime delete "$C" --force
}

@test "what the state does not allow is refused" {
    run runtime start nobody
    assert_status 1
    assert_has "$output" 'container "nobody" does not exist'
    run runtime kill nobody
    assert_status 1
    run runtime delete nobody
    assert_status 1
    sleeping
    run runtime create -b "$T/b" "$C"
    assert_status 1
    assert_has "$output" "$C"
    run runtime start "$C"
    assert_status 1
    assert_has "$output" running
    run runtime delete "$C"
    assert_status 1
    assert_has "$output" running
    runtime kill "$C" 9
    eventually status_is "$C" stopped
    run runtime kill "$C" TERM
    assert_status 1
    run runtime start "$C"
    assert_status 1
    run runtime exec "$C" true
    assert_status 255
    run runtime pause "$C"
    assert_status 1
    assert_has "$output" stopped
}

@test "delete --force ends what runs, and is content when there is nothing" {
    sleeping
    runtime delete -f "$C"
    run runtime state "$C"
    assert_status 1
    run runtime delete --force "$C"
    assert_status 0
}

@test "signals are understood by name and number, others are refused" {
    bundle b '.process.args = ["sh", "-c", "trap \"echo usr1; exit 0\" USR1; touch /ready; while :; do sleep 0.05; done"]'
    runtime create -b "$T/b" "$C" >"$T/out"
    runtime start "$C"
    eventually [ -e "$T/b/rootfs/ready" ]
    run runtime kill "$C" NOSUCH
    assert_status 1
    assert_has "$output" NOSUCH
    run runtime kill "$C" 65
    assert_status 1
    runtime kill "$C" SIGUSR1
    eventually status_is "$C" stopped
    assert_is "$(cat "$T/out")" usr1
}

@test "kill and delete take a regular expression" {
    for n in 1 2; do
        bundle r$n '.process.args = ["sleep", "1000"]'
        runtime create -b "$T/r$n" "$ID-r$n"
        runtime start "$ID-r$n"
    done
    sleeping
    runtime kill --regex "$ID-r[12]\$" KILL
    eventually status_is "$ID-r1" stopped
    eventually status_is "$ID-r2" stopped
    assert_is "$(container_status "$C")" running
    runtime delete --regex "$ID-r[12]\$"
    assert_is "$(runtime list -q)" "$C"
    run runtime delete --regex '['
    assert_status 1
    assert_has "$output" "regular expression"
}

@test "run returns the process's exit status and removes the container" {
    bundle b '.process.args = ["sh", "-c", "echo out; exit 7"]'
    run runtime run -b "$T/b" "$C"
    assert_status 7
    assert_is "$output" out
    run runtime state "$C"
    assert_status 1
}

@test "run --detach returns while the process runs, --keep keeps the state" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime run --detach --bundle "$T/b" --pid-file "$T/pid" "$C" </dev/null >/dev/null 2>&1
    assert_is "$(container_status "$C")" running
    runtime delete -f "$C"
    edit_config b '.process.args = ["true"]'
    runtime run --keep -b "$T/b" "$C"
    assert_is "$(container_status "$C")" stopped
    runtime delete "$C"
}

@test "run of a program that does not exist says so and leaves nothing" {
    bundle b '.process.args = ["no-such-program"]'
    run runtime run -b "$T/b" "$C"
    assert_failed
    assert_has "$output" no-such-program
    run runtime state "$C"
    assert_status 1
}

@test "--config names another configuration file" {
    bundle b '.process.args = ["false"]'
    jq '.process.args = ["echo", "other"]' "$T/b/config.json" >"$T/b/other.json"
    run runtime run -b "$T/b" --config "$T/b/other.json" "$C"
    assert_status 0
    assert_is "$output" other
}

@test "the process inherits standard input, output and error and what --preserve-fds names" {
    bundle b '.process.args = ["sh", "-c", "ls /proc/self/fd | tr \"\\n\" \" \"; cat <&3"]'
    echo from-three >"$T/three"
    run runtime run -b "$T/b" --preserve-fds 2 "$C" 3<"$T/three" 4</dev/null 5</dev/null 6</dev/null
    assert_status 0
    assert_matches "$output" '^0 1 2 3 4 [0-9]+ from-three$'
    run runtime run -b "$T/b" --preserve-fds -1 "$C"
    assert_status 1
    assert_has "$output" preserve-fds
}

@test "sockets of socket activation reach the process, before the preserved descriptors" {
    bundle b '.process.args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4"]'
    echo activated >"$T/three"
    echo preserved >"$T/four"
    LISTEN_FDS=1 run runtime run -b "$T/b" --preserve-fds 1 "$C" 3<"$T/three" 4<"$T/four"
    assert_status 0
    assert_is "$output" $'1 1\nactivated\npreserved'
}

@test "--pidfd-socket gets a pidfd of the first process" {
    bundle b '.process.args = ["sleep", "1000"]'
    cat >"$T/receive.py" <<'PY'
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(1)
open(sys.argv[1] + ".ready", "w")
peer, _ = server.accept()
data, rights, _, _ = peer.recvmsg(64, socket.CMSG_SPACE(4))
fd = array.array("i", rights[0][2])[0]
print([line.split()[1] for line in open(f"/proc/self/fdinfo/{fd}") if line.startswith("Pid:")][0])
PY
    python3 "$T/receive.py" "$T/pidfd.sock" >"$T/pidfd" 3>&- &
    eventually [ -e "$T/pidfd.sock.ready" ]
    runtime create -b "$T/b" --pidfd-socket "$T/pidfd.sock" "$C"
    wait $!
    assert_is "$(cat "$T/pidfd")" "$(container_pid "$C")"
}

@test "a pid file that is a device is written, not replaced" {
    sleeping
    runtime exec --pid-file /dev/null "$C" true
    assert [ -c /dev/null ]
}

# --- exec ----------------------------------------------------------------------------------------------------------

@test "exec runs a command and returns its status" {
    sleeping
    run runtime exec "$C" sh -c 'echo "$0 $1"; exit 3' a -b
    assert_status 3
    assert_is "$output" "a -b"
    run runtime exec --user 1000:1000 --additional-gids 7 --additional-gids 8 --cwd /tmp --env X=y "$C" \
        sh -c 'echo "$(id -u) $(id -g) $(pwd) $X"; grep Groups /proc/self/status'
    assert_status 0
    assert_is "${lines[0]}" "1000 1000 /tmp y"
    assert_matches "${lines[1]}" '7.8'
}

@test "exec --process reads the process from a file" {
    sleeping
    jq '.process | .args = ["sh", "-c", "echo $FROM"] | .env = ["FROM=file", "PATH=/bin"]' "$T/b/config.json" >"$T/process.json"
    run runtime exec --process "$T/process.json" "$C"
    assert_status 0
    assert_is "$output" file
    run runtime exec --process "$T/process.json" "$C" true
    assert_status 255
    run runtime exec "$C"
    assert_status 255
    assert_has "$output" "COMMAND or --process"
}

@test "exec of what does not exist fails with 255 and names it" {
    sleeping
    run runtime exec "$C" no-such-program
    assert_status 255
    assert_has "$output" no-such-program
    run runtime exec nobody true
    assert_status 255
    assert_has "$output" 'container "nobody" does not exist'
}

@test "exec in a paused container is refused, or waits with --ignore-paused" {
    sleeping
    runtime pause "$C"
    run runtime exec "$C" true
    assert_status 255
    assert_has "$output" paused
    runtime exec --ignore-paused "$C" echo thawed >"$T/out" 3>&- &
    runtime resume "$C"
    wait $!
    assert_is "$(cat "$T/out")" thawed
}

@test "exec --cap adds and --no-new-privs takes away" {
    sleeping
    run runtime exec --cap CAP_SYS_TIME --no-new-privs "$C" grep -E 'CapEff|NoNewPrivs' /proc/self/status
    assert_status 0
    assert_has "$output" $'NoNewPrivs:\t1'
    local effective
    effective=$(awk '/CapEff/ { print $2 }' <<<"$output")
    assert_is $((0x$effective >> 25 & 1)) 1
}

# --- list, ps, pause, events, update -------------------------------------------------------------------------------

@test "list shows containers as a table, as JSON and as names" {
    assert_is "$(runtime list -f json)" '[]'
    sleeping
    run runtime list
    assert_status 0
    assert_matches "${lines[0]}" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
    assert_matches "${lines[1]}" "^$C +$(container_pid "$C") +running +$T/b +20[0-9T:.Z+-]+ +root"
    assert_is "$(runtime list --format json | jq -r '.[0] | .id + " " + .status')" "$C running"
    assert_is "$(runtime list --quiet)" "$C"
    run runtime list -f xml
    assert_status 1
    assert_has "$output" "expected table or json"
}

@test "ps shows the container's processes and no others" {
    sleeping
    run runtime ps "$C"
    assert_status 0
    assert_is "${#lines[@]}" 2
    assert_matches "${lines[0]}" '^UID +PID +PPID +C +STIME +TTY +TIME CMD$'
    assert_matches "${lines[1]}" "^0 +$(container_pid "$C") .* 00:00:00 sleep 1000$"
    assert_is "$(runtime ps -f json "$C")" "[$(container_pid "$C")]"
    run runtime ps nobody
    assert_status 1
}

@test "ps shows a process's control characters as question marks" {
    sleeping '.process.args = ["sh", "-c", "sleep 1000; :", "a\nb\u001b[31m"]'
    run runtime ps "$C"
    assert_status 0
    assert_has "$output" 'a?b?[31m'
}

@test "pause freezes, resume thaws" {
    sleeping '.process.args = ["sh", "-c", "while :; do echo >>/ticks; sleep 0.02; done"]'
    runtime pause "$C"
    assert_is "$(container_status "$C")" paused
    run runtime pause "$C"
    assert_status 1
    local ticks
    ticks=$(wc -l <"$T/b/rootfs/ticks")
    sleep 0.2
    assert_is "$(wc -l <"$T/b/rootfs/ticks")" "$ticks"
    runtime resume "$C"
    assert_is "$(container_status "$C")" running
    more_ticks() { [ "$(wc -l <"$T/b/rootfs/ticks")" -gt "$ticks" ]; }
    eventually more_ticks
    run runtime resume "$C"
    assert_status 1
    assert_has "$output" "not paused"
    runtime pause "$C"
    runtime delete -f "$C"
}

@test "events --stats prints the use once, in runc's shape" {
    sleeping
    run runtime events --stats "$C"
    assert_status 0
    assert_is "$(jq -r '.type + " " + .id' <<<"$output")" "stats $C"
    assert [ "$(jq '.data.cpu.usage.total' <<<"$output")" -gt 0 ]
    assert [ "$(jq '.data.memory.usage.usage' <<<"$output")" -gt 0 ]
    assert_is "$(jq '.data.pids.current' <<<"$output")" 1
    assert_is "$(jq -r '.data.memory.raw | to_entries | map(.value | type) | unique | join(" ")' <<<"$output")" number
    assert_is "$(jq -r '.data.blkio.ioServiceBytesRecursive | type' <<<"$output")" array
}

@test "events repeats until the container ends" {
    sleeping
    runtime events --interval 100ms "$C" >"$T/events" 3>&- &
    local events=$!
    two_events() { [ "$(wc -l <"$T/events")" -ge 2 ]; }
    eventually two_events
    runtime kill "$C" KILL
    wait $events
    assert_is "$(jq -r .type "$T/events" | sort -u)" stats
    run runtime events --interval soon "$C"
    assert_status 1
    assert_has "$output" "expected a duration"
    run runtime events --stats "$C"
    assert_status 1
}

@test "events tells of an out-of-memory kill" {
    sleeping '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
    runtime events --interval 1h "$C" >"$T/events" 3>&- &
    local events=$!
    eventually [ -s "$T/events" ]
    runtime exec "$C" sh -c 'a=x; while :; do a=$a$a; done' >/dev/null 2>&1 || :
    oom_seen() { grep -q '"type":"oom"' "$T/events"; }
    eventually oom_seen
    runtime delete -f "$C"
    wait $events
}

cgroup_value() { # CONTROLLER FILE
    cat "/sys/fs/cgroup/$1/$ID-b/$2"
}

@test "update changes limits by flags, files and standard input" {
    [ -d /sys/fs/cgroup/memory ] || skip "reads cgroup v1 files"
    sleeping
    runtime update --memory 64m --memory-swap 128m --cpu-quota 50000 --cpu-period 100000 --cpu-share 512 \
        --pids-limit 33 "$C"
    assert_is "$(cgroup_value memory memory.limit_in_bytes)" 67108864
    assert_is "$(cgroup_value memory memory.memsw.limit_in_bytes)" 134217728
    assert_is "$(cgroup_value cpu cpu.cfs_quota_us)" 50000
    assert_is "$(cgroup_value cpu cpu.shares)" 512
    assert_is "$(cgroup_value pids pids.max)" 33
    echo '{"pids":{"limit":44}}' | runtime update --resources - "$C"
    assert_is "$(cgroup_value pids pids.max)" 44
    echo '{"pids":{"limit":55},"cpu":{"shares":256}}' >"$T/resources.json"
    runtime update -r "$T/resources.json" --cpu-share 1024 "$C"
    assert_is "$(cgroup_value pids pids.max)" 55
    assert_is "$(cgroup_value cpu cpu.shares)" 1024
    assert_is "$(cgroup_value memory memory.limit_in_bytes)" 67108864
    runtime update --pids-limit -1 "$C"
    assert_is "$(cgroup_value pids pids.max)" max
}

@test "update refuses what makes no sense" {
    sleeping
    run runtime update "$C"
    assert_status 1
    assert_has "$output" "name at least one limit"
    run runtime update --memory lots "$C"
    assert_status 1
    assert_has "$output" 'invalid argument "lots" for "--memory" flag'
    run runtime update --cpu-period -5 "$C"
    assert_status 1
    assert_has "$output" "must not be negative"
    run runtime update --blkio-weight 5 "$C"
    assert_status 1
    assert_has "$output" "expected 10 to 1000"
    echo '{"memory":{"limit":"much"}}' >"$T/resources.json"
    run runtime update -r "$T/resources.json" "$C"
    assert_status 1
    assert_has "$output" memory.limit
    run runtime update --pids-limit 5 nobody
    assert_status 1
    run runtime update --l3-cache-schema L3:0=f "$C"
    assert_status 1
    assert_has "$output" intelRdt
}

# --- spec and features ---------------------------------------------------------------------------------------------

@test "spec writes a config.json that runs, once" {
    mkdir -p "$T/spec"
    [ -d "$T/spec/rootfs" ] || cp -a "$T/busybox" "$T/spec/rootfs"
    runtime spec --bundle "$T/spec"
    run runtime spec -b "$T/spec"
    assert_status 1
    assert_has "$output" "exists: remove it first"
    edit_config spec ".process.terminal = false | .process.args = [\"echo\", \"from spec\"] | .linux.cgroupsPath = \"/$ID-b\""
    run runtime run -b "$T/spec" "$C"
    assert_status 0
    assert_is "$output" "from spec"
}

@test "spec --rootless has a user namespace" {
    mkdir -p "$T/rootless"
    (cd "$T/rootless" && runtime spec --rootless)
    assert_is "$(jq -r '.linux.namespaces | map(.type) | index("user") != null' "$T/rootless/config.json")" true
    assert [ "$(jq '.linux.uidMappings | length' "$T/rootless/config.json")" -gt 0 ]
}

@test "features describes what is there" {
    run runtime features
    assert_status 0
    assert "$TESTS/schema.py" "$TESTS/data/oci/schema/features-schema.json" - <<<"$output"
    assert_is "$(jq -r .ociVersionMax <<<"$output")" 1.3.0
    assert_has "$(jq -c .hooks <<<"$output")" poststop
    assert_is "$(jq -r '.linux.namespaces | length' <<<"$output")" 8
    assert_is "$(jq -r .linux.seccomp.enabled <<<"$output")" true
    assert_is "$(jq -r '.linux.cgroup.v1 and .linux.cgroup.v2' <<<"$output")" true
    assert_has "$(jq -c .mountOptions <<<"$output")" '"idmap"'
    assert_has "$(jq -c .linux.seccomp.archs <<<"$output")" SCMP_ARCH_X86_64
}

# --- the runtime's own binary (S-7) --------------------------------------------------------------------------------

# protected RUNTIME-FILE... — what happens to who keeps /proc/PID/exe of the waiting process, and writes to it when
# nothing runs that file any more: the attack of CVE-2019-5736.
write_later() {
    cat >"$T/write-later.py" <<'PY'
import errno, os, subprocess, sys
pid, *delete = sys.argv[1:]
exe = os.open(f"/proc/{pid}/exe", os.O_PATH)
subprocess.run(delete, check=True)
for _ in range(1000):
    try:
        os.open(f"/proc/self/fd/{exe}", os.O_WRONLY)
        print("WRITABLE")
        break
    except OSError as error:
        if error.errno != errno.ETXTBSY:
            print(errno.errorcode[error.errno])
            break
PY
    python3 "$T/write-later.py" "$@"
}

@test "the runtime's binary cannot be written through a process of a container (CVE-2019-5736)" {
    cp "$RUNTIME" "$T/own-runtime" # nothing else on the machine runs this file
    local RUNTIME=$T/own-runtime before
    before=$(sha256sum <"$RUNTIME")
    bundle b '.process.args = ["sleep", "1000"]'
    runtime create -b "$T/b" "$C"
    run write_later "$(container_pid "$C")" "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$C"
    assert_matches "$output" '^(EROFS|EPERM)$'
    assert_is "$(sha256sum <"$RUNTIME")" "$before"
}

@test "a program that names /proc/self/exe as its interpreter gets nowhere" {
    local before
    before=$(sha256sum <"$RUNTIME")
    bundle b '.process.args = ["/evil"]'
    printf '#!/proc/self/exe\n' >"$T/b/rootfs/evil"
    chmod +x "$T/b/rootfs/evil"
    run runtime run -b "$T/b" "$C"
    assert_failed
    rm "$T/b/rootfs/evil"
    assert_is "$(sha256sum <"$RUNTIME")" "$before"
}
