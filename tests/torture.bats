# SPDX-License-Identifier: Apache-2.0
# torture.bats — a slice of what `make torture` does in full: the same points each time for the same program
# (TORTURE_SEED for others, TORTURE_POINTS for more).
load lib

@test "a slice of faults at every system call of the runtime does no harm" {
    run "$TESTS/torture/runtime" --slice "${TORTURE_POINTS:-400}" --seed "${TORTURE_SEED:-1}"
    assert_status 0
    assert_matches "${lines[-1]}" '^[0-9]+ points, 0 bad$'
}

@test "the torture finds what a runtime leaves behind when it is killed" {
    need runc
    run "$TESTS/torture/runtime" --runtime runc --verb create --fault kill-tree --slice 30 --seed 1
    assert_status 1
    assert_has "$output" "delete -f leaves /sys/fs/cgroup"
    assert_lacks "$(ledger show --scope "$ID")" cgroup
}
