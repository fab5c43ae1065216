// SPDX-License-Identifier: Apache-2.0
// log_files.h — inside monitor/: a file that grows, and its predecessors NAME.1, NAME.2 …
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { LOG_NAME_ROOM = 96, LOG_FILES_MAX = 1000 };

struct log_files {
    int dir, file; // -1: not there
    char name[LOG_NAME_ROOM];
    uint64_t size_bytes, max_bytes; // max 0: no limit
    uint32_t max_files;             // the current one included
};
// Opens or makes dir/name to append to. `dir` is duplicated. < 0: nothing to close.
[[nodiscard]] int log_files_open(struct log_files *out, int dir, const char *name,
                                 uint64_t max_bytes, uint32_t max_files, struct err *err);
// Appends all of it or, on a full disk, none of it: -1 with errno.
[[nodiscard]] int log_files_append(struct log_files *files, struct iovec *parts, int n_parts);
// The current file becomes NAME.1, the oldest goes. Should that fail, the current one grows on.
void log_files_rotate(struct log_files *files);
void log_files_close(struct log_files *files);
