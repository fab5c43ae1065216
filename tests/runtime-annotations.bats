#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-annotations.bats - annotations: passed on in the state, and crun's that change the container.

load runtime

@test "annotations: all are in the state, whatever they are called" {
    started state '.annotations = {"io.example.key": "a value", "empty": "", "run.oci.unknown": "x"}'
    assert_is "$(runtime state "$ID-state" | jq -cS .annotations)" '{"empty":"","io.example.key":"a value","run.oci.unknown":"x"}'
}

@test "annotations: run.oci.keep_original_groups keeps the caller's groups" {
    config groups 'grep Groups: /proc/self/status' '.annotations = {"run.oci.keep_original_groups": "1"} | .process.user.additionalGids = [5]'
    run setpriv --groups 77,78 "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/groups" "$ID-groups"
    assert_matches "$output" $'Groups:\t77 78'
    edit_config groups 'del(.annotations)'
    run setpriv --groups 77,78 "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/groups" "$ID-groups"
    assert_matches "$output" $'Groups:\t5 $'
}

@test "annotations: run.oci.pidfd_receiver gets a pidfd of the first process" {
    config pidfd 'exec sleep 1000' '.annotations = {"run.oci.pidfd_receiver": "\($T)/pidfd.sock"}'
    made pidfd
    run timeout 20 python3 -c 'import array, os, socket, subprocess, sys
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(1)
subprocess.run(sys.argv[2:], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
connection, _ = server.accept()
fd = array.array("i", connection.recvmsg(100, socket.CMSG_SPACE(4))[1][0][2])[0]
print(next(l for l in open(f"/proc/self/fdinfo/{fd}") if l.startswith("Pid:")).split()[1])' \
        "$T/pidfd.sock" "$RUNTIME" --root "$RUNTIME_ROOT" create -b "$T/pidfd" "$ID-pidfd"
    assert_status 0
    assert_is "$output" "$(container_pid "$ID-pidfd")"
}

@test "annotations: run.oci.timens_offset is a time offset" {
    run_in timens 'cat /proc/self/timens_offsets' '.linux.namespaces += [{type: "time"}] | .annotations = {"run.oci.timens_offset": "boottime 55 7"}'
    assert_matches "$output" 'boottime +55 +7'
    run_in timens true '.linux.namespaces += [{type: "time"}] | .annotations = {"run.oci.timens_offset": "lunchtime 1 0"}'
    assert_failed
    assert_has "$output" "annotation run.oci.timens_offset"
}

@test "annotations: run.oci.seccomp.receiver is where the listener goes" {
    mkdir -p "$T/agent"
    "$TESTS/seccomp-agent.py" "$T/agent.sock" "$T/agent" 3>&- &
    local agent=$!
    eventually test -e "$T/agent/ready"
    run_in receiver 'echo parent $PPID' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getppid"], action: "SCMP_ACT_NOTIFY"}]}
        | .annotations = {"run.oci.seccomp.receiver": "\($T)/agent.sock"}'
    kill -9 "$agent"
    wait "$agent" || true
    assert_is "$output" "parent 4242"
}

@test "annotations: run.oci.seccomp_fail_unknown_syscall refuses a name that nobody knows" {
    local unknown='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
    run_in unknown true "$unknown"
    assert_status 0
    run_in unknown true "$unknown"' | .annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
    assert_failed
    assert_has "$output" no_such_call
}

@test "annotations: run.oci.seccomp_bpf_data is the filter itself, for exec too" {
    # return ERRNO(EDQUOT) for mkdir (83 on x86_64), else ALLOW
    local filter
    filter=$(python3 -c 'import base64, struct
print(base64.b64encode(b"".join(struct.pack("<HBBI", *i) for i in (
    (0x20, 0, 0, 0), (0x15, 0, 1, 83), (0x06, 0, 0, 0x00050000 | 122), (0x06, 0, 0, 0x7fff0000)))).decode())')
    started bpf '.annotations = {"run.oci.seccomp_bpf_data": $filter}' --arg filter "$filter"
    run inside bpf sh -c 'mkdir /tmp/x; grep Seccomp: /proc/1/status'
    assert_has "$output" "Disk quota"
    assert_has "$output" "2"
    run_in bpf2 true '.annotations = {"run.oci.seccomp_bpf_data": "not base64!"}'
    assert_failed
    assert_has "$output" "annotation run.oci.seccomp_bpf_data"
}

@test "annotations: what cannot be done is refused, not passed over" {
    run_in krun true '.annotations = {"run.oci.handler": "krun"}'
    assert_failed
    assert_has "$output" "annotation run.oci.handler"
}
