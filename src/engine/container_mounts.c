// SPDX-License-Identifier: Apache-2.0
// container_mounts.c — mounts come to a container that is there, and go: at once when it runs, and
// for its next starts.
#include "engine/events.h"
#include "engine/mounts.h"

int engine_container_mounts(struct engine *engine, struct arena *arena,
                            const struct container_mounts_request *request,
                            struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status == STATUS_REMOVING || container.status == STATUS_DEAD)
        return fail(err, ERR_CONFLICT, "container %s is being removed", container.row.name);
    engine->is_unsettled = true;
    for (size_t i = 0; i < request->n_remove; i++) {
        if (mounts_remove_live(engine, arena, &container, request->remove[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < request->n_add; i++) {
        if (mounts_add_live(engine, arena, &container, &request->add[i], err) < 0)
            return -1;
    }
    container_announce(engine, &container, "update", NULL, 0);
    return 0;
}
