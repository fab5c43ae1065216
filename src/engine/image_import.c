// SPDX-License-Identifier: Apache-2.0
// image_import.c — an image of one layer from a tar stream; image/ does the work.
#include "engine/parts.h"

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
