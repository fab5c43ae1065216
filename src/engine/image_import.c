// SPDX-License-Identifier: Apache-2.0
// image_import.c — an image of one layer from a tar stream; image/ does the work.
#include "base/str.h"
#include "engine/changes.h"
#include "engine/events.h"

int engine_image_import(struct engine *engine, struct arena *arena,
                        const struct image_import_request *request,
                        struct image_import_response *response, struct err *err)
{
    struct platform platform;
    struct image_config config = {};
    struct image_import import = {
        .tar_fd = request->tar,
        .name = text_is_empty(request->repo) ? NULL : request->repo,
        .message = text_is_empty(request->message) ? NULL : request->message,
        .changes = &config,
    };
    struct image image;
    if (!text_is_empty(request->platform)) {
        if (platform_parse(arena, request->platform, &platform, err) < 0)
            return -1;
        import.platform = &platform;
    }
    if (changes_apply(arena, request->changes, request->n_changes, &config, err) < 0)
        return -1;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL ||
        image_import(&engine->images, arena, &import, &image, err) < 0)
        return -1;
    response->id = arena_printf(arena, "sha256:%s", image.id);
    image_announce(engine, &image, "import", response->id, response->id);
    return 0;
}
