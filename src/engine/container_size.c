// SPDX-License-Identifier: Apache-2.0
// container_size.c — how large a container's file system is: what it wrote, and its image's layers.
#include "base/mem.h"
#include "engine/list.h"
#include "snapshot/snapshot.h"

uint64_t image_unpacked_bytes(struct engine *engine, struct arena *arena, const struct image *image)
{
    struct image_layer_entry *entries;
    size_t n;
    uint64_t bytes = 0;
    struct err ignored; // not known, then
    if (image_history(&engine->images, arena, image, &entries, &n, &ignored) < 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        bytes += entries[i].bytes;
    return bytes;
}

void container_measure(struct engine *engine, struct arena *arena,
                       const struct container *container, int64_t *out_written, int64_t *out_root)
{
    struct image image;
    struct err ignored; // removed by force: not known any more
    *out_written = container->dir >= 0 ? (int64_t)snapshot_measure(container->dir) : 0;
    *out_root = *out_written;
    if (image_of_container(&engine->images, arena, &container->row, &image, &ignored) > 0)
        *out_root += (int64_t)image_unpacked_bytes(engine, arena, &image);
}
