// SPDX-License-Identifier: Apache-2.0
// call.h — what an endpoint answers, through authentication, redirects and new attempts.
//
// The rules of S-23, which are this file's reason to be one:
// * Credentials and tokens are sent to the endpoint's own origin (scheme, host, port) only, and
//   credentials to the token server that it names if that is spoken to by https, or is as near and
//   as plain as the endpoint itself (auth.c).
// * GET and HEAD follow redirects, at most REDIRECTS_MAX, to http and https only, never from https
//   to http, and never to an address nearer than the endpoint's own. So do uploads' Locations.
#pragma once
#include "registry/exchange.h"
#include "registry/job.h"

enum { REDIRECTS_MAX = 8, SCOPES_MAX = 4, ERROR_TEXT_MAX = 16 * 1024 };

struct call {
    struct job *job;
    struct endpoint *endpoint;
    const char *method;
    const char *target;      // at the endpoint; or
    const struct url *place; // a Location that it gave
    const char *object;      // "manifest alpine:3": for messages
    const char *scopes[SCOPES_MAX];
    size_t n_scopes;
    const char *headers[REQUEST_HEADERS_MAX - 1]; // "Accept: …"
    size_t n_headers;
    struct buf *text; // of a 2xx; NULL: not wanted

    bool is_bulk, has_body;
    const char *bytes;
    int file;
    uint64_t from, n;
    void (*sent)(void *taker, uint64_t n);
    bool (*take)(void *taker, const struct answer *answer, const char *bytes, size_t n,
                 struct err *err);
    void *taker;
    const bool *is_off; // optional: when it becomes true, nothing is waited for any more

    struct answer answer;
    struct url final; // who gave the answer
    enum trouble trouble;
    const char *said; // the body of an answer that is no success
};
// One attempt. 0: call->answer is the endpoint's, whatever its status. < 0: it gave none
// (call->trouble), or authentication failed for good.
[[nodiscard]] int call_once(struct call *call, struct err *err);
// With new attempts and growing pauses while the line or the registry is out of order.
[[nodiscard]] int call_run(struct call *call, struct err *err);
// The same, and everything but a 2xx is an error in the registry's and docker's words.
[[nodiscard]] int call_expect(struct call *call, struct err *err);
// That error. Always < 0.
[[nodiscard]] int call_fail(const struct call *call, struct err *err);
// Is another attempt worth while after this, and after how many milliseconds at least?
bool call_is_worth_another(const struct call *call, uint64_t *out_ms);
// Waits before attempt number `attempt` (the first is 1), says so. < 0: no more attempts; err is
// unchanged.
[[nodiscard]] int call_wait(struct call *call, uint32_t attempt, const struct err *err);
// What a Location of the answer means, when it is one that may be followed.
[[nodiscard]] int call_location(const struct call *call, struct url *out, struct err *err);
// Where the answer's next page is, of the endpoint's own. 1: *out; 0: there is none.
[[nodiscard]] int call_next_page(const struct call *call, struct url *out, struct err *err);
// Is it a place that the endpoint may send us to from `from`?
[[nodiscard]] int call_may_go(const struct endpoint *endpoint, const struct url *from,
                              const struct url *to, struct err *err);

static inline void call_scope(struct call *call, const char *scope)
{
    if (call->n_scopes < SCOPES_MAX)
        call->scopes[call->n_scopes++] = scope;
}
