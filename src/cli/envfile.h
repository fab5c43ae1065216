// SPDX-License-Identifier: Apache-2.0
// envfile.h — files of NAME=VALUE lines: --env-file, --label-file.
#pragma once
#include "base/option.h"
#include "base/str.h"

// Adds each line of the file ("NAME=VALUE", or "NAME") to *out, in docker's reading: what begins
// with # is a comment, blanks before the name go, values are taken as they stand. ERR_INVALID names
// file and line.
[[nodiscard]] int envfile_read(struct arena *arena, const char *path, struct words *out,
                               struct err *err);
// The same of a text.
[[nodiscard]] int envfile_parse(struct arena *arena, const char *path, struct str text,
                                struct words *out, struct err *err);
