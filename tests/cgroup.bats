#!/usr/bin/env bats
# cgroup.bats - the cgroup module against real kernels: this machine's cgroups, and a virtual machine's v1 and v2.

load lib

setup() {
    program=$DHOW_BUILD/tests/cgroup/kernel
    script=$BATS_TEST_TMPDIR/script
    printf '#!/bin/sh\nexec ./kernel\n' >"$script"
}

in_machine() {
    if ldd "$program" >/dev/null 2>&1; then skip "built with a sanitizer: not static, the machine has no libraries"; fi
    run "$TESTS/vm/run" mini "$script" "$program"
}

@test "cgroup: limits, devices, freezing and killing do what they say on this machine" {
    run "$program" "/dhow-test-$ID"
    assert_status 0
}

@test "cgroup: the same on v2 with all controllers" {
    in_machine
    assert_status 0
    assert_is "$(grep -c '^ok' <<<"$output")" 13
    assert_is "$(grep SKIP <<<"$output")" "ok 13 - systemd_starts_changes_and_stops_a_scope # SKIP systemd does not run here"
}

@test "cgroup: the same on v1 with all controllers" {
    export VM_CGROUP=v1
    in_machine
    assert_status 0
}

@test "cgroup: the systemd driver starts, changes and stops a scope" {
    if ldd "$program" >/dev/null 2>&1; then skip "built with a sanitizer: the machine has no libasan"; fi
    printf '#!/bin/sh\nexec ./kernel /dhow-test-kernel systemd\n' >"$script"
    run "$TESTS/vm/run" systemd "$script" "$program" "$DHOW_BUILD/dhow-systemd-cgroup"
    assert_status 0
    assert_lacks "$output" "ok 13 - systemd_starts_changes_and_stops_a_scope # SKIP"
}
