// SPDX-License-Identifier: Apache-2.0
// mounts_show.c — a container's mounts as ps and inspect show them.
#include "base/str.h"
#include "engine/show.h"

#include <stdlib.h>
#include <string.h>

static struct mount_point show(const struct engine *engine, struct arena *arena,
                               const struct container_mount *mount)
{
    struct mount_point point = {
        .type = mount->type,
        .source = mount->source != NULL ? mount->source : "",
        .destination = mount->destination,
        .mode = mount->mode != NULL ? mount->mode : "",
        .rw = !mount->read_only,
        .propagation = "",
    };
    if (strcmp(mount->type, "volume") == 0) {
        point.name = mount->name;
        point.driver = mount->driver;
        point.source =
            arena_printf(arena, "%s/volumes/%s/_data", engine->settings->root, mount->name);
    }
    if (strcmp(mount->type, "image") == 0) {
        point.name = mount->name;
        point.source = mount->name;
    }
    if (strcmp(mount->type, "bind") == 0)
        point.propagation = mount->propagation != NULL ? mount->propagation : "rprivate";
    return point;
}

static int by_destination(const void *a, const void *b)
{
    const struct mount_point *one = a, *other = b;
    return strcmp(one->destination, other->destination);
}

int mounts_show(struct engine *engine, struct arena *arena, const struct container *container,
                struct mount_point **out, size_t *n_out, struct err *err)
{
    (void)err;
    const struct container_spec *spec = &container->spec;
    struct mount_point *points = arena_array(arena, spec->n_mount_points + 1, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        if (!spec->mount_points[i].is_plain_tmpfs)
            points[n++] = show(engine, arena, &spec->mount_points[i]);
    }
    qsort(points, n, sizeof *points, by_destination);
    *out = points;
    *n_out = n;
    return 0;
}
