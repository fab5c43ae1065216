// SPDX-License-Identifier: Apache-2.0
// parse.h — inside json/ only: the one place where text becomes a tree of json-c.
#pragma once
#include "base/err.h"

#include <stddef.h>

struct json_object;
// Reads one document; the tree (NULL for the document `null`) is the caller's to put.
// ERR_INVALID and the byte when it is no strict JSON, too large, too deep, or has a number of more
// than 64 bits.
[[nodiscard]] int json_parse(const char *text, size_t n, struct json_object **out, struct err *err);
