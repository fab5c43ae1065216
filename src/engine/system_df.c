// SPDX-License-Identifier: Apache-2.0
// system_df.c — how much disk images and containers use, and how much of it nobody needs.
#include "base/mem.h"
#include "base/str.h"
#include "engine/image_show.h"
#include "engine/list.h"
#include "engine/volumes.h"

#include <string.h>

static bool wants(const struct system_df_request *request, const char *type)
{
    bool is_wanted = request->n_types == 0;
    for (size_t i = 0; i < request->n_types && !is_wanted; i++)
        is_wanted = strcmp(request->types[i], type) == 0;
    return is_wanted;
}

static int add_images(struct engine *engine, struct arena *arena, bool is_verbose,
                      struct images_usage *out, struct err *err)
{
    struct images_space space;
    if (images_measure(&engine->images, arena, &space, err) < 0)
        return -1;
    *out = (struct images_usage){
        .active_count = (int64_t)space.n_active,
        .total_count = (int64_t)space.n_images,
        .reclaimable = space.reclaimable_bytes,
        .total_size = space.bytes,
    };
    if (!is_verbose)
        return 0;
    const struct image_list_request all = {.all = true, .shared_size = true};
    struct image_list_response list;
    if (engine_image_list(engine, arena, &all, &list, err) < 0)
        return -1;
    out->items = list.images;
    out->n_items = list.n_images;
    return 0;
}

static int add_containers(struct engine *engine, struct arena *arena, bool is_verbose,
                          struct containers_usage *out, struct err *err)
{
    const struct container_list_request all = {.all = true, .size = true};
    struct container_list_response list;
    if (engine_container_list(engine, arena, &all, &list, err) < 0)
        return -1;
    struct containers_usage usage = {.total_count = (int64_t)list.n_containers};
    for (size_t i = 0; i < list.n_containers; i++) {
        const struct container_summary *from = &list.containers[i];
        bool is_active = container_state_is_up(from->state);
        uint64_t written = (uint64_t)*from->size_rw;
        usage.active_count += is_active;
        usage.total_size += written;
        usage.reclaimable += is_active ? 0 : written;
    }
    if (is_verbose) {
        usage.items = list.containers;
        usage.n_items = list.n_containers;
    }
    *out = usage;
    return 0;
}

static int add_volumes(struct engine *engine, struct arena *arena, bool is_verbose,
                       struct volumes_usage *out, struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    struct volume *volumes;
    size_t n;
    if (volume_list(&store, arena, &volumes, &n, err) < 0)
        return -1;
    struct volumes_usage usage = {.total_count = (int64_t)n,
                                  .items = arena_array(arena, n + 1, sizeof *usage.items)};
    for (size_t i = 0; i < n; i++) {
        uint64_t bytes = volume_bytes(engine, &volumes[i]);
        usage.active_count += volumes[i].n_users != 0;
        usage.total_size += bytes;
        usage.reclaimable += volumes[i].n_users != 0 ? 0 : bytes;
        if (!is_verbose)
            continue;
        struct volume_info *item = &usage.items[usage.n_items++];
        volume_show(arena, &volumes[i], item);
        item->usage = arena_new(arena, struct volume_usage);
        *item->usage = (struct volume_usage){(int64_t)bytes, (int64_t)volumes[i].n_users};
    }
    *out = usage;
    return 0;
}

int engine_system_df(struct engine *engine, struct arena *arena,
                     const struct system_df_request *request, struct system_df *response,
                     struct err *err)
{
    static const char *const types[] = {"image", "container", "volume", "build-cache"};
    struct system_df df = {};
    for (size_t i = 0; i < request->n_types; i++) {
        bool is_known = false;
        for (size_t j = 0; j < N_ELEMENTS(types) && !is_known; j++)
            is_known = strcmp(request->types[i], types[j]) == 0;
        if (!is_known)
            return fail(err, ERR_INVALID, "unknown object type: %s", request->types[i]);
    }
    if (wants(request, "image") && add_images(engine, arena, request->verbose, &df.images, err) < 0)
        return -1;
    if (wants(request, "container") &&
        add_containers(engine, arena, request->verbose, &df.containers, err) < 0)
        return -1;
    if (wants(request, "volume") &&
        add_volumes(engine, arena, request->verbose, &df.volumes, err) < 0)
        return -1;
    *response = df;
    return 0;
}
