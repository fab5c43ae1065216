// SPDX-License-Identifier: Apache-2.0
// compress.h — inside archive/: bytes become gzip or zstd, on their way to a descriptor.
//
// The result depends on the bytes alone (no time, no name): the same layer has the same digest each
// time (RFC 1952, RFC 8878). ISA-L's fastest level that still finds matches: layers are compressed
// once and sent often, but a commit is waited for; zstd at its usual level 3.
#pragma once
#include "base/err.h"

#include <stddef.h>

enum compression { COMPRESS_GZIP, COMPRESS_ZSTD, COMPRESS_NONE };

struct compressor;
// Writes to `to`, borrowed. Yours: compressor_end or compressor_free.
[[nodiscard]] struct compressor *compressor_new(int to, enum compression how);
[[nodiscard]] int compressor_add(struct compressor *compressor, const void *bytes, size_t n,
                                 struct err *err);
// Writes what is left and the checksum.
[[nodiscard]] int compressor_end(struct compressor *compressor, struct err *err);
void compressor_free(struct compressor *compressor); // NULL-safe
