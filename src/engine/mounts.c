// SPDX-License-Identifier: Apache-2.0
// mounts.c — what a container has mounted: volumes, host directories, tmpfs, images.
#include "engine/hooks.h"

int mounts_check(struct creation *creation, struct err *err)
{
    (void)creation;
    (void)err;
    return 0;
}

int mounts_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}

int mounts_release(struct engine *engine, struct arena *arena, const struct container *container,
                   struct err *err)
{
    (void)engine;
    (void)arena;
    (void)container;
    (void)err;
    return 0;
}

int mounts_remove(struct engine *engine, struct arena *arena, const struct container *container,
                  bool with_volumes, struct err *err)
{
    (void)engine;
    (void)arena;
    (void)container;
    (void)with_volumes;
    (void)err;
    return 0;
}
