// SPDX-License-Identifier: Apache-2.0
// image_pull.c — fetches an image, or all tags of a repository; image/ does the work.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/registry.h"

struct pulling {
    struct engine *engine;
    const struct image_pull_request *request;
    const struct platform *platform;
    struct transfer_session session;
    struct policy *policy;
};

// 1: something was new.
static int pull_one(const struct pulling *pulling, struct arena *arena,
                    const struct image_reference *name, const char **out_id, struct err *err)
{
    struct image image;
    struct image_sink sink = registry_sink(pulling->request->progress);
    const struct image_pull pull = {name, pulling->platform, &pulling->session, &sink,
                                    pulling->policy};
    int is_new = image_pull(&pulling->engine->images, arena, &pull, &image, err);
    if (is_new < 0)
        return -1;
    *out_id = arena_printf(arena, "sha256:%s", image.id);
    const char *repository = arena_printf(arena, "%s/%s", name->registry, name->path);
    const char *full = arena_printf(arena, "%s%s%s", repository, name->digest != NULL ? "@" : ":",
                                    name->digest != NULL ? name->digest : name->tag);
    image_announce(pulling->engine, &image, "pull", image_reference_familiar(arena, full),
                   image_reference_familiar(arena, repository));
    registry_say(pulling->request->progress, NULL, arena_printf(arena, "Digest: %s", *out_id));
    return is_new;
}

static int pull_all_tags(const struct pulling *pulling, struct arena *arena,
                         struct image_reference name, const char **out_id, struct err *err)
{
    const char **tags;
    size_t n;
    int is_new = 0;
    if (name.digest != NULL)
        return fail(err, ERR_INVALID, "a digest can't be used with --all-tags/-a");
    if (image_tags(&pulling->engine->images, arena, &pulling->session, &tags, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        name.tag = tags[i];
        int is_one_new = pull_one(pulling, arena, &name, out_id, err);
        if (is_one_new < 0)
            return fail_in(err, "tag %s", tags[i]);
        is_new |= is_one_new;
    }
    return n != 0 ? is_new : fail(err, ERR_NOT_FOUND, "repository %s has no tags", name.path);
}

int engine_image_pull(struct engine *engine, struct arena *arena,
                      const struct image_pull_request *request,
                      struct image_pull_response *response, struct err *err)
{
    struct pulling pulling = {.engine = engine, .request = request};
    struct image_reference name;
    struct platform platform;
    const char *id = NULL;
    if (image_reference_parse(arena, request->from_image, &name, err) < 0)
        return -1;
    if (!text_is_empty(request->platform)) {
        if (platform_parse(arena, request->platform, &platform, err) < 0)
            return -1;
        pulling.platform = &platform;
    }
    const struct registry_call call = {&name, REGISTRIES_PULL, &request->auth, false};
    if (registry_policy(engine, arena, &pulling.policy, err) < 0 ||
        registry_session(engine, arena, &call, &pulling.session, err) < 0)
        return -1;
    int is_new = request->all_tags ? pull_all_tags(&pulling, arena, name, &id, err)
                                   : pull_one(&pulling, arena, &name, &id, err);
    if (is_new < 0)
        return -1;
    const char *full = arena_printf(arena, "%s/%s", name.registry, name.path);
    const char *last = name.digest != NULL ? name.digest : name.tag;
    if (!request->all_tags)
        full = arena_printf(arena, "%s%s%s", full, name.digest != NULL ? "@" : ":", last);
    const char *shown = image_reference_familiar(arena, full);
    registry_say(request->progress, NULL,
                 arena_printf(arena, "Status: %s for %s",
                              is_new ? "Downloaded newer image" : "Image is up to date", shown));
    *response = (struct image_pull_response){full, id, is_new == 0};
    return 0;
}
