// SPDX-License-Identifier: Apache-2.0
// network.c — networks as rows: found, listed, recorded, removed; those that are always there.
#include "network/network.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/rootless.h"
#include "linux/rtnetlink.h"
#include "network/rows.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

const struct json_field network_pool_fields[] = {
    JSON_NAMED(struct network_pool, subnet, "Subnet", JSON_OPTIONAL),
    JSON_NAMED(struct network_pool, ip_range, "IPRange", JSON_OPTIONAL),
    JSON_NAMED(struct network_pool, gateway, "Gateway", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct network_pool, aux, "AuxiliaryAddresses", JSON_OPTIONAL),
    {},
};
const struct json_field network_spec_fields[] = {
    JSON_FIELD(struct network_spec, scope, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, ipam_driver, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, config_from, JSON_OPTIONAL),
    JSON_PAIRS(struct network_spec, ipam_options, JSON_OPTIONAL),
    JSON_PAIRS(struct network_spec, options, JSON_OPTIONAL),
    JSON_PAIRS(struct network_spec, labels, JSON_OPTIONAL),
    JSON_LIST(struct network_spec, pools, network_pool_fields, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, enable_ipv4, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, enable_ipv6, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, internal, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, attachable, JSON_OPTIONAL),
    JSON_FIELD(struct network_spec, config_only, JSON_OPTIONAL),
    {},
};

static int predefine(const struct network_store *store, struct arena *arena, struct err *err);

// --- find ---

static const struct {
    const char *name, *driver;
} predefined[] = {{"bridge", "bridge"}, {"host", "host"}, {"none", "null"}};

bool network_is_predefined(const struct network *network)
{
    for (size_t i = 0; i < N_ELEMENTS(predefined); i++) {
        if (strcmp(network->name, predefined[i].name) == 0)
            return true;
    }
    return false;
}

bool network_is_default_bridge(const struct network *network)
{
    return strcmp(network->name, "bridge") == 0;
}

bool network_has_names(const struct network *network)
{
    return !network_is_predefined(network);
}

static int read_row(struct arena *arena, const struct state_network *row, struct network *out,
                    struct err *err)
{
    struct network network = {
        .id = row->id, .name = row->name, .driver = row->driver, .created_ns = row->created_ns};
    if (json_decode(arena, row->spec, strlen(row->spec), network_spec_fields, &network.spec,
                    JSON_LENIENT, err) < 0)
        return fail_in(err, "the stored description of network %s", row->name);
    *out = network;
    return 0;
}

static bool is_predefined_name(const char *name)
{
    const struct network named = {.name = name};
    return network_is_predefined(&named);
}

int network_find(const struct network_store *store, struct arena *arena, const char *reference,
                 struct network *out, struct err *err)
{
    struct state_network row;
    if (strcmp(reference, "default") == 0)
        reference = "bridge";
    for (size_t i = 0; store->view != NULL && i < store->view->n_networks; i++) {
        const struct network *it = &store->view->networks[i];
        if (strcmp(it->name, reference) == 0 || strcmp(it->id, reference) == 0) {
            *out = *it;
            return 1;
        }
    }
    int there = state_network_find(store->state, arena, reference, &row, err);
    if (there == 0 && is_predefined_name(reference)) {
        if (predefine(store, arena, err) < 0)
            return -1;
        there = state_network_find(store->state, arena, reference, &row, err);
    }
    if (there <= 0)
        return there;
    return read_row(arena, &row, out, err) < 0 ? -1 : 1;
}

int network_get(const struct network_store *store, struct arena *arena, const char *reference,
                struct network *out, struct err *err)
{
    int there = network_find(store, arena, reference, out, err);
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "network %s not found", reference);
    return there < 0 ? -1 : 0;
}

int networks_list(const struct network_store *store, struct arena *arena, struct network **out,
                  size_t *n_out, struct err *err)
{
    struct state_network *rows;
    struct network bridge;
    size_t n;
    if (network_find(store, arena, "bridge", &bridge, err) < 0 ||
        state_networks(store->state, arena, &rows, &n, err) < 0)
        return -1;
    struct network *networks = arena_array(arena, n + 1, sizeof *networks);
    for (size_t i = 0; i < n; i++) {
        if (read_row(arena, &rows[i], &networks[i], err) < 0)
            return -1;
    }
    *out = networks;
    *n_out = n;
    return 0;
}

int network_view_read(const struct network_store *store, struct arena *arena,
                      struct network_view *out, struct err *err)
{
    struct network_view view = {};
    const struct network_store asked = {
        .state = store->state, .run = store->run, .root = store->root};
    struct state_network *rows;
    if (state_networks(store->state, arena, &rows, &view.n_networks, err) < 0 ||
        endpoints_list(&asked, arena, NULL, NULL, &view.endpoints, &view.n_endpoints, err) < 0)
        return -1;
    view.networks = arena_array(arena, view.n_networks + 1, sizeof *view.networks);
    for (size_t i = 0; i < view.n_networks; i++) {
        if (read_row(arena, &rows[i], &view.networks[i], err) < 0)
            return -1;
    }
    *out = view;
    return 0;
}

// --- record ---

const char *network_make_id(struct arena *arena, struct err *err)
{
    unsigned char random[NETWORK_ID_LENGTH / 2];
    static const char digits[] = "0123456789abcdef";
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        (void)fail_sys(err, "getrandom");
        return NULL;
    }
    char *id = arena_alloc(arena, NETWORK_ID_LENGTH + 1);
    for (size_t i = 0; i < sizeof random; i++) {
        id[2 * i] = digits[random[i] >> 4];
        id[2 * i + 1] = digits[random[i] & 15];
    }
    return id;
}

int network_put(const struct network_store *store, struct arena *arena,
                const struct network *network, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, NETWORK_SPEC_MAX);
    json_encode(&text, network_spec_fields, &network->spec, JSON_COMPACT);
    if (buf_check(&text, "the description of the network", err) < 0)
        return -1;
    (void)arena;
    const struct state_network row = {
        .id = network->id,
        .name = network->name,
        .driver = network->driver,
        .spec = buf_get(&text),
        .created_ns = network->created_ns,
    };
    return state_network_put(store->state, &row, err);
}

int network_set_spec(const struct network_store *store, const struct network *network,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, NETWORK_SPEC_MAX);
    json_encode(&text, network_spec_fields, &network->spec, JSON_COMPACT);
    if (buf_check(&text, "the description of the network", err) < 0)
        return -1;
    return state_network_set(store->state, network->id, buf_get(&text), err);
}

// The options that docker's default bridge says of itself.
static void default_options(struct arena *arena, const char *device, struct network_spec *spec)
{
    const struct json_pair options[] = {
        {NETWORK_OPTION "bridge.default_bridge", "true"},
        {NETWORK_OPTION "bridge.enable_icc", "true"},
        {NETWORK_OPTION "bridge.enable_ip_masquerade", "true"},
        {NETWORK_OPTION "bridge.host_binding_ipv4", "0.0.0.0"},
        {NETWORK_OPTION "bridge.name", device},
        {NETWORK_OPTION "driver.mtu", "1500"},
    };
    spec->options = arena_array(arena, N_ELEMENTS(options), sizeof *spec->options);
    memcpy(spec->options, options, sizeof options);
    spec->n_options = N_ELEMENTS(options);
}

static int put_predefined(const struct network_store *store, struct arena *arena,
                          struct network *bridge, struct err *err)
{
    for (size_t i = 0; i < N_ELEMENTS(predefined); i++) {
        struct network network = *bridge;
        if (i != 0)
            network.spec = (struct network_spec){.enable_ipv4 = true};
        network.spec.scope = "local";
        network.name = predefined[i].name;
        network.driver = predefined[i].driver;
        network.id = network_make_id(arena, err);
        if (network.id == NULL || network_put(store, arena, &network, err) < 0)
            return -1;
        if (i == 0)
            *bridge = network;
    }
    return 0;
}

// All three at once, so that one of them is there when the others are.
static int predefine(const struct network_store *store, struct arena *arena, struct err *err)
{
    AUTO_FD int lock = devices_lock(err), socket = -1;
    if (lock < 0)
        return -1;
    struct state_network there;
    int found = state_network_find(store->state, arena, "bridge", &there, err);
    if (found != 0) // somebody else made them while we waited
        return found < 0 ? -1 : 0;
    socket = network_socket(err);
    struct network bridge = {.name = "bridge", .driver = "bridge", .created_ns = now_ns()};
    bridge.spec.enable_ipv4 = true;
    const char *device;
    if (socket < 0 || device_name_choose(arena, socket, &device, err) < 0 ||
        pools_complete(store, arena, socket, &bridge, err) < 0)
        return -1;
    default_options(arena, device, &bridge.spec);
    if (state_begin(store->state, err) < 0)
        return -1;
    if (put_predefined(store, arena, &bridge, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    return state_commit(store->state, false, err);
}

int network_remove(const struct network_store *store, struct arena *arena,
                   const struct network *network, struct err *err)
{
    if (network_is_predefined(network))
        return fail(err, ERR_DENIED, "%s is a pre-defined network and cannot be removed",
                    network->name);
    // The bridge goes before the commit: nobody can lease meanwhile, and killed in between there is
    // a network without a bridge, which the next one who needs it makes.
    if (state_begin(store->state, err) < 0)
        return -1;
    if (state_network_delete(store->state, network->id, err) < 0 ||
        network_take_down(arena, network, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    AUTO_FREE char *names = str_printf("networks/%s.json", network->id);
    (void)unlinkat(store->run, names, 0); // not there: nobody was on it
    return state_commit(store->state, false, err);
}

// --- options ---

const char *network_option(const struct json_pair *options, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(options[i].key, key) == 0)
            return options[i].value;
    }
    return NULL;
}

bool network_option_is(const struct json_pair *options, size_t n, const char *key, bool otherwise)
{
    static const char *const noes[] = {"false", "0", "f", "F", "FALSE", "False"};
    const char *value = network_option(options, n, key);
    if (text_is_empty(value))
        return otherwise;
    for (size_t i = 0; i < N_ELEMENTS(noes); i++) {
        if (strcmp(value, noes[i]) == 0)
            return false;
    }
    return true;
}

const char *network_device(struct arena *arena, const struct network *network)
{
    if (strcmp(network->driver, "bridge") != 0)
        return "";
    const char *chosen = network_option(network->spec.options, network->spec.n_options,
                                        NETWORK_OPTION "bridge.name");
    return !text_is_empty(chosen) ? chosen : arena_printf(arena, "dh-%.12s", network->id);
}

// --- pools ---

static struct ip ip_or_none(const char *text)
{
    struct ip ip = {};
    if (!text_is_empty(text))
        (void)ip_parse(str_of(text), &ip); // none stays none
    return ip;
}

struct address_pool network_pool_read(struct arena *arena, const struct network_pool *pool)
{
    struct address_pool out = {.gateway = ip_or_none(pool->gateway)};
    (void)subnet_parse(str_of(pool->subnet), &out.subnet);
    if (text_is_empty(pool->ip_range) || !subnet_parse(str_of(pool->ip_range), &out.range))
        out.range = out.subnet;
    struct ip *aux = arena_array(arena, pool->n_aux + 1, sizeof *aux);
    for (size_t i = 0; i < pool->n_aux; i++)
        aux[i] = ip_or_none(pool->aux[i].value);
    out.aux = aux;
    out.n_aux = pool->n_aux;
    return out;
}

const struct network_pool *network_pool_of(const struct network *network, const struct ip *ip,
                                           struct subnet *out_subnet)
{
    for (size_t i = 0; i < network->spec.n_pools; i++) {
        struct subnet subnet = {};
        if (subnet_parse(str_of(network->spec.pools[i].subnet), &subnet) &&
            subnet_has(&subnet, ip)) {
            *out_subnet = subnet;
            return &network->spec.pools[i];
        }
    }
    return NULL;
}

bool network_gateway(const struct network *network, int family, struct ip *out)
{
    for (size_t i = 0; i < network->spec.n_pools && !network->spec.internal; i++) {
        struct ip gateway = ip_or_none(network->spec.pools[i].gateway);
        if (gateway.family == family) {
            *out = gateway;
            return true;
        }
    }
    return false;
}

int network_socket(struct err *err)
{
    return rootless_network_enter(err) < 0 ? -1 : rtnetlink_open(err);
}
