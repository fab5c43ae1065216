// SPDX-License-Identifier: Apache-2.0
// container_remove.c — takes a container apart, ending it first when forced to.
#include "base/mem.h"
#include "base/str.h"
#include "engine/hooks.h"

#include <errno.h>
#include <signal.h>

// By its monitor, which clears up; one that is killed meanwhile leaves that to us.
static int end(struct arena *arena, struct container *container, struct err *err)
{
    if (monitor_signal(container->run_dir, SIGKILL, err) < 0 && err->kind != ERR_CONFLICT &&
        err->kind != ERR_NOT_FOUND)
        return fail_in(err, "Could not kill container %s", container->row.name);
    if (container_thaw(arena, container, err) < 0 || monitor_wait(container->run_dir, err) < 0 ||
        live_read(arena, container->dir, &container->live, err) < 0)
        return -1;
    container->status = STATUS_EXITED;
    return 0;
}

int engine_container_remove(struct engine *engine, struct arena *arena,
                            const struct container_remove_request *request,
                            struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return request->only_ended && err->kind == ERR_NOT_FOUND ? 0 : -1;
    if (request->only_ended && container.status != STATUS_EXITED)
        return 0;
    if (request->only_ended && !container.row.auto_remove)
        return container_release(engine, arena, &container, err);
    if (container.status == STATUS_RUNNING && !request->force)
        return fail(err, ERR_CONFLICT,
                    "cannot remove container \"%s\": container is running: stop the container "
                    "before removing or force remove",
                    container.row.name);
    if (container.status == STATUS_RUNNING && end(arena, &container, err) < 0)
        return -1;
    // An error that the monitor has written down may be that the runtime could not clear up.
    bool must_clear = container_may_have_leftovers(&container) || container.live.error != NULL;
    if (must_clear && container_clear(engine, arena, &container, err) < 0)
        return -1;
    bool with_volumes = request->v || container.row.auto_remove;
    if (container_release(engine, arena, &container, err) < 0 ||
        mounts_remove(engine, arena, &container, with_volumes, err) < 0 ||
        container_take_apart(engine, &container, err) < 0)
        return -1;
    engine->is_unsettled |= !container.row.auto_remove;
    return 0;
}
