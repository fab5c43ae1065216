// SPDX-License-Identifier: Apache-2.0
// log_reader.h — reads a container's log and its rotated predecessors .1, .2 …, line by line.
//
// Two formats: log/local.log (log_record.h; driver `local`, and the cache of drivers that send
// their lines elsewhere) and ID-json.log (driver `json-file`, docker's format). A line whose end
// has not come is not there yet.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LOCAL_NAME  "local.log" // in monitor.h's LOG_DIR
#define LOG_JSON_SUFFIX "-json.log" // behind the container's id, in its directory

enum {
    LOG_TEXT_MAX = 16 * 1024,  // of one line; longer ones are split, as docker does
    LOG_LINE_MAX = 256 * 1024, // of JSON
};

struct log_line {
    bool is_stderr;
    const char *text; // n bytes, with its line end when it has one (a long line comes in parts)
    size_t n;
    int64_t time_ns;
};

struct log_place {
    int container_dir;
    const char *id; // NULL: the local format
};

struct log_reader;
// With tail >= 0 begins that many lines before the end. No log yet is an empty log.
[[nodiscard]] int log_reader_open(const struct log_place *place, int64_t tail,
                                  struct log_reader **out, struct err *err);
void log_reader_close(struct log_reader *reader); // NULL-safe
// Nobody writes any more: what has no end is a line, too.
void log_reader_finish(struct log_reader *reader);
// 1 and *out (valid until the next call), 0 when there is no more for now.
[[nodiscard]] int log_reader_next(struct log_reader *reader, struct log_line *out, struct err *err);
// Follows rotation and growth: waits until there may be more; 1 yes, 0 after timeout_ms.
[[nodiscard]] int log_reader_wait(struct log_reader *reader, int timeout_ms, struct err *err);
