// SPDX-License-Identifier: Apache-2.0
// image_remove.c — takes a name from an image, unless containers need it.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"

#include <string.h>

static bool is_running(const void *data, const struct state_container *row)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct err ignored; // what cannot be looked at is not known to run
    struct engine *engine = (struct engine *)(uintptr_t)data;
    return container_open_row(engine, &arena, row, CONTAINER_LOOK, &container, &ignored) > 0 &&
           container_has_processes(&container);
}

struct image_removed *engine_removed(struct arena *arena, const struct image_removals *done)
{
    struct image_removed *out = arena_array(arena, done->n + 1, sizeof *out);
    for (size_t i = 0; i < done->n; i++)
        out[i] = (struct image_removed){done->at[i].untagged, done->at[i].deleted};
    return out;
}

int image_mounted_in(struct engine *engine, struct arena *arena, const char *manifest,
                     const char **out_name, struct err *err)
{
    struct state_container *rows;
    size_t n;
    if (state_containers(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; manifest != NULL && i < n; i++) {
        struct container_spec spec;
        struct err ignored; // a request that cannot be read has no mounts that could be made
        if (strstr(rows[i].spec, manifest) == NULL ||
            json_decode(arena, rows[i].spec, strlen(rows[i].spec), container_spec_fields, &spec,
                        JSON_LENIENT, &ignored) < 0)
            continue;
        for (size_t j = 0; j < spec.n_mount_points; j++) {
            const struct container_mount *mount = &spec.mount_points[j];
            if (strcmp(mount->type, "image") == 0 && text_equal(mount->source, manifest)) {
                *out_name = rows[i].name;
                return 1;
            }
        }
    }
    return 0;
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
    const char *user = NULL;
    int is_used = there > 0 ? image_mounted_in(engine, arena, image.manifest, &user, err) : 0;
    if (is_used < 0)
        return -1;
    if (is_used > 0)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to remove image %s: container %s has it mounted (--mount "
                    "type=image)",
                    request->name, user);
    if (image_remove(&engine->images, arena, &remove, &done, err) < 0)
        return -1;
    image_announce_removals(engine, there > 0 ? &image : NULL, &done);
    *response = (struct image_remove_response){engine_removed(arena, &done), done.n};
    return 0;
}
