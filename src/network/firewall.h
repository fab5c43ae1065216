// SPDX-License-Identifier: Apache-2.0
// firewall.h — the one table of ours in the kernel's packet filter, as desired state (S-21).
//
// The table `inet dhow` (another run root has one of its own: `dhow-` and eight digits) has chains
// and rules that never change. What there is — networks, published ports — are elements of its sets
// and maps, and a change is one transaction. Nothing of it accepts on behalf of another table: ours
// translate, hide and drop, so a packet that another firewall drops stays dropped.
//
//     guard     prerouting, raw (-300)     127.0.0.0/8 that comes from outside: dropped
//     arriving  prerouting, dstnat (-100)  to an address of this host: translated, if published
//     local     output, -100               the same for what this host sends to itself
//     forward   forward, filter (0)        onto a bridge comes what was published or answers
//     leaving   postrouting, srcnat (100)  what leaves a network is hidden behind the host
#pragma once
#include "base/ip.h"
#include "network/network.h"

enum { FIREWALL_TABLE_MAX = 32, FIREWALL_TRUSTED_MAX = 64, FIREWALL_PORTS_MAX = 16'384 };

struct firewall {
    int socket;           // of the packet filter
    const char *run_root; // borrowed
    char table[FIREWALL_TABLE_MAX];
    bool has_removed; // see nft_close_later
};
#define AUTO_FIREWALL __attribute__((cleanup(firewall_close)))
// The table of that run root (a path). Reads and changes nothing yet. ERR_UNAVAILABLE, with what to
// do, when this kernel or user has no packet filter.
[[nodiscard]] int firewall_open(const char *run_root, struct firewall *out, struct err *err);
void firewall_close(struct firewall *firewall);

enum gateway_mode { GATEWAY_NAT, GATEWAY_NAT_UNPROTECTED, GATEWAY_ROUTED, GATEWAY_ISOLATED };
struct firewall_network { // a bridge, and what its network's options say about it
    const char *device, *name;
    enum gateway_mode ipv4, ipv6;
    bool is_internal;
    bool icc;                   // its containers reach each other
    bool masquerade;            // what leaves it is hidden
    struct ip source4, source6; // behind this address; none: that of the way it goes
    const char **trusted;       // interfaces of the host from which all of it can be reached
    size_t n_trusted;
};
// From the network's options; false: it has no bridge, so nothing is to be filtered.
bool firewall_network_of(struct arena *arena, const struct network *network,
                         struct firewall_network *out);
// ERR_INVALID: an option of the network that concerns ports and filtering has no sense. For
// network_create.
[[nodiscard]] int firewall_options_check(const struct network *network, struct err *err);

struct firewall_port { // one port of one container
    uint8_t protocol;  // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP
    bool is_open;      // gateway mode routed: reached at its own address, nothing is translated
    struct ip host;    // 0.0.0.0 and ::: every address of this host
    uint16_t host_port;
    struct ip container;
    uint16_t container_port;
    const char *comment; // the container's name
};

// What is there: 1 all chains and rules of this version, 0 not (never made, flushed, older).
[[nodiscard]] int firewall_is_whole(const struct firewall *firewall, struct err *err);
struct firewall_state { // what elements stand for; borrowed
    const struct firewall_network *networks;
    const struct firewall_port *ports;
    size_t n_networks, n_ports;
};
// Adds elements, in one transaction; those that are there are fine. ERR_CONFLICT: one is there with
// another meaning (a leftover), or the table is not: firewall_replace.
[[nodiscard]] int firewall_add(const struct firewall *firewall, const struct firewall_state *state,
                               struct err *err);
// Takes them away; those that are not there are fine.
[[nodiscard]] int firewall_remove(struct firewall *firewall, const struct firewall_state *state,
                                  struct err *err);
// The whole table anew, with exactly these, in one transaction: never is there a moment without.
// `generation` is firewall_generation's of before the state was read; ERR_UNAVAILABLE: something
// has changed since, read again.
[[nodiscard]] int firewall_generation(const struct firewall *firewall, uint32_t *out,
                                      struct err *err);
[[nodiscard]] int firewall_replace(const struct firewall *firewall, uint32_t generation,
                                   const struct firewall_state *state, struct err *err);
// Takes the table away. Not there is fine.
[[nodiscard]] int firewall_drop(const struct firewall *firewall, struct err *err);

// Whether the kernel filters ports of that protocol translated to this one, as far as can be seen:
// names of other tables whose forward chain drops what it does not know ("ip filter FORWARD"),
// joined by ", "; "" when there is none. Tables of the old iptables do not show.
[[nodiscard]] int firewall_others(const struct firewall *firewall, struct arena *arena,
                                  const char **out, struct err *err);
