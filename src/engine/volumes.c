// SPDX-License-Identifier: Apache-2.0
// volumes.c — volume create, ls, inspect, rm, prune, update.
#include "engine/volumes.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "ops/filters.h"
#include "snapshot/snapshot.h"

#include <fcntl.h>
#include <string.h>

struct volume_store engine_volumes(const struct engine *engine)
{
    return (struct volume_store){
        .path = engine->settings->root,
        .run_path = engine->settings->run_root,
        .root = engine->root,
        .run = engine->run,
        .state = engine->state,
    };
}

int volume_get(struct engine *engine, struct arena *arena, const char *name, struct volume *out,
               struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    int there = volume_find(&store, arena, name, out, err);
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "get %s: no such volume", name);
    return there < 0 ? -1 : 0;
}

void volume_show(struct arena *arena, const struct volume *volume, struct volume_info *out)
{
    const char *created = time_rfc3339(arena, volume->created_ns);
    *out = (struct volume_info){
        .name = volume->name,
        .driver = volume->driver,
        .mountpoint = volume->mountpoint,
        // docker says it to the second
        .created_at = arena_printf(arena, "%.*sZ", (int)strcspn(created, ".Z"), created),
        .scope = "local",
        .labels = volume->spec.labels,
        .n_labels = volume->spec.n_labels,
        .options = volume->spec.options,
        .n_options = volume->spec.n_options,
    };
}

uint64_t volume_bytes(struct engine *engine, const struct volume *volume)
{
    const struct volume_store store = engine_volumes(engine);
    struct err ignored; // one that cannot be read has no size
    AUTO_FD int data = volume_has_mount(volume) ? -1 : volume_data(&store, volume, &ignored);
    return data < 0 ? 0 : tree_measure(data);
}

// --- create ---

int engine_volume_create(struct engine *engine, struct arena *arena,
                         const struct volume_create_request *request, struct volume_info *response,
                         struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    const struct volume_request wanted = {
        .name = request->name,
        .driver = request->driver,
        .spec = {request->labels, request->options, request->n_labels, request->n_options}};
    struct volume volume;
    int created = volume_create(&store, arena, &wanted, &volume, err);
    if (created < 0)
        return -1;
    engine->is_unsettled = true;
    if (created > 0) {
        const struct json_pair pairs[] = {{"driver", volume.driver}};
        event_announce(engine, "volume", "create", volume.name, pairs, N_ELEMENTS(pairs));
    }
    volume_show(arena, &volume, response);
    return 0;
}

// --- list ---

int engine_volume_list(struct engine *engine, struct arena *arena,
                       const struct volume_list_request *request,
                       struct volume_list_response *response, struct err *err)
{
    static const char *const known[] = {"dangling", "driver", "label", "name", NULL};
    const struct volume_store store = engine_volumes(engine);
    struct filters filters;
    struct volume *volumes;
    size_t n;
    bool dangling = false;
    int wants_dangling = -1;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        (wants_dangling = filters_bool(&filters, "dangling", &dangling, err)) < 0 ||
        volume_list(&store, arena, &volumes, &n, err) < 0)
        return -1;
    *response = (struct volume_list_response){};
    response->volumes = arena_array(arena, n + 1, sizeof *response->volumes);
    for (size_t i = 0; i < n; i++) {
        const struct volume *it = &volumes[i];
        bool is_wanted = (!wants_dangling || dangling == (it->n_users == 0)) &&
                         filters_exact(&filters, "driver", it->driver) &&
                         filters_part(&filters, "name", it->name) &&
                         filters_labels(&filters, "label", it->spec.labels, it->spec.n_labels);
        if (is_wanted)
            volume_show(arena, it, &response->volumes[response->n_volumes++]);
    }
    return 0;
}

int engine_volume_inspect(struct engine *engine, struct arena *arena,
                          const struct volume_reference *request, struct volume_info *response,
                          struct err *err)
{
    struct volume volume;
    if (volume_get(engine, arena, request->name, &volume, err) < 0)
        return -1;
    volume_show(arena, &volume, response);
    return 0;
}

// --- remove ---

// "volume is in use - [ID, ID]", as docker has it, and their names.
static int fail_in_use(struct engine *engine, struct arena *arena, const char *name,
                       struct err *err)
{
    const char **ids;
    size_t n;
    if (state_volume_users(engine->state, arena, name, &ids, &n, err) < 0)
        return -1;
    AUTO_BUF struct buf list, names;
    buf_init(&list, sizeof err->text);
    buf_init(&names, sizeof err->text);
    for (size_t i = 0; i < n; i++) {
        struct state_container row;
        struct err ignored; // removed meanwhile
        buf_printf(&list, "%s%s", i == 0 ? "" : ", ", ids[i]);
        if (state_container_find(engine->state, arena, ids[i], &row, &ignored) > 0)
            buf_printf(&names, "%s%s", names.n == 0 ? "" : ", ", row.name);
    }
    return fail(err, ERR_CONFLICT, "remove %s: volume is in use - [%s]%s%s%s", name, buf_get(&list),
                names.n != 0 ? " (container " : "", buf_get(&names), names.n != 0 ? ")" : "");
}

int volume_settle(struct engine *engine, struct arena *arena, const char *name, struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    const char **holders;
    size_t n;
    if (volume_holders(&store, arena, name, &holders, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        struct state_container row;
        int there = state_container_find(engine->state, arena, holders[i], &row, err);
        if (there > 0)
            there = container_open_row(engine, arena, &row, CONTAINER_LOOK, &container, err);
        if (there < 0)
            return -1;
        if (there > 0 && container_has_processes(&container))
            continue;
        if (volume_release(&store, name, holders[i], err) < 0)
            return -1;
    }
    return 0;
}

static int remove_one(struct engine *engine, struct arena *arena, const struct volume *volume,
                      struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    if (volume_has_mount(volume) && volume_settle(engine, arena, volume->name, err) < 0)
        return -1;
    int removed = volume_remove(&store, arena, volume->name, err);
    if (removed <= 0)
        return removed;
    const struct json_pair pairs[] = {{"driver", volume->driver}};
    event_announce(engine, "volume", "destroy", volume->name, pairs, N_ELEMENTS(pairs));
    return 1;
}

int engine_volume_remove(struct engine *engine, struct arena *arena,
                         const struct volume_remove_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    const struct volume_store store = engine_volumes(engine);
    struct volume volume;
    if (volume_sweep(&store, arena, err) < 0)
        return -1;
    if (volume_get(engine, arena, request->name, &volume, err) < 0)
        return request->force && err->kind == ERR_NOT_FOUND ? 0 : -1;
    int removed = remove_one(engine, arena, &volume, err);
    if (removed == 0)
        return fail_in_use(engine, arena, request->name, err);
    return removed < 0 ? -1 : 0;
}

int engine_volume_prune(struct engine *engine, struct arena *arena,
                        const struct volume_prune_request *request,
                        struct volume_prune_response *response, struct err *err)
{
    static const char *const known[] = {"all", "label", "label!", NULL};
    const struct volume_store store = engine_volumes(engine);
    struct filters filters;
    struct volume *volumes;
    size_t n;
    bool all = false;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        filters_bool(&filters, "all", &all, err) < 0 ||
        volume_list(&store, arena, &volumes, &n, err) < 0)
        return -1;
    struct volume_prune_response done = {.removed = arena_array(arena, n + 1, sizeof(char *))};
    for (size_t i = 0; i < n; i++) {
        const struct volume *it = &volumes[i];
        const struct volume_spec *spec = &it->spec;
        bool is_wanted = it->n_users == 0 && (all || it->is_anonymous) &&
                         filters_labels(&filters, "label", spec->labels, spec->n_labels) &&
                         filters_no_labels(&filters, "label!", spec->labels, spec->n_labels);
        uint64_t bytes = is_wanted ? volume_bytes(engine, it) : 0;
        int removed = is_wanted ? remove_one(engine, arena, it, err) : 0;
        if (removed < 0)
            return -1;
        if (removed == 0)
            continue; // or somebody began to use it just now
        done.removed[done.n_removed++] = it->name;
        done.space_reclaimed += bytes;
    }
    prune_announce(engine, "volume", done.space_reclaimed);
    *response = done;
    return 0;
}

// --- update ---

int engine_volume_update(struct engine *engine, struct arena *arena,
                         const struct volume_update_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    const struct volume_store store = engine_volumes(engine);
    struct volume volume;
    if (volume_get(engine, arena, request->name, &volume, err) < 0)
        return -1;
    struct json_pair *labels =
        arena_array(arena, volume.spec.n_labels + request->n_labels + 1, sizeof *labels);
    size_t n = 0;
    for (size_t i = 0; i < volume.spec.n_labels; i++) {
        bool is_kept = true;
        for (size_t j = 0; j < request->n_labels && is_kept; j++)
            is_kept = strcmp(request->labels[j].key, volume.spec.labels[i].key) != 0;
        for (size_t j = 0; j < request->n_remove_labels && is_kept; j++)
            is_kept = strcmp(request->remove_labels[j], volume.spec.labels[i].key) != 0;
        if (is_kept)
            labels[n++] = volume.spec.labels[i];
    }
    for (size_t j = 0; j < request->n_labels; j++)
        labels[n++] = request->labels[j];
    volume.spec.labels = labels;
    volume.spec.n_labels = n;
    engine->is_unsettled = true;
    return volume_relabel(&store, &volume, err);
}
