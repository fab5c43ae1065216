#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lsm.bats - security modules that this host's kernel may lack; in tests/vm.

load lib

setup() {
    files=$BATS_TEST_TMPDIR
    cp "$TESTS"/vm/{checks,guest-rootfs}.sh "$DHOW_BUILD/dhow-systemd-cgroup" "$files/"
    cp "$RUNTIME" "$files/runtime"
}

# config NAME JQ-EDIT - NAME.json for the guest
config() {
    "$TESTS/bundle.py" config --plain sleep 1000 |
        jq ".root.path = \"/rootfs\" | .linux.cgroupsPath = \"/$1\" | $2" >"$files/$1.json"
}

# all_ok SCRIPT COUNT - as many checks as that were made in the machine, and none was bad.
all_ok() {
    run "$TESTS/vm/run" systemd "$TESTS/vm/$1" "$files"/*
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" = "$2" ] || failed "too few checks: $output"
}

@test "AppArmor: the profile confines the container and its execs, and a missing one is an error" {
    config confined '.process.apparmorProfile = "dhow-test"'
    config missing '.process.apparmorProfile = "no-such-profile"'
    config plain '.process.args = ["cat", "/proc/self/attr/apparmor/current"]'
    all_ok apparmor.sh 11
}

@test "SELinux: process and mount labels arrive, and one that the policy does not know is an error" {
    cp "$TESTS/vm/policy.cil" "$files/"
    config labelled '.process.selinuxLabel = "u:r:container_t:s0:c1" | .linux.mountLabel = "u:object_r:container_file_t:s0:c1"'
    config missing '.process.selinuxLabel = "u:r:no_such_t:s0"'
    config plain '.process.args = ["cat", "/proc/self/attr/current"]'
    export VM_APPEND="security=selinux selinux=1 enforcing=0"
    all_ok selinux.sh 12
}
