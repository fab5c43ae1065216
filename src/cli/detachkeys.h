// SPDX-License-Identifier: Apache-2.0
// detachkeys.h — the keys that leave a container's terminal: docker's grammar, "ctrl-p,ctrl-q".
#pragma once
#include "base/err.h"

#include <stddef.h>

enum { DETACH_KEYS_MAX = 32 };
#define DETACH_KEYS_USUAL "ctrl-p,ctrl-q"

struct detach_keys {
    char at[DETACH_KEYS_MAX];
    size_t n;       // 0: nothing detaches
    size_t matched; // so many were typed, and are held back
};
// Keys with commas between: one character, ctrl- and one of a to z @ [ \ ] ^ _, or DEL. NULL and ""
// are the usual. ERR_INVALID in docker's words.
[[nodiscard]] int detach_keys_parse(const char *text, struct detach_keys *out, struct err *err);
// What of n typed bytes is to be sent, with what was held back before: its length, at most
// DETACH_KEYS_MAX + n, in `out`. < 0: the user detaches, and -1 - the length is to be sent before.
[[nodiscard]] long detach_keys_filter(struct detach_keys *keys, const char *bytes, size_t n,
                                      char *out);
