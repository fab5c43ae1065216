// SPDX-License-Identifier: Apache-2.0
// network_connect.c — network connect and disconnect, of a container that runs or does not.
//
// What the container asks for (its row) changes first; then, if it runs, its namespace. Killed in
// between, a running container lacks a network until its next start, or has one until its end, and
// the same command can be given again.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "engine/ports.h"
#include "monitor/relay.h"
#include "netlink/netns.h"
#include "network/nameserver.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

enum { HOSTS_MAX = 1024 * 1024 };

static int check_container(const struct container *container, const struct network *network,
                           struct err *err);
static int attach(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct network *network, const struct endpoint_settings *settings,
                  struct err *err);
static int detach(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct network *network, struct err *err);

static ssize_t find_network(const struct container_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->n_networks; i++) {
        if (strcmp(spec->networks[i].network, name) == 0)
            return (ssize_t)i;
    }
    return -1;
}

// --- connect ---

static void add_network(struct arena *arena, struct container_spec *spec,
                        const struct endpoint_settings *settings)
{
    struct endpoint_settings *networks = arena_array(arena, spec->n_networks + 1, sizeof *networks);
    if (spec->n_networks != 0)
        memcpy(networks, spec->networks, spec->n_networks * sizeof *networks);
    networks[spec->n_networks] = *settings;
    spec->networks = networks;
    spec->n_networks++;
}

int engine_network_connect(struct engine *engine, struct arena *arena,
                           const struct network_connect_request *request, struct nothing *response,
                           struct err *err)
{
    (void)response;
    const struct network_store store = engine_networks(engine);
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct endpoint_settings settings = {};
    struct network network;
    if (request->endpoint != NULL)
        settings = *request->endpoint;
    if (network_get(&store, arena, request->id, &network, err) < 0 ||
        container_open(engine, arena, request->container, CONTAINER_HOLD, &container, err) < 0 ||
        check_container(&container, &network, err) < 0)
        return -1;
    settings.network = network.name;
    if (find_network(&container.spec, network.name) >= 0)
        return fail(err, ERR_DENIED, "endpoint with name %s already exists in network %s",
                    container.row.name, network.name);
    if (container.spec.n_networks >= NETWORKS_MAX)
        return fail(err, ERR_INVALID, "a container can be on %d networks at most", NETWORKS_MAX);
    if (endpoint_settings_check(&network, &settings, err) < 0)
        return -1;
    const struct container_spec before = container.spec;
    add_network(arena, &container.spec, &settings);
    if (container_store_spec(engine, &container, err) < 0)
        return -1;
    if (container.status == STATUS_RUNNING &&
        attach(engine, arena, &container, &network, &settings, err) < 0) {
        struct err ignored; // the first failure is the one to tell
        (void)detach(engine, arena, &container, &network, &ignored);
        container.spec = before;
        (void)container_store_spec(engine, &container, &ignored);
        return -1;
    }
    engine->is_unsettled = true;
    endpoint_announce(engine, &network, "connect", &container);
    return 0;
}

static int check_container(const struct container *container, const struct network *network,
                           struct err *err)
{
    if (container->status == STATUS_REMOVING)
        return fail(err, ERR_CONFLICT, "container %s is marked for removal and cannot be connected",
                    container->row.name);
    switch (network_mode_of(&container->spec)) {
    case MODE_HOST:
    case MODE_CONTAINER:
        return fail(err, ERR_DENIED,
                    "container sharing network namespace with another container or host cannot be "
                    "connected to any other network");
    case MODE_NONE:
        return fail(err, ERR_DENIED,
                    "container cannot be connected to multiple networks with one of the networks "
                    "in private (none) mode");
    case MODE_NETWORKS:
        break;
    }
    if (strcmp(network->driver, "host") == 0 || strcmp(network->driver, "null") == 0)
        return fail(err, ERR_DENIED,
                    "container cannot be connected to the network %s: only a new one can be there",
                    network->name);
    return 0;
}

// --- a running container ---

// What it is on now, those that routes go through first.
int endpoints_placed(struct engine *engine, struct arena *arena, const struct container *container,
                     struct placed_endpoint **out, size_t *n_out, struct err *err)
{
    static const struct endpoint_settings none;
    const struct network_store store = engine_networks(engine);
    struct endpoint *endpoints;
    size_t n, n_placed = 0;
    if (endpoints_list(&store, arena, NULL, container->row.id, &endpoints, &n, err) < 0)
        return -1;
    struct placed_endpoint *all = arena_array(arena, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        struct placed_endpoint *it = &all[n_placed];
        int there = network_find(&store, arena, endpoints[i].network_id, &it->network, err);
        if (there < 0)
            return -1;
        if (there == 0)
            continue;
        ssize_t at = find_network(&container->spec, it->network.name);
        it->settings = at < 0 ? &none : &container->spec.networks[at];
        it->endpoint = endpoints[i];
        n_placed++;
    }
    endpoints_sort(all, n_placed);
    *out = all;
    *n_out = n_placed;
    return 0;
}

static int put_text(int dir, const char *name, const char *text, size_t n, struct err *err)
{
    // In place: the container sees this very file.
    AUTO_FD int fd = openat(dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || write_all(fd, text, n) < 0)
        return fail_sys(err, "write the container's %s", name);
    return 0;
}

// Adds the container's name with the address to its /etc/hosts, or takes it away; what else was
// written there stays.
static int change_hosts(struct arena *arena, const struct container *container, const struct ip *ip,
                        bool adds, struct err *err)
{
    char text[IP_TEXT];
    AUTO_BUF struct buf before, after;
    buf_init(&before, HOSTS_MAX);
    buf_init(&after, (size_t)2 * HOSTS_MAX);
    if (ip_is_none(ip))
        return 0;
    if (file_read_at(container->dir, "hosts", &before, err) < 0)
        return -1;
    const char *start = arena_printf(arena, "%s\t", ip_print(ip, text));
    struct str rest = {buf_get(&before), before.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        if (!str_starts(line, start))
            buf_printf(&after, "%.*s\n", (int)line.n, line.at);
    }
    if (adds)
        buf_printf(&after, "%s%s\n", start, container_hostname(arena, container));
    return put_text(container->dir, "hosts", buf_get(&after), after.n, err);
}

int endpoints_hosts_forget(const struct container *container, const char *start, struct err *err)
{
    AUTO_BUF struct buf before, after;
    buf_init(&before, HOSTS_MAX);
    buf_init(&after, HOSTS_MAX);
    if (file_read_at(container->dir, "hosts", &before, err) < 0)
        return -1;
    struct str rest = {buf_get(&before), before.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), names = line;
        (void)str_cut(&names, '\t');
        if (!str_starts(names, start))
            buf_printf(&after, "%.*s\n", (int)line.n, line.at);
    }
    return put_text(container->dir, "hosts", buf_get(&after), after.n, err);
}

static int tell_names(const struct container *container, const struct monitor_config *config,
                      int netns, struct err *err);
// Names, the name server's networks and routes, as they are to be now.
static int refresh(struct engine *engine, struct arena *arena, const struct container *container,
                   int netns, struct err *err)
{
    struct placed_endpoint *all;
    struct monitor_config config;
    const char *resolv;
    size_t n;
    if (endpoints_placed(engine, arena, container, &all, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct ip gateway;
        const struct attachment first = {&all[i].network, &all[i].endpoint, true};
        if (!network_gateway(&all[i].network, AF_INET, &gateway) &&
            !network_gateway(&all[i].network, AF_INET6, &gateway))
            continue;
        if (network_route(netns, arena, &first, err) < 0)
            return -1;
        break;
    }
    int there = monitor_config_read(arena, container->dir, &config, err);
    const struct monitor_dns *before = config.dns;
    if (there < 0 || endpoints_dns(engine, arena, container, all, n, &config.dns, err) < 0)
        return -1;
    if (config.dns != NULL && before != NULL) { // its sockets stay
        config.dns->fds = before->fds;
        config.dns->n_fds = before->n_fds;
    }
    if ((there > 0 && monitor_config_write(container->dir, &config, err) < 0) ||
        endpoints_resolv(arena, container, all, n, &resolv, err) < 0)
        return -1;
    if (put_text(container->dir, "resolv.conf", resolv, strlen(resolv), err) < 0 ||
        ports_move(engine, arena, container, err) < 0)
        return -1;
    return tell_names(container, &config, netns, err);
}

// The monitor answers for other networks from now on; it gets sockets if it had none.
static int tell_names(const struct container *container, const struct monitor_config *config,
                      int netns, struct err *err)
{
    int sockets[NAMESERVER_SOCKETS] = {-1, -1};
    if (config->dns == NULL)
        return 0;
    bool has_none = config->dns->n_fds == 0;
    if (has_none && nameserver_open(netns, sockets, err) < 0)
        return -1;
    int done = relay_names(container->run_dir, sockets, has_none ? NAMESERVER_SOCKETS : 0, err);
    for (size_t i = 0; i < NAMESERVER_SOCKETS; i++) {
        if (sockets[i] >= 0)
            (void)close(sockets[i]); // the monitor has its own
    }
    return done;
}

static int attach(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct network *network, const struct endpoint_settings *settings,
                  struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct lease_watch watch = {engine, container->row.id};
    struct endpoint *others, endpoint;
    size_t n;
    AUTO_FD int netns = netns_open(container->run_dir, NETNS_FILE, err);
    if (netns < 0 || endpoints_list(&store, arena, NULL, container->row.id, &others, &n, err) < 0)
        return -1;
    struct lease_request request = endpoint_request(arena, container, network, settings, &watch);
    request.spec.name = endpoint_device(arena, network, settings, others, n);
    if (endpoint_lease(&store, arena, &request, &endpoint, err) < 0)
        return -1;
    const struct attachment attachment = {network, &endpoint, true};
    const struct admission admission = {
        .networks = &network, .n_networks = 1, .own = container->row.id};
    if (firewall_admit(engine, arena, &admission, err) < 0 ||
        network_attach(&store, arena, netns, &attachment, err) < 0 ||
        network_names_write(&store, arena, network, err) < 0 ||
        change_hosts(arena, container, &endpoint.ipv4, true, err) < 0 ||
        change_hosts(arena, container, &endpoint.ipv6, true, err) < 0)
        return -1;
    return refresh(engine, arena, container, netns, err);
}

static int detach(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct network *network, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct endpoint *endpoints;
    size_t n;
    AUTO_FD int netns = netns_open(container->run_dir, NETNS_FILE, err);
    if (netns < 0 ||
        endpoints_list(&store, arena, network->id, container->row.id, &endpoints, &n, err) < 0)
        return -1;
    if (n == 0)
        return 0;
    if (network_detach(netns, &endpoints[0], err) < 0 ||
        state_endpoint_delete(engine->state, container->row.id, network->id, err) < 0 ||
        network_names_write(&store, arena, network, err) < 0 ||
        change_hosts(arena, container, &endpoints[0].ipv4, false, err) < 0 ||
        change_hosts(arena, container, &endpoints[0].ipv6, false, err) < 0)
        return -1;
    return refresh(engine, arena, container, netns, err);
}

// --- disconnect ---

int engine_network_disconnect(struct engine *engine, struct arena *arena,
                              const struct network_disconnect_request *request,
                              struct nothing *response, struct err *err)
{
    (void)response;
    const struct network_store store = engine_networks(engine);
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct network network;
    if (network_get(&store, arena, request->id, &network, err) < 0)
        return -1;
    if (container_open(engine, arena, request->container, CONTAINER_HOLD, &container, err) < 0)
        // --force is for an endpoint whose container is gone.
        return request->force && err->kind == ERR_NOT_FOUND
                   ? state_endpoint_delete(engine->state, request->container, network.id, err)
                   : -1;
    struct container_spec *spec = &container.spec;
    ssize_t at = find_network(spec, network.name);
    if (network_mode_of(spec) == MODE_HOST && strcmp(network.driver, "host") == 0)
        return fail(err, ERR_DENIED,
                    "container cannot be disconnected from host network or connected to host "
                    "network");
    if (at < 0)
        return fail(err, ERR_DENIED, "container %s is not connected to network %s",
                    container.row.id, network.name);
    memmove(&spec->networks[at], &spec->networks[at + 1],
            (spec->n_networks - (size_t)at - 1) * sizeof *spec->networks);
    spec->n_networks--;
    if (container_store_spec(engine, &container, err) < 0)
        return -1;
    if (container.status == STATUS_RUNNING && detach(engine, arena, &container, &network, err) < 0)
        return fail_in(err, "disconnect container %s from network %s", container.row.name,
                       network.name);
    engine->is_unsettled = true;
    endpoint_announce(engine, &network, "disconnect", &container);
    return 0;
}
