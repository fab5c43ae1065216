#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# archive-differential.bats — no archive that we accept says something else to another reader of tar (CVE-2025-62518).
#
# 500 random archives here; TAR_DIFFERENTIAL=N for N of them (make torture).

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
}

teardown_file() {
    dhow_teardown_file
}

@test "right and bent archives: all readers agree on those that ours accepts" {
    run -0 tar-differential 0 "${TAR_DIFFERENTIAL:-500}" "$T/kept"
    assert_has "$output" " 0 disagreements"
    local accepted
    accepted=$(sed -n 's/.* archives, \([0-9]*\) accepted.*/\1/p' <<<"$output")
    [ "$accepted" -gt $((${TAR_DIFFERENTIAL:-500} / 3)) ] # it is no answer to refuse all
}

@test "what GNU tar, bsdtar and Python write is read, in each of their formats" {
    local format tree=$T/tree
    mkdir -p "$tree/$(printf 'd%.0s' {1..90})/$(printf 'e%.0s' {1..90})"
    echo text >"$tree/$(printf 'd%.0s' {1..90})/$(printf 'e%.0s' {1..90})/$(printf 'f%.0s' {1..90})"
    ln -s "$(printf 'l%.0s' {1..200})" "$tree/link"
    ln "$tree/link" "$tree/hard"
    truncate -s 3M "$tree/sparse"
    echo middle | dd of="$tree/sparse" bs=1 seek=1000000 conv=notrunc status=none
    truncate -s 9G "$tree/large"
    chown 3000000:3000000 "$tree/sparse"
    touch -d '1960-01-01 00:00:00.5Z' "$tree/large"
    mkdir "$T/small"
    cp -a "$tree/hard" "$tree/sparse" "$T/small/"
    for format in gnu oldgnu posix; do
        tar --format=$format --sparse -C "$tree" -cf "$T/gnu-$format" .
    done
    tar --format=posix --sparse --sparse-version=0.1 -C "$tree" -cf "$T/gnu-sparse-0.1" .
    tar --format=v7 -C "$T/small" -cf "$T/gnu-v7" sparse 2>/dev/null || true # it cannot say that owner
    for format in pax paxr gnutar ustar v7; do
        bsdtar --format=$format -C "$T/small" -cf "$T/bsd-$format" . 2>/dev/null || true
    done
    python3 - "$T" <<'END'
import sys, tarfile
for name in ("PAX", "GNU", "USTAR"):
    with tarfile.open(f"{sys.argv[1]}/python-{name}", "w", format=getattr(tarfile, name + "_FORMAT")) as tar:
        try:
            tar.add(sys.argv[1] + "/small", arcname=".")
        except ValueError:  # ustar has no place for the owner
            pass
END
    for format in "$T"/gnu-* "$T"/bsd-* "$T"/python-*; do
        run "$DHOW_BUILD/tests/archive/list" <"$format"
        [ "$status" = 0 ] || failed "$format: ${lines[-1]}"
    done
    run -0 "$DHOW_BUILD/tests/archive/list" <"$T/gnu-posix"
    assert_has "$output" "f 644 3000000 3000000 3145728 "
    assert_has "$output" " 9663676416 -315619200.500000000 "
}
