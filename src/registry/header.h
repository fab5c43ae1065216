// SPDX-License-Identifier: Apache-2.0
// header.h — the values of the HTTP headers that registries speak with, read strictly.
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEADER_CHALLENGES_MAX = 8,
    HEADER_PARAMETERS_MAX = 16,
    HEADER_VALUE_MAX = 8 * 1024,
    HEADER_LINK_MAX = 16 * 1024,
};

// One challenge of WWW-Authenticate (RFC 7235 §4.1). Texts are NULL when absent.
struct challenge {
    enum challenge_scheme { CHALLENGE_OTHER, CHALLENGE_BASIC, CHALLENGE_BEARER } scheme;
    const char *realm, *service, *scope, *error;
};
// All challenges of a header's value, up to HEADER_CHALLENGES_MAX, into out; returns how many. -1:
// it breaks the grammar, or has too much of anything.
[[nodiscard]] int challenges_parse(struct arena *arena, const char *value,
                                   struct challenge out[HEADER_CHALLENGES_MAX]);

// The target of the link with rel="next" (RFC 8288), or NULL.
const char *link_next(struct arena *arena, const char *value);
// "bytes 5-9/20" of a 206: first, last and total (UINT64_MAX for "*").
bool content_range_parse(const char *value, uint64_t *first, uint64_t *last, uint64_t *total);
// "0-N" of an upload's status: how many bytes the registry has. "0-0" means none: registries write
// it for an upload that is still empty.
bool upload_range_parse(const char *value, uint64_t *out_n);
// Retry-After: seconds, or a date (seconds from `now_s` on). False for anything else.
bool retry_after_parse(const char *value, int64_t now_s, uint64_t *out_s);
// The text of `299 - "text"`, or NULL.
const char *warning_text(struct arena *arena, const char *value);
// "application/json; charset=utf-8" without what follows ';', in small letters.
const char *media_type_of(struct arena *arena, const char *value);
// A text from outside for a terminal or a log: control characters become '?', and it ends after
// max bytes.
const char *shown_text(struct arena *arena, const char *text, size_t max);
