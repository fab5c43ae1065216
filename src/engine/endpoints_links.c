// SPDX-License-Identifier: Apache-2.0
// endpoints_links.c — --link on the default bridge: another container by an alias, in /etc/hosts
// and in the environment. (On a user's network a link is a name, see monitor/config.h.)
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

static int find_link(struct engine *engine, struct arena *arena, const struct container *container,
                     const char *text, struct link_target *out, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct str rest = str_of(text), name = str_cut(&rest, ':');
    const char *reference = arena_strndup(arena, name.at, name.n);
    const char *alias = rest.n != 0 ? rest.at : reference;
    AUTO_CONTAINER struct container other = CONTAINER_NONE;
    if (container_open(engine, arena, reference, CONTAINER_LOOK, &other, err) < 0)
        return fail_in(err, "could not get container for %s", reference);
    if (other.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "Cannot link to a non running container: /%s AS /%s/%s",
                    other.row.name, container->row.name, alias);
    struct network bridge;
    struct endpoint *endpoints;
    size_t n;
    if (network_get(&store, arena, "bridge", &bridge, err) < 0 ||
        endpoints_list(&store, arena, bridge.id, other.row.id, &endpoints, &n, err) < 0)
        return -1;
    if (n == 0)
        return fail(err, ERR_CONFLICT,
                    "Cannot link to /%s, as it does not belong to the default network",
                    other.row.name);
    *out = (struct link_target){
        .alias = alias,
        .name = other.row.name,
        .id = other.row.id,
        .hostname = container_hostname(arena, &other),
    };
    (void)ip_print(&endpoints[0].ipv4, out->address);
    struct container_spec *spec = arena_new(arena, struct container_spec);
    *spec = other.spec;
    out->spec = spec;
    return 0;
}

int links_find(struct engine *engine, struct arena *arena, const struct container *container,
               struct link_target **out, size_t *n_out, struct err *err)
{
    const struct host_config *host = &container->spec.host;
    struct link_target *links = arena_array(arena, host->n_links + 1, sizeof *links);
    for (size_t i = 0; i < host->n_links; i++) {
        if (find_link(engine, arena, container, host->links[i], &links[i], err) < 0)
            return -1;
    }
    *out = links;
    *n_out = host->n_links;
    return 0;
}

// The alias as the start of a variable's name: "db-1" is DB_1.
static const char *prefix_of(struct arena *arena, const char *alias)
{
    char *prefix = arena_strdup(arena, alias);
    for (char *at = prefix; *at != '\0'; at++)
        *at = *at == '-' || *at == '.' ? '_' : (char)toupper((unsigned char)*at);
    return prefix;
}

struct variables {
    struct arena *arena;
    const char **at;
    size_t n;
};

static void add_port(struct variables *out, const char *prefix, const struct link_target *link,
                     const char *exposed, bool is_first)
{
    struct str protocol = str_of(exposed), port = str_cut(&protocol, '/');
    if (protocol.n == 0)
        protocol = STR("tcp");
    const char *lower = arena_strndup(out->arena, protocol.at, protocol.n);
    const char *upper = prefix_of(out->arena, lower);
    const char *number = arena_strndup(out->arena, port.at, port.n);
    const char *url = arena_printf(out->arena, "%s://%s:%s", lower, link->address, number);
    const char *start = arena_printf(out->arena, "%s_PORT_%s_%s", prefix, number, upper);
    if (is_first)
        out->at[out->n++] = arena_printf(out->arena, "%s_PORT=%s", prefix, url);
    out->at[out->n++] = arena_printf(out->arena, "%s=%s", start, url);
    out->at[out->n++] = arena_printf(out->arena, "%s_ADDR=%s", start, link->address);
    out->at[out->n++] = arena_printf(out->arena, "%s_PORT=%s", start, number);
    out->at[out->n++] = arena_printf(out->arena, "%s_PROTO=%s", start, lower);
}

static void add_link(struct variables *out, const struct container *container,
                     const struct link_target *link)
{
    const char *prefix = prefix_of(out->arena, link->alias);
    for (size_t i = 0; i < link->spec->n_exposed_ports; i++)
        add_port(out, prefix, link, link->spec->exposed_ports[i].key, i == 0);
    out->at[out->n++] =
        arena_printf(out->arena, "%s_NAME=/%s/%s", prefix, container->row.name, link->alias);
    for (size_t i = 0; i < link->spec->n_env; i++) {
        if (!text_starts(link->spec->env[i], "HOME=") && !text_starts(link->spec->env[i], "PATH="))
            out->at[out->n++] = arena_printf(out->arena, "%s_ENV_%s", prefix, link->spec->env[i]);
    }
}

const char **links_environment(struct arena *arena, const struct container *container,
                               const struct link_target *links, size_t n, size_t *out_n)
{
    size_t room = 1;
    for (size_t i = 0; i < n; i++)
        room += 2 + 5 * links[i].spec->n_exposed_ports + links[i].spec->n_env;
    struct variables variables = {.arena = arena, .at = arena_array(arena, room, sizeof(char *))};
    for (size_t i = 0; i < n; i++)
        add_link(&variables, container, &links[i]);
    *out_n = variables.n;
    return variables.at;
}

// --- rm --link ---

static bool is_called(const char *link, const char *alias)
{
    struct str rest = str_of(link), name = str_cut(&rest, ':');
    return str_is(rest.n != 0 ? rest : name, alias);
}

// The container and the alias of "CONTAINER/ALIAS"; a name alone is the container's own.
static int cut_link(struct engine *engine, struct arena *arena, const char *reference,
                    struct container *out, const char **alias, struct err *err)
{
    const char *text = *reference == '/' ? reference + 1 : reference;
    const char *slash = strrchr(text, '/');
    const char *name = slash == NULL ? text : arena_strndup(arena, text, (size_t)(slash - text));
    if (container_open(engine, arena, name, CONTAINER_HOLD, out, err) < 0)
        return err->kind == ERR_NOT_FOUND && slash != NULL
                   ? fail(err, ERR_NOT_FOUND, "No such container: %s", reference)
                   : -1;
    if (slash == NULL)
        return fail(err, ERR_CONFLICT,
                    "Conflict, cannot remove the default link name of the container: name a link "
                    "as %s/ALIAS",
                    text);
    *alias = slash + 1;
    return 0;
}

int links_remove(struct engine *engine, struct arena *arena, const char *reference, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    const char *alias = NULL;
    if (cut_link(engine, arena, reference, &container, &alias, err) < 0)
        return -1;
    struct host_config *host = &container.spec.host;
    size_t n = 0;
    for (size_t i = 0; i < host->n_links; i++) {
        if (!is_called(host->links[i], alias))
            host->links[n++] = host->links[i];
    }
    if (n == host->n_links)
        return fail(err, ERR_NOT_FOUND, "No such container: %s: container %s has no link %s",
                    reference, container.row.name, alias);
    host->n_links = n;
    if (container_store_spec(engine, &container, err) < 0)
        return -1;
    if (!container_has_processes(&container))
        return 0;
    return endpoints_hosts_forget(&container, arena_printf(arena, "%s ", alias), err);
}
