// SPDX-License-Identifier: Apache-2.0
// log_reader.h — reads a container's log: log/current.jsonl and its rotated predecessors .1, .2 …
//
// Each line is a JSON object as docker's json-file driver writes it: {"log","stream","time"}. A
// last line without its end (the writer was killed, or is just writing) is not there yet.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_NAME "current.jsonl"    // in monitor.h's LOG_DIR
enum { LOG_LINE_MAX = 256 * 1024 }; // of JSON; the writer splits what is longer than 16 KiB of text

struct log_line {
    bool is_stderr;
    const char *text; // n bytes, with its line end when it has one (a long line comes in parts)
    size_t n;
    const char *time; // RFC 3339 with nanoseconds
};

struct log_reader;
// `container_dir`: the directory that has log/. With tail >= 0 begins that many lines before the
// end. No log yet is an empty log.
[[nodiscard]] int log_reader_open(int container_dir, int64_t tail, struct log_reader **out,
                                  struct err *err);
void log_reader_close(struct log_reader *reader); // NULL-safe
// 1 and *out (valid until the next call), 0 when there is no more for now.
[[nodiscard]] int log_reader_next(struct log_reader *reader, struct log_line *out, struct err *err);
// Follows rotation and growth: waits until there may be more; 1 yes, 0 after timeout_ms.
[[nodiscard]] int log_reader_wait(struct log_reader *reader, int timeout_ms, struct err *err);
