// SPDX-License-Identifier: Apache-2.0
// log_local.h — inside monitor/: writes log/local.log (log_record.h).
#pragma once
#include "monitor/log_files.h"

#include <stdbool.h>

struct log_local {
    struct log_files files;
    bool is_in_line; // the file ends within a line
};
// Opens the log in `dir` and cuts off what a kill or a power cut has torn. < 0: nothing to close.
[[nodiscard]] int log_local_open(struct log_local *out, int dir, uint64_t max_bytes,
                                 uint32_t max_files, struct err *err);
// What the container wrote, n <= LOG_RECORD_MAX. A full disk loses it, nothing else.
void log_local_add(struct log_local *log, bool is_stderr, const char *bytes, size_t n,
                   int64_t time_ns);
void log_local_close(struct log_local *log, int64_t time_ns);
