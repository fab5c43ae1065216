// SPDX-License-Identifier: Apache-2.0
// endpoints.c — a container's part in networks: made at its start, given back at its end.
//
// Theory. Leases first (rows, one transaction each), then the namespace with all devices, which is
// pinned in the run directory under a name that follows from the container; then what names and
// ports need. Killed anywhere, what is left is a pinned namespace and rows: release takes both
// away, in any state, and the kernel takes the devices with the namespace.
#include "engine/endpoints.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "monitor/relay.h"
#include "netlink/netns.h"
#include "network/nameserver.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int start_networks(struct start *start, struct placed_endpoint **out, size_t *n_out,
                          struct err *err);
static int start_shared(struct start *start, struct err *err);
static int start_names(struct start *start, struct err *err);

int endpoints_start(struct start *start, struct err *err)
{
    struct placed_endpoint *endpoints = NULL;
    size_t n = 0;
    switch (network_mode_of(&start->container->spec)) {
    case MODE_CONTAINER:
        return start_shared(start, err);
    case MODE_NETWORKS:
        if (start_networks(start, &endpoints, &n, err) < 0)
            return fail_in(err, "failed to set up container networking");
        break;
    case MODE_NONE:
    case MODE_HOST:
        break;
    }
    if (endpoints_hosts(start->engine, start->arena, start->container, endpoints, n, &start->hosts,
                        err) < 0 ||
        endpoints_resolv(start->arena, start->container, endpoints, n, &start->resolv, err) < 0)
        return -1;
    if (endpoints_dns(start->engine, start->arena, start->container, endpoints, n,
                      &start->monitor->dns, err) < 0 ||
        start_names(start, err) < 0)
        return -1;
    return ports_start(start, endpoints, n, err);
}

// The name server's sockets: made here, served by the monitor.
static int start_names(struct start *start, struct err *err)
{
    struct monitor_dns *dns = start->monitor->dns;
    int sockets[NAMESERVER_SOCKETS];
    if (dns == NULL)
        return 0;
    AUTO_FD int netns = netns_open(start->container->run_dir, NETNS_FILE, err);
    if (netns < 0 || nameserver_open(netns, sockets, err) < 0)
        return fail_in(err, "failed to set up container networking");
    dns->fds = arena_array(start->arena, NAMESERVER_SOCKETS, sizeof *dns->fds);
    for (size_t i = 0; i < NAMESERVER_SOCKETS; i++) {
        assert(start->n_monitor_fds < N_ELEMENTS(start->monitor_fds));
        dns->fds[dns->n_fds++] = (uint32_t)start->n_monitor_fds;
        start->monitor_fds[start->n_monitor_fds++] = sockets[i];
    }
    return 0;
}

// --- networks of its own ---

int lease_is_gone(void *context, const char *container_id)
{
    const struct lease_watch *watch = context;
    struct state_container row;
    struct err ignored; // in doubt it is there
    AUTO_ARENA struct arena arena = {};
    if (strcmp(container_id, watch->own) == 0)
        return 0;
    int there = state_container_find(watch->engine->state, &arena, container_id, &row, &ignored);
    if (there <= 0)
        return there == 0;
    // A command may be starting it: then the container is held, and its monitor is still to come.
    AUTO_FD int lock = container_lock(watch->engine, row.number, false, &ignored);
    if (lock < 0)
        return 0;
    AUTO_FREE char *path = str_printf("containers/%s", row.id);
    AUTO_FD int run_dir =
        openat(watch->engine->run, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return run_dir < 0 ? errno == ENOENT : monitor_is_alive(run_dir, &ignored) == 0;
}

static void add_name(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(names[i], name) == 0)
            return;
    }
    names[(*n)++] = name;
}

struct lease_request endpoint_request(struct arena *arena, const struct container *container,
                                      const struct network *network,
                                      const struct endpoint_settings *settings,
                                      struct lease_watch *watch)
{
    const struct endpoint_ipam *ipam = settings->ipam_config;
    struct lease_request request = {
        .network = network,
        .container_id = container->row.id,
        .ipv4 = ipam != NULL ? ipam->ipv4_address : NULL,
        .ipv6 = ipam != NULL ? ipam->ipv6_address : NULL,
        .mac = settings->mac_address,
        .spec = {.options = settings->driver_opts,
                 .n_options = settings->n_driver_opts,
                 .link_local = ipam != NULL ? ipam->link_local_ips : NULL,
                 .n_link_local = ipam != NULL ? ipam->n_link_local_ips : 0,
                 .gw_priority = settings->gw_priority},
        .is_gone = lease_is_gone,
        .context = watch,
    };
    const char *mac = network_option(settings->driver_opts, settings->n_driver_opts,
                                     NETWORK_OPTION "endpoint.macaddress");
    if (text_is_empty(request.mac) && !text_is_empty(mac))
        request.mac = mac;
    if (!network_has_names(network))
        return request;
    request.spec.dns_names =
        arena_array(arena, settings->n_aliases + 3, sizeof *request.spec.dns_names);
    size_t n = 0;
    add_name(request.spec.dns_names, &n, container->row.name);
    for (size_t i = 0; i < settings->n_aliases; i++)
        add_name(request.spec.dns_names, &n, settings->aliases[i]);
    add_name(request.spec.dns_names, &n, arena_strndup(arena, container->row.id, SHORT_ID));
    add_name(request.spec.dns_names, &n, container_hostname(arena, container));
    request.spec.n_dns_names = n;
    return request;
}

const char *endpoint_device(struct arena *arena, const struct network *network,
                            const struct endpoint_settings *settings, const struct endpoint *others,
                            size_t n)
{
    const char *own = network_option(settings->driver_opts, settings->n_driver_opts,
                                     NETWORK_OPTION "endpoint.ifname");
    const char *prefix = network_option(network->spec.options, network->spec.n_options,
                                        NETWORK_OPTION "container_iface_prefix");
    if (!text_is_empty(own))
        return own;
    for (size_t number = 0;; number++) {
        const char *name =
            arena_printf(arena, "%s%zu", text_is_empty(prefix) ? "eth" : prefix, number);
        bool is_taken = false;
        for (size_t i = 0; i < n && !is_taken; i++)
            is_taken = text_equal(others[i].spec.name, name);
        if (!is_taken)
            return name;
    }
}

static int compare(const void *left, const void *right)
{
    const struct placed_endpoint *a = left, *b = right;
    int64_t priority_a = a->settings->gw_priority, priority_b = b->settings->gw_priority;
    if (priority_a != priority_b)
        return priority_a > priority_b ? -1 : 1;
    if (a->network.spec.internal != b->network.spec.internal)
        return a->network.spec.internal ? 1 : -1;
    return strcmp(a->network.name, b->network.name);
}

void endpoints_sort(struct placed_endpoint *endpoints, size_t n)
{
    if (n > 1)
        qsort(endpoints, n, sizeof *endpoints, compare);
}

void endpoint_announce(const struct engine *engine, const struct network *network,
                       const char *action, const struct container *container)
{
    const struct json_pair pairs[] = {
        {"container", container->row.id}, {"name", network->name}, {"type", network->driver}};
    event_announce(engine, "network", action, network->id, pairs, N_ELEMENTS(pairs));
}

static int lease_all(struct start *start, struct placed_endpoint *endpoints, size_t n,
                     struct err *err)
{
    const struct network_store store = engine_networks(start->engine);
    struct lease_watch watch = {start->engine, start->container->row.id};
    struct endpoint *done = arena_array(start->arena, n + 1, sizeof *done);
    for (size_t i = 0; i < n; i++) {
        struct lease_request request = endpoint_request(
            start->arena, start->container, &endpoints[i].network, endpoints[i].settings, &watch);
        request.spec.name =
            endpoint_device(start->arena, &endpoints[i].network, endpoints[i].settings, done, i);
        if (endpoint_lease(&store, start->arena, &request, &endpoints[i].endpoint, err) < 0)
            return -1;
        done[i] = endpoints[i].endpoint;
    }
    return 0;
}

static int start_networks(struct start *start, struct placed_endpoint **out, size_t *n_out,
                          struct err *err)
{
    const struct container_spec *spec = &start->container->spec;
    struct network_store store = engine_networks(start->engine);
    store.userns = start->userns > 0 ? start->userns : 0;
    size_t n = spec->n_networks;
    struct placed_endpoint *endpoints = arena_array(start->arena, n + 1, sizeof *endpoints);
    struct attachment *attachments = arena_array(start->arena, n + 1, sizeof *attachments);
    for (size_t i = 0; i < n; i++) {
        endpoints[i].settings = &spec->networks[i];
        if (network_get(&store, start->arena, spec->networks[i].network, &endpoints[i].network,
                        err) < 0)
            return -1;
    }
    endpoints_sort(endpoints, n);
    if (lease_all(start, endpoints, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        attachments[i] = (struct attachment){&endpoints[i].network, &endpoints[i].endpoint, true};
    AUTO_FD int netns =
        network_attach_all(&store, start->arena, start->container->run_dir, attachments, n, err);
    if (netns < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (network_names_write(&store, start->arena, &endpoints[i].network, err) < 0)
            return -1;
        endpoint_announce(start->engine, &endpoints[i].network, "connect", start->container);
    }
    start->netns = arena_printf(start->arena, "%s/containers/%s/" NETNS_FILE,
                                start->engine->settings->run_root, start->container->row.id);
    start->monitor->netns = start->netns;
    *out = endpoints;
    *n_out = n;
    return 0;
}

// --- another container's ---

static int read_text(struct arena *arena, int dir, const char *name, const char **out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    if (file_read_at(dir, name, &text, err) < 0)
        return fail_in(err, "read %s of the other container", name);
    *out = arena_strndup(arena, buf_get(&text), text.n);
    return 0;
}

// Its namespace as long as its first process lives; its files of /etc are what it sees now.
static int start_shared(struct start *start, struct err *err)
{
    AUTO_CONTAINER struct container other = CONTAINER_NONE;
    if (network_mode_container(start->engine, start->arena,
                               start->container->spec.host.network_mode, &other, err) < 0)
        return -1;
    if (strcmp(other.row.id, start->container->row.id) == 0)
        return fail(err, ERR_INVALID, "cannot join own network namespace");
    if (other.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT,
                    "cannot join network namespace of a non running container: container %s is %s",
                    other.row.name, container_status_name(other.status));
    start->netns = arena_printf(start->arena, "/proc/%jd/ns/net", (intmax_t)other.live.pid);
    if (read_text(start->arena, other.dir, "hosts", &start->hosts, err) < 0)
        return -1;
    return read_text(start->arena, other.dir, "resolv.conf", &start->resolv, err);
}

// --- config.json ---

static void set_network_namespace(const char *path, struct oci_config *out)
{
    for (size_t i = 0; i < out->linux_.n_namespaces; i++) {
        if (strcmp(out->linux_.namespaces[i].type, "network") == 0)
            out->linux_.namespaces[i].path = path;
    }
}

int endpoints_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    struct link_target *links;
    size_t n_links, n;
    if (start->netns != NULL)
        set_network_namespace(start->netns, out);
    if (links_find(start->engine, start->arena, start->container, &links, &n_links, err) < 0)
        return -1;
    if (n_links == 0)
        return 0;
    const char **more = links_environment(start->arena, start->container, links, n_links, &n);
    const char **env = arena_array(start->arena, out->process->n_env + n + 1, sizeof *env);
    memcpy(env, out->process->env, out->process->n_env * sizeof *env);
    memcpy(env + out->process->n_env, more, n * sizeof *env);
    out->process->env = env;
    out->process->n_env += n;
    return 0;
}

// --- end ---

int endpoints_release(struct engine *engine, struct arena *arena, const struct container *container,
                      struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct endpoint *endpoints;
    size_t n;
    if (ports_release(engine, arena, container, err) < 0)
        return -1;
    if (container->run_dir >= 0 && netns_unpin(container->run_dir, NETNS_FILE, err) < 0)
        return -1;
    if (endpoints_list(&store, arena, NULL, container->row.id, &endpoints, &n, err) < 0)
        return -1;
    if (n == 0)
        return 0;
    // Killed after this, the file of names is too long until the next start or end on the network.
    if (state_endpoint_delete(engine->state, container->row.id, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct network network;
        int there = network_find(&store, arena, endpoints[i].network_id, &network, err);
        if (there < 0 || (there > 0 && network_names_write(&store, arena, &network, err) < 0))
            return -1;
        if (there > 0)
            endpoint_announce(engine, &network, "disconnect", container);
    }
    return 0;
}
