// SPDX-License-Identifier: Apache-2.0
// unpack.h — a tar stream becomes files below one directory, and never anywhere else.
//
// What comes is hostile until proven otherwise. tar.h reads it; nothing but descriptors of
// directories that were opened component by component below the target is written to.
// Decompression: gzip, zstd, xz, bzip2, none. Runs in dhow-transfer only, which confines itself
// before.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UNPACK_ENTRIES_MAX = 10'000'000,
    UNPACK_PATH_MAX = 4095,
    UNPACK_RATIO_MAX = 256, // plain to compressed (gzip can do 1032, zstd more)
};
// Bytes below which the ratio does not matter: zeros take no disk.
#define UNPACK_RATIO_FREE (UINT64_C(4) << 30)
#define UNPACK_BYTES_MAX  (UINT64_C(1) << 40)

struct unpack_request {
    int tar;              // read to its end
    int follow;           // announces how much of `tar` is there, see input.c; -1: it is all there
    uint64_t size;        // of the compressed archive, exact; UINT64_MAX: unknown
    int into;             // directory; empty, and nobody else changes it, but with `merge`; -1:
                          // only read
    uint64_t max_bytes;   // of the plain tar; 0 is UNPACK_BYTES_MAX
    uint64_t max_entries; // 0 is UNPACK_ENTRIES_MAX
    bool is_layer;        // .wh. files are whiteouts for overlayfs; else they are refused
    bool is_user;         // in a user namespace: overlayfs is mounted with userxattr, no devices
    const struct unpack_merge *merge; // NULL: a new tree
};
// Into a directory that has files already, which others may be changing (cp): what comes replaces
// what has its name, but the target itself is left as it is; a whiteout is a name like any other.
struct unpack_merge {
    // The first component of each name, which is taken off (an entry without it is refused), and
    // what comes there in its place. Empty: nothing.
    const char *strip, *prefix;
    bool keeps_kinds; // no directory in place of something else, nor the other way round
    bool has_owner;   // all belongs to
    uint32_t uid, gid;
};
struct unpack_report {
    const char *diff_id;     // sha256 of the plain tar, 64 hex digits
    const char *digest;      // the same of the bytes as they came
    const char *compression; // none, gzip, zstd, xz, bzip2
    uint64_t size_bytes;     // of the plain tar
    uint64_t entries;
    uint64_t files_bytes;         // in regular files, without holes; hard links count once
    uint64_t skipped_devices;     // that may not be made in a user namespace
    char hex[65], digest_hex[65]; // where diff_id and digest are
};
// On failure what was unpacked so far is left behind for the caller to remove.
[[nodiscard]] int unpack(const struct unpack_request *request, struct unpack_report *out,
                         struct err *err);
