// SPDX-License-Identifier: Apache-2.0
// image_inspect.c — everything there is to know about one image, in the API's shape.
#include "base/mem.h"
#include "base/str.h"
#include "engine/image_show.h"

#include <string.h>

// Written anew, a config may grow: characters are escaped another way.
#define CONFIG_TEXT_MAX (6UL * DOCUMENT_MAX)

int engine_image_find(struct engine *engine, struct arena *arena, const char *reference,
                      const char *platform, struct image *out, struct err *err)
{
    struct platform wanted;
    if (!text_is_empty(platform) && platform_parse(arena, platform, &wanted, err) < 0)
        return -1;
    int there = image_find(&engine->images, arena, reference,
                           text_is_empty(platform) ? NULL : &wanted, out, err);
    if (there == 0)
        return image_fail_missing(arena, reference, err);
    return there < 0 ? -1 : image_names(&engine->images, arena, out, err);
}

static int find_size(struct engine *engine, struct arena *arena, const struct image *image,
                     uint64_t *out, struct err *err)
{
    struct images_space space;
    if (images_measure(&engine->images, arena, &space, err) < 0)
        return -1;
    for (size_t i = 0; i < space.n_images; i++) {
        if (strcmp(space.images[i].id, image->id) == 0)
            *out = space.images[i].bytes;
    }
    return 0;
}

// What the image says about how to run it, and nothing that this dhow does not know.
static const char *config_text(struct arena *arena, const struct image *image)
{
    if (image->manifest == NULL)
        return NULL;
    AUTO_BUF struct buf text;
    buf_init(&text, CONFIG_TEXT_MAX);
    json_encode(&text, image_config_fields, &image->document.config, JSON_COMPACT);
    return arena_strdup(arena, buf_get(&text));
}

int engine_image_inspect(struct engine *engine, struct arena *arena,
                         const struct image_inspect_request *request,
                         struct image_inspection *response, struct err *err)
{
    struct image image;
    uint64_t size = 0;
    if (engine_image_find(engine, arena, request->name, request->platform, &image, err) < 0 ||
        find_size(engine, arena, &image, &size, err) < 0)
        return -1;
    struct shown_names names;
    image_show_names(arena, &image, &names);
    const struct config_document *document = &image.document;
    const struct history *last =
        document->n_history != 0 ? &document->history[document->n_history - 1] : NULL;
    struct image_inspection out = {
        .id = arena_printf(arena, "sha256:%s", image.id),
        .descriptor = image_show_descriptor(arena, &image),
        .repo_tags = names.tags,
        .n_repo_tags = names.n_tags,
        .repo_digests = names.digests,
        .n_repo_digests = names.n_digests,
        .comment = last != NULL ? last->comment : NULL,
        .created = document->created,
        .author = document->author,
        .config = config_text(arena, &image),
        .architecture = document->architecture,
        .variant = document->variant,
        .os = document->os,
        .os_version = document->os_version,
        .size = size,
        .root_fs = {"layers", document->rootfs.diff_ids, document->rootfs.n_diff_ids},
        .metadata = {time_rfc3339(arena, image.tagged_ns)},
    };
    if (request->manifests &&
        image_show_manifests(engine, arena, &image, &out.manifests, &out.n_manifests, err) < 0)
        return -1;
    *response = out;
    return 0;
}
