// SPDX-License-Identifier: Apache-2.0
// execs_show.c — the processes that exec runs in a container now.
#include "engine/show.h"

int execs_show(struct engine *engine, struct arena *arena, const struct container *container,
               const char ***out, size_t *n_out, struct err *err)
{
    (void)engine;
    (void)arena;
    (void)container;
    (void)err;
    *out = NULL;
    *n_out = 0;
    return 0;
}
