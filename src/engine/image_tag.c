// SPDX-License-Identifier: Apache-2.0
// image_tag.c — another name for an image.
#include "base/str.h"
#include "engine/parts.h"

int engine_image_tag(struct engine *engine, struct arena *arena,
                     const struct image_tag_request *request, struct nothing *response,
                     struct err *err)
{
    (void)response;
    const char *name = text_is_empty(request->tag)
                           ? request->repo
                           : arena_printf(arena, "%s:%s", request->repo, request->tag);
    return image_tag(&engine->images, arena, request->name, name, err);
}
