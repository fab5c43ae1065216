// SPDX-License-Identifier: Apache-2.0
// networks.c — network create, ls, inspect, rm, prune.
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "ops/filters.h"

#include <string.h>
#include <sys/socket.h>

static void announce(const struct engine *engine, const struct network *network, const char *action)
{
    const struct json_pair pairs[] = {{"name", network->name}, {"type", network->driver}};
    event_announce(engine, "network", action, network->id, pairs, N_ELEMENTS(pairs));
}

// --- create ---

static void take_ipam(struct arena *arena, const struct network_ipam *ipam,
                      struct network_spec *out)
{
    out->ipam_driver = ipam->driver;
    out->ipam_options = ipam->options;
    out->n_ipam_options = ipam->n_options;
    out->pools = arena_array(arena, ipam->n_config + 1, sizeof *out->pools);
    for (size_t i = 0; i < ipam->n_config; i++) {
        const struct network_ipam_config *from = &ipam->config[i];
        bool says_nothing = text_is_empty(from->subnet) && text_is_empty(from->ip_range) &&
                            text_is_empty(from->gateway) && from->n_aux == 0;
        if (says_nothing) // what docker's own command line sends when nothing was asked for
            continue;
        out->pools[out->n_pools++] = (struct network_pool){.subnet = from->subnet,
                                                           .ip_range = from->ip_range,
                                                           .gateway = from->gateway,
                                                           .aux = from->aux,
                                                           .n_aux = from->n_aux};
    }
}

int engine_network_create(struct engine *engine, struct arena *arena,
                          const struct network_create_request *request,
                          struct network_create_response *response, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct network asked = {.name = request->name, .driver = request->driver}, made;
    asked.spec = (struct network_spec){
        .config_from = request->config_from != NULL ? request->config_from->network : NULL,
        .options = request->options,
        .n_options = request->n_options,
        .labels = request->labels,
        .n_labels = request->n_labels,
        .enable_ipv4 = request->enable_ipv4 == NULL || *request->enable_ipv4,
        .enable_ipv6 = request->enable_ipv6 != NULL && *request->enable_ipv6,
        .internal = request->internal,
        .attachable = request->attachable,
        .config_only = request->config_only,
    };
    if (request->ingress)
        return fail(err, ERR_UNAVAILABLE,
                    "an ingress network belongs to a swarm, which dhow is not part of");
    if (!text_is_empty(request->scope) && strcmp(request->scope, "local") != 0)
        return fail(err, ERR_INVALID, "invalid scope \"%.20s\": networks here are local",
                    request->scope);
    if (request->ipam != NULL)
        take_ipam(arena, request->ipam, &asked.spec);
    if (network_create(&store, arena, &asked, &made, err) < 0)
        return -1;
    engine->is_unsettled = true;
    announce(engine, &made, "create");
    *response = (struct network_create_response){.id = made.id, .warning = ""};
    return 0;
}

// --- show ---

static void show(struct arena *arena, const struct network *network, struct network_info *out)
{
    const struct network_spec *spec = &network->spec;
    bool is_plain = strcmp(network->driver, "host") == 0 || strcmp(network->driver, "null") == 0;
    *out = (struct network_info){
        .name = network->name,
        .id = network->id,
        .created = time_rfc3339(arena, network->created_ns),
        .scope = "local",
        .driver = network->driver,
        .enable_ipv4 = spec->enable_ipv4,
        .enable_ipv6 = spec->enable_ipv6,
        .internal = spec->internal,
        .attachable = spec->attachable,
        .config_only = spec->config_only,
        .config_from = {spec->config_from != NULL ? spec->config_from : ""},
        .options = spec->options,
        .n_options = spec->n_options,
        .labels = spec->labels,
        .n_labels = spec->n_labels,
        .ipam = {.driver = text_is_empty(spec->ipam_driver) ? "default" : spec->ipam_driver,
                 .options = spec->ipam_options,
                 .n_options = spec->n_ipam_options},
    };
    out->ipam.config = arena_array(arena, spec->n_pools + 1, sizeof *out->ipam.config);
    for (size_t i = 0; i < spec->n_pools && !is_plain; i++)
        out->ipam.config[out->ipam.n_config++] = (struct network_ipam_config){
            spec->pools[i].subnet, spec->pools[i].ip_range, spec->pools[i].gateway,
            spec->pools[i].aux, spec->pools[i].n_aux};
}

static const char *address_text(struct arena *arena, const struct network *network,
                                const struct ip *ip)
{
    struct subnet subnet;
    char text[SUBNET_TEXT];
    if (ip_is_none(ip) || network_pool_of(network, ip, &subnet) == NULL)
        return "";
    subnet.address = *ip;
    return arena_strdup(arena, subnet_print(&subnet, text));
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
static int show_containers(struct engine *engine, struct arena *arena,
                           const struct network *network, const struct endpoint *endpoints,
                           size_t n, struct network_info *out, struct err *err)
{
    out->containers = arena_array(arena, n + 1, sizeof *out->containers);
    for (size_t i = 0; i < n; i++) {
        struct state_container row;
        char mac[MAC_TEXT];
        int there =
            state_container_find(engine->state, arena, endpoints[i].container_id, &row, err);
        if (there < 0)
            return -1;
        out->containers[out->n_containers++] = (struct network_container){
            .id = endpoints[i].container_id,
            .name = there > 0 ? row.name : "",
            .endpoint_id = endpoints[i].spec.endpoint_id,
            .mac_address = arena_strdup(arena, mac_print(endpoints[i].mac, mac)),
            .ipv4_address = address_text(arena, network, &endpoints[i].ipv4),
            .ipv6_address = address_text(arena, network, &endpoints[i].ipv6),
        };
    }
    return 0;
}

// docker counts what nobody can have, too: the subnet's own address, its broadcast, the gateway.
static void show_status(struct arena *arena, const struct network *network,
                        const struct endpoint *endpoints, size_t n, struct network_info *out)
{
    const struct network_spec *spec = &network->spec;
    struct network_status *status = arena_new(arena, struct network_status);
    status->ipam.subnets = arena_array(arena, spec->n_pools + 1, sizeof *status->ipam.subnets);
    for (size_t i = 0; i < spec->n_pools; i++) {
        struct subnet subnet = {}, range = {};
        if (!subnet_parse(str_of(spec->pools[i].subnet), &subnet))
            continue;
        if (text_is_empty(spec->pools[i].ip_range) ||
            !subnet_parse(str_of(spec->pools[i].ip_range), &range))
            range = subnet;
        bool is_ipv4 = subnet.address.family == AF_INET;
        uint64_t used = (subnet_count(&subnet) > 2) + (is_ipv4 && subnet_count(&subnet) > 2) +
                        !text_is_empty(spec->pools[i].gateway) + spec->pools[i].n_aux;
        uint64_t total = subnet_count(&range);
        for (size_t j = 0; j < n; j++)
            used += subnet_has(&subnet, is_ipv4 ? &endpoints[j].ipv4 : &endpoints[j].ipv6);
        status->ipam.subnets[status->ipam.n_subnets++] = (struct network_subnet_status){
            spec->pools[i].subnet, used, total > used ? total - used : 0};
    }
    out->status = status;
}

static int tidy(struct engine *engine, struct arena *arena, const struct network *network,
                struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct lease_watch watch = {engine, ""};
    return endpoints_tidy(&store, arena, network->id, lease_is_gone, &watch, err);
}

int engine_network_inspect(struct engine *engine, struct arena *arena,
                           const struct network_inspect_request *request,
                           struct network_info *response, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct network network;
    struct network_info info;
    struct endpoint *endpoints;
    size_t n;
    if (network_get(&store, arena, request->id, &network, err) < 0 ||
        tidy(engine, arena, &network, err) < 0 ||
        endpoints_list(&store, arena, network.id, NULL, &endpoints, &n, err) < 0)
        return -1;
    show(arena, &network, &info);
    if (show_containers(engine, arena, &network, endpoints, n, &info, err) < 0)
        return -1;
    if (network.spec.n_pools != 0 && !network.spec.config_only)
        show_status(arena, &network, endpoints, n, &info);
    *response = info;
    return 0;
}

// --- list ---

// Whether a container, running or not, is on the network.
struct usage {
    const char **names; // of networks that containers ask for
    size_t n;
};

static int read_usage(struct engine *engine, struct arena *arena, struct usage *out,
                      struct err *err)
{
    struct state_container *rows;
    size_t n;
    if (state_containers(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    out->names = arena_array(arena, n * NETWORKS_MAX + 1, sizeof *out->names);
    for (size_t i = 0; i < n; i++) {
        struct container_spec spec;
        if (json_decode(arena, rows[i].spec, strlen(rows[i].spec), container_spec_fields, &spec,
                        JSON_LENIENT, err) < 0)
            return fail_in(err, "the stored request of container %s", rows[i].id);
        for (size_t j = 0; j < spec.n_networks && j < NETWORKS_MAX; j++)
            out->names[out->n++] = spec.networks[j].network;
    }
    return 0;
}

static bool is_used(const struct usage *usage, const struct network *network)
{
    for (size_t i = 0; i < usage->n; i++) {
        if (strcmp(usage->names[i], network->name) == 0)
            return true;
    }
    return false;
}

static int check_type(const struct filters *filters, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, "type", &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i], "custom") != 0 && strcmp(values[i], "builtin") != 0)
            return fail(err, ERR_INVALID, "invalid filter: 'type'='%s'", values[i]);
    }
    return 0;
}

int engine_network_list(struct engine *engine, struct arena *arena,
                        const struct network_list_request *request,
                        struct network_list_response *response, struct err *err)
{
    static const char *const known[] = {"dangling", "driver", "id",   "label",
                                        "name",     "scope",  "type", NULL};
    const struct network_store store = engine_networks(engine);
    struct filters filters;
    struct network *networks;
    struct usage usage = {};
    size_t n, n_shown = 0;
    bool dangling = false;
    int wants_dangling = -1;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        check_type(&filters, err) < 0 ||
        (wants_dangling = filters_bool(&filters, "dangling", &dangling, err)) < 0 ||
        networks_list(&store, arena, &networks, &n, err) < 0 ||
        (wants_dangling && read_usage(engine, arena, &usage, err) < 0))
        return -1;
    struct network_info *shown = arena_array(arena, n + 1, sizeof *shown);
    for (size_t i = 0; i < n; i++) {
        const struct network *it = &networks[i];
        bool is_dangling = !network_is_predefined(it) && !is_used(&usage, it);
        bool is_wanted =
            (!wants_dangling || is_dangling == dangling) &&
            filters_exact(&filters, "driver", it->driver) &&
            filters_prefix(&filters, "id", it->id) && filters_part(&filters, "name", it->name) &&
            filters_exact(&filters, "scope", "local") &&
            filters_exact(&filters, "type", network_is_predefined(it) ? "builtin" : "custom") &&
            filters_labels(&filters, "label", it->spec.labels, it->spec.n_labels);
        if (is_wanted)
            show(arena, it, &shown[n_shown++]);
    }
    *response = (struct network_list_response){.networks = shown, .n_networks = n_shown};
    return 0;
}

// --- remove ---

int engine_network_remove(struct engine *engine, struct arena *arena,
                          const struct network_reference *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    const struct network_store store = engine_networks(engine);
    struct network network;
    struct endpoint *endpoints;
    struct state_container row;
    size_t n;
    if (network_get(&store, arena, request->id, &network, err) < 0 ||
        tidy(engine, arena, &network, err) < 0 ||
        endpoints_list(&store, arena, network.id, NULL, &endpoints, &n, err) < 0)
        return -1;
    if (n != 0) {
        int there =
            state_container_find(engine->state, arena, endpoints[0].container_id, &row, err);
        if (there < 0)
            return -1;
        return fail(err, ERR_DENIED,
                    "error while removing network: network %s has active endpoints (name:\"%s\" "
                    "id:\"%.12s\")",
                    network.name, there > 0 ? row.name : "", endpoints[0].container_id);
    }
    if (network_remove(&store, arena, &network, err) < 0 ||
        firewall_forget(engine, arena, &network, err) < 0)
        return -1;
    engine->is_unsettled = true;
    announce(engine, &network, "destroy");
    return 0;
}

int engine_network_prune(struct engine *engine, struct arena *arena,
                         const struct network_prune_request *request,
                         struct network_prune_response *response, struct err *err)
{
    static const char *const known[] = {"until", "label", "label!", NULL};
    const struct network_store store = engine_networks(engine);
    struct filters filters;
    struct network *networks;
    struct usage usage = {};
    size_t n;
    int64_t until_ns = INT64_MAX;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        filters_time(&filters, "until", now_ns(), &until_ns, err) < 0 ||
        networks_list(&store, arena, &networks, &n, err) < 0 ||
        read_usage(engine, arena, &usage, err) < 0)
        return -1;
    struct network_prune_response done = {.deleted = arena_array(arena, n + 1, sizeof(char *))};
    for (size_t i = 0; i < n; i++) {
        const struct network *it = &networks[i];
        const struct network_reference reference = {it->id};
        struct err ignored; // somebody is on it since: then it stays
        if (!network_is_predefined(it) && !is_used(&usage, it) && it->created_ns < until_ns &&
            filters_labels(&filters, "label", it->spec.labels, it->spec.n_labels) &&
            filters_no_labels(&filters, "label!", it->spec.labels, it->spec.n_labels) &&
            engine_network_remove(engine, arena, &reference, NULL, &ignored) == 0)
            done.deleted[done.n_deleted++] = it->name;
    }
    prune_announce(engine, "network", 0);
    *response = done;
    return 0;
}
