// SPDX-License-Identifier: Apache-2.0
// rule.c — the messages of nf_tables, field by field (linux/netfilter/nf_tables.h).
#include "nft/rule.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

enum {
    REGISTER_BYTES = 4,
    TYPE_BITS = 6, // of nft(8)'s concatenated types
    // TLVs of nft(8)'s in user data
    COMMENT_OF_TABLE = 0,
    COMMENT_OF_ELEMENT = 0,
    COMMENT_MAX = 200,
    KEY_BYTE_ORDER = 0,
    HOST_ENDIAN = 1,
};

const struct nft_payload nft_ipv4_source = {NFT_PAYLOAD_NETWORK_HEADER, 12, 4},
                         nft_ipv4_destination = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4},
                         nft_ipv6_source = {NFT_PAYLOAD_NETWORK_HEADER, 8, 16},
                         nft_ipv6_destination = {NFT_PAYLOAD_NETWORK_HEADER, 24, 16},
                         nft_source_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2},
                         nft_destination_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2};

static void put_comment(struct nft_batch *batch, uint16_t attribute, uint8_t type, const char *text)
{
    uint8_t tlv[2 + COMMENT_MAX + 1] = {type};
    size_t n = strnlen(text, COMMENT_MAX);
    tlv[1] = (uint8_t)(n + 1);
    memcpy(tlv + 2, text, n);
    nft_put(batch, attribute, tlv, 2 + n + 1);
}

void nft_table_add(struct nft_batch *batch, const char *comment)
{
    nft_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, "make it");
    nft_put_text(batch, NFTA_TABLE_NAME, batch->table);
    put_comment(batch, NFTA_TABLE_USERDATA, COMMENT_OF_TABLE, comment);
    nft_message_end(batch);
}

void nft_table_delete(struct nft_batch *batch)
{
    nft_message(batch, NFT_MSG_DELTABLE, 0, "take it away");
    nft_put_text(batch, NFTA_TABLE_NAME, batch->table);
    nft_message_end(batch);
}

void nft_chain_add(struct nft_batch *batch, const struct nft_chain *chain)
{
    nft_message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain->name);
    nft_put_text(batch, NFTA_CHAIN_TABLE, batch->table);
    nft_put_text(batch, NFTA_CHAIN_NAME, chain->name);
    if (chain->type != NULL) {
        nft_nest(batch, NFTA_CHAIN_HOOK);
        nft_put_u32(batch, NFTA_HOOK_HOOKNUM, chain->hook);
        nft_put_u32(batch, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
        nft_nest_end(batch);
        nft_put_text(batch, NFTA_CHAIN_TYPE, chain->type);
    }
    nft_message_end(batch);
}

// --- sets

static uint32_t field_bytes(uint8_t type)
{
    static const uint32_t bytes[] = {
        [NFT_TYPE_NFPROTO] = 1,  [NFT_TYPE_IPV4] = 4,    [NFT_TYPE_IPV6] = 16,
        [NFT_TYPE_PROTOCOL] = 1, [NFT_TYPE_SERVICE] = 2, [NFT_TYPE_IFNAME] = IFNAMSIZ,
    };
    assert(type < N_ELEMENTS(bytes) && bytes[type] != 0);
    return bytes[type];
}

static void put_type(struct nft_batch *batch, const uint8_t fields[NFT_FIELDS_MAX],
                     uint16_t type_attribute, uint16_t length_attribute)
{
    uint32_t type = 0, length = 0;
    for (size_t i = 0; i < NFT_FIELDS_MAX && fields[i] != 0; i++) {
        uint32_t bytes = field_bytes(fields[i]);
        type = type << TYPE_BITS | fields[i];
        bool is_alone = i == 0 && (NFT_FIELDS_MAX == 1 || fields[1] == 0);
        length += is_alone ? bytes : (bytes + REGISTER_BYTES - 1) / REGISTER_BYTES * REGISTER_BYTES;
    }
    nft_put_u32(batch, type_attribute, type);
    nft_put_u32(batch, length_attribute, length);
}

// nft(8) shows names of devices only when it is told that they are in the host's order.
static const struct {
    uint8_t type, n;
    uint32_t value;
} __attribute__((packed)) host_order = {KEY_BYTE_ORDER, sizeof(uint32_t), HOST_ENDIAN};

void nft_set_add(struct nft_batch *batch, const struct nft_set *set, uint32_t id)
{
    bool is_map = set->is_verdict || set->data[0] != 0;
    uint32_t flags = is_map ? NFT_SET_MAP : 0;
    nft_message(batch, NFT_MSG_NEWSET, NLM_F_CREATE, set->name);
    nft_put_text(batch, NFTA_SET_TABLE, batch->table);
    nft_put_text(batch, NFTA_SET_NAME, set->name);
    nft_put_u32(batch, NFTA_SET_ID, id);
    nft_put_u32(batch, NFTA_SET_FLAGS, flags);
    put_type(batch, set->key, NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN);
    if (set->is_verdict) {
        nft_put_u32(batch, NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT);
        nft_put_u32(batch, NFTA_SET_DATA_LEN, 0);
    } else if (is_map) {
        put_type(batch, set->data, NFTA_SET_DATA_TYPE, NFTA_SET_DATA_LEN);
    }
    if (set->key[1] == 0 && set->key[0] == NFT_TYPE_IFNAME)
        nft_put(batch, NFTA_SET_USERDATA, &host_order, sizeof host_order);
    nft_message_end(batch);
}

void nft_key_add(struct nft_key *key, const void *bytes, size_t n)
{
    size_t padded = (n + REGISTER_BYTES - 1) / REGISTER_BYTES * REGISTER_BYTES;
    assert(key->n + padded <= NFT_KEY_MAX);
    memset(key->bytes + key->n, 0, padded);
    memcpy(key->bytes + key->n, bytes, n);
    key->n += padded;
}

void nft_key_u8(struct nft_key *key, uint8_t value)
{
    nft_key_add(key, &value, sizeof value);
}

void nft_key_port(struct nft_key *key, uint16_t port)
{
    uint16_t big = htons(port);
    nft_key_add(key, &big, sizeof big);
}

void nft_key_ifname(struct nft_key *key, const char *name)
{
    char padded[IFNAMSIZ] = "";
    memcpy(padded, name, strnlen(name, IFNAMSIZ - 1));
    nft_key_add(key, padded, sizeof padded);
}

static void put_verdict(struct nft_batch *batch, const struct nft_verdict *verdict)
{
    nft_nest(batch, NFTA_DATA_VERDICT);
    nft_put_u32(batch, NFTA_VERDICT_CODE, (uint32_t)verdict->code);
    if (verdict->chain != NULL)
        nft_put_text(batch, NFTA_VERDICT_CHAIN, verdict->chain);
    nft_nest_end(batch);
}

static void put_value(struct nft_batch *batch, uint16_t attribute, const void *bytes, size_t n)
{
    nft_nest(batch, attribute);
    nft_put(batch, NFTA_DATA_VALUE, bytes, n);
    nft_nest_end(batch);
}

static void begin_element(struct nft_batch *batch, uint16_t type, uint16_t flags,
                          const struct nft_element *element, const char *label)
{
    nft_message(batch, type, flags, label);
    nft_put_text(batch, NFTA_SET_ELEM_LIST_TABLE, batch->table);
    nft_put_text(batch, NFTA_SET_ELEM_LIST_SET, element->set);
    nft_nest(batch, NFTA_SET_ELEM_LIST_ELEMENTS);
    nft_nest(batch, NFTA_LIST_ELEM);
    put_value(batch, NFTA_SET_ELEM_KEY, element->key.bytes, element->key.n);
}

static void end_element(struct nft_batch *batch)
{
    nft_nest_end(batch);
    nft_nest_end(batch);
    nft_message_end(batch);
}

void nft_element_add(struct nft_batch *batch, const struct nft_element *element, const char *label)
{
    begin_element(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, element, label);
    if (element->data.n != 0) {
        put_value(batch, NFTA_SET_ELEM_DATA, element->data.bytes, element->data.n);
    } else if (element->has_verdict) {
        nft_nest(batch, NFTA_SET_ELEM_DATA);
        put_verdict(batch, &element->verdict);
        nft_nest_end(batch);
    }
    if (element->comment != NULL)
        put_comment(batch, NFTA_SET_ELEM_USERDATA, COMMENT_OF_ELEMENT, element->comment);
    end_element(batch);
}

void nft_element_delete(struct nft_batch *batch, const struct nft_element *element,
                        const char *label)
{
    begin_element(batch, NFT_MSG_DELSETELEM, 0, element, label);
    end_element(batch);
}

// --- rules

void nft_rule(struct nft_batch *batch, const char *chain)
{
    nft_message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, chain);
    nft_put_text(batch, NFTA_RULE_TABLE, batch->table);
    nft_put_text(batch, NFTA_RULE_CHAIN, chain);
    nft_nest(batch, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft_batch *batch)
{
    nft_nest_end(batch);
    nft_message_end(batch);
}

static void begin(struct nft_batch *batch, const char *name)
{
    nft_nest(batch, NFTA_LIST_ELEM);
    nft_put_text(batch, NFTA_EXPR_NAME, name);
    nft_nest(batch, NFTA_EXPR_DATA);
}

static void end(struct nft_batch *batch)
{
    nft_nest_end(batch);
    nft_nest_end(batch);
}

static void put_reg(struct nft_batch *batch, uint16_t attribute, unsigned reg)
{
    nft_put_u32(batch, attribute, NFT_REG32_00 + reg);
}

void nft_meta(struct nft_batch *batch, uint32_t key, unsigned reg)
{
    begin(batch, "meta");
    put_reg(batch, NFTA_META_DREG, reg);
    nft_put_u32(batch, NFTA_META_KEY, key);
    end(batch);
}

void nft_ct(struct nft_batch *batch, uint32_t key, unsigned reg)
{
    begin(batch, "ct");
    put_reg(batch, NFTA_CT_DREG, reg);
    nft_put_u32(batch, NFTA_CT_KEY, key);
    end(batch);
}

void nft_fib_address_type(struct nft_batch *batch, unsigned reg)
{
    begin(batch, "fib");
    put_reg(batch, NFTA_FIB_DREG, reg);
    nft_put_u32(batch, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    nft_put_u32(batch, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
    end(batch);
}

static void put_place(struct nft_batch *batch, const struct nft_payload *payload)
{
    nft_put_u32(batch, NFTA_PAYLOAD_BASE, payload->base);
    nft_put_u32(batch, NFTA_PAYLOAD_OFFSET, payload->offset);
    nft_put_u32(batch, NFTA_PAYLOAD_LEN, payload->n);
}

void nft_load(struct nft_batch *batch, const struct nft_payload *payload, unsigned reg)
{
    begin(batch, "payload");
    put_reg(batch, NFTA_PAYLOAD_DREG, reg);
    put_place(batch, payload);
    end(batch);
}

void nft_store_port(struct nft_batch *batch, const struct nft_payload *payload, unsigned reg,
                    uint32_t checksum_at)
{
    begin(batch, "payload");
    put_reg(batch, NFTA_PAYLOAD_SREG, reg);
    put_place(batch, payload);
    nft_put_u32(batch, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
    nft_put_u32(batch, NFTA_PAYLOAD_CSUM_OFFSET, checksum_at);
    end(batch);
}

void nft_compare(struct nft_batch *batch, uint32_t operation, unsigned reg, const void *bytes,
                 size_t n)
{
    begin(batch, "cmp");
    put_reg(batch, NFTA_CMP_SREG, reg);
    nft_put_u32(batch, NFTA_CMP_OP, operation);
    put_value(batch, NFTA_CMP_DATA, bytes, n);
    end(batch);
}

void nft_compare_u32(struct nft_batch *batch, uint32_t operation, unsigned reg, uint32_t host)
{
    nft_compare(batch, operation, reg, &host, sizeof host);
}

void nft_any_bit(struct nft_batch *batch, unsigned reg, uint32_t bits)
{
    static const uint32_t zero = 0;
    begin(batch, "bitwise");
    put_reg(batch, NFTA_BITWISE_SREG, reg);
    put_reg(batch, NFTA_BITWISE_DREG, reg);
    nft_put_u32(batch, NFTA_BITWISE_LEN, sizeof bits);
    put_value(batch, NFTA_BITWISE_MASK, &bits, sizeof bits);
    put_value(batch, NFTA_BITWISE_XOR, &zero, sizeof zero);
    end(batch);
    nft_compare_u32(batch, NFT_CMP_NEQ, reg, 0);
}

void nft_lookup(struct nft_batch *batch, const char *set, unsigned reg)
{
    begin(batch, "lookup");
    nft_put_text(batch, NFTA_LOOKUP_SET, set);
    put_reg(batch, NFTA_LOOKUP_SREG, reg);
    end(batch);
}

void nft_map(struct nft_batch *batch, const char *map, unsigned reg, int data_reg)
{
    begin(batch, "lookup");
    nft_put_text(batch, NFTA_LOOKUP_SET, map);
    put_reg(batch, NFTA_LOOKUP_SREG, reg);
    if (data_reg == NFT_TO_VERDICT)
        nft_put_u32(batch, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
    else
        put_reg(batch, NFTA_LOOKUP_DREG, (unsigned)data_reg);
    end(batch);
}

void nft_immediate(struct nft_batch *batch, const void *bytes, size_t n, unsigned reg)
{
    begin(batch, "immediate");
    put_reg(batch, NFTA_IMMEDIATE_DREG, reg);
    put_value(batch, NFTA_IMMEDIATE_DATA, bytes, n);
    end(batch);
}

void nft_do(struct nft_batch *batch, int32_t code, const char *chain)
{
    begin(batch, "immediate");
    nft_put_u32(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    nft_nest(batch, NFTA_IMMEDIATE_DATA);
    put_verdict(batch, &(struct nft_verdict){code, chain});
    nft_nest_end(batch);
    end(batch);
}

void nft_nat(struct nft_batch *batch, uint32_t type, uint32_t family, unsigned address, int port)
{
    begin(batch, "nat");
    nft_put_u32(batch, NFTA_NAT_TYPE, type);
    nft_put_u32(batch, NFTA_NAT_FAMILY, family);
    put_reg(batch, NFTA_NAT_REG_ADDR_MIN, address);
    if (port >= 0)
        put_reg(batch, NFTA_NAT_REG_PROTO_MIN, (unsigned)port);
    end(batch);
}

void nft_masquerade(struct nft_batch *batch)
{
    begin(batch, "masq");
    end(batch);
}
