// SPDX-License-Identifier: Apache-2.0
// unpack.h — a tar stream becomes files below one directory, and never anywhere else.
//
// What comes is hostile until proven otherwise. libarchive reads it; nothing but descriptors that
// were resolved beneath the target (openat2, no symbolic links) is written to. Decompression: gzip,
// zstd, xz, none. Runs in dhow-transfer only.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UNPACK_ENTRIES_MAX = 10'000'000,
    UNPACK_PATH_MAX = 4095,
    UNPACK_XATTR_MAX = 64 * 1024, // bytes of one
    UNPACK_XATTRS_MAX = 256,      // of one file
    UNPACK_RATIO_MAX = 1200,      // plain to compressed (gzip cannot do more than 1032)
    UNPACK_RATIO_FREE = 1 << 30,  // bytes below which the ratio does not matter
};
#define UNPACK_BYTES_MAX (UINT64_C(1) << 40)

struct unpack_request {
    int tar;            // read to its end
    int follow;         // announces how much of `tar` is there, see input.c; -1: it is all there
    uint64_t size;      // of the compressed archive, exact; UINT64_MAX: unknown
    int into;           // directory; empty, and nobody else changes it
    uint64_t max_bytes; // of the plain tar; 0 is UNPACK_BYTES_MAX
    bool is_layer;      // .wh. files are whiteouts for overlayfs; else they are refused
};
struct unpack_report {
    const char *diff_id;     // sha256 of the plain tar, 64 hex digits
    const char *digest;      // the same of the bytes as they came
    const char *compression; // none, gzip, zstd, xz
    uint64_t size_bytes;     // of the plain tar
    uint64_t entries;
    char hex[65], digest_hex[65]; // where diff_id and digest are
};
// On failure what was unpacked so far is left behind for the caller to remove.
[[nodiscard]] int unpack(const struct unpack_request *request, struct unpack_report *out,
                         struct err *err);
