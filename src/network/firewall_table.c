// SPDX-License-Identifier: Apache-2.0
// firewall_table.c — our table: its sets, chains and rules, and what becomes an element of it.
//
// As nft(8) shows it:
//
//     chain guard    { type filter hook prerouting priority raw;
//         iifname != "lo" ip daddr 127.0.0.0/8 drop }
//     chain publish  {
//         dnat ip to ip daddr . meta l4proto . th dport map @published4
//         dnat ip to meta l4proto . th dport map @anywhere4
//         ip6 daddr ::1 return                        # the kernel cannot: the monitor relays
//         dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6
//         dnat ip6 to meta l4proto . th dport map @anywhere6 }
//     chain arriving { type nat hook prerouting priority dstnat; fib daddr type local jump publish
//     } chain local    { type nat hook output priority -100;       fib daddr type local jump
//     publish } chain forward  { type filter hook forward priority filter;
//         iifname . oifname vmap @paths               # on one bridge, and from trusted interfaces
//         iifname @closed drop                        # internal networks
//         ct state established,related accept
//         ip daddr . meta l4proto . th dport @open4 accept
//         ip6 daddr . meta l4proto . th dport @open6 accept
//         meta nfproto . oifname vmap @entry }        # a bridge: by its gateway mode
//     chain only_published { ct status dnat return; drop }
//     chain unprotected    { iifname @bridges goto only_published }
//     chain routed         { meta l4proto { icmp, icmpv6 } return; drop }
//     chain leaving  { type nat hook postrouting priority srcnat;
//         oifname @bridges ip saddr 127.0.0.0/8 masquerade
//         ct status dnat iifname . oifname @same masquerade    # hairpin: the answer must come back
//         ct status dnat ip saddr . ip daddr . meta l4proto . th dport @itself4 masquerade
//         ct status dnat ip6 saddr . ip6 daddr . meta l4proto . th dport @itself6 masquerade
//         oifname @bridges return
//         snat ip to iifname map @source4
//         snat ip6 to iifname map @source6
//         meta nfproto . iifname @hidden masquerade }
//
// The `itself` rules are for br_netfilter, where a hairpin stays on its bridge and no iifname is
// known: between two containers the answer comes back all the same, but not to one from itself.
//
// Isolation is the last rule of `forward`: whatever goes onto a bridge and was not published, is no
// answer and comes from elsewhere is dropped — from outside, from other networks, over IPv4 and
// IPv6 alike. From other networks published ports are reached at the host's addresses, as from
// outside.
#include "network/firewall_table.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>
#include <string.h>

// clang-format off
static const struct nft_set sets[] = {
    {.name = "bridges", .key = {NFT_TYPE_IFNAME}},
    {.name = "same", .key = {NFT_TYPE_IFNAME, NFT_TYPE_IFNAME}},
    {.name = "paths", .key = {NFT_TYPE_IFNAME, NFT_TYPE_IFNAME}, .is_verdict = true},
    {.name = "closed", .key = {NFT_TYPE_IFNAME}},
    {.name = "hidden", .key = {NFT_TYPE_NFPROTO, NFT_TYPE_IFNAME}},
    {.name = "source4", .key = {NFT_TYPE_IFNAME}, .data = {NFT_TYPE_IPV4}},
    {.name = "source6", .key = {NFT_TYPE_IFNAME}, .data = {NFT_TYPE_IPV6}},
    {.name = "entry", .key = {NFT_TYPE_NFPROTO, NFT_TYPE_IFNAME}, .is_verdict = true},
    {.name = "itself4", .key = {NFT_TYPE_IPV4, NFT_TYPE_IPV4, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}},
    {.name = "itself6", .key = {NFT_TYPE_IPV6, NFT_TYPE_IPV6, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}},
    {.name = "open4", .key = {NFT_TYPE_IPV4, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}},
    {.name = "open6", .key = {NFT_TYPE_IPV6, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}},
    {.name = "published4", .key = {NFT_TYPE_IPV4, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}, .data = {NFT_TYPE_IPV4, NFT_TYPE_SERVICE}},
    {.name = "published6", .key = {NFT_TYPE_IPV6, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}, .data = {NFT_TYPE_IPV6, NFT_TYPE_SERVICE}},
    {.name = "anywhere4", .key = {NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}, .data = {NFT_TYPE_IPV4, NFT_TYPE_SERVICE}},
    {.name = "anywhere6", .key = {NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE}, .data = {NFT_TYPE_IPV6, NFT_TYPE_SERVICE}},
};
enum { RAW = -300, DSTNAT = -100, SRCNAT = 100 };
static const struct nft_chain chains[] = {
    {"guard", "filter", NF_INET_PRE_ROUTING, RAW},
    {"publish", NULL, 0, 0},
    {"arriving", "nat", NF_INET_PRE_ROUTING, DSTNAT},
    {"local", "nat", NF_INET_LOCAL_OUT, DSTNAT},
    {"only_published", NULL, 0, 0},
    {"unprotected", NULL, 0, 0},
    {"routed", NULL, 0, 0},
    {"forward", "filter", NF_INET_FORWARD, 0},
    {"leaving", "nat", NF_INET_POST_ROUTING, SRCNAT},
};
// clang-format on
const char table_witness[] = "forward";
const uint32_t table_witness_rules = 6;

// --- rules

enum { REG_IPV6 = 4, REG_IFNAME = 4 }; // how many registers one takes

static void match_family(struct nft_batch *batch, uint8_t family)
{
    nft_meta(batch, NFT_META_NFPROTO, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &family, sizeof family);
}

// 127.0.0.0/8: the first byte says it.
static void match_loopback(struct nft_batch *batch, const struct nft_payload *address)
{
    static const uint8_t first = 127;
    const struct nft_payload byte = {address->base, address->offset, 1};
    match_family(batch, NFPROTO_IPV4);
    nft_load(batch, &byte, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &first, sizeof first);
}

static void match_dnat(struct nft_batch *batch)
{
    nft_ct(batch, NFT_CT_STATUS, 0);
    nft_any_bit(batch, 0, IPS_DST_NAT);
}

static void match_device(struct nft_batch *batch, uint32_t key, const char *set)
{
    nft_meta(batch, key, 0);
    nft_lookup(batch, set, 0);
}

static void put_guard(struct nft_batch *batch)
{
    static const char lo[IFNAMSIZ] = "lo";
    nft_rule(batch, "guard");
    nft_meta(batch, NFT_META_IIFNAME, 0);
    nft_compare(batch, NFT_CMP_NEQ, 0, lo, sizeof lo);
    match_loopback(batch, &nft_ipv4_destination);
    nft_do(batch, NF_DROP, NULL);
    nft_rule_end(batch);
}

// dnat to [address .] protocol . port map @map
static void put_dnat(struct nft_batch *batch, uint8_t family, const char *map, bool has_address)
{
    bool is_ipv4 = family == NFPROTO_IPV4;
    unsigned address = is_ipv4 ? 1 : REG_IPV6, key = has_address ? address : 0;
    nft_rule(batch, "publish");
    match_family(batch, family);
    if (has_address)
        nft_load(batch, is_ipv4 ? &nft_ipv4_destination : &nft_ipv6_destination, 0);
    nft_meta(batch, NFT_META_L4PROTO, key);
    nft_load(batch, &nft_destination_port, key + 1);
    nft_map(batch, map, 0, 0);
    nft_nat(batch, NFT_NAT_DNAT, family, 0, (int)address);
    nft_rule_end(batch);
}

static void put_publish(struct nft_batch *batch)
{
    static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    put_dnat(batch, NFPROTO_IPV4, "published4", true);
    put_dnat(batch, NFPROTO_IPV4, "anywhere4", false);
    nft_rule(batch, "publish");
    match_family(batch, NFPROTO_IPV6);
    nft_load(batch, &nft_ipv6_destination, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &loopback, sizeof loopback);
    nft_do(batch, NFT_RETURN, NULL);
    nft_rule_end(batch);
    put_dnat(batch, NFPROTO_IPV6, "published6", true);
    put_dnat(batch, NFPROTO_IPV6, "anywhere6", false);
    static const char *const from[] = {"arriving", "local"};
    for (size_t i = 0; i < N_ELEMENTS(from); i++) {
        nft_rule(batch, from[i]);
        nft_fib_address_type(batch, 0);
        nft_compare_u32(batch, NFT_CMP_EQ, 0, RTN_LOCAL);
        nft_do(batch, NFT_JUMP, "publish");
        nft_rule_end(batch);
    }
}

static void put_modes(struct nft_batch *batch)
{
    static const uint8_t pings[] = {IPPROTO_ICMP, IPPROTO_ICMPV6};
    nft_rule(batch, "only_published");
    match_dnat(batch);
    nft_do(batch, NFT_RETURN, NULL);
    nft_rule_end(batch);
    nft_rule(batch, "unprotected");
    match_device(batch, NFT_META_IIFNAME, "bridges");
    nft_do(batch, NFT_GOTO, "only_published");
    nft_rule_end(batch);
    for (size_t i = 0; i < N_ELEMENTS(pings); i++) {
        nft_rule(batch, "routed");
        nft_meta(batch, NFT_META_L4PROTO, 0);
        nft_compare(batch, NFT_CMP_EQ, 0, &pings[i], sizeof pings[i]);
        nft_do(batch, NFT_RETURN, NULL);
        nft_rule_end(batch);
    }
    static const char *const closed[] = {"only_published", "routed"};
    for (size_t i = 0; i < N_ELEMENTS(closed); i++) {
        nft_rule(batch, closed[i]);
        nft_do(batch, NF_DROP, NULL);
        nft_rule_end(batch);
    }
}

static void put_open(struct nft_batch *batch, uint8_t family, const char *set)
{
    bool is_ipv4 = family == NFPROTO_IPV4;
    unsigned next = is_ipv4 ? 1 : REG_IPV6;
    nft_rule(batch, "forward");
    match_family(batch, family);
    nft_load(batch, is_ipv4 ? &nft_ipv4_destination : &nft_ipv6_destination, 0);
    nft_meta(batch, NFT_META_L4PROTO, next);
    nft_load(batch, &nft_destination_port, next + 1);
    nft_lookup(batch, set, 0);
    nft_do(batch, NF_ACCEPT, NULL);
    nft_rule_end(batch);
}

static void put_forward(struct nft_batch *batch)
{
    nft_rule(batch, "forward");
    nft_meta(batch, NFT_META_IIFNAME, 0);
    nft_meta(batch, NFT_META_OIFNAME, REG_IFNAME);
    nft_map(batch, "paths", 0, NFT_TO_VERDICT);
    nft_rule_end(batch);
    nft_rule(batch, "forward");
    match_device(batch, NFT_META_IIFNAME, "closed");
    nft_do(batch, NF_DROP, NULL);
    nft_rule_end(batch);
    nft_rule(batch, "forward");
    nft_ct(batch, NFT_CT_STATE, 0);
    nft_any_bit(batch, 0, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
    nft_do(batch, NF_ACCEPT, NULL);
    nft_rule_end(batch);
    put_open(batch, NFPROTO_IPV4, "open4");
    put_open(batch, NFPROTO_IPV6, "open6");
    nft_rule(batch, "forward");
    nft_meta(batch, NFT_META_NFPROTO, 0);
    nft_meta(batch, NFT_META_OIFNAME, 1);
    nft_map(batch, "entry", 0, NFT_TO_VERDICT);
    nft_rule_end(batch);
}

static void put_snat(struct nft_batch *batch, uint8_t family, const char *map)
{
    nft_rule(batch, "leaving");
    match_family(batch, family);
    nft_meta(batch, NFT_META_IIFNAME, 0);
    nft_map(batch, map, 0, 0);
    nft_nat(batch, NFT_NAT_SNAT, family, 0, -1);
    nft_rule_end(batch);
}

// A container that asks itself.
static void put_itself(struct nft_batch *batch, uint8_t family, const char *set)
{
    bool is_ipv4 = family == NFPROTO_IPV4;
    unsigned size = is_ipv4 ? 1 : REG_IPV6;
    nft_rule(batch, "leaving");
    match_dnat(batch);
    match_family(batch, family);
    nft_load(batch, is_ipv4 ? &nft_ipv4_source : &nft_ipv6_source, 0);
    nft_load(batch, is_ipv4 ? &nft_ipv4_destination : &nft_ipv6_destination, size);
    nft_meta(batch, NFT_META_L4PROTO, 2 * size);
    nft_load(batch, &nft_destination_port, 2 * size + 1);
    nft_lookup(batch, set, 0);
    nft_masquerade(batch);
    nft_rule_end(batch);
}

static void put_leaving(struct nft_batch *batch)
{
    nft_rule(batch, "leaving");
    match_device(batch, NFT_META_OIFNAME, "bridges");
    match_loopback(batch, &nft_ipv4_source);
    nft_masquerade(batch);
    nft_rule_end(batch);
    nft_rule(batch, "leaving");
    match_dnat(batch);
    nft_meta(batch, NFT_META_IIFNAME, 0);
    nft_meta(batch, NFT_META_OIFNAME, REG_IFNAME);
    nft_lookup(batch, "same", 0);
    nft_masquerade(batch);
    nft_rule_end(batch);
    put_itself(batch, NFPROTO_IPV4, "itself4");
    put_itself(batch, NFPROTO_IPV6, "itself6");
    nft_rule(batch, "leaving");
    match_device(batch, NFT_META_OIFNAME, "bridges");
    nft_do(batch, NFT_RETURN, NULL);
    nft_rule_end(batch);
    put_snat(batch, NFPROTO_IPV4, "source4");
    put_snat(batch, NFPROTO_IPV6, "source6");
    nft_rule(batch, "leaving");
    nft_meta(batch, NFT_META_NFPROTO, 0);
    nft_meta(batch, NFT_META_IIFNAME, 1);
    nft_lookup(batch, "hidden", 0);
    nft_masquerade(batch);
    nft_rule_end(batch);
}

void table_put_all(struct nft_batch *batch, const char *run_root)
{
    AUTO_FREE char *comment =
        str_printf("dhow's of %s; dhow network reload makes it anew", run_root);
    nft_table_add(batch, comment); // so that there is one to take away
    nft_table_delete(batch);
    nft_table_add(batch, comment);
    for (size_t i = 0; i < N_ELEMENTS(sets); i++)
        nft_set_add(batch, &sets[i], (uint32_t)i + 1);
    for (size_t i = 0; i < N_ELEMENTS(chains); i++)
        nft_chain_add(batch, &chains[i]);
    put_guard(batch);
    put_publish(batch);
    put_modes(batch);
    put_forward(batch);
    put_leaving(batch);
}

// --- a network's elements

static struct nft_element *add(struct table_elements *elements, const char *set)
{
    assert(elements->n < TABLE_ELEMENTS_MAX);
    struct nft_element *element = &elements->at[elements->n++];
    *element = (struct nft_element){.set = set};
    return element;
}

static void add_path(struct table_elements *elements, const char *from, const char *to,
                     struct nft_verdict verdict)
{
    struct nft_element *element = add(elements, "paths");
    nft_key_ifname(&element->key, from);
    nft_key_ifname(&element->key, to);
    element->verdict = verdict;
    element->has_verdict = true;
}

static struct nft_verdict entry_of(const struct firewall_network *network, enum gateway_mode mode)
{
    if (network->is_internal)
        return (struct nft_verdict){NF_DROP, NULL};
    switch (mode) {
    case GATEWAY_NAT:
        return (struct nft_verdict){NFT_GOTO, "only_published"};
    case GATEWAY_NAT_UNPROTECTED:
        return (struct nft_verdict){NFT_GOTO, "unprotected"};
    case GATEWAY_ROUTED:
        return (struct nft_verdict){NFT_GOTO, "routed"};
    case GATEWAY_ISOLATED:
        break;
    }
    return (struct nft_verdict){NF_DROP, NULL};
}

static void add_family(struct table_elements *elements, const struct firewall_network *network,
                       uint8_t family)
{
    bool is_ipv4 = family == NFPROTO_IPV4;
    enum gateway_mode mode = is_ipv4 ? network->ipv4 : network->ipv6;
    const struct ip *source = is_ipv4 ? &network->source4 : &network->source6;
    struct nft_element *entry = add(elements, "entry");
    nft_key_u8(&entry->key, family);
    nft_key_ifname(&entry->key, network->device);
    entry->verdict = entry_of(network, mode);
    entry->has_verdict = true;
    entry->comment = network->name;
    bool is_hidden = network->masquerade && !network->is_internal &&
                     (mode == GATEWAY_NAT || mode == GATEWAY_NAT_UNPROTECTED);
    if (!is_hidden)
        return;
    struct nft_element *hidden = add(elements, "hidden");
    nft_key_u8(&hidden->key, family);
    nft_key_ifname(&hidden->key, network->device);
    if (ip_is_none(source))
        return;
    struct nft_element *behind = add(elements, is_ipv4 ? "source4" : "source6");
    nft_key_ifname(&behind->key, network->device);
    nft_key_add(&behind->data, source->bytes, ip_size(source));
}

void table_elements_of(const struct firewall_network *network, struct table_elements *out)
{
    const char *device = network->device;
    struct table_elements elements = {};
    struct nft_element *bridge = add(&elements, "bridges");
    nft_key_ifname(&bridge->key, device);
    bridge->comment = network->name;
    struct nft_element *same = add(&elements, "same");
    nft_key_ifname(&same->key, device);
    nft_key_ifname(&same->key, device);
    add_path(&elements, device, device,
             network->icc ? (struct nft_verdict){NF_ACCEPT, NULL}
                          : (struct nft_verdict){NFT_GOTO, "only_published"});
    if (network->is_internal) {
        struct nft_element *closed = add(&elements, "closed");
        nft_key_ifname(&closed->key, device);
    }
    for (size_t i = 0; i < network->n_trusted && !network->is_internal; i++)
        add_path(&elements, network->trusted[i], device, (struct nft_verdict){NF_ACCEPT, NULL});
    add_family(&elements, network, NFPROTO_IPV4);
    add_family(&elements, network, NFPROTO_IPV6);
    *out = elements;
}

void table_put_network(struct nft_batch *batch, const struct firewall_network *network,
                       table_change *change)
{
    struct table_elements elements;
    table_elements_of(network, &elements);
    for (size_t i = 0; i < elements.n; i++)
        change(batch, &elements.at[i], network->name);
}

// --- a port's elements

static void put_self(struct nft_batch *batch, const struct firewall_port *port,
                     table_change *change)
{
    struct nft_element element = {.set = port->container.family == AF_INET ? "itself4" : "itself6"};
    for (int i = 0; i < 2; i++)
        nft_key_add(&element.key, port->container.bytes, ip_size(&port->container));
    nft_key_u8(&element.key, port->protocol);
    nft_key_port(&element.key, port->container_port);
    change(batch, &element, "a port of itself");
}

void table_put_port(struct nft_batch *batch, const struct firewall_port *port, table_change *change)
{
    bool is_ipv4 = port->container.family == AF_INET;
    struct nft_element element = {.comment = port->comment};
    const struct ip *address = port->is_open ? &port->container : &port->host;
    if (port->is_open)
        element.set = is_ipv4 ? "open4" : "open6";
    else if (ip_is_unspecified(&port->host))
        element.set = is_ipv4 ? "anywhere4" : "anywhere6";
    else
        element.set = is_ipv4 ? "published4" : "published6";
    if (port->is_open || !ip_is_unspecified(&port->host))
        nft_key_add(&element.key, address->bytes, ip_size(address));
    nft_key_u8(&element.key, port->protocol);
    nft_key_port(&element.key, port->is_open ? port->container_port : port->host_port);
    if (!port->is_open) {
        nft_key_add(&element.data, port->container.bytes, ip_size(&port->container));
        nft_key_port(&element.data, port->container_port);
    }
    change(batch, &element, "a port");
    if (!port->is_open)
        put_self(batch, port, change);
}
