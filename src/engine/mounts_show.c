// SPDX-License-Identifier: Apache-2.0
// mounts_show.c — a container's mounts as ps and inspect show them.
#include "engine/show.h"

int mounts_show(struct engine *engine, struct arena *arena, const struct container *container,
                struct mount_point **out, size_t *n_out, struct err *err)
{
    (void)engine;
    (void)arena;
    (void)container;
    (void)err;
    *out = NULL;
    *n_out = 0;
    return 0;
}
