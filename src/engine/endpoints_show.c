// SPDX-License-Identifier: Apache-2.0
// endpoints_show.c — a container's networks and ports as ps and inspect show them.
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "engine/ports.h"
#include "engine/show.h"

#include <string.h>
#include <sys/socket.h>

static const char *ip_text(struct arena *arena, const struct ip *ip)
{
    char text[IP_TEXT];
    return arena_strdup(arena, ip_print(ip, text));
}

static int64_t bits_of(const struct network *network, const struct ip *ip)
{
    struct subnet subnet;
    if (ip_is_none(ip) || network_pool_of(network, ip, &subnet) == NULL)
        return 0;
    return subnet.bits;
}

static void show_lease(struct arena *arena, const struct network *network,
                       const struct endpoint *endpoint, struct endpoint_settings *out)
{
    char mac[MAC_TEXT];
    struct ip gateway;
    out->endpoint_id = endpoint->spec.endpoint_id;
    out->mac_address = arena_strdup(arena, mac_print(endpoint->mac, mac));
    out->ip_address = ip_text(arena, &endpoint->ipv4);
    out->ip_prefix_len = bits_of(network, &endpoint->ipv4);
    out->global_ipv6_address = ip_text(arena, &endpoint->ipv6);
    out->global_ipv6_prefix_len = bits_of(network, &endpoint->ipv6);
    if (network_gateway(network, AF_INET, &gateway))
        out->gateway = ip_text(arena, &gateway);
    if (!ip_is_none(&endpoint->ipv6) && network_gateway(network, AF_INET6, &gateway))
        out->ipv6_gateway = ip_text(arena, &gateway);
    out->dns_names = endpoint->spec.dns_names;
    out->n_dns_names = endpoint->spec.n_dns_names;
}

static void show_nothing(struct endpoint_settings *out)
{
    out->endpoint_id = out->gateway = out->ip_address = "";
    out->ipv6_gateway = out->global_ipv6_address = "";
    if (out->mac_address == NULL)
        out->mac_address = "";
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
static int show_one(const struct network_store *store, struct arena *arena,
                    const struct endpoint_settings *settings, const struct endpoint *leases,
                    size_t n, struct endpoint_settings *out, struct err *err)
{
    struct network network;
    *out = *settings;
    show_nothing(out);
    out->network_id = "";
    int there = network_find(store, arena, settings->network, &network, err);
    if (there <= 0)
        return there;
    out->network = network.name;
    out->network_id = network.id;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(leases[i].network_id, network.id) == 0)
            show_lease(arena, &network, &leases[i], out);
    }
    return 0;
}

int endpoints_show(struct engine *engine, struct arena *arena, const struct container *container,
                   struct network_settings *out, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    const struct network_store store = engine_networks(engine);
    struct network_settings settings = {.sandbox_id = "", .sandbox_key = ""};
    enum network_mode mode = network_mode_of(spec);
    struct endpoint_settings single = {.network = mode == MODE_HOST ? "host" : "none"};
    const struct endpoint_settings *asked = spec->networks;
    struct endpoint *leases = NULL;
    size_t n_asked = spec->n_networks, n = 0;
    if (mode == MODE_NONE || mode == MODE_HOST) {
        asked = &single;
        n_asked = 1;
    }
    bool has_leases = container->status == STATUS_RUNNING && mode == MODE_NETWORKS;
    if (has_leases && endpoints_list(&store, arena, NULL, container->row.id, &leases, &n, err) < 0)
        return -1;
    settings.networks = arena_array(arena, n_asked + 1, sizeof *settings.networks);
    for (size_t i = 0; i < n_asked; i++) {
        if (show_one(&store, arena, &asked[i], leases, n, &settings.networks[i], err) < 0)
            return -1;
    }
    settings.n_networks = n_asked;
    if (has_leases) {
        settings.sandbox_id = container->row.id;
        settings.sandbox_key = arena_printf(arena, "%s/containers/%s/" NETNS_FILE,
                                            engine->settings->run_root, container->row.id);
    }
    if (ports_show(arena, container, &settings.ports, &settings.n_ports, err) < 0)
        return -1;
    *out = settings;
    return 0;
}
