// SPDX-License-Identifier: Apache-2.0
// ports.h — published ports and the firewall in a container's life.
#pragma once
#include "engine/endpoints.h"
#include "network/ports.h"

// create: what is asked for has sense; warnings where it has no effect.
[[nodiscard]] int ports_check(struct creation *creation, struct err *err);
// start: its networks are in the firewall, its ports are held, handed to the monitor and published.
// `endpoints` in the order of routes. What is half done is undone by ports_release.
[[nodiscard]] int ports_start(struct start *start, const struct placed_endpoint *endpoints,
                              size_t n, struct err *err);
// end: nothing is published any more. Idempotent.
[[nodiscard]] int ports_release(struct engine *engine, struct arena *arena,
                                const struct container *container, struct err *err);
// Publishes more of a running container's ports, or fewer. `maps` as in HostConfig.PortBindings; of
// those to remove, a binding without a host port means all of that port. The container's spec is
// changed, not stored. For update: container held.
[[nodiscard]] int ports_publish(struct engine *engine, struct arena *arena,
                                struct container *container, const struct port_map *maps, size_t n,
                                struct err *err);
[[nodiscard]] int ports_withdraw(struct engine *engine, struct arena *arena,
                                 struct container *container, const struct port_map *maps, size_t n,
                                 struct err *err);
// The container's networks have changed while it runs: ports lead to its addresses as they are now.
[[nodiscard]] int ports_move(struct engine *engine, struct arena *arena,
                             const struct container *container, struct err *err);
// For endpoints_show: what is published (with bindings) or exposed, by number, while it runs.
[[nodiscard]] int ports_show(struct arena *arena, const struct container *container,
                             struct port_map **out, size_t *n_out, struct err *err);
// The container that has that port of the host: its name, or NULL.
const char *ports_owner(struct engine *engine, struct arena *arena, uint8_t protocol,
                        const struct ip *host, uint16_t port);

// --- firewall (firewall.c)
// Networks and ports are in the firewall afterwards; it is made, or made anew, if it must be.
struct admission {
    const struct network *const *networks;
    const struct firewall_port *ports;
    size_t n_networks, n_ports;
    const char *own; // id of the container that is being started, or changed
};
[[nodiscard]] int firewall_admit(struct engine *engine, struct arena *arena,
                                 const struct admission *admission, struct err *err);
// The network is gone.
[[nodiscard]] int firewall_forget(struct engine *engine, struct arena *arena,
                                  const struct network *network, struct err *err);
// All of it anew from what there is; `own` as above. `only_broken`: not when it is whole.
[[nodiscard]] int firewall_reload(struct engine *engine, struct arena *arena, const char *own,
                                  bool only_broken, struct err *err);
// What a monitor has to know to watch it.
struct monitor_firewall *firewall_watching(struct engine *engine, struct arena *arena);
