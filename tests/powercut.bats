#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# powercut.bats - the power goes: what was acknowledged is whole, what was not is whole or absent, and everything works on.
#
# SECURITY.md M1: docker and podman list images after a cut whose files are all empty.

load lib
load registry

setup_file() {
    dhow_setup_file
    need losetup mkfs.ext4 docker-registry
    # Enough files that some would be lost, and all kinds of them.
    cp -a "$T/busybox" "$T/tree"
    mkdir "$T/tree/many"
    local i
    for i in {1..200}; do echo "file $i" >"$T/tree/many/$i"; done
    ln "$T/tree/many/1" "$T/tree/many/hard"
    chmod 4755 "$T/tree/many/2"
    chown 33:44 "$T/tree/many/3"
    mknod "$T/tree/many/null" c 1 3
    tar -C "$T/tree" -cf "$T/tree.tar" .
    listing "$T/tree" >"$T/want"
    # The same in a registry and in a file.
    make-image build "$T/layout" cut "$T/tree.tar"
    registry_up plain
    make-image push "$T/layout" cut "$(registry plain)/cut:latest"
    skopeo copy -q "oci:$T/layout:cut" "docker-archive:$T/cut.tar:cut:latest"
    # An image that is there all the while, and shares nothing with the one that is cut.
    echo kept >"$T/tree/many/kept"
    tar -C "$T/tree" -cf "$T/kept.tar" .
    listing "$T/tree" >"$T/want-kept"
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DHOW_ROOT=$T/mnt-$BATS_TEST_NUMBER/root DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER
    DISK=$T/disk-$BATS_TEST_NUMBER MNT=$T/mnt-$BATS_TEST_NUMBER
}

teardown() {
    mountpoint -q "$MNT" && powercut down "$DISK" "$MNT"
}

# disk [ext4|xfs] - the data root is on a disk of its own.
disk() {
    command -v "mkfs.${1:-ext4}" >/dev/null || skip "no mkfs.$1"
    powercut up "$DISK" "$MNT" "$@" || skip "no loop devices"
}

# listing DIR - all that a layer is: names, kinds, modes, owners, contents, links.
listing() {
    (cd "$1" && find . -mindepth 1 ! -type d -printf '%p %y %m %U:%G %n %l\n' -o -type d -printf '%p %m %U:%G\n' && find . -type f -exec sha256sum {} +) | sort
}

# whole NAME - the image is listed and runs, and every layer that there is is one that was imported.
whole() {
    assert_is "$(dhow run --rm --network none "$1" cat /many/200)" "file 200"
    local layer
    for layer in "$DHOW_ROOT"/snapshot/*/fs; do
        listing "$layer" >"$T/got"
        cmp -s "$T/want" "$T/got" || cmp -s "$T/want-kept" "$T/got" || failed "$1 is not whole: $(diff "$T/want" "$T/got" | head -5)"
    done
}


listed() { [ -n "$(dhow images -q "$1")" ]; }

@test "the cut loses what was not synced: the test can fail" {
    disk
    echo kept >"$MNT/kept"
    sync -f "$MNT"
    echo lost >"$MNT/lost"
    powercut cut "$DISK" "$MNT"
    assert_is "$(cat "$MNT/kept")" kept
    [ ! -s "$MNT/lost" ]
}

# acknowledged NAME COMMAND... - it succeeds, the power goes at once, and the image NAME is whole.
acknowledged() {
    local name=$1
    shift
    "$@" >/dev/null
    powercut cut "$DISK" "$MNT"
    whole "$name"
    # So with a name that was given, and an image that was removed.
    dhow tag "$name" second
    powercut cut "$DISK" "$MNT"
    whole second
    dhow rmi "$name" >/dev/null
    powercut cut "$DISK" "$MNT"
    refute listed "$name"
    whole second
    dhow rmi second >/dev/null
}

all_acknowledged() {
    disk "$1"
    local pulled
    pulled=$(registry plain)/cut
    acknowledged durable dhow import "$T/tree.tar" durable
    acknowledged "$pulled" dhow pull -q "$pulled"
    acknowledged cut dhow load -q -i "$T/cut.tar"
}

@test "an image that was acknowledged is whole, on ext4: import, pull, load, tag, rmi" {
    all_acknowledged ext4
}

@test "an image that was acknowledged is whole, on xfs: import, pull, load, tag, rmi" {
    all_acknowledged xfs
}

# torn NAME COMMAND... - after a cut in its middle: NAME is absent or whole, `kept` is whole, and the command does it now.
torn() {
    local name=$1
    shift
    powercut back "$DISK" "$MNT"
    ! listed "$name" || whole "$name"
    whole kept
    assert "$@"
    whole "$name"
    dhow rmi "$name" >/dev/null
}

# at_calls N NAME COMMAND... - the power goes at N of the command's system calls, one after the other.
at_calls() {
    local n=$1 name=$2 count i at
    shift 2
    count=$(sysfault --count -- "$@" 2>&1 >/dev/null | tail -1)
    dhow rmi "$name" >/dev/null
    for ((i = 1; i <= n; i++)); do
        # The end is where it becomes durable and visible: most of the points are there.
        at=$((count - count * (n + 1 - i) * (n + 1 - i) / ((n + 1) * (n + 1)) + RANDOM % 4))
        sysfault --at "$at" --script "powercut shut $MNT" -- "$@" >"$T/out" 2>&1 || :
        torn "$name" "$@"
    done
}

# at_moments N NAME COMMAND... - the power goes at N random moments.
at_moments() {
    local n=$1 name=$2 i pid
    shift 2
    for ((i = 0; i < n; i++)); do
        "$@" >"$T/out" 2>&1 3>&- &
        pid=$!
        sleep "0.0$((RANDOM % 9))"
        powercut shut "$MNT"
        wait $pid || :
        torn "$name" "$@"
    done
}

@test "a cut in the middle of an import tears nothing" {
    disk
    dhow import "$T/kept.tar" kept >/dev/null
    at_calls 6 cut "$DHOW_BUILD/dhow" import "$T/tree.tar" cut
    at_moments 3 cut "$DHOW_BUILD/dhow" import "$T/tree.tar" cut
}

@test "a cut in the middle of a pull tears nothing" {
    disk
    dhow import "$T/kept.tar" kept >/dev/null
    at_calls 8 "$(registry plain)/cut" "$DHOW_BUILD/dhow" pull -q "$(registry plain)/cut"
    at_moments 5 "$(registry plain)/cut" "$DHOW_BUILD/dhow" pull -q "$(registry plain)/cut"
}

@test "a cut in the middle of a load tears nothing" {
    disk
    dhow import "$T/kept.tar" kept >/dev/null
    at_calls 6 cut "$DHOW_BUILD/dhow" load -q -i "$T/cut.tar"
    at_moments 3 cut "$DHOW_BUILD/dhow" load -q -i "$T/cut.tar"
}
