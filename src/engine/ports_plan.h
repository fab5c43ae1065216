// SPDX-License-Identifier: Apache-2.0
// ports_plan.h — from what a request says about ports to sockets and ways.
#pragma once
#include "engine/ports.h"
#include "monitor/relay.h"

enum { PORTS_PLAN_BYTES = 4 * 1024 * 1024 };

struct ports_plan {
    struct engine *engine;
    struct arena *arena;
    const struct container *container;
    struct ip ipv4, ipv6;           // the container's addresses that ports lead to; none
    enum gateway_mode mode4, mode6; // of their networks
    const char *binding4;           // host_binding_ipv4 of the network, or NULL
    struct published_ports ports;   // in the arena
    size_t ports_room;
    struct relay_order *orders; // fds[i] belongs to orders[i]
    int *fds;
    size_t n_orders, orders_room;
};
#define AUTO_PORTS_PLAN __attribute__((cleanup(ports_plan_done)))
void ports_plan_init(struct ports_plan *plan, struct engine *engine, struct arena *arena,
                     const struct container *container);
void ports_plan_done(struct ports_plan *plan); // closes its descriptors
// One more network that the container is on; the first that can serves a family.
void ports_plan_route(struct ports_plan *plan, const struct network *network,
                      const struct endpoint *endpoint);
// Plans and holds what the container's spec asks for; or what these maps do.
[[nodiscard]] int ports_plan_all(struct ports_plan *plan, struct err *err);
[[nodiscard]] int ports_plan_maps(struct ports_plan *plan, const struct port_map *maps, size_t n,
                                  struct err *err);
// Lets ports lead to the plan's addresses.
void ports_plan_aim(const struct ports_plan *plan, struct published_ports *ports);

// --- maps of requests (ports_maps.c)
[[nodiscard]] int ports_map_check(const struct port_map *map, struct err *err);
void ports_maps_add(struct arena *arena, struct host_config *host, const struct port_map *maps,
                    size_t n);
// How many bindings were taken away.
size_t ports_maps_remove(struct arena *arena, struct host_config *host, const struct port_map *maps,
                         size_t n);
// What of `all` the maps mean goes to `gone`, the rest to `left`.
void ports_split(struct arena *arena, const struct published_ports *all,
                 const struct port_map *maps, size_t n, struct published_ports *left,
                 struct published_ports *gone);
// Says so when another firewall of this machine drops what is published.
void ports_warn(struct creation *creation);
