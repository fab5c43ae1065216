// SPDX-License-Identifier: Apache-2.0
// container_remove.c — takes a container apart, ending it first when forced to.
#include "base/mem.h"
#include "base/str.h"
#include "engine/hooks.h"

#include <errno.h>
#include <signal.h>

enum { KILL_PATIENCE_MS = 10'000 };

static const struct monitor_kill killing = {
    .signal = SIGKILL,
    .flags = MONITOR_KILL_ENDS | MONITOR_KILL_ASKED | MONITOR_KILL_CLEARS,
    .who = "dhow rm",
};

// SIGKILL by its monitor. It may have none: killed itself, or a restart is under way, which waits
// for the lock that we hold.
static int ask(struct arena *arena, const struct container *container, struct err *err)
{
    bool has_ended = container->run_dir < 0;
    if (!has_ended && monitor_kill(container->run_dir, &killing, err) < 0) {
        has_ended = err->kind == ERR_CONFLICT || err->kind == ERR_NOT_FOUND || err->sys == EPIPE;
        if (!has_ended)
            return fail_in(err, "Could not kill container %s", container->row.name);
    }
    return container->status == STATUS_RESTARTING ? 0 : container_thaw(arena, container, err);
}

// Its monitor clears up; one that is killed meanwhile leaves that to us.
static int end(struct arena *arena, struct container *container, struct err *err)
{
    if (ask(arena, container, err) < 0)
        return -1;
    int is_over =
        container->run_dir < 0 ? 1 : monitor_wait_ms(container->run_dir, KILL_PATIENCE_MS, err);
    if (is_over == 0)
        return fail(err, ERR_UNAVAILABLE,
                    "Could not kill container %s: %d s after SIGKILL it has not ended (it, or its "
                    "monitor, is stopped or waits for a device)",
                    container->row.name, KILL_PATIENCE_MS / 1000);
    if (is_over < 0 || live_read(arena, container->dir, &container->live, err) < 0)
        return -1;
    container->status = STATUS_EXITED;
    return 0;
}

static int check(const struct container *container, const struct container_remove_request *request,
                 struct err *err)
{
    static const struct {
        const char *is, *first;
    } words[] = {
        [STATUS_RUNNING] = {"running", "stop the container before removing or force remove"},
        [STATUS_PAUSED] = {"paused and must be unpaused first", NULL},
        [STATUS_RESTARTING] = {"restarting", "stop the container before removing or force remove"},
        [STATUS_DEAD] = {},
    };
    if (request->force || words[container->status].is == NULL)
        return 0;
    const char *first = words[container->status].first;
    return fail(err, ERR_CONFLICT, "cannot remove container \"%s\": container is %s%s%s",
                container->row.name, words[container->status].is, first != NULL ? ": " : "",
                first != NULL ? first : "");
}

// Of several, all are told before the first is waited for.
static int begin(struct engine *engine, struct arena *arena,
                 const struct container_remove_request *request, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    return container_has_processes(&container) && request->force ? ask(arena, &container, err) : 0;
}

int engine_container_remove(struct engine *engine, struct arena *arena,
                            const struct container_remove_request *request,
                            struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (request->link)
        return links_remove(engine, arena, request->id, err);
    if (request->only_begins)
        return begin(engine, arena, request, err);
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return request->only_ended && err->kind == ERR_NOT_FOUND ? 0 : -1;
    if (request->only_ended && container.status != STATUS_EXITED)
        return 0;
    if (request->only_ended && !container.row.auto_remove)
        return container_holds(&container) ? container_release(engine, arena, &container, err) : 0;
    if (check(&container, request, err) < 0)
        return -1;
    if (container_is_up(&container) && end(arena, &container, err) < 0)
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
