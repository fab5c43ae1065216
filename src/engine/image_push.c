// SPDX-License-Identifier: Apache-2.0
// image_push.c — sends an image, or all tags of a repository; image/ does the work.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/registry.h"
#include "image/push.h"

#include <string.h>

struct pushing {
    struct engine *engine;
    const struct image_push_request *request;
    const struct platform *platform;
    struct transfer_session session;
};

static int push_one(const struct pushing *pushing, struct arena *arena,
                    const struct image_reference *name, struct image_push_response *out,
                    struct err *err)
{
    struct image_pushed pushed;
    const struct progress_sink *progress = pushing->request->progress;
    struct image_sink sink = registry_sink(progress);
    const struct image_push push = {name, pushing->platform, &pushing->session, &sink};
    if (image_push(&pushing->engine->images, arena, &push, &pushed, err) < 0)
        return -1;
    const struct progress done = {
        .status = arena_printf(arena, "%s: digest: %s size: %ju", name->tag, pushed.digest,
                               (uintmax_t)pushed.size),
    };
    const struct progress aux = {
        .aux = arena_printf(arena, "{\"Tag\":\"%s\",\"Digest\":\"%s\",\"Size\":%ju}", name->tag,
                            pushed.digest, (uintmax_t)pushed.size),
    };
    progress_say(progress, &done);
    progress_say(progress, &aux);
    if (pushed.note != NULL)
        registry_say(progress, NULL, pushed.note);
    const char *repository = arena_printf(arena, "%s/%s", name->registry, name->path);
    image_announce(
        pushing->engine, NULL, "push",
        image_reference_familiar(arena, arena_printf(arena, "%s:%s", repository, name->tag)),
        image_reference_familiar(arena, repository));
    *out = (struct image_push_response){pushed.digest, pushed.size};
    return 0;
}

static int push_all_tags(const struct pushing *pushing, struct arena *arena,
                         const struct image_reference *name, struct image_push_response *out,
                         struct err *err)
{
    struct image *images;
    size_t n, n_pushed = 0;
    if (image_list(&pushing->engine->images, arena, &images, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < images[i].n_names; j++) {
            struct image_reference one;
            if (image_reference_parse(arena, images[i].names[j], &one, err) < 0)
                return -1;
            if (strcmp(one.registry, name->registry) != 0 || strcmp(one.path, name->path) != 0 ||
                one.digest != NULL)
                continue;
            if (push_one(pushing, arena, &one, out, err) < 0)
                return fail_in(err, "tag %s", one.tag);
            n_pushed++;
        }
    }
    if (n_pushed == 0)
        return fail(err, ERR_NOT_FOUND, "An image does not exist locally with the tag: %s",
                    pushing->request->name);
    return 0;
}

int engine_image_push(struct engine *engine, struct arena *arena,
                      const struct image_push_request *request,
                      struct image_push_response *response, struct err *err)
{
    struct pushing pushing = {.engine = engine, .request = request};
    struct image_reference name;
    struct platform platform;
    const char *text = request->name;
    if (!text_is_empty(request->tag))
        text = arena_printf(arena, "%s:%s", text, request->tag);
    if (image_reference_parse(arena, text, &name, err) < 0)
        return -1;
    if (name.digest != NULL)
        return fail(err, ERR_INVALID, "cannot push a digest reference");
    if (!text_is_empty(request->platform)) {
        if (platform_parse(arena, request->platform, &platform, err) < 0)
            return -1;
        pushing.platform = &platform;
    }
    const struct registry_call call = {&name, REGISTRIES_PUSH, &request->auth, false};
    if (registry_session(engine, arena, &call, &pushing.session, err) < 0)
        return -1;
    registry_say(
        request->progress, NULL,
        arena_printf(arena, "The push refers to repository [%s/%s]", name.registry, name.path));
    return request->all_tags ? push_all_tags(&pushing, arena, &name, response, err)
                             : push_one(&pushing, arena, &name, response, err);
}
