// SPDX-License-Identifier: Apache-2.0
// image_archive.c — images out of, and into, tar archives; image/ does the work.
#include "base/option.h"
#include "content/content.h"
#include "engine/events.h"
#include "image/archive.h"
#include "image/convert.h"
#include "image/platform.h"

#include <stdio.h>
#include <string.h>

static int read_platforms(struct arena *arena, const char **texts, size_t n,
                          const struct platform **out, struct err *err)
{
    struct platform *platforms = arena_array(arena, n + 1, sizeof *platforms);
    for (size_t i = 0; i < n; i++) {
        if (platform_parse(arena, texts[i], &platforms[i], err) < 0)
            return -1;
    }
    *out = platforms;
    return 0;
}

static int find_transfer(struct engine *engine, struct arena *arena, struct err *err)
{
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    return engine->images.transfer == NULL ? -1 : 0;
}

static void announce_saved(struct engine *engine, struct arena *arena,
                           const struct image_save_request *request)
{
    for (size_t i = 0; i < request->n_names; i++) {
        struct image image;
        struct err ignored; // it is saved; only who it is could not be said
        if (image_find(&engine->images, arena, request->names[i], NULL, &image, &ignored) <= 0)
            continue;
        const char *id = arena_printf(arena, "sha256:%s", image.id);
        image_announce(engine, &image, "save", id, id);
    }
}

int engine_image_save(struct engine *engine, struct arena *arena,
                      const struct image_save_request *request, struct nothing *response,
                      struct err *err)
{
    (void)response;
    struct image_save save = {.names = request->names,
                              .n_names = request->n_names,
                              .n_platforms = request->n_platforms,
                              .since = request->since,
                              .without = request->without,
                              .n_without = request->n_without,
                              .tar = request->tar};
    if (find_transfer(engine, arena, err) < 0 ||
        read_platforms(arena, request->platforms, request->n_platforms, &save.platforms, err) < 0)
        return -1;
    if (image_save(&engine->images, arena, &save, err) < 0)
        return -1;
    announce_saved(engine, arena, request);
    return 0;
}

struct listener {
    const struct progress_sink *sink;
};

static void say_layer(void *self, const char *diff_id, uint64_t bytes)
{
    const struct listener *listener = self;
    char id[SHORT_ID + 1];
    (void)snprintf(id, sizeof id, "%.*s", SHORT_ID, diff_id != NULL ? diff_id : "");
    const struct progress progress = {
        .status = "Loading layer", .id = id, .current = (int64_t)bytes, .total = (int64_t)bytes};
    progress_say(listener->sink, &progress);
}

int engine_image_load(struct engine *engine, struct arena *arena,
                      const struct image_load_request *request,
                      struct image_load_response *response, struct err *err)
{
    struct listener listener = {request->progress};
    struct image_load load = {.tar = request->tar,
                              .reference = request->reference,
                              .n_platforms = request->n_platforms,
                              .say = request->quiet ? NULL : say_layer,
                              .self = &listener};
    struct image_loaded *loaded;
    size_t n;
    if (find_transfer(engine, arena, err) < 0 ||
        read_platforms(arena, request->platforms, request->n_platforms, &load.platforms, err) < 0 ||
        image_load(&engine->images, arena, &load, &loaded, &n, err) < 0)
        return -1;
    struct words lines = {};
    for (size_t i = 0; i < n; i++) {
        const char *id = arena_printf(arena, "sha256:%s", loaded[i].id);
        image_announce(engine, NULL, "load", id, loaded[i].name != NULL ? loaded[i].name : id);
        words_add(arena, &lines,
                  loaded[i].name != NULL ? arena_printf(arena, "Loaded image: %s", loaded[i].name)
                                         : arena_printf(arena, "Loaded image ID: %s", id));
    }
    *response = (struct image_load_response){.loaded = lines.at, .n_loaded = lines.n};
    return 0;
}

int engine_image_convert(struct engine *engine, struct arena *arena,
                         const struct image_convert_request *request,
                         struct image_convert_response *response, struct err *err)
{
    struct image image;
    struct image_convert convert = {.reference = request->name,
                                    .compression = request->compression,
                                    .name = image_reference_full(arena, request->repo, err)};
    if (convert.name == NULL || find_transfer(engine, arena, err) < 0)
        return -1;
    if (strchr(convert.name, '@') != NULL)
        return fail(err, ERR_INVALID, "cannot name an image by a digest: \"%s\"", request->repo);
    if (image_convert(&engine->images, arena, &convert, &image, err) < 0)
        return -1;
    response->id = arena_printf(arena, "sha256:%s", image.id);
    return 0;
}

// Which blobs an image consists of, or which of some are here.
int engine_image_blobs(struct engine *engine, struct arena *arena,
                       const struct image_blobs_request *request,
                       struct image_blobs_response *response, struct err *err)
{
    struct words digests = {};
    for (size_t i = 0; i < request->n_names; i++) {
        const char **blobs = NULL;
        size_t n = 0;
        if (request->has_only) {
            struct content_digest digest;
            if (content_digest_parse(request->names[i], &digest, err) < 0)
                return -1;
            int there = content_find(engine->root, digest.hex, NULL, err);
            if (there < 0)
                return -1;
            if (there > 0)
                words_add(arena, &digests, request->names[i]);
            continue;
        }
        if (image_blobs(&engine->images, arena, request->names[i], &blobs, &n, err) < 0)
            return -1;
        for (size_t j = 0; j < n; j++)
            words_add(arena, &digests, blobs[j]);
    }
    *response = (struct image_blobs_response){.digests = digests.at, .n_digests = digests.n};
    return 0;
}
