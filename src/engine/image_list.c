// SPDX-License-Identifier: Apache-2.0
// image_list.c — the images, and how many containers use each.
#include "base/mem.h"
#include "engine/parts.h"

#include <string.h>

static int64_t count_users(const struct state_container *rows, size_t n, const char *image_id)
{
    int64_t users = 0;
    for (size_t i = 0; i < n; i++)
        users += strcmp(rows[i].image_id, image_id) == 0;
    return users;
}

int engine_image_list(struct engine *engine, struct arena *arena,
                      const struct image_list_request *request,
                      struct image_list_response *response, struct err *err)
{
    (void)request;
    struct image *images;
    struct state_container *rows;
    size_t n, n_rows;
    if (image_list(&engine->images, arena, &images, &n, err) < 0 ||
        state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct images_space usage;
    if (images_measure(&engine->images, arena, &usage, err) < 0)
        return -1;
    struct image_summary *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < images[i].n_names; j++)
            images[i].names[j] = image_reference_familiar(arena, images[i].names[j]);
        out[i] = (struct image_summary){
            .id = arena_printf(arena, "sha256:%s", images[i].id),
            .repo_tags = images[i].names,
            .n_repo_tags = images[i].n_names,
            .created = images[i].created_ns / 1'000'000'000,
            .size = i < usage.n_images ? usage.images[i].bytes : 0,
            .containers = count_users(rows, n_rows, images[i].id),
        };
    }
    *response = (struct image_list_response){.images = out, .n_images = n};
    return 0;
}
