# SPDX-License-Identifier: Apache-2.0
#!/usr/bin/env bats
# vm.bats - the test machine itself: what tests/vm/run promises to the tests that use it.

setup() {
    run_vm=$BATS_TEST_DIRNAME/vm/run
    script=$BATS_TEST_TMPDIR/script
}

@test "vm: mini has cgroup v2 with all controllers, takes files, gives output and exit status back" {
    echo hello >"$BATS_TEST_TMPDIR/greeting"
    cat >"$script" <<'S'
#!/bin/sh
cat greeting
grep -c ' / tmpfs ' /proc/mounts
cat /sys/fs/cgroup/cgroup.subtree_control
exit 7
S
    run "$run_vm" mini "$script" "$BATS_TEST_TMPDIR/greeting"
    [ "$status" = 7 ]
    [ "${lines[0]}" = hello ]
    [ "${lines[1]}" = 1 ]
    for name in cpuset cpu io memory hugetlb pids; do [[ " ${lines[2]} " == *" $name "* ]]; done
}

@test "vm: mini shows cgroup v1 when asked" {
    printf '#!/bin/sh\ngrep -c " cgroup " /proc/mounts\n[ -d /sys/fs/cgroup/net_cls ] && [ -f /sys/fs/cgroup/devices/devices.list ]\n' >"$script"
    VM_CGROUP=v1 run "$run_vm" mini "$script"
    [ "$status" = 0 ]
    [ "${lines[0]}" -ge 12 ]
}

@test "vm: systemd is PID 1 and makes scopes with limits" {
    cat >"$script" <<'S'
#!/bin/bash
cat /proc/1/comm
systemd-run --quiet --scope -p MemoryMax=50M sh -c 'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max'
exit 3
S
    run "$run_vm" systemd "$script"
    [ "$status" = 3 ]
    [ "${lines[0]}" = systemd ]
    [ "${lines[1]}" = 52428800 ]
}

@test "vm: a script that hangs is ended, with the console shown and status 124" {
    printf '#!/bin/sh\necho before\nsleep 1000\n' >"$script"
    VM_TIMEOUT=8 VM_APPEND=ignore_loglevel run "$run_vm" mini "$script"
    [ "$status" = 124 ]
    [[ "$output" == *before*"no end after 8 s"*"] "* ]]
}

@test "vm: a machine that dies says so with status 125" {
    printf '#!/bin/sh\necho 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger\n' >"$script"
    run "$run_vm" mini "$script"
    [ "$status" = 125 ]
    [[ "$output" == *"sysrq triggered crash"* ]]
}
