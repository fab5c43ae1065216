#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# archive-decoders.bats — gzip, zstd, xz and bzip2, whole and broken, in whatever pieces they come.
#
# CVE-2020-1702, -2021-29482, -2025-58058 (decompressors that loop, leak or overrun), CVE-2017-14992, -2025-58183 (bombs).
# The cases are in archive/decoders.py; DECODERS_ALL=1 for more of them (make torture).

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
}

teardown_file() {
    dhow_teardown_file
}

# cases CASE [KIND] [LEAST] — at least so many archives were tried, and none went wrong.
cases() {
    run -0 timeout 120 python3 "$TESTS/archive/decoders.py" "$1" "$2"
    assert_has "$output" " 0 wrong"
    [ "${output%% *}" -ge "${3:-1}" ]
}

@test "cut at every byte: refused, and soon" {
    local kind
    for kind in gzip zstd xz bzip2 none; do cases truncated $kind 200; done
}

@test "one wrong bit anywhere: refused, or the same archive" {
    local kind
    for kind in gzip zstd xz bzip2; do cases flipped $kind 70; done
}

@test "in pieces of any size" {
    local kind
    for kind in gzip zstd xz bzip2; do cases pieces $kind 5; done
}

@test "gzip: each field of a header, members in a row, checksums, lengths, nothing behind" {
    cases members '' 90
}

@test "zstd: frames in a row, frames to skip, windows and dictionaries that are refused" {
    cases frames '' 8
}

@test "xz and bzip2: streams in a row, and nothing behind" {
    cases streams '' 12
}

@test "CVE-2017-14992, -2025-58183: bombs of bytes and of entries are refused in little memory" {
    cases bombs '' 3
}

@test "an ordinary archive takes little memory" {
    [[ $DHOW_BUILD != */asan ]] || skip "AddressSanitizer takes more"
    local kind
    for kind in gzip zstd none xz; do cases memory $kind; done
}
