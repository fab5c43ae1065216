#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# powercut.bats - the power goes: what was acknowledged is whole, what was not is whole or absent, and everything works on.
#
# SECURITY.md M1: docker and podman list images after a cut whose files are all empty.

load lib

setup_file() {
    dhow_setup_file
    need losetup mkfs.ext4
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
    # An image that is there all the while, and shares nothing with the one that is cut.
    echo kept >"$T/tree/many/kept"
    tar -C "$T/tree" -cf "$T/kept.tar" .
    listing "$T/tree" >"$T/want-kept"
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

# Until the command is there: import stands for it.
tag() {
    if dhow tag --help >/dev/null 2>&1; then dhow tag "$1" "$2"; else dhow import "$T/tree.tar" "$2" >/dev/null; fi
}

listed() { dhow images | grep -q "^$1 "; }

@test "the cut loses what was not synced: the test can fail" {
    disk
    echo kept >"$MNT/kept"
    sync -f "$MNT"
    echo lost >"$MNT/lost"
    powercut cut "$DISK" "$MNT"
    assert_is "$(cat "$MNT/kept")" kept
    [ ! -s "$MNT/lost" ]
}

acknowledged() {
    disk "$1"
    dhow import "$T/tree.tar" durable >/dev/null
    powercut cut "$DISK" "$MNT"
    whole durable
    # And the next: a tag that was given, an image that was removed.
    tag durable second
    powercut cut "$DISK" "$MNT"
    whole second
    dhow rmi durable >/dev/null
    powercut cut "$DISK" "$MNT"
    refute listed durable
    whole second
}

@test "an image that was acknowledged is whole, on ext4" {
    acknowledged ext4
}

@test "an image that was acknowledged is whole, on xfs" {
    acknowledged xfs
}

# torn COMMAND... - after a cut in its middle: `cut` is absent or whole, `kept` is whole, and the command does it now.
torn() {
    powercut back "$DISK" "$MNT"
    ! listed cut || whole cut
    whole kept
    assert "$@"
    whole cut
    dhow rmi cut >/dev/null
}

@test "a cut at any system call of an import tears nothing" {
    disk
    dhow import "$T/kept.tar" kept >/dev/null
    local command=("$DHOW_BUILD/dhow" import "$T/tree.tar" cut) count i at
    count=$(sysfault --count -- "${command[@]}" 2>&1 >/dev/null | tail -1)
    dhow rmi cut >/dev/null
    for ((i = 1; i <= 14; i++)); do
        # The end is where it becomes durable and visible: most of the points are there.
        at=$((count - count * (15 - i) * (15 - i) / 225 + RANDOM % 4))
        sysfault --at "$at" --script "powercut shut $MNT" -- "${command[@]}" >"$T/out" 2>&1 || :
        torn "${command[@]}"
    done
}

@test "a cut at a random moment of an import tears nothing" {
    disk
    dhow import "$T/kept.tar" kept >/dev/null
    local command=("$DHOW_BUILD/dhow" import "$T/tree.tar" cut) i pid
    for ((i = 0; i < 8; i++)); do
        "${command[@]}" >"$T/out" 2>&1 &
        pid=$!
        sleep "0.0$((RANDOM % 9))"
        powercut shut "$MNT"
        wait $pid || :
        torn "${command[@]}"
    done
}
