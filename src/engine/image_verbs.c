// SPDX-License-Identifier: Apache-2.0
// image_verbs.c — image_import, image_list, image_remove: image/ does the work, here is what
// containers have to do with it.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <string.h>

int engine_image_import(struct engine *engine, struct arena *arena,
                        const struct image_import_request *request,
                        struct image_import_response *response, struct err *err)
{
    const struct image_import import = {.tar_fd = request->tar, .name = request->repo};
    struct image image;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL ||
        image_import(&engine->images, arena, &import, &image, err) < 0)
        return -1;
    response->id = arena_printf(arena, "sha256:%s", image.id);
    return 0;
}

static int64_t count_users(const struct state_container *rows, size_t n, const char *image_id)
{
    int64_t users = 0;
    for (size_t i = 0; i < n; i++)
        users += strcmp(rows[i].image_id, image_id) == 0;
    return users;
}

int engine_image_list(struct engine *engine, struct arena *arena, const struct nothing *request,
                      struct image_list_response *response, struct err *err)
{
    (void)request;
    struct image *images;
    struct state_container *rows;
    size_t n, n_rows;
    if (image_list(&engine->images, arena, &images, &n, err) < 0 ||
        state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct image_summary *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct image_summary){
            .id = arena_printf(arena, "sha256:%s", images[i].id),
            .repo_tags = images[i].names,
            .n_repo_tags = images[i].n_names,
            .created = images[i].created_ns / 1'000'000'000,
            .size = images[i].size_bytes,
            .containers = count_users(rows, n_rows, images[i].id),
        };
    *response = (struct image_list_response){.images = out, .n_images = n};
    return 0;
}

// The last name of an image that a container was made from stays, forced or not; another name goes.
int engine_image_remove(struct engine *engine, struct arena *arena,
                        const struct image_remove_request *request,
                        struct image_remove_response *response, struct err *err)
{
    struct image image;
    struct state_container *rows;
    size_t n_rows;
    int there = image_find(&engine->images, arena, request->name, &image, err);
    if (there < 0 || state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", request->name);
    for (size_t i = 0; i < n_rows && image.n_names <= 1; i++) {
        if (strcmp(rows[i].image_id, image.id) == 0)
            return fail(
                err, ERR_CONFLICT,
                "unable to remove repository reference \"%s\" (must force): container %.12s "
                "is using its referenced image %.12s: remove the container first",
                request->name, rows[i].id, image.id);
    }
    return image_remove(&engine->images, arena, request->name, &response->done, &response->n_done,
                        err);
}
