// SPDX-License-Identifier: Apache-2.0
// source.h — inside archive/: the plain bytes, hashed and counted, with the limits on them.
#pragma once
#include "archive/pump.h"

struct source {
    struct pump *pump;
    struct sha256 hash;
    uint64_t n_bytes, max_bytes;
};
// What became of the bytes when all have been read.
struct source_end {
    char digest[SHA256_HEX + 1]; // of the compressed ones
    char diff_id[SHA256_HEX + 1];
    const char *compression;
    uint64_t n_bytes;
};

// < 0: nothing to give back. max_bytes 0: UNPACK_BYTES_MAX.
[[nodiscard]] int source_open(struct source *source, const struct input *input, uint64_t max_bytes,
                              struct err *err);
void source_done(struct source *source);
// A tar_read for tar_new: the next bytes.
[[nodiscard]] ssize_t source_read(void *data, const uint8_t **out, struct err *err);
// Reads all that is left (the padding of the archive).
[[nodiscard]] int source_finish(struct source *source, struct source_end *out, struct err *err);
