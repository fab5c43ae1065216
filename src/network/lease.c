// SPDX-License-Identifier: Apache-2.0
// lease.c — addresses are given to containers and come back.
//
// A lease is a row, taken in one transaction, so two starts never get the same address. One whose
// container was killed together with all of its programs is not lost: it is taken away as soon as
// somebody needs the address, or looks through the network (endpoints_tidy).
#include "base/mem.h"
#include "base/str.h"
#include "network/rows.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

const struct json_field endpoint_spec_fields[] = {
    JSON_FIELD(struct endpoint_spec, endpoint_id, JSON_OPTIONAL),
    JSON_FIELD(struct endpoint_spec, name, JSON_OPTIONAL),
    JSON_ARRAY(struct endpoint_spec, dns_names, JSON_OPTIONAL),
    JSON_PAIRS(struct endpoint_spec, options, JSON_OPTIONAL),
    JSON_ARRAY(struct endpoint_spec, link_local, JSON_OPTIONAL),
    JSON_FIELD(struct endpoint_spec, gw_priority, JSON_OPTIONAL),
    {},
};

// --- reading ---

static struct ip ip_or_none(const char *text)
{
    struct ip ip = {};
    if (text != NULL)
        (void)ip_parse(str_of(text), &ip); // we wrote it
    return ip;
}

static int read_row(struct arena *arena, const struct state_endpoint *row, struct endpoint *out,
                    struct err *err)
{
    struct endpoint endpoint = {
        .network_id = row->network_id,
        .container_id = row->container_id,
        .ipv4 = ip_or_none(row->ipv4),
        .ipv6 = ip_or_none(row->ipv6),
    };
    if (row->mac != NULL)
        (void)mac_parse(str_of(row->mac), endpoint.mac); // we wrote it
    if (json_decode(arena, row->spec, strlen(row->spec), endpoint_spec_fields, &endpoint.spec,
                    JSON_LENIENT, err) < 0)
        return fail_in(err, "the stored endpoint of container %s", row->container_id);
    *out = endpoint;
    return 0;
}

static int list_view(const struct network_view *view, struct arena *arena, const char *network_id,
                     const char *container_id, struct endpoint **out, size_t *n_out)
{
    struct endpoint *endpoints = NULL;
    size_t n = 0;
    for (size_t i = 0; i < view->n_endpoints; i++) {
        const struct endpoint *it = &view->endpoints[i];
        if ((network_id != NULL && strcmp(it->network_id, network_id) != 0) ||
            (container_id != NULL && strcmp(it->container_id, container_id) != 0))
            continue;
        if (endpoints == NULL)
            endpoints = arena_array(arena, view->n_endpoints, sizeof *endpoints);
        endpoints[n++] = *it;
    }
    *out = endpoints;
    *n_out = n;
    return 0;
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
int endpoints_list(const struct network_store *store, struct arena *arena, const char *network_id,
                   const char *container_id, struct endpoint **out, size_t *n_out, struct err *err)
{
    struct state_endpoint *rows;
    size_t n;
    if (store->view != NULL)
        return list_view(store->view, arena, network_id, container_id, out, n_out);
    if (state_endpoints(store->state, arena, network_id, container_id, &rows, &n, err) < 0)
        return -1;
    struct endpoint *endpoints = arena_array(arena, n + 1, sizeof *endpoints);
    for (size_t i = 0; i < n; i++) {
        if (read_row(arena, &rows[i], &endpoints[i], err) < 0)
            return -1;
    }
    *out = endpoints;
    *n_out = n;
    return 0;
}

// --- checking ---

static int check_static(const struct network *network, const char *text, int family,
                        struct err *err)
{
    struct ip ip;
    struct subnet subnet;
    if (text_is_empty(text))
        return 0;
    if (!ip_parse(str_of(text), &ip) || ip.family != family)
        return fail(err, ERR_INVALID, "invalid IPv%d address: %.50s", family == AF_INET ? 4 : 6,
                    text);
    if (network_is_predefined(network))
        return fail(err, ERR_INVALID,
                    "user specified IP address is supported on user defined networks only");
    const struct network_pool *pool = network_pool_of(network, &ip, &subnet);
    if (pool == NULL)
        return fail(err, ERR_INVALID, "no configured subnet or ip-range contain the IP address %s",
                    text);
    struct ip gateway = ip_or_none(pool->gateway);
    if (ip_equal(&ip, &gateway) && !network->spec.internal)
        return fail(err, ERR_CONFLICT, "Address already in use: %s is the gateway of network %s",
                    text, network->name);
    return 0;
}

int endpoint_check(const struct lease_request *request, struct err *err)
{
    uint8_t mac[MAC_BYTES];
    if (check_static(request->network, request->ipv4, AF_INET, err) < 0 ||
        check_static(request->network, request->ipv6, AF_INET6, err) < 0)
        return -1;
    if (!text_is_empty(request->mac) && !mac_parse(str_of(request->mac), mac))
        return fail(err, ERR_INVALID, "%.40s is not a valid mac address", request->mac);
    for (size_t i = 0; i < request->spec.n_link_local; i++) {
        struct ip ip;
        if (!ip_parse(str_of(request->spec.link_local[i]), &ip))
            return fail(err, ERR_INVALID, "invalid link-local address: %.50s",
                        request->spec.link_local[i]);
    }
    return 0;
}

// --- leasing ---

static struct ip address_of(const struct endpoint *endpoint, int family)
{
    return family == AF_INET ? endpoint->ipv4 : endpoint->ipv6;
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
static int tidy(const struct network_store *store, const char *network_id,
                struct endpoint *endpoints, size_t *n,
                int (*is_gone)(void *context, const char *container_id), void *context,
                struct err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        if (!is_gone(context, endpoints[i].container_id)) {
            endpoints[kept++] = endpoints[i];
            continue;
        }
        if (state_endpoint_delete(store->state, endpoints[i].container_id, network_id, err) < 0)
            return -1;
    }
    *n = kept;
    return 0;
}

int endpoints_tidy(const struct network_store *store, struct arena *arena, const char *network_id,
                   int (*is_gone)(void *context, const char *container_id), void *context,
                   struct err *err)
{
    struct endpoint *endpoints;
    size_t n;
    if (endpoints_list(store, arena, network_id, NULL, &endpoints, &n, err) < 0)
        return -1;
    return tidy(store, network_id, endpoints, &n, is_gone, context, err);
}

// The lease of a container that is gone makes room; any other keeps the address.
static int take_static(const struct network_store *store, const struct lease_request *request,
                       const struct ip *wanted, const struct endpoint *endpoints, size_t n,
                       struct err *err)
{
    char text[IP_TEXT];
    for (size_t i = 0; i < n; i++) {
        struct ip its = address_of(&endpoints[i], wanted->family);
        if (!ip_equal(&its, wanted))
            continue;
        if (!request->is_gone(request->context, endpoints[i].container_id))
            return fail(err, ERR_CONFLICT,
                        "Address already in use: container %.12s has %s on network %s",
                        endpoints[i].container_id, ip_print(wanted, text), request->network->name);
        return state_endpoint_delete(store->state, endpoints[i].container_id, request->network->id,
                                     err);
    }
    return 0;
}

static bool choose(struct arena *arena, const struct network *network, int family,
                   const struct endpoint *endpoints, size_t n, struct ip *out)
{
    struct ip *taken = arena_array(arena, n + 1, sizeof *taken);
    for (size_t i = 0; i < n; i++)
        taken[i] = address_of(&endpoints[i], family);
    for (size_t i = 0; i < network->spec.n_pools; i++) {
        struct address_pool pool = network_pool_read(arena, &network->spec.pools[i]);
        if (pool.subnet.address.family == family && address_choose(&pool, taken, n, out))
            return true;
    }
    return false;
}

static bool has_family(struct arena *arena, const struct network *network, int family)
{
    bool is_enabled = family == AF_INET ? network->spec.enable_ipv4 : network->spec.enable_ipv6;
    for (size_t i = 0; i < network->spec.n_pools && is_enabled; i++) {
        struct address_pool pool = network_pool_read(arena, &network->spec.pools[i]);
        if (pool.subnet.address.family == family)
            return true;
    }
    return false;
}

// What the container had before it was started again is still its own, unless the network changed.
static bool keep(const struct network *network, int family, struct ip *address)
{
    struct subnet subnet;
    return address->family == family && network_pool_of(network, address, &subnet) != NULL;
}

static int lease_family(const struct network_store *store, struct arena *arena,
                        const struct lease_request *request, int family, struct endpoint *out,
                        struct err *err)
{
    const struct network *network = request->network;
    const char *text = family == AF_INET ? request->ipv4 : request->ipv6;
    struct ip *address = family == AF_INET ? &out->ipv4 : &out->ipv6;
    struct endpoint *endpoints;
    size_t n;
    if (!has_family(arena, network, family)) {
        *address = (struct ip){};
        return 0;
    }
    if (text_is_empty(text) && keep(network, family, address))
        return 0;
    if (endpoints_list(store, arena, network->id, NULL, &endpoints, &n, err) < 0)
        return -1;
    if (!text_is_empty(text)) {
        *address = ip_or_none(text);
        return take_static(store, request, address, endpoints, n, err);
    }
    if (choose(arena, network, family, endpoints, n, address))
        return 0;
    if (tidy(store, network->id, endpoints, &n, request->is_gone, request->context, err) < 0)
        return -1;
    if (choose(arena, network, family, endpoints, n, address))
        return 0;
    return fail(err, ERR_UNAVAILABLE,
                "no available IPv%d addresses on this network's address pools: %s has %zu "
                "containers",
                family == AF_INET ? 4 : 6, network->name, n);
}

// As docker's were for long: an address that comes back on the network has the same hardware
// address, so neighbours need not ask again.
static int choose_mac(const struct lease_request *request, struct endpoint *out, struct err *err)
{
    static const uint8_t prefix[2] = {0x02, 0x42};
    if (!text_is_empty(request->mac))
        return mac_parse(str_of(request->mac), out->mac)
                   ? 0
                   : fail(err, ERR_INVALID, "%s is not a valid mac address", request->mac);
    memcpy(out->mac, prefix, sizeof prefix);
    if (!ip_is_none(&out->ipv4)) {
        memcpy(out->mac + 2, out->ipv4.bytes, 4);
        return 0;
    }
    if (getrandom(out->mac + 2, 4, 0) != 4)
        return fail_sys(err, "getrandom");
    return 0;
}

int endpoint_update(const struct network_store *store, const struct endpoint *endpoint,
                    struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, NETWORK_SPEC_MAX);
    json_encode(&text, endpoint_spec_fields, &endpoint->spec, JSON_COMPACT);
    if (buf_check(&text, "the description of the endpoint", err) < 0)
        return -1;
    return state_endpoint_set(store->state, endpoint->network_id, endpoint->container_id,
                              buf_get(&text), err);
}

static int put(const struct network_store *store, const struct endpoint *endpoint, struct err *err)
{
    char ipv4[IP_TEXT], ipv6[IP_TEXT], mac[MAC_TEXT];
    AUTO_BUF struct buf text;
    buf_init(&text, NETWORK_SPEC_MAX);
    json_encode(&text, endpoint_spec_fields, &endpoint->spec, JSON_COMPACT);
    if (buf_check(&text, "the description of the endpoint", err) < 0)
        return -1;
    const struct state_endpoint row = {
        .network_id = endpoint->network_id,
        .container_id = endpoint->container_id,
        .spec = buf_get(&text),
        .ipv4 = ip_is_none(&endpoint->ipv4) ? NULL : ip_print(&endpoint->ipv4, ipv4),
        .ipv6 = ip_is_none(&endpoint->ipv6) ? NULL : ip_print(&endpoint->ipv6, ipv6),
        .mac = mac_print(endpoint->mac, mac),
    };
    return state_endpoint_put(store->state, &row, err);
}

static int lease(const struct network_store *store, struct arena *arena,
                 const struct lease_request *request, struct endpoint *out, struct err *err)
{
    struct state_network there;
    int found = state_network_find(store->state, arena, request->network->id, &there, err);
    if (found == 0)
        return fail(err, ERR_NOT_FOUND, "network %s not found: it was removed just now",
                    request->network->name);
    struct endpoint *before = NULL;
    size_t n = 0;
    if (found > 0 &&
        endpoints_list(store, arena, request->network->id, request->container_id, &before, &n,
                       err) == 0 &&
        n != 0) {
        out->ipv4 = before->ipv4;
        out->ipv6 = before->ipv6;
    }
    if (found < 0 ||
        state_endpoint_delete(store->state, request->container_id, request->network->id, err) < 0 ||
        lease_family(store, arena, request, AF_INET, out, err) < 0 ||
        lease_family(store, arena, request, AF_INET6, out, err) < 0 ||
        choose_mac(request, out, err) < 0)
        return -1;
    return put(store, out, err);
}

int endpoint_lease(const struct network_store *store, struct arena *arena,
                   const struct lease_request *request, struct endpoint *out, struct err *err)
{
    struct endpoint endpoint = {
        .network_id = request->network->id,
        .container_id = request->container_id,
        .spec = request->spec,
    };
    if (endpoint_check(request, err) < 0)
        return -1;
    endpoint.spec.endpoint_id = network_make_id(arena, err);
    if (endpoint.spec.endpoint_id == NULL || state_begin(store->state, err) < 0)
        return -1;
    if (lease(store, arena, request, &endpoint, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    // A lease ends with the machine anyhow: nothing of it must be durable.
    if (state_commit(store->state, false, err) < 0)
        return -1;
    *out = endpoint;
    return 0;
}
