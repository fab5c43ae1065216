// SPDX-License-Identifier: Apache-2.0
// container_attach.c — a connection to the monitor of a running container.
#include "base/mem.h"
#include "engine/events.h"

int engine_container_attach(struct engine *engine, struct arena *arena,
                            const struct container_reference *request,
                            struct container_attach_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT,
                    "You cannot attach to a stopped container, start it first: container %s is %s",
                    container.row.name, container_status_name(container.status));
    AUTO_FD int connection = monitor_connect(container.run_dir, err);
    if (connection < 0 || monitor_send(connection, MONITOR_ATTACH, NULL, 0, err) < 0)
        return -1;
    container_announce(engine, &container, "attach", NULL, 0);
    *response = (struct container_attach_response){
        .attachment = TAKE_FD(connection),
        .tty = container.spec.tty,
        .open_stdin = container.spec.open_stdin,
    };
    return 0;
}
