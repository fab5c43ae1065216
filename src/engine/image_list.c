// SPDX-License-Identifier: Apache-2.0
// image_list.c — the images that a filter lets through, newest first.
#include "base/mem.h"
#include "base/str.h"
#include "engine/image_show.h"
#include "ops/filters.h"

#include <string.h>

static const char *const known_filters[] = {"before",    "dangling", "label", "label!",
                                            "reference", "since",    "until", NULL};

struct wanted { // what the filters ask for
    const struct filters *filters;
    int64_t before_ns, since_ns; // of other images; bounds that are not asked for let all through
    bool is_dangling, wants_dangling;
};

// The latest (or earliest) of the images that a filter names.
static int read_bound(struct engine *engine, struct arena *arena, const struct filters *filters,
                      const char *key, int64_t *bound, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    for (size_t i = 0; i < n; i++) {
        struct image image;
        int there = image_find(&engine->images, arena, values[i], NULL, &image, err);
        if (there < 0)
            return -1;
        if (there == 0)
            return image_fail_missing(arena, values[i], err);
        *bound = image_made_ns(&image);
    }
    return 0;
}

static int read_wanted(struct engine *engine, struct arena *arena, const struct filters *filters,
                       struct wanted *out, struct err *err)
{
    struct wanted wanted = {.filters = filters, .before_ns = INT64_MAX, .since_ns = INT64_MIN};
    int64_t until_ns = INT64_MAX;
    int dangling = filters_bool(filters, "dangling", &wanted.is_dangling, err);
    if (dangling < 0 || filters_time(filters, "until", now_ns(), &until_ns, err) < 0 ||
        read_bound(engine, arena, filters, "before", &wanted.before_ns, err) < 0 ||
        read_bound(engine, arena, filters, "since", &wanted.since_ns, err) < 0)
        return -1;
    wanted.wants_dangling = dangling > 0;
    if (until_ns < wanted.before_ns)
        wanted.before_ns = until_ns;
    *out = wanted;
    return 0;
}

// Names that the reference filter does not mean are not shown either.
static void drop_names(struct arena *arena, const struct filters *filters, struct image *image)
{
    size_t kept = 0;
    for (size_t i = 0; i < image->n_names; i++) {
        const char *familiar = image_reference_familiar(arena, image->names[i]);
        if (filters_reference(filters, "reference", familiar))
            image->names[kept++] = image->names[i];
    }
    image->n_names = kept;
}

static bool is_wanted(struct arena *arena, const struct wanted *wanted, struct image *image)
{
    const struct filters *filters = wanted->filters;
    const struct image_config *config = &image->document.config;
    int64_t made_ns = image_made_ns(image);
    size_t n_patterns;
    if (made_ns >= wanted->before_ns || made_ns <= wanted->since_ns ||
        !filters_labels(filters, "label", config->labels, config->n_labels) ||
        !filters_no_labels(filters, "label!", config->labels, config->n_labels))
        return false;
    if (wanted->wants_dangling && wanted->is_dangling != (image->n_names == 0))
        return false;
    (void)filters_get(filters, "reference", &n_patterns);
    if (n_patterns == 0)
        return true;
    drop_names(arena, filters, image);
    return image->n_names != 0;
}

static int newer_first(const void *a, const void *b)
{
    const struct image_summary *one = a, *other = b;
    int later = (one->created < other->created) - (one->created > other->created);
    return later != 0 ? later : strcmp(one->id, other->id);
}

// NULL: it was removed between the two looks.
static const struct image_space *find_space(const struct images_space *space, const char *id)
{
    for (size_t i = 0; i < space->n_images; i++) {
        if (strcmp(space->images[i].id, id) == 0)
            return &space->images[i];
    }
    return NULL;
}

int engine_image_list(struct engine *engine, struct arena *arena,
                      const struct image_list_request *request,
                      struct image_list_response *response, struct err *err)
{
    struct filters filters;
    struct wanted wanted;
    struct image *images;
    struct images_space space;
    size_t n, n_out = 0;
    if (filters_read(arena, request->filters, known_filters, &filters, err) < 0 ||
        read_wanted(engine, arena, &filters, &wanted, err) < 0 ||
        image_list(&engine->images, arena, &images, &n, err) < 0 ||
        images_measure(&engine->images, arena, &space, err) < 0)
        return -1;
    struct image_summary *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const struct image_space *its = find_space(&space, images[i].id);
        if (its == NULL || !is_wanted(arena, &wanted, &images[i]))
            continue;
        struct image_summary *it = &out[n_out++];
        image_show_summary(arena, &images[i], its, it);
        if (request->shared_size)
            it->shared_size = (int64_t)its->shared_bytes;
        if (request->manifests && image_show_manifests(engine, arena, &images[i], &it->manifests,
                                                       &it->n_manifests, err) < 0)
            return -1;
    }
    if (n_out != 0)
        qsort(out, n_out, sizeof *out, newer_first);
    *response = (struct image_list_response){.images = out, .n_images = n_out};
    return 0;
}
