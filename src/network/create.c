// SPDX-License-Identifier: Apache-2.0
// create.c — a network is made: what was asked for is checked, what was left open is chosen.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/netdevice.h"
#include "linux/rtnetlink.h"
#include "netlink/link.h"
#include "network/firewall.h"
#include "network/rows.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

static int check_name(const char *name, struct err *err);
static int check_driver(const struct network *asked, struct err *err);
static int check_options(const struct network *asked, struct err *err);
static int check_pools(const struct network *asked, struct err *err);
static int take_configuration(const struct network_store *store, struct arena *arena,
                              struct network *network, struct err *err);
static int check_overlaps(const struct network_store *store, struct arena *arena,
                          const struct network *network, struct err *err);

int network_create(const struct network_store *store, struct arena *arena,
                   const struct network *asked, struct network *out, struct err *err)
{
    struct network network = *asked;
    network.spec.pools = arena_array(arena, asked->spec.n_pools + 2, sizeof *network.spec.pools);
    if (asked->spec.n_pools != 0)
        memcpy(network.spec.pools, asked->spec.pools,
               asked->spec.n_pools * sizeof *network.spec.pools);
    network.spec.scope = "local";
    network.created_ns = now_ns();
    if (text_is_empty(network.driver))
        network.driver = "bridge";
    if (check_name(network.name, err) < 0 || check_driver(&network, err) < 0 ||
        take_configuration(store, arena, &network, err) < 0 || check_options(&network, err) < 0 ||
        firewall_options_check(&network, err) < 0 || check_pools(&network, err) < 0)
        return -1;
    network.id = network_make_id(arena, err);
    AUTO_FD int lock = network.id != NULL ? devices_lock(err) : -1;
    AUTO_FD int socket = lock >= 0 ? network_socket(err) : -1;
    if (socket < 0 || check_overlaps(store, arena, &network, err) < 0 ||
        (!network.spec.config_only && pools_complete(store, arena, socket, &network, err) < 0) ||
        network_put(store, arena, &network, err) < 0)
        return -1;
    (void)close(TAKE_FD(lock)); // network_ensure takes it itself
    uint32_t index;
    if (!network.spec.config_only &&
        network_ensure(store, arena, socket, &network, &index, err) < 0) {
        struct err ignored; // the first failure is the one to tell
        (void)network_remove(store, arena, &network, &ignored);
        return -1;
    }
    *out = network;
    return 0;
}

static int check_name(const char *name, struct err *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t n = name != NULL ? strlen(name) : 0;
    bool is_fine = n > 0 && n <= NETWORK_NAME_MAX && strspn(name, letters) == n &&
                   strchr("_.-", name[0]) == NULL;
    if (!is_fine)
        return fail(err, ERR_INVALID,
                    "invalid network name \"%.60s\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                    name != NULL ? name : "");
    const struct network named = {.name = name};
    if (network_is_predefined(&named) || strcmp(name, "default") == 0)
        return fail(err, ERR_DENIED, "operation is not permitted on predefined %s network", name);
    return 0;
}

static int check_driver(const struct network *asked, struct err *err)
{
    static const char *const known[] = {"bridge", "macvlan", "ipvlan"};
    for (size_t i = 0; i < N_ELEMENTS(known); i++) {
        if (strcmp(asked->driver, known[i]) == 0)
            return 0;
    }
    if (strcmp(asked->driver, "host") == 0 || strcmp(asked->driver, "null") == 0)
        return fail(err, ERR_DENIED, "only one instance of \"%s\" network is allowed",
                    asked->driver);
    if (strcmp(asked->driver, "overlay") == 0)
        return fail(err, ERR_UNAVAILABLE,
                    "the driver overlay joins several machines of a swarm, which dhow is not part "
                    "of; drivers here are bridge, macvlan and ipvlan");
    return fail(err, ERR_NOT_FOUND,
                "could not find network driver \"%.40s\"; there are bridge, macvlan and ipvlan",
                asked->driver);
}

// Options whose value must be one of some words.
struct option_words {
    const char *driver, *key;
    const char *words[7];
};
static const struct option_words options_words[] = {
    {"bridge",
     NETWORK_OPTION "bridge.gateway_mode_ipv4",
     {"nat", "nat-unprotected", "routed", "isolated"}},
    {"bridge",
     NETWORK_OPTION "bridge.gateway_mode_ipv6",
     {"nat", "nat-unprotected", "routed", "isolated"}},
    {"macvlan", "macvlan_mode", {"bridge", "private", "vepa", "passthru"}},
    {"ipvlan", "ipvlan_mode", {"l2", "l3", "l3s"}},
    {"ipvlan", "ipvlan_flag", {"bridge", "private", "vepa"}},
};

static int check_words(const struct option_words *row, const char *value, struct err *err)
{
    AUTO_BUF struct buf list;
    buf_init(&list, 200);
    for (size_t i = 0; row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], value) == 0)
            return 0;
        buf_printf(&list, "%s%s", i != 0 ? ", " : "", row->words[i]);
    }
    return fail(err, ERR_INVALID, "invalid value \"%.40s\" of %s: it is one of %s", value, row->key,
                buf_get(&list));
}

static int check_options(const struct network *asked, struct err *err)
{
    const struct network_spec *spec = &asked->spec;
    for (size_t i = 0; i < N_ELEMENTS(options_words); i++) {
        const struct option_words *row = &options_words[i];
        const char *value = network_option(spec->options, spec->n_options, row->key);
        if (!text_is_empty(value) && strcmp(row->driver, asked->driver) == 0 &&
            check_words(row, value, err) < 0)
            return -1;
    }
    const char *mtu = network_option(spec->options, spec->n_options, NETWORK_OPTION "driver.mtu");
    uint32_t number;
    if (!text_is_empty(mtu) && (!str_to_u32(str_of(mtu), &number) || number < 68 || number > 65535))
        return fail(err, ERR_INVALID, "invalid MTU \"%.20s\": it is between 68 and 65535", mtu);
    static const char *const devices[] = {NETWORK_OPTION "bridge.name", "parent",
                                          NETWORK_OPTION "container_iface_prefix"};
    for (size_t i = 0; i < N_ELEMENTS(devices); i++) {
        const char *name = network_option(spec->options, spec->n_options, devices[i]);
        if (!text_is_empty(name) && netdevice_check_name(name, err) < 0)
            return fail_in(err, "option %s", devices[i]);
    }
    if (spec->config_only && spec->config_from != NULL)
        return fail(err, ERR_INVALID,
                    "a configuration network depends on no other: --config-only and --config-from "
                    "exclude each other");
    return 0;
}

// --- pools ---

static int check_inside(const struct network_pool *pool, const struct subnet *subnet,
                        const char *what, const char *text, struct err *err)
{
    struct ip ip;
    if (!ip_parse(str_of(text), &ip))
        return fail(err, ERR_INVALID, "invalid %s %.50s: it is no address", what, text);
    if (!subnet_has(subnet, &ip))
        return fail(err, ERR_INVALID, "invalid %s %s: parent subnet (%s) must contain this address",
                    what, text, pool->subnet);
    return 0;
}

static int check_pool(const struct network_pool *pool, struct err *err)
{
    struct subnet subnet, range;
    if (text_is_empty(pool->subnet))
        return fail(err, ERR_INVALID, "every --ip-range or --gateway must have a subnet");
    if (!subnet_parse(str_of(pool->subnet), &subnet))
        return fail(err, ERR_INVALID, "invalid subnet %.50s: invalid CIDR block notation",
                    pool->subnet);
    struct ip network = subnet_network(&subnet);
    char text[IP_TEXT];
    if (!ip_equal(&network, &subnet.address))
        return fail(err, ERR_INVALID, "invalid subnet %s: it should be %s/%u", pool->subnet,
                    ip_print(&network, text), subnet.bits);
    if (!text_is_empty(pool->ip_range)) {
        if (!subnet_parse(str_of(pool->ip_range), &range))
            return fail(err, ERR_INVALID, "invalid ip-range %.50s: invalid CIDR block notation",
                        pool->ip_range);
        if (range.bits < subnet.bits || !subnet_has(&subnet, &range.address))
            return fail(err, ERR_INVALID, "invalid ip-range %s: it is not inside the subnet %s",
                        pool->ip_range, pool->subnet);
    }
    if (!text_is_empty(pool->gateway) &&
        check_inside(pool, &subnet, "gateway", pool->gateway, err) < 0)
        return -1;
    for (size_t i = 0; i < pool->n_aux; i++) {
        if (check_inside(pool, &subnet, "auxiliary address", pool->aux[i].value, err) < 0)
            return fail_in(err, "%s", pool->aux[i].key);
    }
    return 0;
}

static int check_pools(const struct network *asked, struct err *err)
{
    const struct network_spec *spec = &asked->spec;
    if (spec->n_pools > NETWORK_POOLS_MAX)
        return fail(err, ERR_INVALID, "a network has at most %d subnets", NETWORK_POOLS_MAX);
    if (!spec->enable_ipv4 && !spec->enable_ipv6 && strcmp(asked->driver, "bridge") == 0)
        return fail(err, ERR_INVALID, "IPv4 or IPv6 must be enabled");
    if (!text_is_empty(spec->ipam_driver) && strcmp(spec->ipam_driver, "default") != 0 &&
        strcmp(spec->ipam_driver, "null") != 0)
        return fail(err, ERR_NOT_FOUND, "could not find IPAM driver \"%.40s\": there is default",
                    spec->ipam_driver);
    for (size_t i = 0; i < spec->n_pools; i++) {
        struct subnet subnet;
        if (check_pool(&spec->pools[i], err) < 0)
            return -1;
        (void)subnet_parse(str_of(spec->pools[i].subnet), &subnet); // checked just now
        if (subnet.address.family == AF_INET6 && !spec->enable_ipv6)
            return fail(err, ERR_INVALID,
                        "the subnet %s is IPv6's, which this network does not have: say --ipv6",
                        spec->pools[i].subnet);
    }
    return 0;
}

static int check_overlap(const struct network *network, const struct network *other,
                         struct err *err)
{
    for (size_t i = 0; i < network->spec.n_pools; i++) {
        for (size_t j = 0; j < other->spec.n_pools; j++) {
            struct subnet a = {}, b = {};
            if (subnet_parse(str_of(network->spec.pools[i].subnet), &a) &&
                subnet_parse(str_of(other->spec.pools[j].subnet), &b) && subnet_overlaps(&a, &b))
                return fail(err, ERR_CONFLICT,
                            "invalid pool request: Pool overlaps with other one on this address "
                            "space: %s is part of network %s (%s)",
                            network->spec.pools[i].subnet, other->name,
                            other->spec.pools[j].subnet);
        }
    }
    return 0;
}

static int check_overlaps(const struct network_store *store, struct arena *arena,
                          const struct network *network, struct err *err)
{
    struct network *others;
    size_t n;
    struct state_network taken;
    // The name first: who makes the same network again should hear that, not that it overlaps.
    int there = state_network_find(store->state, arena, network->name, &taken, err);
    if (there < 0)
        return -1;
    if (there > 0 && strcmp(taken.name, network->name) == 0)
        return fail(err, ERR_CONFLICT, "network with name %s already exists", network->name);
    if (network->spec.config_only)
        return 0;
    if (network->spec.n_pools == 0)
        return 0;
    // Those of the machine that were not made yet choose around what is asked for here.
    struct state_network *rows;
    if (state_networks(store->state, arena, &rows, &n, err) < 0)
        return -1;
    others = arena_array(arena, n + 1, sizeof *others);
    for (size_t i = 0; i < n; i++) {
        others[i] = (struct network){.id = rows[i].id, .name = rows[i].name};
        if (json_decode(arena, rows[i].spec, strlen(rows[i].spec), network_spec_fields,
                        &others[i].spec, JSON_LENIENT, err) < 0)
            return -1;
        bool counts = !others[i].spec.config_only;
        if (counts && check_overlap(network, &others[i], err) < 0)
            return -1;
    }
    return 0;
}

// --config-from: all of it comes from the other one.
static int take_configuration(const struct network_store *store, struct arena *arena,
                              struct network *network, struct err *err)
{
    struct network_spec *spec = &network->spec;
    struct network from;
    if (text_is_empty(spec->config_from))
        return 0;
    if (spec->n_pools != 0 || spec->n_options != 0 || spec->n_ipam_options != 0)
        return fail(err, ERR_INVALID,
                    "user specified configurations are not supported if the network depends on a "
                    "configuration network");
    if (network_get(store, arena, spec->config_from, &from, err) < 0)
        return fail_in(err, "configuration network");
    if (!from.spec.config_only)
        return fail(err, ERR_INVALID,
                    "configuration network \"%s\" is not available: it is a network itself",
                    from.name);
    struct network_spec taken = from.spec;
    taken.pools = arena_array(arena, taken.n_pools + 2, sizeof *taken.pools);
    if (taken.n_pools != 0)
        memcpy(taken.pools, from.spec.pools, taken.n_pools * sizeof *taken.pools);
    taken.config_only = false;
    taken.config_from = from.name;
    taken.scope = "local";
    taken.internal = spec->internal || from.spec.internal;
    taken.attachable = spec->attachable || from.spec.attachable;
    if (spec->n_labels != 0) {
        taken.labels = spec->labels;
        taken.n_labels = spec->n_labels;
    }
    *spec = taken;
    return 0;
}

// --- choosing ---

int subnets_taken(const struct network_store *store, struct arena *arena, int socket,
                  struct subnet **out, size_t *n_out, struct err *err)
{
    struct route *routes;
    struct link_address *addresses;
    struct state_network *rows;
    size_t n_routes, n_addresses, n_rows, n = 0;
    if (routes_list(socket, arena, &routes, &n_routes, err) < 0 ||
        addresses_list(socket, arena, &addresses, &n_addresses, err) < 0 ||
        state_networks(store->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct subnet *taken =
        arena_array(arena, n_routes + n_addresses + n_rows * NETWORK_POOLS_MAX + 1, sizeof *taken);
    for (size_t i = 0; i < n_routes; i++)
        taken[n++] = routes[i].to;
    for (size_t i = 0; i < n_addresses; i++)
        taken[n++] = addresses[i].address;
    for (size_t i = 0; i < n_rows; i++) {
        struct network_spec spec;
        if (json_decode(arena, rows[i].spec, strlen(rows[i].spec), network_spec_fields, &spec,
                        JSON_LENIENT, err) < 0)
            return -1;
        for (size_t j = 0; j < spec.n_pools && j < NETWORK_POOLS_MAX; j++)
            n += subnet_parse(str_of(spec.pools[j].subnet), &taken[n]);
    }
    *out = taken;
    *n_out = n;
    return 0;
}

static bool has_pool(const struct network_spec *spec, int family)
{
    for (size_t i = 0; i < spec->n_pools; i++) {
        struct subnet subnet = {};
        if (subnet_parse(str_of(spec->pools[i].subnet), &subnet) && subnet.address.family == family)
            return true;
    }
    return false;
}

static void add_pool(struct arena *arena, struct network_spec *spec, const struct subnet *subnet)
{
    char text[SUBNET_TEXT];
    spec->pools[spec->n_pools++] =
        (struct network_pool){.subnet = arena_strdup(arena, subnet_print(subnet, text))};
}

// A gateway for the pool: its first address, unless that is an auxiliary one.
static void choose_gateway(struct arena *arena, struct network_pool *pool)
{
    if (!text_is_empty(pool->gateway))
        return;
    struct address_pool whole = network_pool_read(arena, pool);
    whole.range = whole.subnet;
    struct ip gateway;
    char text[IP_TEXT];
    if (address_choose(&whole, NULL, 0, &gateway))
        pool->gateway = arena_strdup(arena, ip_print(&gateway, text));
}

static bool wants_gateway(const struct network *network)
{
    const char *mode =
        network_option(network->spec.options, network->spec.n_options, "ipvlan_mode");
    return strcmp(network->driver, "ipvlan") != 0 || mode == NULL || strcmp(mode, "l2") == 0;
}

int pools_complete(const struct network_store *store, struct arena *arena, int socket,
                   struct network *network, struct err *err)
{
    struct network_spec *spec = &network->spec;
    struct subnet *taken, subnet;
    size_t n;
    uint8_t random[5];
    if (spec->pools == NULL)
        spec->pools = arena_array(arena, 2, sizeof *spec->pools);
    if (spec->enable_ipv4 && !has_pool(spec, AF_INET)) {
        if (subnets_taken(store, arena, socket, &taken, &n, err) < 0)
            return -1;
        if (!subnet_choose(taken, n, &subnet))
            return fail(err, ERR_UNAVAILABLE,
                        "all predefined address pools have been fully subnetted: remove networks "
                        "(dhow network prune), or choose a subnet with --subnet");
        add_pool(arena, spec, &subnet);
    }
    if (spec->enable_ipv6 && !has_pool(spec, AF_INET6)) {
        if (getrandom(random, sizeof random, 0) != sizeof random)
            return fail_sys(err, "getrandom");
        subnet = subnet_unique_local(random);
        add_pool(arena, spec, &subnet);
    }
    for (size_t i = 0; i < spec->n_pools && wants_gateway(network); i++)
        choose_gateway(arena, &spec->pools[i]);
    return 0;
}
