// SPDX-License-Identifier: Apache-2.0
// container_export.c — a container's file system, as it is now, as a tar stream.
#include "base/mem.h"
#include "engine/events.h"
#include "image/commit.h"
#include "snapshot/snapshot.h"

#include <fcntl.h>

int container_tree(struct engine *engine, struct arena *arena, const struct container *container,
                   struct err *err)
{
    struct image image;
    if (container_has_processes(container)) {
        // The mount that it runs on, without what is mounted inside: that is in its own namespace.
        int fd = openat(container->dir, "rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return fd < 0 ? fail_sys(err, "open the root of container %s", container->row.name) : fd;
    }
    int there = image_of_container(&engine->images, arena, &container->row, &image, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "the image of container %s is gone", container->row.name);
    const struct snapshot_layers layers = {(const char *const *)image.layers, image.n_layers};
    if (container->dir < 0) // it has never run
        return snapshot_view(engine->root, -1, &layers, err);
    if (snapshot_prepare(container->dir, err) < 0)
        return -1;
    return snapshot_view(engine->root, container->dir, &layers, err);
}

int engine_container_export(struct engine *engine, struct arena *arena,
                            const struct container_export_request *request,
                            struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    // Held, so that it is not removed meanwhile, unless it runs: then its monitor sees to that.
    if (engine->images.transfer == NULL ||
        container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    AUTO_FD int tree = container_tree(engine, arena, &container, err);
    if (tree < 0)
        return -1;
    if (image_export_tree(&engine->images, arena, tree, request->tar, err) < 0)
        return -1;
    container_announce(engine, &container, "export", NULL, 0);
    return 0;
}
