// SPDX-License-Identifier: Apache-2.0
// image_tag.c — another name for an image.
#include "base/str.h"
#include "engine/events.h"

int engine_image_tag(struct engine *engine, struct arena *arena,
                     const struct image_tag_request *request, struct nothing *response,
                     struct err *err)
{
    (void)response;
    const char *name = text_is_empty(request->tag)
                           ? request->repo
                           : arena_printf(arena, "%s:%s", request->repo, request->tag);
    if (image_tag(&engine->images, arena, request->name, name, err) < 0)
        return -1;
    struct image image;
    struct err ignored; // it is tagged; only who it is could not be said
    const char *full = image_reference_full(arena, name, &ignored);
    if (full != NULL && image_find(&engine->images, arena, full, NULL, &image, &ignored) > 0)
        image_announce(engine, &image, "tag", arena_printf(arena, "sha256:%s", image.id),
                       image_reference_familiar(arena, full));
    return 0;
}
