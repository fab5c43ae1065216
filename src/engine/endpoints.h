// SPDX-License-Identifier: Apache-2.0
// endpoints.h — what the files about containers' networks share.
#pragma once
#include "engine/hooks.h"
#include "network/network.h"

// What HostConfig.NetworkMode says.
enum network_mode { MODE_NETWORKS, MODE_NONE, MODE_HOST, MODE_CONTAINER };
enum network_mode network_mode_of(const struct container_spec *spec);

struct network_store engine_networks(const struct engine *engine);
// The container that another one shares the network of; `mode` is "container:…".
[[nodiscard]] int network_mode_container(struct engine *engine, struct arena *arena,
                                         const char *mode, struct container *out, struct err *err);
// For struct lease_request: whether nobody runs the container, or is at it. `context` is a struct
// lease_watch.
struct lease_watch {
    struct engine *engine;
    const char *own; // the container that asks: it is there
};
int lease_is_gone(void *context, const char *container_id);
// What a container asks of a network, ready but for the device's name. `network` lives as long.
[[nodiscard]] struct lease_request endpoint_request(struct arena *arena,
                                                    const struct container *container,
                                                    const struct network *network,
                                                    const struct endpoint_settings *settings,
                                                    struct lease_watch *watch);
// "eth0", or what options of network or endpoint say, that none of the n devices has.
const char *endpoint_device(struct arena *arena, const struct network *network,
                            const struct endpoint_settings *settings, const struct endpoint *others,
                            size_t n);
// Those that routes should rather go through stand first: docker's order.
struct placed_endpoint {
    struct network network;
    const struct endpoint_settings *settings;
    struct endpoint endpoint;
};
// All networks that a running container is on, in that order (network_connect.c).
[[nodiscard]] int endpoints_placed(struct engine *engine, struct arena *arena,
                                   const struct container *container, struct placed_endpoint **out,
                                   size_t *n_out, struct err *err);
void endpoints_sort(struct placed_endpoint *endpoints, size_t n);
// The event of a container that came to a network or left it.
void endpoint_announce(const struct engine *engine, const struct network *network,
                       const char *action, const struct container *container);
// Checks one network that a container is to be on, as create and connect do.
[[nodiscard]] int endpoint_settings_check(const struct network *network,
                                          const struct endpoint_settings *settings,
                                          struct err *err);
// What a container's monitor needs to answer for names; NULL: it has none on a user's network.
[[nodiscard]] int endpoints_dns(struct engine *engine, struct arena *arena,
                                const struct container *container,
                                const struct placed_endpoint *endpoints, size_t n,
                                struct monitor_dns **out, struct err *err);

// --- files of /etc (endpoints_files.c) ---
[[nodiscard]] int endpoints_hosts(struct engine *engine, struct arena *arena,
                                  const struct container *container,
                                  const struct placed_endpoint *endpoints, size_t n,
                                  const char **out, struct err *err);
[[nodiscard]] int endpoints_resolv(struct arena *arena, const struct container *container,
                                   const struct placed_endpoint *endpoints, size_t n,
                                   const char **out, struct err *err);
struct resolv_request {
    const char *host;                          // text of the host's file
    const char **servers, **search, **options; // asked for: replace the host's
    size_t n_servers, n_search, n_options;
    bool has_name_server; // ours, on 127.0.0.11
    bool is_host;         // the host's network: its resolvers can be reached, whatever they are
    bool has_ipv6;
};
// The text of a container's resolv.conf.
const char *resolv_make(struct arena *arena, const struct resolv_request *request);
// The host's name servers that a container can reach, or that are asked from the host's side.
const char **resolv_servers(struct arena *arena, const char *host, bool with_loopback,
                            size_t *out_n);
// The host's resolv.conf; that of systemd-resolved's real servers when it names only its stub.
[[nodiscard]] int resolv_read_host(struct arena *arena, const char **out, struct err *err);

// --- links of the default bridge (endpoints_links.c) ---
struct link_target {
    const char *alias, *name, *hostname, *id;
    char address[IP_TEXT];
    const struct container_spec *spec;
};
[[nodiscard]] int links_find(struct engine *engine, struct arena *arena,
                             const struct container *container, struct link_target **out,
                             size_t *n_out, struct err *err);
// In place: what of a container's /etc/hosts begins with `start` after the address goes
// (network_connect.c).
[[nodiscard]] int endpoints_hosts_forget(const struct container *container, const char *start,
                                         struct err *err);
const char **links_environment(struct arena *arena, const struct container *container,
                               const struct link_target *links, size_t n, size_t *out_n);
