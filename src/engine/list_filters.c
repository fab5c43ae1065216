// SPDX-License-Identifier: Apache-2.0
// list_filters.c — docker's filters of lists of containers.
//
// `name` and `id` are regular expressions that may match anywhere; `before` and `since` name
// containers, `ancestor` an image; the others are words.
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/list.h"

#include <stdio.h>
#include <string.h>

enum { PORTS_MAX = 65536 };

static const char *const known[] = {"ancestor", "before",  "exited", "expose", "health",
                                    "id",       "is-task", "label",  "name",   "network",
                                    "publish",  "since",   "status", "volume", NULL};

// --- reading ---

static const char *among(struct arena *arena, const char *const *words)
{
    const char *all = words[0];
    for (size_t i = 1; words[i] != NULL; i++)
        all = arena_printf(arena, "%s, %s", all, words[i]);
    return all;
}

static int check_words(struct arena *arena, const struct filters *filters, const char *key,
                       const char *const *words, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    for (size_t i = 0; i < n; i++) {
        bool is_known = false;
        for (size_t j = 0; words[j] != NULL && !is_known; j++)
            is_known = strcmp(values[i], words[j]) == 0;
        if (!is_known)
            return fail(err, ERR_INVALID,
                        "invalid filter '%s=%s': invalid value for %s (%s): must be one of %s", key,
                        values[i], strcmp(key, "status") == 0 ? "state" : key, values[i],
                        among(arena, words));
    }
    return n != 0;
}

// The number of the container that the last value names.
static int read_container(struct engine *engine, struct arena *arena, const struct filters *filters,
                          const char *key, int64_t *out, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    for (size_t i = 0; i < n; i++) {
        struct state_container row;
        int there = state_container_find(engine->state, arena, values[i], &row, err);
        if (there < 0)
            return -1;
        if (there == 0)
            return fail(err, ERR_NOT_FOUND, "No such container: %s", values[i]);
        *out = row.number;
    }
    return 0;
}

// An image that is not there has no descendants.
static int read_ancestors(struct engine *engine, struct arena *arena, struct list_filters *out,
                          struct err *err)
{
    size_t n;
    const char *const *values = filters_get(&out->filters, "ancestor", &n);
    for (size_t i = 0; i < n; i++) {
        struct image image;
        int there = image_find(&engine->images, arena, values[i], NULL, &image, err);
        if (there < 0 && err->kind == ERR_SYSTEM)
            return -1;
        if (there > 0)
            words_add(arena, &out->ancestors, image.id);
    }
    out->wants_none |= n != 0 && out->ancestors.n == 0;
    return 0;
}

// "80", "80/udp", "8000-8010/tcp": each of them as docker writes it.
static int read_ports(struct arena *arena, const struct filters *filters, const char *key,
                      const char ***out, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    struct words ports = {};
    for (size_t i = 0; i < n; i++) {
        struct str protocol = str_of(values[i]), range = str_cut(&protocol, '/');
        struct str last = range, first = str_cut(&last, '-');
        uint32_t from, to;
        bool is_number = str_to_u32(first, &from) && from < PORTS_MAX;
        to = from;
        if (is_number && last.n != 0)
            is_number = str_to_u32(last, &to) && to < PORTS_MAX && to >= from;
        if (!is_number)
            return fail(err, ERR_INVALID,
                        "invalid filter '%s=%s': want a port, PORT/PROTOCOL or "
                        "FIRST-LAST/PROTOCOL",
                        key, values[i]);
        for (uint32_t port = from; port <= to; port++)
            words_add(arena, &ports,
                      arena_printf(arena, "%u/%.*s", port, protocol.n != 0 ? (int)protocol.n : 3,
                                   protocol.n != 0 ? protocol.at : "tcp"));
    }
    if (n != 0)
        words_add(arena, &ports, NULL);
    *out = n != 0 ? ports.at : NULL;
    return 0;
}

static int check_numbers(const struct filters *filters, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, "exited", &n);
    for (size_t i = 0; i < n; i++) {
        int64_t code;
        if (!str_to_i64(str_of(values[i]), &code))
            return fail(err, ERR_INVALID, "invalid filter 'exited=%s': want a number", values[i]);
    }
    return 0;
}

int list_filters_read(struct engine *engine, struct arena *arena, const char *json,
                      struct list_filters *out, struct err *err)
{
    static const char *const states[] = {"created",  "running", "paused", "restarting",
                                         "removing", "exited",  "dead",   NULL};
    static const char *const healths[] = {"none", "starting", "healthy", "unhealthy", NULL};
    struct list_filters filters = {};
    bool is_task = false;
    if (filters_read(arena, json, known, &filters.filters, err) < 0)
        return -1;
    const struct filters *given = &filters.filters;
    int by_state = check_words(arena, given, "status", states, err);
    int by_health = by_state < 0 ? -1 : check_words(arena, given, "health", healths, err);
    if (by_health < 0 || check_numbers(given, err) < 0 ||
        filters_bool(given, "is-task", &is_task, err) < 0 ||
        read_container(engine, arena, given, "before", &filters.before, err) < 0 ||
        read_container(engine, arena, given, "since", &filters.since, err) < 0 ||
        read_ancestors(engine, arena, &filters, err) < 0 ||
        read_ports(arena, given, "publish", &filters.published, err) < 0 ||
        read_ports(arena, given, "expose", &filters.exposed, err) < 0)
        return -1;
    filters.wants_all = by_state > 0 || by_health > 0;
    filters.wants_none |= is_task; // of a swarm's there are none
    *out = filters;
    return 0;
}

// --- matching ---

bool list_filters_row(const struct list_filters *filters, const struct state_container *row)
{
    if (filters->wants_none || (filters->before != 0 && row->number >= filters->before) ||
        (filters->since != 0 && row->number <= filters->since) ||
        !filters_expression(&filters->filters, "id", row->id) ||
        !filters_expression(&filters->filters, "name", row->name))
        return false;
    bool is_descendant = filters->ancestors.n == 0;
    for (size_t i = 0; i < filters->ancestors.n && !is_descendant; i++)
        is_descendant = strcmp(filters->ancestors.at[i], row->image_id) == 0;
    return is_descendant;
}

static bool has_port(const char *const *ports, const char *port)
{
    for (; *ports != NULL; ports++) {
        if (strcmp(*ports, port) == 0)
            return true;
    }
    return false;
}

static bool ports_match(const struct list_filters *filters, const struct container_spec *spec)
{
    bool is_published = filters->published == NULL, is_exposed = filters->exposed == NULL;
    for (size_t i = 0; i < spec->host.n_port_bindings && !is_published; i++)
        is_published = has_port(filters->published, spec->host.port_bindings[i].port);
    for (size_t i = 0; i < spec->n_exposed_ports && !is_exposed; i++)
        is_exposed = has_port(filters->exposed, spec->exposed_ports[i].key);
    return is_published && is_exposed;
}

static bool exit_matches(const struct list_filters *filters, const struct container *container)
{
    size_t n;
    char code[24];
    if (filters_get(&filters->filters, "exited", &n) == NULL || n == 0)
        return true;
    (void)snprintf(code, sizeof code, "%jd", (intmax_t)container->live.exit_code); // it fits
    return container->status == STATUS_EXITED && filters_exact(&filters->filters, "exited", code);
}

bool list_filters_spec(const struct list_filters *filters, const struct container *container)
{
    const struct container_spec *spec = &container->spec;
    return filters_exact(&filters->filters, "status", container_status_name(container->status)) &&
           filters_labels(&filters->filters, "label", spec->labels, spec->n_labels) &&
           ports_match(filters, spec) && exit_matches(filters, container);
}

static bool volume_matches(const struct list_filters *filters,
                           const struct container_summary *summary)
{
    size_t n;
    (void)filters_get(&filters->filters, "volume", &n);
    bool matches = n == 0;
    for (size_t i = 0; i < summary->n_mounts && !matches; i++) {
        const struct mount_point *mount = &summary->mounts[i];
        const char *name = text_is_empty(mount->name) ? mount->source : mount->name;
        matches = filters_exact(&filters->filters, "volume", name) ||
                  filters_exact(&filters->filters, "volume", mount->destination);
    }
    return matches;
}

static bool network_matches(const struct list_filters *filters,
                            const struct container_summary *summary)
{
    size_t n;
    (void)filters_get(&filters->filters, "network", &n);
    bool matches = n == 0;
    for (size_t i = 0; i < summary->networks.n_networks && !matches; i++) {
        const struct endpoint_settings *endpoint = &summary->networks.networks[i];
        matches = filters_exact(&filters->filters, "network", endpoint->network) ||
                  filters_prefix(&filters->filters, "network", endpoint->network_id);
    }
    return matches;
}

bool list_filters_summary(const struct list_filters *filters,
                          const struct container_summary *summary)
{
    const char *health = summary->health != NULL ? summary->health->status : "none";
    return filters_exact(&filters->filters, "health", health) && volume_matches(filters, summary) &&
           network_matches(filters, summary);
}
