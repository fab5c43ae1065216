// SPDX-License-Identifier: Apache-2.0
// endpoints_check.c — what a new container asks of networks, checked and completed.
//
// Afterwards host.network_mode is "none", "host", "container:<id>" or the name of a network, and
// `networks` has each network once, by its name, that of the mode first.
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "engine/ports.h"

#include <string.h>

#define CONTAINER_MODE "container:"

static int check_networks(struct creation *creation, struct err *err);
static int check_conflicts(const struct container_spec *spec, struct err *err);

enum network_mode network_mode_of(const struct container_spec *spec)
{
    const char *mode = spec->host.network_mode;
    if (text_equal(mode, "none") || spec->network_disabled)
        return MODE_NONE;
    if (text_equal(mode, "host"))
        return MODE_HOST;
    return mode != NULL && text_starts(mode, CONTAINER_MODE) ? MODE_CONTAINER : MODE_NETWORKS;
}

struct network_store engine_networks(const struct engine *engine)
{
    return (struct network_store){.state = engine->state,
                                  .run = engine->run,
                                  .root = engine->settings->root,
                                  .view = engine->network_view};
}

int network_mode_container(struct engine *engine, struct arena *arena, const char *mode,
                           struct container *out, struct err *err)
{
    if (container_open(engine, arena, mode + sizeof CONTAINER_MODE - 1, CONTAINER_LOOK, out, err) <
        0)
        return fail_in(err, "joining network namespace of container");
    return 0;
}

int endpoints_check(struct creation *creation, struct err *err)
{
    struct container_spec *spec = creation->spec;
    struct host_config *host = &spec->host;
    if (text_is_empty(host->network_mode) || strcmp(host->network_mode, "default") == 0)
        host->network_mode = "bridge";
    if (check_conflicts(spec, err) < 0 || ports_check(creation, err) < 0)
        return -1;
    switch (network_mode_of(spec)) {
    case MODE_NONE:
    case MODE_HOST:
        spec->n_networks = 0;
        return 0;
    case MODE_CONTAINER: {
        AUTO_CONTAINER struct container other = CONTAINER_NONE;
        if (network_mode_container(creation->engine, creation->arena, host->network_mode, &other,
                                   err) < 0)
            return -1;
        host->network_mode = arena_printf(creation->arena, CONTAINER_MODE "%s", other.row.id);
        spec->n_networks = 0;
        return 0;
    }
    case MODE_NETWORKS:
        return check_networks(creation, err);
    }
    return 0;
}

static bool has_mac(const struct container_spec *spec)
{
    for (size_t i = 0; i < spec->n_networks; i++) {
        if (!text_is_empty(spec->networks[i].mac_address))
            return true;
    }
    return false;
}

static int check_conflicts(const struct container_spec *spec, struct err *err)
{
    const struct host_config *host = &spec->host;
    enum network_mode mode = network_mode_of(spec);
    bool shares = mode == MODE_CONTAINER, is_host = mode == MODE_HOST;
    const struct {
        bool is_so;
        const char *text;
    } conflicts[] = {
        {is_host && host->n_links != 0, "host type networking can't be used with links. This would "
                                        "result in undefined behavior"},
        {shares && host->n_links != 0,
         "container type network can't be used with links. This would result in undefined "
         "behavior"},
        {shares && !text_is_empty(spec->hostname), "hostname and the network mode"},
        {shares && host->n_dns != 0, "dns and the network mode"},
        {shares && host->n_extra_hosts != 0, "custom host-to-IP mapping and the network mode"},
        {(shares || is_host) && has_mac(spec), "mac-address and the network mode"},
        {shares && (host->n_port_bindings != 0 || host->publish_all_ports),
         "port publishing and the container type network mode"},
        {shares && text_is_empty(host->network_mode + sizeof CONTAINER_MODE - 1),
         "container type network without a container: say container:NAME"},
    };
    for (size_t i = 0; i < N_ELEMENTS(conflicts); i++) {
        if (conflicts[i].is_so)
            return fail(err, ERR_INVALID, "conflicting options: %s", conflicts[i].text);
    }
    return 0;
}

int endpoint_settings_check(const struct network *network, const struct endpoint_settings *settings,
                            struct err *err)
{
    if (network->spec.config_only)
        return fail(err, ERR_INVALID, "configuration network %s is not allowed for containers",
                    network->name);
    if (settings->n_aliases != 0 && !network_has_names(network))
        return fail(err, ERR_INVALID,
                    "network-scoped aliases are only supported for user-defined networks");
    if (strcmp(network->driver, "host") == 0 || strcmp(network->driver, "null") == 0)
        return fail(err, ERR_INVALID,
                    "container cannot be on the network %s and on others at the same time",
                    network->name);
    const struct endpoint_ipam *ipam = settings->ipam_config;
    const struct lease_request request = {
        .network = network,
        .ipv4 = ipam != NULL ? ipam->ipv4_address : NULL,
        .ipv6 = ipam != NULL ? ipam->ipv6_address : NULL,
        .mac = settings->mac_address,
        .spec = {.link_local = ipam != NULL ? ipam->link_local_ips : NULL,
                 .n_link_local = ipam != NULL ? ipam->n_link_local_ips : 0},
    };
    if (endpoint_check(&request, err) < 0)
        return fail_in(err, "invalid config for network %s: invalid endpoint settings",
                       network->name);
    return 0;
}

// What only create and connect may say.
static struct endpoint_settings asked_for(const struct network *network,
                                          const struct endpoint_settings *from)
{
    return (struct endpoint_settings){
        .network = network->name,
        .ipam_config = from->ipam_config,
        .links = from->links,
        .n_links = from->n_links,
        .aliases = from->aliases,
        .n_aliases = from->n_aliases,
        .mac_address = from->mac_address,
        .driver_opts = from->driver_opts,
        .n_driver_opts = from->n_driver_opts,
        .gw_priority = from->gw_priority,
    };
}

static int add_network(struct creation *creation, const struct endpoint_settings *asked,
                       struct endpoint_settings *out, size_t *n, struct err *err)
{
    const struct network_store store = engine_networks(creation->engine);
    struct network network;
    if (network_get(&store, creation->arena, asked->network, &network, err) < 0)
        return -1;
    for (size_t i = 0; i < *n; i++) {
        // The mode's network, which may be described again under EndpointsConfig.
        if (strcmp(out[i].network, network.name) == 0 && i == 0) {
            out[0] = asked_for(&network, asked);
            return endpoint_settings_check(&network, &out[0], err);
        }
        if (strcmp(out[i].network, network.name) == 0)
            return fail(err, ERR_INVALID, "network %s was given twice", network.name);
    }
    out[*n] = asked_for(&network, asked);
    return endpoint_settings_check(&network, &out[(*n)++], err);
}

static int check_networks(struct creation *creation, struct err *err)
{
    struct container_spec *spec = creation->spec;
    if (spec->n_networks >= NETWORKS_MAX)
        return fail(err, ERR_INVALID, "a container can be on %d networks at most", NETWORKS_MAX);
    struct endpoint_settings *networks =
        arena_array(creation->arena, spec->n_networks + 1, sizeof *networks);
    const struct endpoint_settings first = {.network = spec->host.network_mode};
    size_t n = 0;
    if (add_network(creation, &first, networks, &n, err) < 0)
        return -1;
    spec->host.network_mode = networks[0].network;
    for (size_t i = 0; i < spec->n_networks; i++) {
        if (add_network(creation, &spec->networks[i], networks, &n, err) < 0)
            return -1;
    }
    spec->networks = networks;
    spec->n_networks = n;
    return 0;
}
