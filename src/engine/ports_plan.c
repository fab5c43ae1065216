// SPDX-License-Identifier: Apache-2.0
// ports_plan.c — wishes become published ports with sockets that hold them (ports.c).
#include "engine/ports_plan.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/rootless.h"
#include "ops/portspec.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TRIES = 32,      // to find a port that is free at all addresses
    ADDRESSES = 2,   // that one wish means at most
    SPARE_FDS = 128, // descriptors left for everything else
};

void ports_plan_init(struct ports_plan *plan, struct engine *engine, struct arena *arena,
                     const struct container *container)
{
    *plan = (struct ports_plan){.engine = engine, .arena = arena, .container = container};
}

static void forget_orders(struct ports_plan *plan, size_t n)
{
    while (plan->n_orders > n)
        (void)close(plan->fds[--plan->n_orders]); // the monitor has its own by now
}

void ports_plan_done(struct ports_plan *plan)
{
    forget_orders(plan, 0);
    free(plan->orders);
    free(plan->fds);
}

void ports_plan_route(struct ports_plan *plan, const struct network *network,
                      const struct endpoint *endpoint)
{
    struct firewall_network of;
    if (network->spec.internal || !firewall_network_of(plan->arena, network, &of))
        return;
    if (ip_is_none(&plan->ipv4) && !ip_is_none(&endpoint->ipv4)) {
        plan->ipv4 = endpoint->ipv4;
        plan->mode4 = of.ipv4;
        plan->binding4 = network_option(network->spec.options, network->spec.n_options,
                                        NETWORK_OPTION "bridge.host_binding_ipv4");
    }
    if (ip_is_none(&plan->ipv6) && !ip_is_none(&endpoint->ipv6)) {
        plan->ipv6 = endpoint->ipv6;
        plan->mode6 = of.ipv6;
    }
}

// --- one address ---

struct wish {
    uint8_t protocol;
    uint16_t container_port;
    struct port_range host; // first 0: any that is free
    struct ip addresses[ADDRESSES];
    size_t n_addresses;
    bool is_implicit; // the second address is there because none was named: it may be missing
};

static void add_port(struct ports_plan *plan, const struct published_port *port)
{
    struct published_ports *ports = &plan->ports;
    if (ports->n_ports == plan->ports_room) {
        plan->ports_room = plan->ports_room * 2 + 8;
        struct published_port *at = arena_array(plan->arena, plan->ports_room, sizeof *at);
        if (ports->n_ports != 0)
            memcpy(at, ports->ports, ports->n_ports * sizeof *at);
        ports->ports = at;
    }
    ports->ports[ports->n_ports++] = *port;
}

static void add_order(struct ports_plan *plan, const struct relay_order *order, int fd)
{
    if (plan->n_orders == plan->orders_room) {
        plan->orders_room = plan->orders_room * 2 + 8;
        plan->orders = xreallocarray(plan->orders, plan->orders_room, sizeof *plan->orders);
        plan->fds = xreallocarray(plan->fds, plan->orders_room, sizeof *plan->fds);
    }
    plan->orders[plan->n_orders] = *order;
    plan->fds[plan->n_orders++] = fd;
}

static bool is_loopback6(const struct ip *ip)
{
    return ip->family == AF_INET6 && ip_is_loopback(ip);
}

// How packets for that address get to the container. *target: where; false: they cannot.
static bool choose_way(const struct ports_plan *plan, const struct ip *host, enum port_way *way,
                       struct ip *target)
{
    bool is_v4 = host->family == AF_INET;
    const struct ip *same = is_v4 ? &plan->ipv4 : &plan->ipv6;
    const struct ip *other = is_v4 ? &plan->ipv6 : &plan->ipv4;
    enum gateway_mode mode = is_v4 ? plan->mode4 : plan->mode6;
    *target = ip_is_none(same) ? *other : *same;
    // Without root the host's packets are not ours to translate.
    bool must_relay = ip_is_none(same) || is_loopback6(host) || rootless_is_entered();
    *way = must_relay ? PORT_RELAYED : PORT_TRANSLATED;
    if (!ip_is_none(same) && mode == GATEWAY_ROUTED)
        *way = PORT_OPEN;
    // A family that its network keeps to itself is not made up for by the other one.
    return !ip_is_none(target) && (ip_is_none(same) || mode != GATEWAY_ISOLATED);
}

// Explains who has it: one of ours, by name.
static int explain_taken(struct ports_plan *plan, const struct wish *wish, const struct ip *host,
                         uint16_t port, struct err *err)
{
    char text[IP_TEXT];
    const char *owner = ports_owner(plan->engine, plan->arena, wish->protocol, host, port);
    if (owner == NULL || strcmp(owner, plan->container->row.name) == 0)
        return -1;
    (void)fail(err, ERR_CONFLICT,
               "Bind for %s:%u failed: port is already allocated: container %s has published it",
               ip_print(host, text), port, owner);
    err->sys = EADDRINUSE;
    return -1;
}

// 0 held and noted; 1: this host or kernel has nothing to hold; < 0.
static int hold(struct ports_plan *plan, const struct wish *wish, const struct ip *host,
                uint16_t *port, struct err *err)
{
    struct ip target;
    enum port_way way;
    char host_text[IP_TEXT], target_text[IP_TEXT];
    if (!choose_way(plan, host, &way, &target))
        return 1;
    bool can_relay = wish->protocol != IPPROTO_SCTP;
    if (way == PORT_RELAYED && !can_relay)
        return 1;
    bool is_any6 = host->family == AF_INET6 && ip_is_unspecified(host);
    bool serves = way == PORT_RELAYED || (way == PORT_TRANSLATED && is_any6 && can_relay);
    if (way != PORT_OPEN) {
        int fd = port_hold(wish->protocol, host, port, serves, err);
        bool lacks_protocol = fd < 0 && err->kind == ERR_UNAVAILABLE && !can_relay;
        if (fd < 0 && err->sys == EADDRINUSE)
            return explain_taken(plan, wish, host, *port, err);
        if (fd < 0 && (!lacks_protocol || *port == 0))
            return -1;
        if (fd >= 0)
            add_order(plan,
                      &(struct relay_order){
                          .verb = serves ? RELAY_SERVE : RELAY_HOLD,
                          .protocol = wish->protocol,
                          .host_port = *port,
                          .target_port = wish->container_port,
                          .host = *host,
                          .target = target,
                      },
                      fd);
    }
    add_port(
        plan,
        &(struct published_port){
            .protocol = protocol_name(wish->protocol),
            .host = way == PORT_OPEN ? "" : arena_strdup(plan->arena, ip_print(host, host_text)),
            .host_port = way == PORT_OPEN ? 0 : *port,
            .container = arena_strdup(plan->arena, ip_print(&target, target_text)),
            .container_port = wish->container_port,
            .way = way,
        });
    return 0;
}

// All of a wish's addresses at one port (0: any); nothing is left of it when one fails.
static int hold_all(struct ports_plan *plan, const struct wish *wish, uint16_t port,
                    struct err *err)
{
    size_t n_ports = plan->ports.n_ports, n_orders = plan->n_orders;
    for (size_t i = 0; i < wish->n_addresses; i++) {
        int done = hold(plan, wish, &wish->addresses[i], &port, err);
        bool may_lack = wish->is_implicit && i > 0;
        if (done < 0 && may_lack && err->kind == ERR_UNAVAILABLE)
            continue; // this host has no IPv6
        if (done >= 0)
            continue;
        forget_orders(plan, n_orders);
        plan->ports.n_ports = n_ports;
        return -1;
    }
    if (plan->ports.n_ports == n_ports)
        return fail(err, ERR_INVALID,
                    "port %u/%s cannot be published: no network of the container leads outside, or "
                    "not for that address",
                    wish->container_port, protocol_name(wish->protocol));
    return 0;
}

static int check_descriptors(const struct ports_plan *plan, struct err *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
        plan->n_orders + ADDRESSES + SPARE_FDS <= limit.rlim_cur)
        return 0;
    return fail(err, ERR_UNAVAILABLE,
                "%zu ports of this host are as many as can be held with %ju open files: raise "
                "ulimit -n",
                plan->n_orders, (uintmax_t)limit.rlim_cur);
}

static int realise(struct ports_plan *plan, const struct wish *wish, struct err *err)
{
    if (check_descriptors(plan, err) < 0)
        return -1;
    if (wish->host.first == 0) {
        for (int i = 0; i < TRIES; i++) {
            if (hold_all(plan, wish, 0, err) == 0)
                return 0;
            if (err->sys != EADDRINUSE)
                return -1;
        }
        return -1;
    }
    for (unsigned port = wish->host.first; port <= wish->host.last; port++) {
        if (hold_all(plan, wish, (uint16_t)port, err) == 0)
            return 0;
        if (err->sys != EADDRINUSE)
            return -1;
    }
    return -1;
}

// --- wishes ---

static void set_addresses(const struct ports_plan *plan, const char *host, struct wish *wish)
{
    static const struct ip any4 = {.family = AF_INET}, any6 = {.family = AF_INET6};
    wish->n_addresses = 0;
    bool has_host = !text_is_empty(host) && ip_parse(str_of(host), &wish->addresses[0]);
    // "0.0.0.0" as the network's default says nothing: IPv6 is meant, too.
    bool has_default = !has_host && !text_is_empty(plan->binding4) &&
                       ip_parse(str_of(plan->binding4), &wish->addresses[0]) &&
                       !ip_is_unspecified(&wish->addresses[0]);
    if (has_host || has_default) {
        wish->n_addresses = 1;
        return;
    }
    wish->addresses[wish->n_addresses++] = any4;
    wish->addresses[wish->n_addresses++] = any6;
    wish->is_implicit = true;
    if (!ip_is_none(&plan->ipv4))
        return;
    wish->addresses[0] = any6; // what is there for sure stands first
    wish->addresses[1] = any4;
}

int ports_plan_maps(struct ports_plan *plan, const struct port_map *maps, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct port_range range;
        const char *protocol;
        if (!port_key_parse(maps[i].port, &range, &protocol))
            return fail(err, ERR_INVALID, "invalid port %s", maps[i].port);
        for (size_t k = 0; k < maps[i].n_bindings; k++) {
            const struct port_binding *binding = &maps[i].bindings[k];
            struct wish wish = {.protocol = (uint8_t)protocol_number(protocol),
                                .container_port = range.first};
            if (!text_is_empty(binding->host_port))
                (void)port_range_parse(str_of(binding->host_port), &wish.host); // "0" is any
            set_addresses(plan, binding->host_ip, &wish);
            if (realise(plan, &wish, err) < 0)
                return -1;
        }
    }
    return 0;
}

static bool is_bound(const struct host_config *host, const char *key)
{
    for (size_t i = 0; i < host->n_port_bindings; i++) {
        if (host->port_bindings[i].n_bindings != 0 && strcmp(host->port_bindings[i].port, key) == 0)
            return true;
    }
    return false;
}

int ports_plan_all(struct ports_plan *plan, struct err *err)
{
    const struct container_spec *spec = &plan->container->spec;
    if (ip_is_none(&plan->ipv4) && ip_is_none(&plan->ipv6))
        return 0; // internal networks only: docker publishes nothing there, without a word
    if (ports_plan_maps(plan, spec->host.port_bindings, spec->host.n_port_bindings, err) < 0)
        return -1;
    for (size_t i = 0; i < spec->n_exposed_ports && spec->host.publish_all_ports; i++) {
        struct port_range range;
        const char *protocol;
        if (!port_key_parse(spec->exposed_ports[i].key, &range, &protocol))
            continue; // checked at create
        for (unsigned port = range.first; port <= range.last; port++) {
            const char *key = arena_printf(plan->arena, "%u/%s", port, protocol);
            struct port_binding any = {"", ""};
            const struct port_map map = {key, &any, 1};
            if (!is_bound(&spec->host, key) && ports_plan_maps(plan, &map, 1, err) < 0)
                return -1;
        }
    }
    return 0;
}

void ports_plan_aim(const struct ports_plan *plan, struct published_ports *ports)
{
    for (size_t i = 0; i < ports->n_ports; i++) {
        struct published_port *port = &ports->ports[i];
        struct ip now;
        char text[IP_TEXT];
        if (!ip_parse(str_of(port->container), &now))
            continue;
        const struct ip *target = now.family == AF_INET ? &plan->ipv4 : &plan->ipv6;
        if (!ip_is_none(target))
            port->container = arena_strdup(plan->arena, ip_print(target, text));
    }
}
