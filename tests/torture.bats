# SPDX-License-Identifier: Apache-2.0
# torture.bats — a slice of what `make torture` does in full: the same points each time for the same program
# (TORTURE_SEED for others, TORTURE_POINTS for more).
load lib

@test "a slice of faults at every system call of the runtime does no harm" {
    local spare=()
    # A sanitizer's own calls, which it does not expect to fail, and a leak check that cannot be done under ptrace.
    if [[ $DHOW_BUILD == *asan* ]]; then
        export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
        local calls="mmap munmap mprotect mremap madvise brk openat read close pread64 fstat newfstatat readlink
            sigaltstack rt_sigaction rt_sigprocmask prlimit64 futex clone rseq getrandom execve set_robust_list
            arch_prctl access"
        # shellcheck disable=SC2086
        spare=(--except "$(printf '%s,' $calls | sed 's/,$//')")
    fi
    run "$TESTS/torture/runtime" --slice "${TORTURE_POINTS:-400}" --seed "${TORTURE_SEED:-1}" "${spare[@]}"
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
