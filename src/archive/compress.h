// SPDX-License-Identifier: Apache-2.0
// compress.h — inside archive/: bytes become gzip, on their way to a descriptor.
//
// The result depends on the bytes alone (no time, no name): the same layer has the same digest each
// time (RFC 1952). ISA-L's fastest level that still finds matches: layers are compressed once and
// sent often, but a commit is waited for.
#pragma once
#include "base/err.h"

#include <stddef.h>

struct compressor;
// Writes to `to`, borrowed. Yours: compressor_end or compressor_free.
[[nodiscard]] struct compressor *compressor_new(int to);
[[nodiscard]] int compressor_add(struct compressor *compressor, const void *bytes, size_t n,
                                 struct err *err);
// Writes what is left and the checksum.
[[nodiscard]] int compressor_end(struct compressor *compressor, struct err *err);
void compressor_free(struct compressor *compressor); // NULL-safe
