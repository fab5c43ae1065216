// SPDX-License-Identifier: Apache-2.0
// says.h — an answer that is no success, as an error: in docker's words where clients know them,
// and with who said what to what.
#pragma once
#include "registry/call.h"

// The error of the distribution specification that a body holds: "manifest unknown: manifest
// unknown", or what the body says when it is none. `code` is "" then.
struct says {
    const char *code;  // "MANIFEST_UNKNOWN"
    const char *words; // for people, never empty, without control characters
};
struct says says_read(struct arena *arena, int status, const char *body);
// Fills err for the call's answer. Always < 0.
[[nodiscard]] int says_fail(const struct call *call, struct err *err);
// The same for what a token server said.
[[nodiscard]] int says_fail_token(const struct call *call, const struct exchange *exchange,
                                  const char *body, struct err *err);
// 408, 429 and 5xx: later may help; not before *out_ms milliseconds (0: it does not say).
bool says_is_busy(const struct answer *answer, uint64_t *out_ms);
