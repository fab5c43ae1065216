// SPDX-License-Identifier: Apache-2.0
// token.h — what a token server answers (https://distribution.github.io/distribution/spec/auth).
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_REPLY_MAX = 1024 * 1024,
    TOKEN_MAX = 32 * 1024, // in a header line, and in an event
    TOKEN_LIFE_MIN_S = 60, // of a token that does not say, or says less
    TOKEN_LIFE_MAX_S = 24 * 3600,
};
struct token_reply {
    const char *token;
    const char *refresh_token; // or NULL
    uint32_t life_s;
};
// ERR_INVALID: no JSON, no token in it, or one that is no header value.
[[nodiscard]] int token_reply_parse(struct arena *arena, const char *text, size_t n,
                                    struct token_reply *out, struct err *err);
