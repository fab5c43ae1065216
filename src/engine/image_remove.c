// SPDX-License-Identifier: Apache-2.0
// image_remove.c — takes a name from an image, unless containers need it.
#include "base/mem.h"
#include "engine/events.h"

#include <string.h>

static bool is_running(const void *data, const struct state_container *row)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct err ignored; // what cannot be looked at is not known to run
    struct engine *engine = (struct engine *)(uintptr_t)data;
    return container_open_row(engine, &arena, row, CONTAINER_LOOK, &container, &ignored) > 0 &&
           container.status == STATUS_RUNNING;
}

struct image_removed *engine_removed(struct arena *arena, const struct image_removals *done)
{
    struct image_removed *out = arena_array(arena, done->n + 1, sizeof *out);
    for (size_t i = 0; i < done->n; i++)
        out[i] = (struct image_removed){done->at[i].untagged, done->at[i].deleted};
    return out;
}

int engine_image_remove(struct engine *engine, struct arena *arena,
                        const struct image_remove_request *request,
                        struct image_remove_response *response, struct err *err)
{
    struct platform *platforms = arena_array(arena, request->n_platforms + 1, sizeof *platforms);
    for (size_t i = 0; i < request->n_platforms; i++) {
        if (platform_parse(arena, request->platforms[i], &platforms[i], err) < 0)
            return -1;
    }
    const struct image_remove remove = {
        .reference = request->name,
        .force = request->force,
        .platforms = platforms,
        .n_platforms = request->n_platforms,
        .users = {is_running, engine},
    };
    struct image image;
    struct image_removals done;
    int there = image_find(&engine->images, arena, request->name, NULL, &image, err);
    if (there < 0 && err->kind != ERR_NOT_FOUND)
        return -1;
    const char *place = there > 0 ? image_mounted_at(engine, arena, &image) : NULL;
    if (place != NULL)
        return fail(err, ERR_CONFLICT,
                    "image %s is mounted at %s: unmount it first (dhow image unmount)",
                    request->name, place);
    if (image_remove(&engine->images, arena, &remove, &done, err) < 0)
        return -1;
    image_announce_removals(engine, there > 0 ? &image : NULL, &done);
    *response = (struct image_remove_response){engine_removed(arena, &done), done.n};
    return 0;
}
