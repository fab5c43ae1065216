# SPDX-License-Identifier: Apache-2.0
# lib.bats — the test library itself: bundles are complete, assertions can fail.
load lib

@test "a bundle has a busybox root and docker's config" {
    bundle b '.process.args = ["echo", "hello"]'
    assert_is "$(chroot "$T/b/rootfs" /bin/sh -c 'echo inside')" inside
    assert_is "$(jq -r '.process.args[0]' "$T/b/config.json")" echo
    assert_is "$(jq -r .linux.cgroupsPath "$T/b/config.json")" "/$ID-b"
    assert_is "$(jq -r .linux.seccomp.defaultAction "$T/b/config.json")" SCMP_ACT_ERRNO
}

@test "a plain bundle has no seccomp and no network namespace" {
    PLAIN=1 bundle p
    assert_is "$(jq -c '[.linux.seccomp, (.linux.namespaces | map(.type) | index("network"))]' "$T/p/config.json")" \
        '[null,null]'
}

@test "assertions fail when they should" {
    refute assert_is a b
    refute assert_has abc x
    refute assert_lacks abc b
    refute assert_matches abc '^b'
    refute assert false
    refute refute true
    run false
    refute assert_status 0
    run true
    refute assert_failed
}

# A bats file of its own, in which a test leaves something behind: its teardown must say so, and clear it away.
leaky() {
    printf 'load %s/lib\n@test "leaks" {\n%s\n}\n' "$TESTS" "$1" >"$T/leaky.bats"
    env DHOW_TEST_RUN="$ID-inner" DHOW_SETTLE=0.2 bats "$T/leaky.bats" 3>&- 2>&1
}

@test "a file that leaves a mount behind fails and is cleaned up" {
    run leaky 'mkdir $T/m; mount -t tmpfs $ID $T/m'
    assert_failed
    assert_has "$output" "+ mount"
    assert_lacks "$(cat /proc/self/mountinfo)" "$ID-inner"
}

@test "a file that leaves a process behind fails and is cleaned up" {
    run leaky 'setsid sleep 1000 >/dev/null 2>&1 3>&- &'
    assert_failed
    assert_matches "$output" '\+ process [0-9]+ sleep'
    assert_lacks "$(ledger show --scope "$ID-inner")" sleep
}

@test "a file that leaves nothing passes" {
    run leaky 'mkdir $T/m; mount -t tmpfs $ID $T/m; umount $T/m'
    assert_status 0
}
