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

# all_ok FLAVOUR SCRIPT MINIMUM — runs it in a machine; no check is bad, and at least MINIMUM were made.
all_ok() {
    run "$TESTS/vm/run" "$1" "$TESTS/vm/$2" "$TESTS"/vm/{checks,guest-rootfs}.sh \
        "$DHOW_BUILD"/dhow "$DHOW_BUILD"/dhow-monitor "$DHOW_BUILD"/dhow-runtime "$DHOW_BUILD"/dhow-transfer
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" -ge "$3" ] || failed "too few checks: $output"
}

@test "limits and devices of containers on cgroup v2" {
    export VM_ARGS="-drive id=data,driver=null-co,size=1M,if=none -device virtio-blk-pci,drive=data"
    all_ok mini dhow-resources.sh 26
}

@test "AppArmor's docker-default, and user namespaces on a kernel before overlayfs takes descriptors" {
    all_ok systemd dhow-apparmor.sh 14
}
