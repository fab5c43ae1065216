// SPDX-License-Identifier: Apache-2.0
// network.h — the networks there are, and containers' places on them.
//
// A network *is* its row; what the row stands for (a bridge on the host) is made, or made again, by
// whoever needs it next (network_ensure), under a name that follows from the row. An endpoint is a
// row, too: a running container's lease of addresses. Its devices live in the container's network
// namespace and die with that, so nothing has to be taken down one by one (S-18).
//
// `bridge`, `host` and `none` are there from the first time that somebody asks for one.
//
// Locks: the machine's list of devices (an flock of /sys/class/net) while subnets are chosen and
// bridges made, for several data roots share it; inside it the database. Not here: published ports
// and the firewall (ports.h, firewall.h), what of all this a container sees (engine/).
#pragma once
#include "base/ip.h"
#include "json/bind.h"
#include "state/state.h"

#include <net/if.h>

enum {
    NETWORK_SPEC_MAX = 256 * 1024, // bytes of a network or an endpoint as JSON
    NETWORK_POOLS_MAX = 64,
    NETWORK_NAME_MAX = 128,
    NETWORKS_MAX = 64, // that one container is on
    NETWORK_ID_LENGTH = 64,
};
#define NETNS_FILE     "netns" // in a container's run directory: its namespace, mounted
#define NETWORK_OPTION "com.docker.network."

struct network_view;
struct network_store {
    struct state *state;
    int run;          // the run root
    const char *root; // the data root's path: written on devices, to tell whose they are
    // For who only looks, at many containers: all of it, read once. NULL: the database is asked.
    const struct network_view *view;
    int userns; // whose new network namespaces are: a user namespace's fd, or 0: ours
};

struct network_pool { // docker's IPAM.Config
    const char *subnet, *ip_range, *gateway;
    struct json_pair *aux;
    size_t n_aux;
};
extern const struct json_field network_pool_fields[];
struct network_spec {
    const char *scope, *ipam_driver, *config_from;
    struct json_pair *ipam_options, *options, *labels;
    size_t n_ipam_options, n_options, n_labels;
    struct network_pool *pools;
    size_t n_pools;
    bool enable_ipv4, enable_ipv6, internal, attachable, config_only;
};
struct network {
    const char *id, *name, *driver; // bridge, macvlan, ipvlan, host, null
    int64_t created_ns;
    struct network_spec spec;
};

struct endpoint;
struct network_view {
    struct network *networks;
    struct endpoint *endpoints;
    size_t n_networks, n_endpoints;
};
[[nodiscard]] int network_view_read(const struct network_store *store, struct arena *arena,
                                    struct network_view *out, struct err *err);

// By name, by id, or by the only id that starts with it; "default" is "bridge". 1 found, 0 not.
[[nodiscard]] int network_find(const struct network_store *store, struct arena *arena,
                               const char *reference, struct network *out, struct err *err);
// The same, or ERR_NOT_FOUND in docker's words.
[[nodiscard]] int network_get(const struct network_store *store, struct arena *arena,
                              const char *reference, struct network *out, struct err *err);
[[nodiscard]] int networks_list(const struct network_store *store, struct arena *arena,
                                struct network **out, size_t *n_out, struct err *err); // by name
// Checks name, driver, options and pools, chooses what was left open, records it and makes its
// bridge. out->id is new. ERR_CONFLICT: the name or the subnet is taken.
[[nodiscard]] int network_create(const struct network_store *store, struct arena *arena,
                                 const struct network *asked, struct network *out, struct err *err);
// ERR_CONFLICT while containers are on it (call endpoints_tidy before), ERR_DENIED for a predefined
// one.
[[nodiscard]] int network_remove(const struct network_store *store, struct arena *arena,
                                 const struct network *network, struct err *err);
bool network_is_predefined(const struct network *network); // bridge, host, none
bool network_is_default_bridge(const struct network *network);
bool network_has_names(const struct network *network); // a name server answers on it
// An option's value, or NULL.
const char *network_option(const struct json_pair *options, size_t n, const char *key);
// True unless the option is there and says no. ("true", "1", "false", "0")
bool network_option_is(const struct json_pair *options, size_t n, const char *key, bool otherwise);
// The bridge's name on the host ("dhow0", "dh-0123456789ab", or what the user chose); "" when it
// has none.
const char *network_device(struct arena *arena, const struct network *network);

// --- endpoints: leases of addresses (lease.c) ---
struct endpoint_spec { // what the row keeps as JSON
    const char *endpoint_id;
    const char *name;       // the device in the container: eth0
    const char **dns_names; // names, aliases, short id: what the container is called there
    size_t n_dns_names;
    struct json_pair *options; // driver options of the endpoint
    size_t n_options;
    const char **link_local; // addresses
    size_t n_link_local;
    int64_t gw_priority;
};
struct endpoint {
    const char *network_id, *container_id;
    struct ip ipv4, ipv6; // family 0: none
    uint8_t mac[MAC_BYTES];
    struct endpoint_spec spec;
};
struct lease_request {
    const struct network *network;
    const char *container_id;
    const char *ipv4, *ipv6, *mac; // asked for, or NULL
    struct endpoint_spec spec;     // endpoint_id is made here
    // Whether a container that holds an address is gone for good, so that its lease can be taken
    // away: 1 yes, 0 no.
    int (*is_gone)(void *context, const char *container_id);
    void *context;
};
// Leases addresses in one transaction of its own. An earlier lease of the same container there is
// given up. ERR_CONFLICT: the address is in use; ERR_UNAVAILABLE: none is free.
[[nodiscard]] int endpoint_lease(const struct network_store *store, struct arena *arena,
                                 const struct lease_request *request, struct endpoint *out,
                                 struct err *err);
// Checks what endpoint_lease would refuse in any case. Reads nothing.
[[nodiscard]] int endpoint_check(const struct lease_request *request, struct err *err);
// Records what of the endpoint is no address: names, options.
[[nodiscard]] int endpoint_update(const struct network_store *store,
                                  const struct endpoint *endpoint, struct err *err);
// Of a network, of a container, or all (both NULL).
[[nodiscard]] int endpoints_list(const struct network_store *store, struct arena *arena,
                                 const char *network_id, const char *container_id,
                                 struct endpoint **out, size_t *n_out, struct err *err);
// Gives up the leases of containers that are gone on that network.
[[nodiscard]] int endpoints_tidy(const struct network_store *store, struct arena *arena,
                                 const char *network_id,
                                 int (*is_gone)(void *context, const char *container_id),
                                 void *context, struct err *err);
// The pool that an address of the network is in; NULL: none.
const struct network_pool *network_pool_of(const struct network *network, const struct ip *ip,
                                           struct subnet *out_subnet);
// The network's gateway for a family; false: there is none (internal, or no pool of that family).
bool network_gateway(const struct network *network, int family, struct ip *out);

// --- devices of the host (device.c) ---
// The network's bridge is there, up, and has its addresses; forwarding is on. Its index in
// *out_index (0: the network has no bridge). ERR_UNAVAILABLE, with what to do, when this machine
// cannot.
[[nodiscard]] int network_ensure(const struct network_store *store, struct arena *arena, int socket,
                                 const struct network *network, uint32_t *out_index,
                                 struct err *err);
[[nodiscard]] int network_take_down(struct arena *arena, const struct network *network,
                                    struct err *err);

// --- the namespace of a container (attach.c) ---
struct attachment {
    const struct network *network;
    const struct endpoint *endpoint;
    bool is_gateway; // its default route goes this way
};
// A namespace with all of it, pinned on NETNS_FILE of the container's run directory: its fd.
[[nodiscard]] int network_attach_all(const struct network_store *store, struct arena *arena,
                                     int run_dir, const struct attachment *attachments, size_t n,
                                     struct err *err);
// One more, or one less, of a running container's.
[[nodiscard]] int network_attach(const struct network_store *store, struct arena *arena, int netns,
                                 const struct attachment *attachment, struct err *err);
[[nodiscard]] int network_detach(int netns, const struct endpoint *endpoint, struct err *err);
// Lets the default routes of a running container go through this one.
[[nodiscard]] int network_route(int netns, struct arena *arena, const struct attachment *attachment,
                                struct err *err);

// --- names (names.c) ---
// Writes <run>/networks/<id>.json from the endpoints there are; takes it away with the last.
[[nodiscard]] int network_names_write(const struct network_store *store, struct arena *arena,
                                      const struct network *network, struct err *err);
