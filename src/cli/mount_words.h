// SPDX-License-Identifier: Apache-2.0
// mount_words.h — --mount's value: KEY=VALUE pairs as one record of comma-separated values.
#pragma once
#include "base/arena.h"
#include "ops/spec.h"

// ERR_INVALID in docker's words; *out in the arena. Relative sources of binds begin where the
// caller is.
[[nodiscard]] int mount_words_read(struct arena *arena, const char *text, struct mount_request *out,
                                   struct err *err);
// -v's value: with a source that begins with "." or "~" turned into an absolute path, as docker's
// client does. Text of the arena, or the same.
[[nodiscard]] int volume_words_read(struct arena *arena, const char *text, const char **out,
                                    struct err *err);
