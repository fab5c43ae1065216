#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-cgroup.bats - limits of config.json read back from this machine's cgroup v1, and whose the cgroups are.
# (v2, systemd and controllers that are not here: cgroup2.bats, in the virtual machine.)

load runtime

setup() {
    [ -d /sys/fs/cgroup/memory ] || skip "no cgroup v1 hierarchies here"
}

file() { cat "/sys/fs/cgroup/$1/$ID-$2/$3"; }

@test "cgroup: each controller's limits are in its files" {
    started limits '.linux.resources = {
        memory: {limit: 67108864, reservation: 33554432, swappiness: 10},
        cpu: {shares: 512, quota: 50000, period: 100000, cpus: "0", mems: "0"},
        pids: {limit: 42}}'
    assert_is "$(file memory limits memory.limit_in_bytes)" 67108864
    assert_is "$(file memory limits memory.soft_limit_in_bytes)" 33554432
    assert_is "$(file memory limits memory.swappiness)" 10
    assert_is "$(file cpu limits cpu.shares)" 512
    assert_is "$(file cpu limits cpu.cfs_quota_us)" 50000
    assert_is "$(file cpu limits cpu.cfs_period_us)" 100000
    assert_is "$(file cpuset limits cpuset.cpus)" 0
    assert_is "$(file pids limits pids.max)" 42
    assert_is "$(file pids limits cgroup.procs)" "$(container_pid "$ID-limits")"
}

@test "cgroup: the process is in every hierarchy before it runs, and children stay" {
    run_in everywhere 'grep -vc ":/$" /proc/self/cgroup' '.linux.namespaces |= map(select(.type != "cgroup"))'
    assert_is "$output" "$(grep -vc ':.*unified\|^0:' /proc/self/cgroup)"
}

@test "cgroup: a limit is felt" {
    run_in pids 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait' '.linux.resources.pids.limit = 4'
    assert_has "$output" "can't fork"
    run_in oom 'dd if=/dev/zero of=/dev/null bs=64M count=1' '.linux.resources.memory = {limit: 16777216}'
    assert_status 137
}

@test "cgroup: without a cgroupsPath the container's name is its place; relative ones are below ours" {
    started unplaced 'del(.linux.cgroupsPath)'
    local at
    at=$(sed -n 's/.*:memory://p' "/proc/$(container_pid "$ID-unplaced")/cgroup")
    assert_has "$at" "$ID-unplaced"
    runtime delete -f "$ID-unplaced"
    assert [ ! -e "/sys/fs/cgroup/memory$at" ]
}

@test "cgroup: what the configuration asks and cannot be is refused with field, value and reason" {
    run_in bad true '.linux.resources.cpu.cpus = "4000"'
    assert_failed
    assert_has "$output" "cpu.cpus"
    assert_has "$output" 4000
    run_in bad true '.linux.cgroupsPath = "/../../escape"'
    assert_failed
    assert_has "$output" linux.cgroupsPath
    assert [ ! -e "/sys/fs/cgroup/memory/$ID-bad" ]
}

@test "cgroup: kill --all and delete --force end every process of a container without a PID namespace" {
    config shared 'setsid sleep 7771 & setsid sleep 7772 & exec sleep 7773' '.linux.namespaces |= map(select(.type != "pid"))'
    created shared
    runtime start "$ID-shared"
    three_are_there() { [ "$(file pids shared cgroup.procs | wc -l)" = 3 ]; }
    eventually three_are_there
    local pids
    pids=$(file pids shared cgroup.procs)
    runtime kill --all "$ID-shared" KILL
    local pid
    for pid in $pids; do eventually test ! -e "/proc/$pid/exe"; done
    runtime delete "$ID-shared"
    assert [ ! -e "/sys/fs/cgroup/pids/$ID-shared" ]
}
