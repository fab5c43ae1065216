// SPDX-License-Identifier: Apache-2.0
// container_kill.c — a signal for the container's first process, sent by its parent, the monitor,
// so that it can never hit another process.
#include "base/str.h"
#include "engine/parts.h"
#include "linux/signal.h"

#include <signal.h>

int engine_container_kill(struct engine *engine, struct arena *arena,
                          const struct container_kill_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    int signal;
    if (signal_parse(text_is_empty(request->signal) ? "KILL" : request->signal, &signal, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "cannot kill container: %s: container %s is not running",
                    request->id, container.row.id);
    if (monitor_signal(container.run_dir, signal, err) < 0)
        return fail_in(err, "cannot kill container: %s", request->id);
    // One that is paused would not end.
    return signal == SIGKILL ? container_thaw(arena, &container, err) : 0;
}
