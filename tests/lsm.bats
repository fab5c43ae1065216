#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lsm.bats - security modules that this host's kernel may lack; in tests/vm.

load lib

@test "AppArmor: the profile confines the container and its execs; a missing one is an error" {
    files=$BATS_TEST_TMPDIR
    cp "$TESTS"/vm/{checks,guest-rootfs}.sh "$DHOW_BUILD/dhow-systemd-cgroup" "$files/"
    cp "$RUNTIME" "$files/runtime"
    config() { "$TESTS/bundle.py" config --plain sleep 1000 | jq ".root.path = \"/rootfs\" | .linux.cgroupsPath = \"/$1\" | $2" >"$files/$1.json"; }
    config confined '.process.apparmorProfile = "dhow-test"'
    config missing '.process.apparmorProfile = "no-such-profile"'
    config plain '.process.args = ["cat", "/proc/self/attr/apparmor/current"]'
    run "$TESTS/vm/run" systemd "$TESTS/vm/apparmor.sh" "$files"/*
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" = 11 ] || failed "too few checks: $output"
}
