// SPDX-License-Identifier: Apache-2.0
// url.h — http and https URLs, read strictly: what a registry writes decides where we go.
//
// Anything that two parsers could read in two ways is refused: user names, blanks, control
// characters, backslashes, bytes beyond ASCII, escapes in the host. RFC 3986 otherwise.
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { URL_MAX = 16 * 1024 };

struct url {
    bool is_tls;
    const char *host; // in small letters; an IPv6 address without its brackets
    uint16_t port;
    const char *target; // path and query: starts with '/'
};

// Everything lives in the arena. ERR_INVALID for all that is no such URL. A fragment is dropped.
[[nodiscard]] int url_parse(struct arena *arena, const char *text, struct url *out,
                            struct err *err);
// What `reference` (a Location or Link: absolute, //host/…, /path, path or ?query) means at `base`.
[[nodiscard]] int url_join(struct arena *arena, const struct url *base, const char *reference,
                           struct url *out, struct err *err);
bool url_same_origin(const struct url *a, const struct url *b);
const char *url_text(struct arena *arena, const struct url *url);
// For people: without the query, which may carry a signature.
const char *url_shown(struct arena *arena, const struct url *url);
// "HOST[:PORT]", the port when it is not the scheme's own.
const char *url_authority(struct arena *arena, const struct url *url);
// target with "name=value" added to its query; the value is escaped.
const char *url_add_query(struct arena *arena, const char *target, const char *name,
                          const char *value);
