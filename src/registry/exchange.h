// SPDX-License-Identifier: Apache-2.0
// exchange.h — one HTTP request and its answer, in a fiber.
//
// Not here: whether a redirect is followed, who is authenticated, what is tried again (call.h).
#pragma once
#include "registry/client.h"

enum { HEADERS_MAX = 64 * 1024, REQUEST_HEADERS_MAX = 8, WORDS_MAX = 64 * 1024 };

struct answer {
    int status; // 0: none came
    const char *authenticate, *content_type, *digest, *location, *link, *content_range, *range,
        *retry_after, *warning, *chunk_min, *subject; // NULL when absent
    uint64_t length;                                  // UINT64_MAX: not said
};

enum trouble {
    TROUBLE_NONE,
    TROUBLE_LINE,    // the line was cut, stalled or broke the protocol: another attempt may help
    TROUBLE_CONNECT, // nothing listens, or the name is unknown
    TROUBLE_TLS,     // no TLS could be spoken with it; plain http might be
    TROUBLE_PLAIN,   // the same, and plain http it is: asking again will not change it
    TROUBLE_FATAL,   // refused by us, a wrong certificate, a full disk
};

struct exchange {
    // The request.
    const char *method;
    struct url url;
    struct endpoint *endpoint; // whose certificates and rules count
    bool is_foreign;           // url is not the endpoint's own origin
    bool is_bulk;              // moves much: a connection of its own (HTTP/1.1), large buffers
    const char *headers[REQUEST_HEADERS_MAX];
    size_t n_headers;
    bool has_body; // `bytes`, or n bytes of `file` from `from` on
    const char *bytes;
    int file;
    uint64_t from, n;
    void (*sent)(void *taker, uint64_t n); // optional: n more bytes of the file are on their way

    // The answer. Bodies of status 2xx go to `take` where there is one; false: err is filled, and
    // the exchange ends as TROUBLE_FATAL or what take_trouble says. All others go to `text`.
    bool (*take)(void *taker, const struct answer *answer, const char *bytes, size_t n,
                 struct err *err);
    void *taker;
    struct buf *text; // its maximum: beyond it, a 2xx is an error, and the rest is cut
    struct arena *arena;
    struct answer answer;
    enum trouble trouble;

    // Its own.
    struct client *client;
    struct fiber *fiber;
    struct err *err;
    uint64_t sent_n;
    size_t header_bytes;
    bool is_over, is_refused, is_taken_badly, is_proxied, has_head;
    CURLcode code;
};
// Waits for the whole answer. < 0: there is none, or it is not whole; exchange->trouble tells what
// kind, err what.
[[nodiscard]] int exchange_run(struct client *client, struct exchange *exchange, struct err *err);
// Looks how the system's CAs are kept. Once, before the first exchange.
void exchanges_prepare(struct client *client);
// Wakes the fibers whose exchanges have ended. From the loop.
void exchanges_finish(struct client *client);
