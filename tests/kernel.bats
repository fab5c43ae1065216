# SPDX-License-Identifier: Apache-2.0
# kernel.bats — dhow on another kernel than this machine's.
load lib

@test "dhow runs containers on Debian 12's kernel with cgroup v2" {
    run "$TESTS/vm/run" mini "$TESTS/vm/dhow.sh" "$TESTS/vm/checks.sh" \
        "$DHOW_BUILD"/dhow "$DHOW_BUILD"/dhow-monitor "$DHOW_BUILD"/dhow-runtime "$DHOW_BUILD"/dhow-transfer
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" -ge 10 ] || failed "too few checks: $output"
}
