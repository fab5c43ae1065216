// SPDX-License-Identifier: Apache-2.0
// log_parts.h — inside monitor/: bytes of two streams become lines, each of at most LOG_TEXT_MAX.
#pragma once
#include "monitor/log_reader.h"

struct log_part { // of a line whose end has not come
    char *at;
    size_t n;
    int64_t time_ns; // of the first part of a long line; 0: none was given out
    int64_t last_ns; // of the bytes that are kept
};
struct log_parts {
    struct log_part parts[2]; // stdout, stderr
};
// Takes bytes off the front of *bytes, which were written at time_ns: true when they make a line,
// which is valid until the next call. Call again until false: then all are taken.
bool log_parts_take(struct log_parts *parts, bool is_stderr, const char **bytes, size_t *n,
                    int64_t time_ns, struct log_line *out);
// A line without an end, if there is one.
bool log_parts_rest(struct log_parts *parts, struct log_line *out);
void log_parts_done(struct log_parts *parts);
