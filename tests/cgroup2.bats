#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cgroup2.bats - the runtime where this host cannot show it: cgroup v2 with controllers, systemd, all of v1; in tests/vm.
#
# Each test is one boot with many checks in it (tests/vm/*.sh), which say "ok …" or "not ok …".

load lib

setup() {
    files=$BATS_TEST_TMPDIR
    cp "$TESTS"/vm/{checks,guest-rootfs}.sh "$files/"
    cp "$RUNTIME" "$files/runtime"
    cp "$DHOW_BUILD/dhow-systemd-cgroup" "$files/"
}

# config NAME JQ-EDIT - NAME.json, for the guest's /rootfs
config() {
    "$TESTS/bundle.py" config --plain sleep 1000 |
        jq ".root.path = \"/rootfs\" | .process.capabilities[] += [\"CAP_MKNOD\"] | $2" >"$files/$1.json"
}

limits='.linux.resources += {
    memory: {limit: 67108864, reservation: 33554432, swap: 100663296},
    cpu: {shares: 512, quota: 50000, period: 100000, cpus: "1", mems: "0"},
    pids: {limit: 42}, hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'

# all_ok FLAVOUR SCRIPT MINIMUM - runs it in a machine; no check is bad, and at least MINIMUM were made.
all_ok() {
    run "$TESTS/vm/run" "$1" "$TESTS/vm/$2" "$files"/*
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" -ge "$3" ] || failed "too few checks: $output"
}

# cpu.shares 512 as a weight, by the specification's linear formula (src/cgroup/limits_v2.c says why not the newer curve).
weight() { echo 20 >"$files/want.weight"; }

@test "cgroup v2: limits, devices, update, freezer, statistics, kill and removal" {
    config limits "$limits | .linux.cgroupsPath = \"/dhow/deep/limits\" | .linux.resources.unified = {\"memory.high\": \"50331648\"}
        | .linux.resources.blockIO = {weight: 200, throttleReadBpsDevice: [{major: 254, minor: 0, rate: 1048576}]}"
    config shared '.linux.cgroupsPath = "/dhow/deep/shared" | .linux.namespaces |= map(select(.type != "pid"))
        | .process.args = ["sh", "-c", "sleep 7777 & sleep 7777 & setsid sleep 7777 & wait"]'
    config oom '.linux.cgroupsPath = "/dhow/deep/oom" | .linux.resources.memory = {limit: 8388608, swap: 8388608}
        | .process.args = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"]'
    config taken '.linux.cgroupsPath = "/dhow/deep/taken" | .process.args = ["true"]'
    weight
    export VM_ARGS="-drive id=data,driver=null-co,size=1M,if=none -device virtio-blk-pci,drive=data"
    all_ok mini cgroup2.sh 35
}

@test "cgroup v2: the systemd driver makes a scope and keeps systemd informed" {
    config unit "$limits"' | del(.linux.resources.hugepageLimits) | .linux.cgroupsPath = "dhowtest.slice:dhowtest:unit"
        | .annotations."org.systemd.property.TimeoutStopUSec" = "uint64 7000000"'
    config default 'del(.linux.cgroupsPath) | .process.args = ["cat", "/proc/self/cgroup"]'
    weight
    all_ok systemd systemd.sh 24
}

@test "cgroup v1: every hierarchy, with net_cls and net_prio" {
    config one "$limits"' | .linux.cgroupsPath = "/dhow/one" | .linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]
        | .linux.resources.memory |= del(.swap) | .linux.resources.network = {classID: 1048577, priorities: [{name: "lo", priority: 5}]}'
    VM_CGROUP=v1 all_ok mini cgroup1.sh 16
}
