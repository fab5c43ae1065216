#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-seccomp.bats - seccomp profiles in a container: actions, conditions, flags, notification to an agent.

load runtime

# profile JQ-RULES — a profile that allows all but what the rules say.
profile() {
    printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls: %s}' "$1"
}

@test "seccomp: docker's profile is in force, for root and others, with and without noNewPrivileges" {
    local user nnp
    for user in 0 1000; do
        for nnp in true false; do
            PLAIN='' config docker 'grep Seccomp: /proc/self/status; unshare -U true; chmod 777 /dev/shm; mkdir /dev/shm/x && echo fine' \
                ".process.user.uid = $user | .process.noNewPrivileges = $nnp"
            run runtime run -b "$T/docker" "$ID-docker"
            assert_status 0
            assert_matches "${lines[0]}" '2$'
            assert_has "$output" "Operation not permitted"
            assert_has "$output" fine
        done
    done
}

@test "seccomp: ERRNO with its number and the default one, ALLOW, LOG" {
    run_in errno 'mkdir /tmp/a; rmdir /tmp; ln -s a /tmp/b && echo linked; chmod 700 /tmp && echo logged' "$(profile '[
        {names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 122}, {names: ["rmdir"], action: "SCMP_ACT_ERRNO"},
        {names: ["symlink"], action: "SCMP_ACT_ALLOW"}, {names: ["chmod"], action: "SCMP_ACT_LOG"}]')"
    assert_has "$output" "/tmp/a': Disk quota exceeded"
    assert_has "$output" "'/tmp': Operation not permitted"
    assert_has "$output" linked
    assert_has "$output" logged
}

@test "seccomp: defaultErrnoRet is what unnamed calls get" {
    # an allow list: docker's, with another errno
    PLAIN='' config default 'unshare -U true' '.linux.seccomp.defaultErrnoRet = 122'
    run runtime run -b "$T/default" "$ID-default"
    assert_failed
    assert_has "$output" "Disk quota exceeded"
}

@test "seccomp: KILL, KILL_PROCESS, KILL_THREAD and TRAP end the process with SIGSYS" {
    local action
    for action in KILL KILL_PROCESS KILL_THREAD TRAP; do
        run_in kill 'mkdir /tmp/x; echo status $?' "$(profile "[{names: [\"mkdir\"], action: \"SCMP_ACT_$action\"}]")"
        assert_has "$output" "status 159" # 128 + SIGSYS
    done
    run_in trace 'mkdir /tmp/x' "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_TRACE"}]')"
    assert_has "$output" "Function not implemented" # nobody traces
}

@test "seccomp: conditions on arguments, each operator" {
    # kill(pid, sig): the second argument is the signal; sh's own kill, so nothing else calls it
    local row
    for row in "EQ 10 0:10" "NE 10 0:12" "LT 12 0:10" "LE 10 0:10" "GE 10 0:10" "GT 10 0:12"; do
        read -r op value _ <<<"$row"
        run_in args "trap : 10 12; kill -${row##*:} \$\$; kill -0 \$\$ && echo other" "$(profile "[{names: [\"kill\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 122,
            args: [{index: 1, value: $value, op: \"SCMP_CMP_$op\"}]}]")"
        assert_has "$output" "Disk quota"
    done
    run_in args 'trap : 10; kill -10 $$ && echo ten; kill -12 $$' "$(profile '[{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 122,
            args: [{index: 1, value: 4, valueTwo: 4, op: "SCMP_CMP_MASKED_EQ"}]}]')"
    assert_has "$output" ten
    assert_has "$output" "Disk quota"
}

@test "seccomp: flags are passed on, unknown words refused by name" {
    local flag
    for flag in $(runtime features | jq -r '.linux.seccomp.supportedFlags[]'); do
        case $flag in *WAIT_KILLABLE*) continue ;; esac # only with a listener
        run_in flag 'mkdir /tmp/f' "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]')"' | .linux.seccomp.flags = [$f]' --arg f "$flag"
        assert_has "$output" "Operation not permitted"
    done
    run_in word true "$(profile '[]')"' | .linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_NONE"]'
    assert_failed
    assert_has "$output" "linux.seccomp.flags"
    run_in word true "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_MAYBE"}]')"
    assert_failed
    assert_has "$output" 'linux.seccomp.syscalls[0].action'
    run_in word true "$(profile '[{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]')"
    assert_status 0 # profiles name calls of other kernels
}

@test "seccomp: exec has the container's filter" {
    started filtered "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 122}]')"
    run inside filtered mkdir /tmp/e
    assert_has "$output" "Disk quota"
    # also when the compiled filters are gone
    rm -rf "$RUNTIME_ROOT/.seccomp"
    run inside filtered mkdir /tmp/e
    assert_has "$output" "Disk quota"
}

@test "seccomp: an agent gets the listener and the state, and answers for run, create and exec" {
    mkdir -p "$T/agent"
    "$TESTS/seccomp-agent.py" "$T/agent.sock" "$T/agent" 3>&- &
    local agent=$!
    eventually test -e "$T/agent/ready"
    local rules
    rules="$(profile '[{names: ["getppid", "mkdir", "rmdir"], action: "SCMP_ACT_NOTIFY"}]')"' | .linux.seccomp.listenerPath = "\($T)/agent.sock"
        | .linux.seccomp.listenerMetadata = "meta data" | .annotations = {"a.b": "c"}'
    run_in notify 'mkdir /tmp/x; echo parent $PPID' "$rules"
    assert_status 0
    assert_has "$output" "parent 4242"
    assert_has "$output" "Disk quota"
    assert_is "$(jq -r '.metadata, .fds[0], .state.id, .state.annotations["a.b"], .state.status' "$T/agent/0.json")" \
        $'meta data\nseccompFd\n'"$ID-notify"$'\nc\ncreating'
    assert_is "$(jq '.pid == .state.pid' "$T/agent/0.json")" true

    started notified "$rules"' | .process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = true'
    assert_is "$(jq -r .state.id "$T/agent/1.json")" "$ID-notified"
    run inside notified sh -c 'rmdir /tmp; echo parent $PPID'
    assert_has "$output" "parent 4242"
    assert_has "$output" "Disk quota"
    assert_is "$(jq '.pid != .state.pid and .state.status == "running"' "$T/agent/2.json")" true
    kill -9 "$agent"
    wait "$agent" || true
}

@test "seccomp: NOTIFY without an agent, or with one that is not there, does not start" {
    run_in lost true "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]')"
    assert_failed
    assert_has "$output" "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs somebody to notify"
    run_in lost true "$(profile '[{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]')"' | .linux.seccomp.listenerPath = "\($T)/nobody"'
    assert_failed
    assert_has "$output" "$T/nobody"
    run runtime state "$ID-lost"
    assert_failed
}
