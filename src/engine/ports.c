// SPDX-License-Identifier: Apache-2.0
// ports.c — a container's published ports: chosen and held at its start, given back at its end.
//
// Theory. Each wish (a binding of HostConfig.PortBindings, or an exposed port with -P) becomes one
// published port for each address of the host that it means. Its way follows from what the kernel
// can translate: IPv4 to IPv4 and IPv6 to IPv6 it can, but for ::1; the rest the monitor relays.
// On a wildcard IPv6 address both happen: what is for ::1 reaches the socket, all else is
// translated before. Order (S-18): sockets, ports.json, firewall; and the reverse at the end, where
// the sockets have gone with the monitor.
#include "engine/ports.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/ports_plan.h"
#include "monitor/relay.h"
#include "ops/portspec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int record(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct published_ports *ports, struct admission *admission,
                  struct err *err);
static int hand_over(struct start *start, const struct ports_plan *plan, struct err *err);

int ports_check(struct creation *creation, struct err *err)
{
    const struct container_spec *spec = creation->spec;
    const struct host_config *host = &spec->host;
    bool publishes = host->n_port_bindings != 0 || host->publish_all_ports;
    for (size_t i = 0; i < host->n_port_bindings; i++) {
        if (ports_map_check(&host->port_bindings[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < spec->n_exposed_ports; i++) {
        struct port_range range;
        const char *protocol;
        if (!port_key_parse(spec->exposed_ports[i].key, &range, &protocol))
            return fail(err, ERR_INVALID, "invalid exposed port %s: 80/tcp is one",
                        spec->exposed_ports[i].key);
    }
    switch (network_mode_of(spec)) {
    case MODE_CONTAINER:
        if (publishes)
            return fail(err, ERR_INVALID,
                        "conflicting options: port publishing and the container type network mode");
        break;
    case MODE_HOST:
        if (publishes)
            creation_warn(creation, "Published ports are discarded when using host network mode");
        break;
    case MODE_NONE:
        if (publishes)
            creation_warn(creation,
                          "Published ports are discarded when using no network (none mode)");
        break;
    case MODE_NETWORKS:
        if (publishes)
            ports_warn(creation);
        break;
    }
    return 0;
}

int ports_start(struct start *start, const struct placed_endpoint *endpoints, size_t n,
                struct err *err)
{
    if (n == 0)
        return 0;
    AUTO_PORTS_PLAN struct ports_plan plan;
    ports_plan_init(&plan, start->engine, start->arena, start->container);
    const struct network **networks = arena_array(start->arena, n + 1, sizeof *networks);
    for (size_t i = 0; i < n; i++)
        networks[i] = &endpoints[i].network;
    struct admission admission = {.networks = networks, .n_networks = n};
    for (size_t i = 0; i < n; i++)
        ports_plan_route(&plan, &endpoints[i].network, &endpoints[i].endpoint);
    if (ports_plan_all(&plan, err) < 0 ||
        record(start->engine, start->arena, start->container, &plan.ports, &admission, err) < 0)
        return fail_in(err, "failed to publish ports of container %s", start->container->row.name);
    start->monitor->firewall = firewall_watching(start->engine, start->arena);
    return hand_over(start, &plan, err);
}

// In the file first, then in the firewall.
static int record(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct published_ports *ports, struct admission *admission, struct err *err)
{
    struct firewall_port *elements = arena_array(arena, ports->n_ports + 1, sizeof *elements);
    size_t n = ports_elements(ports, container->row.name, elements);
    if (ports_write(container->run_dir, ports, err) < 0)
        return -1;
    admission->ports = elements;
    admission->n_ports = n;
    admission->own = container->row.id;
    return firewall_admit(engine, arena, admission, err);
}

static int hand_over(struct start *start, const struct ports_plan *plan, struct err *err)
{
    struct monitor_relay *relay = arena_new(start->arena, struct monitor_relay);
    start->monitor->relay = relay;
    if (plan->n_orders == 0)
        return 0;
    if (start->n_monitor_fds >= N_ELEMENTS(start->monitor_fds))
        return fail(err, ERR_SYSTEM, "the monitor gets too many descriptors");
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_sys(err, "make a socket pair");
    AUTO_FD int ours = pair[0];
    int room = PORTS_PLAN_BYTES;
    (void)setsockopt(ours, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room); // nobody reads yet
    relay->fds = arena_alloc(start->arena, sizeof *relay->fds);
    relay->fds[relay->n_fds++] = (uint32_t)start->n_monitor_fds;
    start->monitor_fds[start->n_monitor_fds++] = pair[1];
    return relay_send(ours, plan->orders, plan->fds, plan->n_orders, err);
}

int ports_release(struct engine *engine, struct arena *arena, const struct container *container,
                  struct err *err)
{
    struct published_ports ports;
    if (container->run_dir < 0)
        return 0;
    int there = ports_read(arena, container->run_dir, &ports, err);
    if (there <= 0)
        return there;
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct firewall_port *elements = arena_array(arena, ports.n_ports + 1, sizeof *elements);
    size_t n = ports_elements(&ports, container->row.name, elements);
    if (firewall_open(engine->settings->run_root, &firewall, err) < 0 ||
        firewall_remove(&firewall, &(struct firewall_state){.ports = elements, .n_ports = n}, err) <
            0)
        return fail_in(err, "take ports of container %s back", container->row.name);
    return ports_write(container->run_dir, &(struct published_ports){}, err);
}

// --- while it runs ---

static int add_routes(struct engine *engine, struct arena *arena, const struct container *container,
                      struct ports_plan *plan, struct err *err)
{
    struct placed_endpoint *endpoints;
    size_t n;
    if (endpoints_placed(engine, arena, container, &endpoints, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        ports_plan_route(plan, &endpoints[i].network, &endpoints[i].endpoint);
    return 0;
}

static struct published_ports join(struct arena *arena, const struct published_ports *a,
                                   const struct published_ports *b)
{
    struct published_ports all = {
        .ports = arena_array(arena, a->n_ports + b->n_ports + 1, sizeof *all.ports)};
    for (size_t i = 0; i < a->n_ports; i++)
        all.ports[all.n_ports++] = a->ports[i];
    for (size_t i = 0; i < b->n_ports; i++)
        all.ports[all.n_ports++] = b->ports[i];
    return all;
}

// Takes what is in neither file nor firewall any more from the monitor, too.
static int let_go(const struct container *container, const struct published_ports *ports,
                  struct err *err)
{
    for (size_t i = 0; i < ports->n_ports; i++) {
        const struct published_port *port = &ports->ports[i];
        struct relay_order order = {
            .verb = RELAY_RELEASE,
            .protocol = (uint8_t)protocol_number(port->protocol),
            .host_port = (uint16_t)port->host_port,
        };
        static const int none = -1;
        if (port->way != PORT_OPEN && ip_parse(str_of(port->host), &order.host) &&
            relay_order(container->run_dir, &order, &none, 1, err) < 0)
            return -1;
    }
    return 0;
}

int ports_publish(struct engine *engine, struct arena *arena, struct container *container,
                  const struct port_map *maps, size_t n, struct err *err)
{
    AUTO_PORTS_PLAN struct ports_plan plan;
    struct published_ports before = {};
    ports_plan_init(&plan, engine, arena, container);
    for (size_t i = 0; i < n; i++) {
        if (ports_map_check(&maps[i], err) < 0)
            return -1;
    }
    if (container->status == STATUS_RUNNING) {
        if (network_mode_of(&container->spec) != MODE_NETWORKS)
            return fail(err, ERR_CONFLICT, "container %s has no network of its own to publish on",
                        container->row.name);
        if (ports_read(arena, container->run_dir, &before, err) < 0 ||
            add_routes(engine, arena, container, &plan, err) < 0 ||
            ports_plan_maps(&plan, maps, n, err) < 0)
            return -1;
        const struct published_ports after = join(arena, &before, &plan.ports);
        if (relay_order(container->run_dir, plan.orders, plan.fds, plan.n_orders, err) < 0)
            return -1;
        if (record(engine, arena, container, &after, &(struct admission){}, err) < 0) {
            struct err ignored; // the first failure is the one to tell
            (void)let_go(container, &plan.ports, &ignored);
            (void)ports_write(container->run_dir, &before, &ignored);
            return -1;
        }
    }
    ports_maps_add(arena, &container->spec.host, maps, n);
    return 0;
}

int ports_withdraw(struct engine *engine, struct arena *arena, struct container *container,
                   const struct port_map *maps, size_t n, struct err *err)
{
    struct published_ports before = {}, left = {}, gone = {};
    for (size_t i = 0; i < n; i++) {
        if (ports_map_check(&maps[i], err) < 0)
            return -1;
    }
    if (container->status == STATUS_RUNNING) {
        if (ports_read(arena, container->run_dir, &before, err) < 0)
            return -1;
        ports_split(arena, &before, maps, n, &left, &gone);
        AUTO_FIREWALL struct firewall firewall = {.socket = -1};
        struct firewall_port *elements = arena_array(arena, gone.n_ports + 1, sizeof *elements);
        size_t n_elements = ports_elements(&gone, container->row.name, elements);
        if (firewall_open(engine->settings->run_root, &firewall, err) < 0 ||
            firewall_remove(&firewall,
                            &(struct firewall_state){.ports = elements, .n_ports = n_elements},
                            err) < 0 ||
            ports_write(container->run_dir, &left, err) < 0 || let_go(container, &gone, err) < 0)
            return -1;
    }
    size_t removed = ports_maps_remove(arena, &container->spec.host, maps, n);
    if (removed == 0 && gone.n_ports == 0)
        return fail(err, ERR_NOT_FOUND, "container %s has not published %s", container->row.name,
                    n != 0 ? maps[0].port : "that");
    return 0;
}

int ports_move(struct engine *engine, struct arena *arena, const struct container *container,
               struct err *err)
{
    struct published_ports ports;
    if (container->run_dir < 0)
        return 0;
    int there = ports_read(arena, container->run_dir, &ports, err);
    if (there <= 0)
        return there;
    AUTO_PORTS_PLAN struct ports_plan plan;
    ports_plan_init(&plan, engine, arena, container);
    if (add_routes(engine, arena, container, &plan, err) < 0)
        return -1;
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct firewall_port *elements = arena_array(arena, ports.n_ports + 1, sizeof *elements);
    size_t n = ports_elements(&ports, container->row.name, elements);
    if (firewall_open(engine->settings->run_root, &firewall, err) < 0 ||
        firewall_remove(&firewall, &(struct firewall_state){.ports = elements, .n_ports = n}, err) <
            0)
        return -1;
    ports_plan_aim(&plan, &ports);
    return record(engine, arena, container, &ports, &(struct admission){}, err);
}
