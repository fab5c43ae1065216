// SPDX-License-Identifier: Apache-2.0
// tar.h — reads tar archives, and no other than those that every reader reads alike.
//
// What it knows: v7, ustar, star, GNU (long names, base-256 numbers, sparse files) and PAX (names,
// sizes, owners, times, SCHILY.xattr, sparse files of 0.1 and 1.0). Where readers in use
// (archive/tar of Go, GNU tar, libarchive, Python's tarfile) would disagree on what an archive
// says, it is refused: CVE-2025-62518 and its kin live there. tests/archive-differential.bats
// compares.
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
    TAR_EXTENSION_MAX = 1 << 20, // bytes of PAX records or of a long name (as Go has it)
    TAR_SPARSE_MAX = 1 << 16,    // pieces of one sparse file
    TAR_XATTRS_MAX = 256,        // of one entry
    TAR_XATTR_MAX = 64 * 1024,   // bytes of one (the kernel's limit)
};
#define TAR_ID_MAX UINT32_C(4294967294) // the next one means "none" to chown(2)

enum tar_type {
    TAR_FILE,
    TAR_HARDLINK,
    TAR_SYMLINK,
    TAR_CHAR,
    TAR_BLOCK,
    TAR_DIRECTORY,
    TAR_FIFO,
};
struct tar_xattr {
    const char *name;
    const char *value;
    size_t n;
};
// Borrowed from the reader until the next entry.
struct tar_entry {
    enum tar_type type;
    const char *name; // as it is written, with ".." and all
    const char *link; // of TAR_HARDLINK and TAR_SYMLINK; else ""
    uint64_t size;    // of a TAR_FILE, with its holes
    mode_t mode;      // 07777
    uint32_t uid, gid;
    uint32_t major, minor; // of TAR_CHAR and TAR_BLOCK
    struct timespec mtime;
    const struct tar_xattr *xattrs;
    size_t n_xattrs;
};

// Gives some bytes of the archive, borrowed until the next call: their number; 0 at its end; < 0
// with err.
typedef ssize_t tar_read(void *from, const uint8_t **out, struct err *err);

struct tar;
struct tar *tar_new(tar_read *read, void *from); // yours: tar_free
void tar_free(struct tar *tar);                  // NULL-safe
// The next entry: 1; 0 behind the last one (what is left of the archive is not looked at); < 0:
// ERR_INVALID, or what `read` said.
[[nodiscard]] int tar_next(struct tar *tar, struct tar_entry *out, struct err *err);
// The next piece of the entry's content, borrowed until the next call, and where in the file it
// belongs; 0 when there is no more. What is not read is skipped by tar_next.
[[nodiscard]] ssize_t tar_data(struct tar *tar, const uint8_t **out, uint64_t *out_offset,
                               struct err *err);
