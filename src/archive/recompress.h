// SPDX-License-Identifier: Apache-2.0
// recompress.h — an archive as registries and other engines take layers: gzip and zstd stay as they
// are, byte for byte; anything else becomes gzip. Runs in dhow-transfer only.
#pragma once
#include "base/err.h"

// Reads `from` to its end and writes to `to`. < 0: what was written is no whole archive.
[[nodiscard]] int recompress(int from, int to, struct err *err);
