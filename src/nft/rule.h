// SPDX-License-Identifier: Apache-2.0
// rule.h — tables, chains, sets, elements and rules as messages of a batch.
//
// A rule is opened, its expressions follow in order, and it is closed. Registers are those of 32
// bits, 0 … 15: what is wider takes as many as it needs. Keys made of several fields stand in
// registers one after the other, each field padded to 32 bits, as in sets.
#pragma once
#include "nft/batch.h"

#include <stdbool.h>

// How nft(8) shows a set's key: its own numbers, six bits for each field of a concatenation.
enum nft_type {
    NFT_TYPE_NFPROTO = 2,
    NFT_TYPE_IPV4 = 7,
    NFT_TYPE_IPV6 = 8,
    NFT_TYPE_PROTOCOL = 12,
    NFT_TYPE_SERVICE = 13,
    NFT_TYPE_IFNAME = 41,
};
enum { NFT_FIELDS_MAX = 4 };

struct nft_set {
    const char *name;
    uint8_t key[NFT_FIELDS_MAX]; // enum nft_type, 0 ends them
    uint8_t data[NFT_FIELDS_MAX];
    bool is_verdict; // data is one
};

void nft_table_add(struct nft_batch *batch, const char *comment);
void nft_table_delete(struct nft_batch *batch);
void nft_set_add(struct nft_batch *batch, const struct nft_set *set, uint32_t id);

struct nft_chain {
    const char *name;
    const char *type; // filter, nat; NULL: a chain that others jump to
    uint32_t hook;
    int32_t priority;
};
void nft_chain_add(struct nft_batch *batch, const struct nft_chain *chain);

// --- elements
enum { NFT_KEY_MAX = 64 };
struct nft_key {
    uint8_t bytes[NFT_KEY_MAX];
    size_t n;
};
// Appends a field, padded with zeros to whole registers.
void nft_key_add(struct nft_key *key, const void *bytes, size_t n);
void nft_key_u8(struct nft_key *key, uint8_t value);
void nft_key_port(struct nft_key *key, uint16_t port);
void nft_key_ifname(struct nft_key *key, const char *name);

struct nft_verdict {
    int32_t code; // NFT_GOTO, NFT_JUMP, NFT_RETURN, NF_ACCEPT, NF_DROP
    const char *chain;
};
struct nft_element {
    const char *set;
    struct nft_key key;
    struct nft_key data;        // n 0: none
    struct nft_verdict verdict; // when data is none and has_verdict
    bool has_verdict;
    const char *comment; // or NULL
};
void nft_element_add(struct nft_batch *batch, const struct nft_element *element, const char *label);
void nft_element_delete(struct nft_batch *batch, const struct nft_element *element,
                        const char *label);

// --- rules
void nft_rule(struct nft_batch *batch, const char *chain);
void nft_rule_end(struct nft_batch *batch);
void nft_meta(struct nft_batch *batch, uint32_t key, unsigned reg); // NFT_META_…
void nft_ct(struct nft_batch *batch, uint32_t key, unsigned reg);   // NFT_CT_…
void nft_fib_address_type(struct nft_batch *batch, unsigned reg);   // RTN_… of the destination
struct nft_payload {
    uint32_t base; // NFT_PAYLOAD_NETWORK_HEADER …
    uint32_t offset, n;
};
extern const struct nft_payload nft_ipv4_source, nft_ipv4_destination, nft_ipv6_source,
    nft_ipv6_destination, nft_source_port, nft_destination_port;
void nft_load(struct nft_batch *batch, const struct nft_payload *payload, unsigned reg);
// Writes a port back into the packet, and corrects the checksum at that offset.
void nft_store_port(struct nft_batch *batch, const struct nft_payload *payload, unsigned reg,
                    uint32_t checksum_at);
void nft_compare(struct nft_batch *batch, uint32_t operation, unsigned reg, const void *bytes,
                 size_t n); // NFT_CMP_…
void nft_compare_u32(struct nft_batch *batch, uint32_t operation, unsigned reg, uint32_t host);
// reg is 32 bits of host order; true when one of these bits is set.
void nft_any_bit(struct nft_batch *batch, unsigned reg, uint32_t bits);
void nft_lookup(struct nft_batch *batch, const char *set, unsigned reg);
enum { NFT_TO_VERDICT = -1 };
// data_reg: where the element's data goes; NFT_TO_VERDICT: it is what to do.
void nft_map(struct nft_batch *batch, const char *map, unsigned reg, int data_reg);
void nft_immediate(struct nft_batch *batch, const void *bytes, size_t n, unsigned reg);
void nft_do(struct nft_batch *batch, int32_t code, const char *chain);
// type NFT_NAT_DNAT or NFT_NAT_SNAT; the address in a register, the port in another or none (-1).
void nft_nat(struct nft_batch *batch, uint32_t type, uint32_t family, unsigned address, int port);
void nft_masquerade(struct nft_batch *batch);
