// SPDX-License-Identifier: Apache-2.0
// procfs.h — a /proc that nobody can have tampered with, and writing to it.
//
// Invariant S-4: whatever the runtime writes to /proc goes through an fd of a procfs that was never
// attached anywhere, resolved without crossing a mount, a magic link or a symbolic link.
#pragma once
#include "base/err.h"
#include "base/str.h"

// An fd of the root of a new procfs of the caller's pid namespace (fsopen, fsmount).
[[nodiscard]] int procfs_open(struct err *err);
// 0 when fd is in a procfs, else < 0.
[[nodiscard]] int procfs_check(int fd, struct err *err);
// Opens a file below proc (S-4's rules). < 0: err->sys is the errno, ENOENT has ERR_NOT_FOUND.
[[nodiscard]] int procfs_open_file(int proc, const char *path, int flags, struct err *err);
// One write(2) of the whole text.
[[nodiscard]] int procfs_write(int proc, const char *path, struct str text, struct err *err);
