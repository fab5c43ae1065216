// SPDX-License-Identifier: Apache-2.0
// recompress.h — an archive as registries and other engines take layers. Runs in dhow-transfer
// only.
#pragma once
#include "archive/compress.h"

// Reads `from` to its end and writes to `to`. `as` NULL: gzip and zstd stay as they are, byte for
// byte, and anything else becomes gzip. < 0: what was written is no whole archive.
[[nodiscard]] int recompress(int from, int to, const enum compression *as, struct err *err);
