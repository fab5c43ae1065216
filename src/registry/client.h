// SPDX-License-Identifier: Apache-2.0
// client.h — one session: its endpoints, what is under way, and the socket to the engine.
//
// Layers of this module, each in a file of its own: job (a request of the engine, a fiber) → call
// (an answer from an endpoint, through authentication, redirects and new attempts) → exchange (one
// HTTP message each way) → libcurl. Everything runs in one thread (fiber.h).
#pragma once
#include "registry/address.h"
#include "registry/curl.h"
#include "registry/fiber.h"
#include "registry/header.h"
#include "registry/url.h"
#include "transfer/wire.h"

#include <stddef.h>

enum { OUTBOX_MAX = 8 * 1024 * 1024 };

// One of the session's endpoints, and what was learnt about it.
struct endpoint {
    const struct transfer_endpoint *asked;
    const char *name;         // for messages
    const char *image;        // the repository, for messages
    struct url url;           // target: a prefix that ends without '/', often ""
    bool is_insecure;         // asked for, or loopback
    bool is_settled;          // it has answered: the scheme of `url` is right
    bool is_down;             // a mirror that failed: others are asked first
    enum address_reach reach; // of the address it was connected to
    // From its last challenge.
    enum challenge_scheme scheme;
    struct url realm;
    const char *service;
    const char *ca; // the system's CAs and its own, once they were needed
};

// A token that was given for some scopes at an endpoint.
struct token {
    struct token *next;
    const struct endpoint *endpoint;
    const char *scopes;
    char *value; // malloc'ed; NULL: none yet
    int64_t until_ms;
    bool is_under_way; // a fiber asks for it: others wait
};

struct message { // to the engine, when its socket was full
    struct message *next;
    size_t n;
    char text[];
};

// How many jobs of a kind run at once.
struct gate {
    uint32_t n, max;
};

struct client {
    struct curl curl;
    CURLM *multi;
    bool has_hashed_cas; // the system's CAs can be looked up one by one
    CURL *idle[16];      // easy handles for the next exchanges
    size_t n_idle;
    struct fibers fibers;
    struct arena arena; // lives as long as the session
    struct transfer_session session;
    struct endpoint *endpoints;
    size_t n_endpoints;
    struct token *tokens;
    struct gate downloads, uploads, others;
    int socket;
    struct message *outbox, **outbox_end;
    size_t outbox_bytes;
    struct transfer_message *inbox;
    uint32_t n_jobs;
};

// Sends an event, or keeps it until the engine reads. False: so much is kept that an event which is
// only news (progress) should be left out.
void client_say(struct client *client, const struct transfer_event *event);
bool client_is_behind(const struct client *client);
// Waits in the current fiber for its turn.
void gate_enter(struct client *client, struct gate *gate);
void gate_leave(struct client *client, struct gate *gate);
// Sleeps in the current fiber, whoever wakes it meanwhile, unless *is_off (NULL: never) is true
// then.
void client_sleep(struct client *client, uint64_t ms, const bool *is_off);
