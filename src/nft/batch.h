// SPDX-License-Identifier: Apache-2.0
// batch.h — changes to the kernel's packet filter (nf_tables over nfnetlink): one transaction each.
//
// A batch is built message by message and applied whole or not at all. Numbers are in network order
// on the wire; the functions here take the host's. What does not fit, or is nested wrongly, is a
// programming error. A message has a label, which is what an error calls it.
#pragma once
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>
// The kernel's headers define less when the C library's was there first.
// clang-format off
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
// clang-format on

enum {
    NFT_BATCH_MAX = 4 * 1024 * 1024,
    NFT_DEPTH_MAX = 8,
};

struct nft_batch {
    struct buf bytes;
    uint8_t family;    // NFPROTO_INET …
    const char *table; // borrowed
    uint32_t n;        // messages
    size_t message;    // where the open one starts
    size_t nests[NFT_DEPTH_MAX];
    size_t depth;
    const char **labels; // of each message, borrowed
    size_t labels_room;
};
#define AUTO_NFT_BATCH __attribute__((cleanup(nft_batch_done)))
// `generation`: the ruleset must still be that one (nft_generation); 0: whatever it is.
void nft_batch_init(struct nft_batch *batch, uint8_t family, const char *table,
                    uint32_t generation);
void nft_batch_done(struct nft_batch *batch); // NULL-safe

// --- messages and attributes
void nft_message(struct nft_batch *batch, uint16_t type, uint16_t flags, const char *label);
void nft_message_end(struct nft_batch *batch);
void nft_put(struct nft_batch *batch, uint16_t type, const void *value, size_t n);
void nft_put_u32(struct nft_batch *batch, uint16_t type, uint32_t value);
void nft_put_text(struct nft_batch *batch, uint16_t type, const char *text);
void nft_nest(struct nft_batch *batch, uint16_t type);
void nft_nest_end(struct nft_batch *batch);

// --- the kernel
// A socket of the network namespace that the calling thread is in.
[[nodiscard]] int nft_open(struct err *err);
// Closes it in a child that does nothing else: after elements were removed the kernel waits for a
// grace period (some 15 ms) when the last descriptor goes, and nobody else needs to.
void nft_close_later(int socket);
// Applies the batch. < 0: nothing is changed, and err->sys is the kernel's errno for the first
// message that it refused (ERESTART: not the generation that was asked for).
[[nodiscard]] int nft_commit(int socket, struct nft_batch *batch, struct err *err);
// The number of the ruleset, which each change makes another.
[[nodiscard]] int nft_generation(int socket, uint32_t *out, struct err *err);

// --- questions
struct nlattr;
// Called with an answer's attributes: `at` and their bytes.
typedef void nft_answer(void *context, uint16_t type, const struct nlattr *at, size_t n);
// Asks for one thing: an NFT_MSG_GET… with attributes put in by `batch` (nft_batch_init, one
// message). 1: answered, 0: there is none.
[[nodiscard]] int nft_ask(int socket, struct nft_batch *batch, nft_answer *answer, void *context,
                          struct err *err);
// All of a kind, of all tables (the family NFPROTO_UNSPEC: of all families).
[[nodiscard]] int nft_list(int socket, uint16_t type, uint8_t family, nft_answer *answer,
                           void *context, struct err *err);
// The attribute of that type, or NULL; its number; its text ("" when it is none).
const struct nlattr *nft_find(const struct nlattr *at, size_t n, uint16_t type);
uint32_t nft_number(const struct nlattr *attribute);
const char *nft_text(const struct nlattr *attribute);
// What is inside a nest.
const struct nlattr *nft_inside(const struct nlattr *nest, size_t *out_n);

// --- being told
// A socket that becomes readable when somebody takes something away from the ruleset, whose ever:
// tables, chains, rules, sets. Elements that come and go are no news. Nonblocking.
[[nodiscard]] int nft_watch(struct err *err);
// Forgets what has come until now.
void nft_watch_drain(int socket);
