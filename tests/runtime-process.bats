#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-process.bats - what the process is: user, capabilities, limits, scheduling, environment, descriptors, keyring.

load runtime

caps() { # NAME… as a mask in hexadecimal: bit numbers of the few that are used here
    local -A bit=([CHOWN]=0 [KILL]=5 [SETUID]=7 [NET_BIND_SERVICE]=10 [NET_RAW]=13 [SYS_ADMIN]=21)
    local name mask=0
    for name; do mask=$((mask | 1 << bit[$name])); done
    printf '%016x' "$mask"
}

@test "capabilities: each of the five sets is what was asked" {
    run_in five 'grep Cap /proc/self/status' '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SETUID"],
        permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"], effective: ["CAP_CHOWN"],
        inheritable: ["CAP_KILL", "CAP_NET_RAW"], ambient: ["CAP_NET_RAW"]}
        | .process.user = {uid: 1000, gid: 1000}'
    assert_status 0
    # What a program without file capabilities has after execve as a plain user: the ambient ones.
    assert_is "$(awk '{ print $2 }' <<<"$output" | paste -sd' ')" \
        "$(caps KILL NET_RAW) $(caps NET_RAW) $(caps NET_RAW) $(caps CHOWN KILL NET_RAW SETUID) $(caps NET_RAW)"
}

@test "capabilities: root gets its bounding set, an empty object means none, nothing is inheritable by default" {
    run_in root 'grep Cap /proc/self/status' '.process.capabilities |= map_values(["CAP_CHOWN"])'
    assert_is "$(awk '{ print $2 }' <<<"$output" | paste -sd' ')" \
        "$(caps) $(caps CHOWN) $(caps CHOWN) $(caps CHOWN) $(caps)"
    run_in root 'grep Cap /proc/self/status; chown 1 /tmp' '.process.capabilities = {}'
    assert_failed
    assert_is "$(awk '/Cap/ { print $2 }' <<<"$output" | sort -u)" "$(caps)"
}

@test "capabilities: all 41 names are known, an unknown one is left out with a warning" {
    local known
    known=$(runtime features | jq '.linux.capabilities | length')
    assert_is "$known" 41
    run_in all 'grep CapBnd /proc/self/status' '.process.capabilities |= map_values(["CAP_NET_RAW", "CAP_FUTURE"])'
    assert_status 0
    assert_has "$output" CAP_FUTURE
    assert_has "$output" "$(caps NET_RAW)"
}

@test "capabilities: a user that is not root has none without ambient ones" {
    run_in none 'grep CapEff /proc/self/status; id -u; chown 5 /tmp' '.process.user = {uid: 1000, gid: 1000}'
    assert_failed
    assert_has "$output" "$(caps)"
}

@test "user: uid, gid, additional groups, umask, HOME" {
    run_in user 'id -u; id -g; grep Groups /proc/self/status; umask; echo $HOME; touch /tmp/file; stat -c "%a %u:%g" /tmp/file' \
        '.process.user = {uid: 1000, gid: 1000, additionalGids: [50, 5], umask: 23}'
    assert_status 0
    assert_is "$output" $'1000\n1000\nGroups:\t5 50 \n0027\n/home\n640 1000:1000'
    run_in user 'id -G; echo $HOME; umask' '.process.user = {uid: 4321, gid: 99} | .process.env += ["HOME=/given"]'
    assert_is "$output" $'99\n/given\n0022'
}

@test "user: standard output can be opened again by the container's user" {
    run_in reopen 'echo again >/dev/stdout' '.process.user = {uid: 1000, gid: 1000}'
    assert_status 0
    assert_is "$output" again
}

@test "noNewPrivileges: a setuid program gains nothing with it and everything without" {
    config nnp 'grep CapEff /proc/self/status; /tmp/busybox grep CapEff /proc/self/status
        grep NoNewPrivs /proc/self/status' '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = true'
    cp "$T/busybox/bin/busybox" "$T/nnp/rootfs/tmp/busybox"
    # cap_net_raw=ep, as setcap(8) writes it
    python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' "$T/nnp/rootfs/tmp/busybox"
    run runtime run -b "$T/nnp" "$ID-nnp"
    assert_has "${lines[1]}" "$(caps)"
    assert_matches "${lines[2]}" '1$'
    edit_config nnp '.process.noNewPrivileges = false'
    run runtime run -b "$T/nnp" "$ID-nnp"
    assert_has "${lines[0]}" "$(caps)"
    assert_has "${lines[1]}" "$(caps NET_RAW)"
    assert_matches "${lines[2]}" '0$'
}

@test "rlimits: are set, and a hard limit that may not rise is clamped with a warning" {
    run_in rlimits 'cat /proc/self/limits' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
        {type: "RLIMIT_NPROC", soft: 1000, hard: 2000}]'
    assert_status 0
    assert_matches "$output" 'Max open files +100 +200 '
    assert_matches "$output" 'Max core file size +0 +0 '
    assert_matches "$output" 'Max processes +1000 +2000 '
    run_in rlimits true '.process.rlimits = [{type: "RLIMIT_NOTHING", soft: 1, hard: 1}]'
    assert_failed
    assert_has "$output" process.rlimits
    assert_has "$output" RLIMIT_NOTHING
    config rlimits 'ulimit -Hn' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 1}]'
    sed -i 's/"hard": 1$/"hard": 18446744073709551615/' "$T/rlimits/config.json" # jq has no such number
    run runtime run -b "$T/rlimits" "$ID-rlimits"
    # with CAP_SYS_RESOURCE the kernel has its own maximum (nr_open); without, the present hard limit stays
    if [ "$status" = 0 ]; then assert_has "$output" RLIMIT_NOFILE; else assert_has "$output" process.rlimits; fi
}

@test "rlimits: all 16 names are known" {
    local names="AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK"
    local limits='[]' name
    for name in $names; do
        limits=$(jq --arg n "RLIMIT_$name" '. + [{type: $n, soft: 0, hard: 0}]' <<<"$limits")
    done
    # Those that would keep the process from running are as they are for everybody.
    run_in names 'ulimit -a >/dev/null; echo ran' '.process.rlimits = ($l | map(if .type | IN("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_NPROC")
        then .soft = 1000000000000000 | .hard = 1000000000000000 else . end))' --argjson l "$limits"
    assert_has "$output" ran
}

@test "oomScoreAdj: is set, and what needs a privilege that is missing does not stop the container" {
    run_in oom 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 321'
    assert_is "$output" 321
    run_in oom 'echo score $(cat /proc/self/oom_score_adj)' '.process.oomScoreAdj = -500'
    assert_status 0
    if [[ $output != *"score -500"* ]]; then assert_has "$output" CAP_SYS_RESOURCE; fi
    run_in oom true '.process.oomScoreAdj = 5000'
    assert_failed
    assert_has "$output" process.oomScoreAdj
}

@test "sysctl: of the container's namespaces are set, others are refused" {
    run_in sysctl 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni /proc/sys/fs/mqueue/msg_max' \
        '.linux.namespaces += [{type: "network"}] | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmni": "4000", "fs.mqueue.msg_max": "77"}'
    assert_status 0
    assert_is "$output" $'1\n4000\n77'
    run_in sysctl true '.linux.sysctl = {"kernel.pid_max": "100"}'
    assert_failed
    assert_has "$output" kernel.pid_max
    run_in sysctl true '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' # shares the host's network
    assert_failed
    assert_has "$output" net.ipv4.ip_forward
    run_in sysctl true '.linux.sysctl = {"kernel.domainname/../../vm/drop_caches": "1"}'
    assert_failed
}

@test "personality: LINUX32 is what uname says" {
    run_in pers 'uname -m' '.linux.personality = {domain: "LINUX32"}'
    assert_is "$output" "$(setarch linux32 uname -m)"
    run_in pers 'uname -m' '.linux.personality = {domain: "LINUX"}'
    assert_is "$output" "$(uname -m)"
    run_in pers true '.linux.personality = {domain: "BSD"}'
    assert_failed
    assert_has "$output" linux.personality
}

# policy and nice of a process, from its stat: fields 41 and 19.
sched='awk "{ sub(/.*\) /, \"\"); print \$39, \$17 }" /proc/self/stat'

@test "scheduler: policies that need no privilege, nice" {
    run_in sched "$sched" '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
    assert_is "$output" "3 5"
    run_in sched "$sched" '.process.scheduler = {policy: "SCHED_IDLE"}'
    assert_matches "$output" '^5 '
    run_in sched "$sched" '.process.scheduler = {policy: "SCHED_OTHER", nice: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
    assert_status 0
    run_in sched true '.process.scheduler = {policy: "SCHED_WRONG"}'
    assert_failed
    assert_has "$output" process.scheduler.policy
}

@test "scheduler: SCHED_FIFO with its priority where the kernel lets us" {
    run_in fifo "$sched" '.process.scheduler = {policy: "SCHED_FIFO", priority: 3}
        | .linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 10000}'
    if chrt -f 3 true 2>/dev/null; then
        assert_matches "$output" '^1 '
    else
        assert_failed
        assert_has "$output" process.scheduler
    fi
}

@test "ioPriority: class and level" {
    run_in io 'ionice -p $$' '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
    assert_has "$output" "prio 6"
    run_in io 'ionice -p $$' '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    assert_has "$output" idle
    run_in io true '.process.ioPriority = {class: "IOPRIO_CLASS_X", priority: 0}'
    assert_failed
    assert_has "$output" process.ioPriority.class
}

@test "memoryPolicy: is in force, and a bad one is named" {
    run_in numa 'head -1 /proc/self/numa_maps' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
    if [ -e /proc/self/numa_maps ]; then assert_has "$output" bind:0; else assert_has "$output" linux.memoryPolicy; fi
    run_in numa true '.linux.memoryPolicy = {mode: "MPOL_WRONG", nodes: "0"}'
    assert_failed
    assert_has "$output" linux.memoryPolicy
}

@test "execCPUAffinity: exec runs on the final processors" {
    started affinity
    jq '.process | .args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {initial: "0", final: "1"}' \
        "$T/affinity/config.json" >"$T/affinity/process.json"
    [ "$(nproc)" -ge 2 ] || skip "one processor"
    run runtime exec --process "$T/affinity/process.json" "$ID-affinity"
    assert_status 0
    assert_matches "$output" '[[:space:]]1$'
    run inside affinity grep Cpus_allowed_list /proc/self/status
    assert_is "$output" "$(grep Cpus_allowed_list /proc/self/status)"
}

@test "execCPUAffinity: the configuration's own counts for exec without --process" {
    [ "$(nproc)" -ge 2 ] || skip "one processor"
    started affinity2 '.process.execCPUAffinity = {final: "0"}'
    run inside affinity2 grep Cpus_allowed_list /proc/self/status
    assert_matches "$output" '[[:space:]]0$'
    run inside affinity2 grep Cpus_allowed_list /proc/1/status
    assert_is "$output" "$(grep Cpus_allowed_list /proc/self/status)"
}

@test "intelRdt: an error that names it where resctrl is not mounted" {
    [ ! -e /sys/fs/resctrl/schemata ] || skip "resctrl is mounted here"
    run_in rdt true '.linux.intelRdt = {closID: "class", l3CacheSchema: "L3:0=f"}'
    assert_failed
    assert_has "$output" linux.intelRdt
    assert_has "$output" resctrl
}

@test "labels: asked of a kernel that has no such module is an error" {
    if [ ! -d /sys/module/apparmor ]; then
        run_in label true '.process.apparmorProfile = "some-profile"'
        assert_failed
        assert_has "$output" process.apparmorProfile
    fi
    if [ ! -e /sys/fs/selinux/enforce ]; then
        run_in label true '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
        assert_failed
        assert_has "$output" process.selinuxLabel
    fi
}

@test "keyring: a new session keyring with the container's name, or the caller's with --no-new-keyring" {
    config keyring 'cat /proc/keys' '.linux.maskedPaths = []'
    run runtime run -b "$T/keyring" "$ID-keyring"
    assert_has "$output" "keyring   _ses.$ID-keyring:"
    run runtime run --no-new-keyring -b "$T/keyring" "$ID-keyless"
    assert_status 0
    assert_lacks "$output" "$ID-keyless"
}

@test "environment: is the configuration's alone" {
    SECRET=host run_in env env '.process.env = ["PATH=/bin", "A=1", "EMPTY="]'
    assert_is "$(grep -v '^\(HOME\|PWD\|SHLVL\|OLDPWD\)=' <<<"$output" | sort)" $'A=1\nEMPTY=\nPATH=/bin'
}

@test "cwd: is made when missing, must be a directory and absolute" {
    run_in cwd pwd '.process.cwd = "/new/place"'
    assert_is "$output" /new/place
    run_in cwd pwd '.process.cwd = "/etc/passwd"'
    assert_failed
    assert_has "$output" process.cwd
    run_in cwd pwd '.process.cwd = "relative"'
    assert_failed
    assert_has "$output" "process.cwd: must be an absolute path"
}

@test "args: found in PATH, missing and not executable are told apart" {
    run_in args true '.process.args = ["nosuchprogram"]'
    assert_failed
    assert_has "$output" 'exec: "nosuchprogram": executable file not found in $PATH'
    run_in args true '.process.args = ["/etc/passwd"]'
    assert_failed
    assert_has "$output" 'exec: "/etc/passwd": permission denied'
    run_in args true '.process.args = ["/no/such"]'
    assert_failed
    assert_has "$output" 'exec: "/no/such": '
    config args true '.process.args = ["/script"]'
    printf '#!/no/interpreter\n' >"$T/args/rootfs/script"
    chmod +x "$T/args/rootfs/script"
    run runtime run -b "$T/args" "$ID-args"
    assert_failed
    assert_has "$output" interpreter
    run_in args true 'del(.process.args)'
    assert_failed
    assert_has "$output" process.args
}

@test "descriptors: only 0, 1, 2 and those that were named reach the process" {
    config fds 'ls /proc/self/fd'
    run bash -c 'exec "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/fds" "$ID-fds" 3</etc/passwd 7</etc/passwd 8</etc/group'
    assert_is "$(paste -sd' ' <<<"$output")" "0 1 2 3" # 3: ls reads the directory
    edit_config fds '.process.args[2] = "ls /proc/self/fd | tr \"\\n\" \" \"; cat <&3"'
    run bash -c 'exec "$RUNTIME" --root "$RUNTIME_ROOT" run --preserve-fds 1 -b "$T/fds" "$ID-fds" 3</etc/hostname 4</etc/passwd'
    assert_status 0
    assert_is "$output" "0 1 2 3 4 $(cat /etc/hostname)"
}

@test "descriptors: exec passes on what was named, and no more" {
    started fdx
    run bash -c '"$RUNTIME" --root "$RUNTIME_ROOT" exec --preserve-fds 1 "$ID-fdx" sh -c "cat <&3; test -e /proc/self/fd/5 || echo no 5" 3</etc/hostname 5</etc/passwd'
    assert_status 0
    assert_is "$output" "$(cat /etc/hostname)"$'\n'"no 5"
}

@test "descriptors: socket activation reaches the process as LISTEN_FDS with its own pid" {
    config listen 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
    export LISTEN_FDS=1
    run bash -c 'exec "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/listen" "$ID-listen" 3</etc/hostname'
    assert_status 0
    assert_is "$output" "1 1"$'\n'"$(cat /etc/hostname)"
}

@test "signals: a process ignores none, whatever its maker ignores" {
    PLAIN=1 bundle ignoring '.process.args = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]'
    # Numbers 32 and 33 too, which the C library would not touch.
    run /usr/bin/python3 -c '
import ctypes, os, sys
libc, ignore = ctypes.CDLL("libc.so.6"), (ctypes.c_uint64 * 4)(1)
for number in set(range(1, 65)) - {9, 17, 19}:
    assert libc.syscall(13, number, ignore, None, 8) == 0
os.execv(sys.argv[1], sys.argv[1:])' "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/ignoring" "$ID-ignoring"
    assert_status 0
    assert_is "$output" "$(printf 'SigBlk:\t%016d\nSigIgn:\t%016d' 0 0)"
}
