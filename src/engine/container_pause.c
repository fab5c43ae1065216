// SPDX-License-Identifier: Apache-2.0
// container_pause.c — pause and unpause: the container's cgroup frozen, and going on again.
//
// Nothing else keeps that it is paused: the kernel knows (I5), and read_status asks it. So there is
// no record that could be wrong when somebody is killed half way.
#include "engine/events.h"

int engine_container_pause(struct engine *engine, struct arena *arena,
                           const struct container_reference *request, struct nothing *response,
                           struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status == STATUS_PAUSED)
        return fail(err, ERR_CONFLICT, "Container %s is already paused", container.row.id);
    if (container_check_running(&container, err) < 0 ||
        container_freeze(arena, &container, err) < 0)
        return -1;
    container_announce(engine, &container, "pause", NULL, 0);
    return 0;
}

int engine_container_unpause(struct engine *engine, struct arena *arena,
                             const struct container_reference *request, struct nothing *response,
                             struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status != STATUS_PAUSED)
        return fail(err, ERR_CONFLICT, "Container %s is not paused", container.row.id);
    if (container_thaw(arena, &container, err) < 0)
        return -1;
    container_announce(engine, &container, "unpause", NULL, 0);
    return 0;
}
