// SPDX-License-Identifier: Apache-2.0
// pump.h — inside archive/: a thread that reads and decompresses ahead of who wants the plain
// bytes.
#pragma once
#include "archive/input.h"

#include <stddef.h>
#include <stdint.h>

struct pump;

struct pump_block { // borrowed until the next one is asked for
    const uint8_t *at;
    size_t n;
    uint64_t n_packed; // compressed bytes that were read until then
};

// Starts reading `input` (its fields but `stop`); yours to free, whatever becomes of it.
[[nodiscard]] struct pump *pump_new(const struct input *input, struct err *err);
// The next block; 0 at the end, when all has been read and was right.
[[nodiscard]] int pump_next(struct pump *pump, struct pump_block *out, struct err *err);
// After the end: what came in, and how it was compressed.
void pump_end(struct pump *pump, uint8_t digest[static SHA256_BYTES], const char **out_compression);
// Stops the thread, wherever it is; NULL-safe.
void pump_free(struct pump *pump);
