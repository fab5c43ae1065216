// SPDX-License-Identifier: Apache-2.0
// source.h — inside archive/: a compressed stream as libarchive's tar reader wants it, hashed on
// the way.
#pragma once
#include "archive/input.h"

#include <archive.h>
#include <stdbool.h>
#include <stdint.h>

struct source {
    struct archive *plain; // decompresses; format raw
    struct archive *tar;   // reads what the other gives
    struct input input;
    uint8_t *block;     // of the input
    struct sha256 hash; // of the plain bytes
    uint64_t n_bytes, max_bytes;
    struct err err; // why reading stopped, when kind is not ERR_NONE
    bool is_empty;  // no byte at all
};
// source->input is there.
[[nodiscard]] int source_open(struct source *source, uint64_t max_bytes, struct err *err);
void source_done(struct source *source);
// After the tar's last entry: reads and hashes what is left (padding).
[[nodiscard]] int source_finish(struct source *source, struct err *err);
// What libarchive says, or why our own limit stopped it.
[[nodiscard]] int source_fail(const struct source *source, const char *what, struct err *err);
const char *source_compression(const struct source *source);
