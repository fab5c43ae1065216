// SPDX-License-Identifier: Apache-2.0
// base64.h — bytes as letters (RFC 4648 §4), strictly: no blanks, right padding, no stray bits.
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

// Appends the bytes that `text` stands for to `out`. < 0: no base64, or more than out's maximum.
[[nodiscard]] int base64_decode(struct str text, struct buf *out, struct err *err);
// Appends the letters for n bytes.
void base64_encode(const void *bytes, size_t n, struct buf *out);
