// SPDX-License-Identifier: Apache-2.0
// exposure.c — who reaches the published ports of a container, as far as this host can tell.
//
// What is told: the host's own processes, other hosts by the interfaces that have the address, and
// containers. What another firewall drops is seen by its forward policy only; single rules of it
// are not read.
#include "base/mem.h"
#include "base/str.h"
#include "engine/ports.h"
#include "linux/rtnetlink.h"
#include "netlink/link.h"
#include "ops/network.h"

#include <string.h>
#include <sys/socket.h>

struct host_side { // what this host has
    struct link *links;
    struct link_address *addresses;
    size_t n_links, n_addresses;
    const char *others; // firewalls that drop
};

static int look(struct engine *engine, struct arena *arena, struct host_side *out, struct err *err)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    AUTO_FD int socket = rtnetlink_open(err);
    if (socket < 0 || links_list(socket, arena, &out->links, &out->n_links, err) < 0 ||
        addresses_list(socket, arena, &out->addresses, &out->n_addresses, err) < 0 ||
        firewall_open(engine->settings->run_root, &firewall, err) < 0)
        return -1;
    return firewall_others(&firewall, arena, &out->others, err);
}

static const struct link *link_of(const struct host_side *host, uint32_t index)
{
    for (size_t i = 0; i < host->n_links; i++) {
        if (host->links[i].index == index)
            return &host->links[i];
    }
    return NULL;
}

static void add(struct arena *arena, struct port_exposure *out, const char *sentence)
{
    const char **from = arena_array(arena, out->n_from + 1, sizeof *from);
    for (size_t i = 0; i < out->n_from; i++)
        from[i] = out->from[i];
    from[out->n_from++] = sentence;
    out->from = from;
}

// The host's addresses at which it is reached from outside: true if there is one.
static bool add_outside(struct arena *arena, const struct host_side *host, const struct ip *ip,
                        struct port_exposure *out)
{
    bool is_outside = false;
    for (size_t i = 0; i < host->n_addresses; i++) {
        const struct link_address *address = &host->addresses[i];
        const struct link *link = link_of(host, address->index);
        char text[IP_TEXT];
        bool is_meant = address->address.address.family == ip->family &&
                        (ip_is_unspecified(ip) || ip_equal(ip, &address->address.address));
        if (!is_meant || link == NULL || ip_is_loopback(&address->address.address) ||
            ip_is_link_local(&address->address.address) || link->master != 0 ||
            text_starts(link->alias, "dhow "))
            continue;
        is_outside = true;
        add(arena, out,
            arena_printf(arena, "other hosts through %s, at %s", link->name,
                         ip_print(&address->address.address, text)));
    }
    return is_outside;
}

static void expose(struct arena *arena, const struct host_side *host,
                   const struct published_port *port, struct port_exposure *out)
{
    static const char *const ways[] = {
        [PORT_TRANSLATED] = "translated by the kernel",
        [PORT_RELAYED] = "relayed by the container's monitor",
        [PORT_OPEN] = "routed, no port of this host",
    };
    struct ip ip = {};
    bool is_v6 = strchr(port->host, ':') != NULL, to_v6 = strchr(port->container, ':') != NULL;
    *out = (struct port_exposure){
        .port = arena_printf(arena, "%u/%s", port->container_port, port->protocol),
        .host = port->way == PORT_OPEN
                    ? ""
                    : arena_printf(arena, "%s%s%s:%u", is_v6 ? "[" : "", port->host,
                                   is_v6 ? "]" : "", port->host_port),
        .container = arena_printf(arena, "%s%s%s:%u", to_v6 ? "[" : "", port->container,
                                  to_v6 ? "]" : "", port->container_port),
        .way = port->way < N_ELEMENTS(ways) ? ways[port->way] : "",
        .blocked = "",
    };
    add(arena, out, "this host");
    if (port->way == PORT_OPEN) {
        add(arena, out, "all hosts that route to the container's network through this one");
        out->blocked = host->others;
        return;
    }
    if (!ip_parse(str_of(port->host), &ip) || ip_is_loopback(&ip))
        return;
    add(arena, out, "containers of this host, but of internal networks, at the host's addresses");
    // The monitor's own connections are the host's: no forward chain sees them.
    if (add_outside(arena, host, &ip, out) && port->way == PORT_TRANSLATED)
        out->blocked = host->others;
}

int engine_container_exposure(struct engine *engine, struct arena *arena,
                              const struct container_reference *request,
                              struct container_exposure *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct published_ports ports = {};
    struct host_side host = {};
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "container %s is not running: nobody reaches it",
                    container.row.name);
    if (container.run_dir >= 0 && ports_read(arena, container.run_dir, &ports, err) < 0)
        return -1;
    struct container_exposure exposure = {
        .ports = arena_array(arena, ports.n_ports + 1, sizeof *exposure.ports)};
    if (ports.n_ports != 0 && look(engine, arena, &host, err) < 0)
        return -1;
    for (size_t i = 0; i < ports.n_ports; i++)
        expose(arena, &host, &ports.ports[i], &exposure.ports[exposure.n_ports++]);
    *response = exposure;
    return 0;
}
