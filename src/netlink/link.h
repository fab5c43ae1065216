// SPDX-License-Identifier: Apache-2.0
// link.h — network devices, their addresses and routes: made, changed, listed, taken away.
//
// `socket` is rtnetlink_open's, of the network namespace that is meant. Every request waits for the
// kernel's word; a failure says what was to be done and to which device, and err->sys has the
// errno.
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_ALIAS_MAX = 255 };

struct link {
    uint32_t index, flags; // IFF_…
    uint32_t master;       // the bridge it is a port of, or 0
    uint32_t mtu;
    char name[IFNAMSIZ];
    uint8_t mac[MAC_BYTES];
    const char *kind;  // "bridge", "veth"…; "" for a physical one
    const char *alias; // what we wrote on it, or ""
};

// Deletes nothing and makes nothing: 1 found, 0 not.
[[nodiscard]] int link_find(int socket, struct arena *arena, const char *name, struct link *out,
                            struct err *err);
[[nodiscard]] int links_list(int socket, struct arena *arena, struct link **out, size_t *n_out,
                             struct err *err);

// One device to be made, in one request. ERR_CONFLICT: the name is taken (err->sys EEXIST).
struct link_making {
    const char *name;
    const char *kind;   // bridge, veth, macvlan, ipvlan, vlan, dummy
    const uint8_t *mac; // or NULL: the kernel's choice
    uint32_t mtu;       // 0: the kernel's choice
    uint32_t master;    // index of the bridge that gets it as a port, or 0
    bool is_up;         // of a veth: this end; the other is brought up by itself
    int netns;          // it is made in there; -1: where the socket is
    // veth: its other end
    const char *peer;
    const uint8_t *peer_mac;
    int peer_netns; // -1: where the socket is
    // macvlan, ipvlan, vlan: the device below, which must be where the socket is
    uint32_t parent;
    uint32_t mode;  // MACVLAN_MODE_…, IPVLAN_MODE_…, or the vlan's number
    uint16_t flags; // ipvlan: IPVLAN_F_…
};
[[nodiscard]] int link_make(int socket, const struct link_making *making, struct err *err);

[[nodiscard]] int link_up(int socket, uint32_t index, struct err *err);
[[nodiscard]] int link_set_alias(int socket, uint32_t index, const char *alias, struct err *err);
// A bridge's port that reaches no other isolated port.
[[nodiscard]] int link_isolate(int socket, uint32_t index, struct err *err);
// A bridge's port that packets may leave by which they came in by.
[[nodiscard]] int link_hairpin(int socket, uint32_t index, struct err *err);
// Takes some 27 ms: closing a network namespace takes its links with it for nothing. One that is
// not there is fine.
[[nodiscard]] int link_delete(int socket, const char *name, struct err *err);

// One that is there already is fine. No duplicate address detection: the address is used at once.
[[nodiscard]] int address_add(int socket, uint32_t index, const struct subnet *address,
                              struct err *err);
// To `to` (bits 0 and the family: everywhere) through `gateway` (family 0: it is on the link). One
// that is there already is fine.
struct route {
    struct subnet to;
    struct ip gateway;
    uint32_t index;
    uint32_t metric; // 0: the kernel's default
};
[[nodiscard]] int route_add(int socket, const struct route *route, struct err *err);
// One that is not there is fine.
[[nodiscard]] int route_delete(int socket, const struct route *route, struct err *err);
// Those of the main table, both families.
[[nodiscard]] int routes_list(int socket, struct arena *arena, struct route **out, size_t *n_out,
                              struct err *err);
struct link_address {
    uint32_t index;
    struct subnet address;
};
[[nodiscard]] int addresses_list(int socket, struct arena *arena, struct link_address **out,
                                 size_t *n_out, struct err *err);
