// SPDX-License-Identifier: Apache-2.0
// image_remove.c — takes a name from an image, unless containers need it.
#include "base/str.h"
#include "engine/parts.h"

#include <string.h>

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
    const char **done;
    size_t n;
    if (image_remove(&engine->images, arena, request->name, &done, &n, err) < 0)
        return -1;
    static const char untagged[] = "Untagged: ", deleted[] = "Deleted: ";
    response->done = arena_array(arena, n + 1, sizeof *response->done);
    response->n_done = n;
    for (size_t i = 0; i < n; i++) {
        if (text_starts(done[i], untagged))
            response->done[i].untagged = done[i] + strlen(untagged);
        else
            response->done[i].deleted = done[i] + strlen(deleted);
    }
    return 0;
}
