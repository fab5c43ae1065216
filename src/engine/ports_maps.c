// SPDX-License-Identifier: Apache-2.0
// ports_maps.c — maps of published ports: checked, joined, taken apart, shown.
#include "base/mem.h"
#include "base/str.h"
#include "engine/ports_plan.h"
#include "ops/portspec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int ports_map_check(const struct port_map *map, struct err *err)
{
    struct port_range range;
    const char *protocol;
    if (!port_key_parse(map->port, &range, &protocol) || range.first != range.last)
        return fail(err, ERR_INVALID, "invalid port specification: \"%s\": 80/tcp is one",
                    map->port);
    for (size_t i = 0; i < map->n_bindings; i++) {
        const struct port_binding *binding = &map->bindings[i];
        struct ip ip;
        if (!text_is_empty(binding->host_ip) && !ip_parse(str_of(binding->host_ip), &ip))
            return fail(err, ERR_INVALID, "invalid host address for port %s: \"%s\"", map->port,
                        binding->host_ip);
        if (!text_is_empty(binding->host_port) && strcmp(binding->host_port, "0") != 0 &&
            !port_range_parse(str_of(binding->host_port), &range))
            return fail(err, ERR_INVALID, "invalid port specification: \"%s\"", binding->host_port);
    }
    return 0;
}

void ports_warn(struct creation *creation)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct err ignored; // nothing can be said, then
    const char *others = "";
    if (firewall_open(creation->engine->settings->run_root, &firewall, &ignored) < 0 ||
        firewall_others(&firewall, creation->arena, &others, &ignored) < 0 || *others == '\0')
        return;
    creation_warn(creation,
                  "another firewall of this machine drops forwarded packets (policy of %s): other "
                  "hosts reach published ports only if it lets them through; see dhow port "
                  "--exposure",
                  others);
}

// --- what a running container's maps mean ---

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

// Whether the maps name this port of this host.
static bool names(const struct port_map *maps, size_t n, const char *key, const char *host,
                  const char *host_port)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(maps[i].port, key) != 0)
            continue;
        if (maps[i].n_bindings == 0)
            return true;
        for (size_t k = 0; k < maps[i].n_bindings; k++) {
            const struct port_binding *binding = &maps[i].bindings[k];
            bool any_port = text_is_empty(binding->host_port);
            bool any_host = text_is_empty(binding->host_ip);
            if ((any_port || same_text(binding->host_port, host_port)) &&
                (any_host || same_text(binding->host_ip, host)))
                return true;
        }
    }
    return false;
}

void ports_split(struct arena *arena, const struct published_ports *all,
                 const struct port_map *maps, size_t n, struct published_ports *left,
                 struct published_ports *gone)
{
    left->ports = arena_array(arena, all->n_ports + 1, sizeof *left->ports);
    gone->ports = arena_array(arena, all->n_ports + 1, sizeof *gone->ports);
    left->n_ports = gone->n_ports = 0;
    for (size_t i = 0; i < all->n_ports; i++) {
        const struct published_port *port = &all->ports[i];
        const char *key = arena_printf(arena, "%u/%s", port->container_port, port->protocol);
        const char *host_port = arena_printf(arena, "%u", port->host_port);
        struct published_ports *to = names(maps, n, key, port->host, host_port) ? gone : left;
        to->ports[to->n_ports++] = *port;
    }
}

void ports_maps_add(struct arena *arena, struct host_config *host, const struct port_map *maps,
                    size_t n)
{
    struct port_map *all = arena_array(arena, host->n_port_bindings + n + 1, sizeof *all);
    size_t n_all = 0;
    for (size_t i = 0; i < host->n_port_bindings; i++)
        all[n_all++] = host->port_bindings[i];
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < n_all && strcmp(all[at].port, maps[i].port) != 0)
            at++;
        if (at == n_all) {
            all[n_all++] = maps[i];
            continue;
        }
        size_t n_old = all[at].n_bindings, n_new = maps[i].n_bindings;
        struct port_binding *bindings = arena_array(arena, n_old + n_new + 1, sizeof *bindings);
        for (size_t k = 0; k < n_old + n_new; k++)
            bindings[k] = k < n_old ? all[at].bindings[k] : maps[i].bindings[k - n_old];
        all[at].bindings = bindings;
        all[at].n_bindings = n_old + n_new;
    }
    host->port_bindings = all;
    host->n_port_bindings = n_all;
}

size_t ports_maps_remove(struct arena *arena, struct host_config *host, const struct port_map *maps,
                         size_t n)
{
    struct port_map *left = arena_array(arena, host->n_port_bindings + 1, sizeof *left);
    size_t n_left = 0, removed = 0;
    for (size_t i = 0; i < host->n_port_bindings; i++) {
        const struct port_map *old = &host->port_bindings[i];
        struct port_map kept = {.port = old->port,
                                .bindings =
                                    arena_array(arena, old->n_bindings + 1, sizeof *kept.bindings)};
        for (size_t k = 0; k < old->n_bindings; k++) {
            const struct port_binding *binding = &old->bindings[k];
            if (names(maps, n, old->port, binding->host_ip, binding->host_port))
                removed++;
            else
                kept.bindings[kept.n_bindings++] = *binding;
        }
        if (kept.n_bindings != 0)
            left[n_left++] = kept;
    }
    host->port_bindings = left;
    host->n_port_bindings = n_left;
    return removed;
}

// --- shown ---

static uint32_t number_of(const char *key)
{
    struct port_range range;
    const char *protocol;
    return port_key_parse(key, &range, &protocol) ? range.first : 0;
}

static int by_number(const void *left, const void *right)
{
    const struct port_map *a = left, *b = right;
    uint32_t x = number_of(a->port), y = number_of(b->port);
    return x != y ? (x < y ? -1 : 1) : strcmp(a->port, b->port);
}

int ports_show(struct arena *arena, const struct container *container, struct port_map **out,
               size_t *n_out, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    struct published_ports ports = {};
    struct port_list list = {};
    if (container->status != STATUS_RUNNING) {
        *out = NULL;
        *n_out = 0;
        return 0;
    }
    if (container->run_dir >= 0 && ports_read(arena, container->run_dir, &ports, err) < 0)
        return -1;
    for (size_t i = 0; i < spec->n_exposed_ports; i++) {
        struct err ignored; // checked at create
        (void)portspec_expose(arena, spec->exposed_ports[i].key, &list, &ignored);
    }
    for (size_t i = 0; i < ports.n_ports; i++) {
        const struct published_port *port = &ports.ports[i];
        struct host_config shown = {.port_bindings = list.maps, .n_port_bindings = list.n};
        struct port_binding binding = {
            port->host, port->host_port == 0 ? "" : arena_printf(arena, "%u", port->host_port)};
        const struct port_map map = {
            arena_printf(arena, "%u/%s", port->container_port, port->protocol), &binding, 1};
        ports_maps_add(arena, &shown, &map, 1);
        list.maps = shown.port_bindings;
        list.n = list.room = shown.n_port_bindings;
        // The binding is ours, the map's copy is not: it must last.
        struct port_map *last = &list.maps[list.n - 1];
        if (last->bindings == &binding) {
            last->bindings = arena_array(arena, 1, sizeof binding);
            last->bindings[0] = binding;
        }
    }
    if (list.n > 1)
        qsort(list.maps, list.n, sizeof *list.maps, by_number);
    *out = list.maps;
    *n_out = list.n;
    return 0;
}

// --- who has a port ---

static bool has_port(const struct published_ports *ports, uint8_t protocol, const struct ip *host,
                     uint16_t number)
{
    for (size_t i = 0; i < ports->n_ports; i++) {
        const struct published_port *port = &ports->ports[i];
        struct ip other;
        if (port->host_port == number && port->way != PORT_OPEN &&
            protocol_number(port->protocol) == protocol && ip_parse(str_of(port->host), &other) &&
            other.family == host->family &&
            (ip_is_unspecified(&other) || ip_is_unspecified(host) || ip_equal(&other, host)))
            return true;
    }
    return false;
}

const char *ports_owner(struct engine *engine, struct arena *arena, uint8_t protocol,
                        const struct ip *host, uint16_t port)
{
    struct state_container *rows;
    struct err ignored; // nothing can be said, then
    size_t n;
    if (state_containers(engine->state, arena, &rows, &n, &ignored) < 0)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *path = str_printf("containers/%s", rows[i].id);
        AUTO_FD int run_dir =
            openat(engine->run, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        struct published_ports ports;
        if (run_dir >= 0 && ports_read(arena, run_dir, &ports, &ignored) > 0 &&
            has_port(&ports, protocol, host, port) && monitor_is_alive(run_dir, &ignored) > 0)
            return rows[i].name;
    }
    return NULL;
}
