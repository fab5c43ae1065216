// SPDX-License-Identifier: Apache-2.0
// file.h — whole files: read with a limit, written so that they are complete or not there.
#pragma once
#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

// Appends the file's bytes to `out` (whose maximum is the limit). Regular files, /proc and /sys
// files, fifos' content up to end of file. < 0: nothing useful in `out`; err->sys has the errno,
// and ERR_NOT_FOUND is the kind for ENOENT.
[[nodiscard]] int file_read_at(int dir, const char *name, struct buf *out, struct err *err);
[[nodiscard]] int file_read_fd(int fd, const char *name, struct buf *out, struct err *err);

// Durable replacement: temporary in the same directory, fsync, rename, fsync of the directory.
[[nodiscard]] int file_replace(int dir, const char *name, const void *bytes, size_t n, mode_t mode,
                               struct err *err);
// The same without the syncs, for files that need not survive a power cut (the run directory).
[[nodiscard]] int file_replace_volatile(int dir, const char *name, const void *bytes, size_t n,
                                        mode_t mode, struct err *err);

// One write(2) of the whole text to an existing file, as /proc, /sys and cgroup files want it.
[[nodiscard]] int file_put_at(int dir, const char *name, const char *text, struct err *err);
// Writes all, however many calls that takes; EINTR is retried. 0 or -1 with errno.
[[nodiscard]] int write_all(int fd, const void *bytes, size_t n);
// mkdir -p of `path` below `dir` (for paths that we choose ourselves, never a container's); returns
// an O_PATH fd.
[[nodiscard]] int dir_make_at(int dir, const char *path, mode_t mode, struct err *err);
