// SPDX-License-Identifier: Apache-2.0
// container_restart.c — restart (a stop that nobody means to last, and a start) and rename.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "monitor/config.h"

int engine_container_restart(struct engine *engine, struct arena *arena,
                             const struct container_restart_request *request,
                             struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.row.auto_remove && container_is_up(&container))
        return fail(err, ERR_CONFLICT,
                    "cannot restart container %s: --rm removes it when it has ended",
                    container.row.name);
    const struct container_stop_request stop = {
        .id = container.row.id, .signal = request->signal, .t = request->t, .restarts = true};
    const struct container_start_request start = {.id = container.row.id};
    struct container_start_response started;
    if (engine_container_stop(engine, arena, &stop, NULL, err) < 0 ||
        engine_container_start(engine, arena, &start, &started, err) < 0)
        return fail_in(err, "Cannot restart container %s", request->id);
    container_announce(engine, &container, "restart", NULL, 0);
    return 0;
}

// Its monitor announces it by its name; from now on by this one. One that has just ended, or cannot
// be told, has said all that it will say, or says the old name: the container is renamed all the
// same.
static void tell_monitor(struct arena *arena, const struct container *container)
{
    struct monitor_config config;
    struct err ignored; // see above
    if (!container_is_up(container) || container->run_dir < 0 ||
        monitor_config_read(arena, container->dir, &config, &ignored) <= 0)
        return;
    config.actor = container_actor(arena, container);
    if (monitor_config_write(container->dir, &config, &ignored) < 0)
        return;
    AUTO_FD int connection = monitor_connect(container->run_dir, &ignored);
    if (connection >= 0)
        (void)monitor_send(connection, MONITOR_RELOAD, NULL, 0, &ignored);
}

int engine_container_rename(struct engine *engine, struct arena *arena,
                            const struct container_rename_request *request,
                            struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    const char *name = request->name;
    if (name != NULL && *name == '/')
        name++;
    if (text_is_empty(request->id) || text_is_empty(name))
        return fail(err, ERR_INVALID, "Neither old nor new names may be empty");
    if (name_check(name, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    const char *old = arena_printf(arena, "/%s", container.row.name);
    if (text_equal(container.row.name, name))
        return fail(err, ERR_INVALID,
                    "Renaming a container with the same name as its current name");
    if (state_container_rename(engine->state, container.row.number, name, err) < 0)
        return -1;
    container.row.name = name;
    const struct json_pair pairs[] = {{"oldName", old}};
    if (endpoints_renamed(engine, arena, &container, old + 1, err) < 0)
        return -1;
    tell_monitor(arena, &container);
    container_announce(engine, &container, "rename", pairs, 1);
    engine->is_unsettled = true;
    return 0;
}
