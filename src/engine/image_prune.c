// SPDX-License-Identifier: Apache-2.0
// image_prune.c — removes the images that nobody uses and that a filter lets through.
#include "engine/events.h"
#include "engine/image_show.h"
#include "ops/filters.h"

static const char *const known_filters[] = {"dangling", "label", "label!", "until", NULL};

struct wanted {
    struct engine *engine;
    const struct filters *filters;
    int64_t until_ns;
};

static bool is_wanted(const void *data, const struct image *image)
{
    const struct wanted *wanted = data;
    const struct image_config *config = &image->document.config;
    AUTO_ARENA struct arena arena = {};
    const char *user;
    struct err ignored; // what is not known is kept
    return image_mounted_in(wanted->engine, &arena, image->manifest, &user, &ignored) == 0 &&
           image_mounted_at(wanted->engine, &arena, image) == NULL &&
           image_made_ns(image) < wanted->until_ns &&
           filters_labels(wanted->filters, "label", config->labels, config->n_labels) &&
           filters_no_labels(wanted->filters, "label!", config->labels, config->n_labels);
}

int engine_image_prune(struct engine *engine, struct arena *arena,
                       const struct image_prune_request *request,
                       struct image_prune_response *response, struct err *err)
{
    struct filters filters;
    struct wanted wanted = {engine, &filters, INT64_MAX};
    bool only_dangling = true;
    if (filters_read(arena, request->filters, known_filters, &filters, err) < 0 ||
        filters_bool(&filters, "dangling", &only_dangling, err) < 0 ||
        filters_time(&filters, "until", now_ns(), &wanted.until_ns, err) < 0)
        return -1;
    const struct image_prune prune = {
        .all = !only_dangling, .is_wanted = is_wanted, .data = &wanted};
    struct image_removals done;
    if (image_prune(&engine->images, arena, &prune, &done, err) < 0)
        return -1;
    image_announce_removals(engine, NULL, &done);
    prune_announce(engine, "image", done.bytes);
    *response = (struct image_prune_response){engine_removed(arena, &done), done.n, done.bytes};
    return 0;
}
