// SPDX-License-Identifier: Apache-2.0
// log_writer.h — inside monitor/: what the container says becomes log/current.jsonl, rotated.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    LOG_TEXT_MAX = 16 * 1024, // of one line; longer ones are split, as docker does
    LOG_DEFAULT_FILES = 3,
    LOG_FILES_MAX = 100,
};
#define LOG_DEFAULT_BYTES (10 * UINT64_C(1000000)) // docker's "10m"

struct log_part { // of a line whose end has not come yet
    char *at;
    size_t n;
};
struct log_writer {
    int dir, file; // -1: nothing is written
    uint64_t size_bytes, max_bytes;
    uint32_t max_files;
    struct log_part parts[2]; // stdout, stderr
    char *out;                // encoded, not written yet
    size_t n_out;
    time_t second; // that `when` was made for
    char when[40];
};

// Opens the log below the container's directory and cuts off a torn last line. 0 for max_… are the
// defaults. Nothing to give back on failure.
[[nodiscard]] int log_writer_open(struct log_writer *out, int container_dir, uint64_t max_bytes,
                                  uint32_t max_files, struct err *err);
// Output as it comes; lines are found here. Failures (a full disk) lose log lines, nothing else.
void log_writer_add(struct log_writer *writer, bool is_stderr, const char *bytes, size_t n);
// Writes the lines that never ended, closes.
void log_writer_close(struct log_writer *writer);
