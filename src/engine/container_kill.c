// SPDX-License-Identifier: Apache-2.0
// container_kill.c — a signal for the container's first process, sent by its parent, the monitor,
// so that it can never hit another process.
#include "base/str.h"
#include "engine/parts.h"
#include "linux/signal.h"

#include <errno.h>
#include <signal.h>

enum { KILL_PATIENCE_MS = 10'000 };

int engine_container_kill(struct engine *engine, struct arena *arena,
                          const struct container_kill_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    int signal, usual = SIGTERM;
    if (signal_parse(text_is_empty(request->signal) ? "KILL" : request->signal, &signal, err) < 0)
        return fail_in(err, "cannot kill container: %s", request->id);
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (!container_is_up(&container))
        return fail(err, ERR_CONFLICT, "cannot kill container: %s: container %s is not running",
                    request->id, container.row.id);
    if (!text_is_empty(container.spec.stop_signal) &&
        signal_parse(container.spec.stop_signal, &usual, err) < 0)
        return -1;
    // As docker has it: who sends one of these wants it to end, whatever its restart policy.
    bool ends = signal == SIGKILL || signal == usual;
    const struct monitor_kill kill = {.signal = signal,
                                      .flags = ends ? MONITOR_KILL_ENDS | MONITOR_KILL_ASKED : 0,
                                      .who = "dhow kill"};
    if (container.status == STATUS_RESTARTING) { // there is nobody to hear it
        const struct container_stop_request stop = {.id = container.row.id};
        return ends ? engine_container_stop(engine, arena, &stop, NULL, err) : 0;
    }
    if (monitor_kill(container.run_dir, &kill, err) < 0)
        return fail_in(err, "cannot kill container: %s", request->id);
    // One that is paused would not end. As docker does, an end that is certain is waited for, but
    // not for ever.
    if (signal != SIGKILL)
        return 0;
    if (container_thaw(arena, &container, err) < 0)
        return -1;
    return monitor_wait_ms(container.run_dir, KILL_PATIENCE_MS, err) < 0 ? -1 : 0;
}
