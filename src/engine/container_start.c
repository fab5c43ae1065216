// SPDX-License-Identifier: Apache-2.0
// container_start.c — mounts the root, writes the bundle, hands the container to a monitor.
//
// The container's lock is held throughout. Killed on the way, this leaves what clear.c finds, or a
// monitor: a container whose monitor runs is simply running.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/health.h"
#include "engine/hooks.h"
#include "engine/mounts.h"
#include "engine/security.h"
#include "snapshot/snapshot.h"

#include <string.h>

static int run(struct engine *engine, struct arena *arena, const struct container *container,
               const struct container_start_request *request, int *out_attachment, struct err *err);
static int runs_already(const struct container *container,
                        const struct container_start_request *request, struct err *err);
static void note_failure(struct container *container, bool is_tried_again, const struct err *why);
static int mount_root(struct engine *engine, struct arena *arena, const struct container *container,
                      const struct userns_plan *plan, int userns, struct err *err);
static int spawn(const struct start *of, bool wants_attachment, int *out_attachment,
                 struct err *err);

int engine_container_start(struct engine *engine, struct arena *arena,
                           const struct container_start_request *request,
                           struct container_start_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD | CONTAINER_MAKE_DIRS, &container,
                       err) < 0)
        return -1;
    bool was_thrown_away = container.row.auto_remove && container.status == STATUS_EXITED;
    if (container.status == STATUS_REMOVING || container.status == STATUS_DEAD || was_thrown_away)
        return fail(err, ERR_CONFLICT, "container is marked for removal and cannot be started");
    *response = (struct container_start_response){.attachment = -1};
    if (container.status == STATUS_PAUSED)
        return fail(err, ERR_CONFLICT, "cannot start a paused container, try unpause instead");
    int is_there = runs_already(&container, request, err);
    if (is_there != 0)
        return is_there < 0 ? -1 : 0; // docker's 304: it is what was asked for
    if (container_holds(&container) && container_release(engine, arena, &container, err) < 0)
        return -1;
    // What the last end could not clear up (see container_remove.c) must not meet the new start.
    if (container.live.error != NULL && container_clear(engine, arena, &container, err) < 0)
        return -1;
    int attachment = -1;
    if (request->wants_attachment)
        container_announce(engine, &container, "attach", NULL, 0);
    if (start_announce(&container, err) < 0 ||
        run(engine, arena, &container, request, &attachment, err) < 0) {
        struct err ignored; // the next command that meets it clears it, then
        note_failure(&container, request->restarted, err);
        (void)container_clear(engine, arena, &container, &ignored);
        return -1;
    }
    response->attachment = attachment;
    return 0;
}

// 1 nothing is left to do, 0 it is to be started. One that waits for its restart is as good as
// running; when it is that restart that asks, it may have been stopped meanwhile.
static int runs_already(const struct container *container,
                        const struct container_start_request *request, struct err *err)
{
    if (container->status == STATUS_RUNNING)
        return 1;
    if (container->status != STATUS_RESTARTING)
        return request->restarted ? 1 : 0;
    return monitor_is_alive(container->run_dir, err);
}

// A restart that did not come so far that a monitor could say so: why, for inspect. One by a policy
// is tried again (monitor/restart.c); a user's is not.
static void note_failure(struct container *container, bool is_tried_again, const struct err *why)
{
    struct err ignored; // then it is not said
    if (!text_equal(container->live.status, "restarting") ||
        monitor_is_alive(container->run_dir, &ignored) != 0)
        return;
    container->live.error = why->text;
    if (!is_tried_again)
        container->live.status = "exited";
    (void)live_write(container->dir, &container->live, &ignored);
}

// By its policy, or because a failed health check may want it (n_command 0: never).
static int prepare_restart(const struct start *start, struct monitor_restart *out, struct err *err)
{
    const struct container *container = start->container;
    const struct container_spec *spec = &container->spec;
    const struct restart_policy *policy = &spec->host.restart_policy;
    bool may_restart = (!text_is_empty(policy->name) && strcmp(policy->name, "no") != 0) ||
                       (health_is_on(spec) && !container->row.auto_remove &&
                        text_equal(spec->healthcheck->on_unhealthy, "restart"));
    *out = (struct monitor_restart){.policy = policy->name,
                                    .max_retries = policy->maximum_retry_count};
    if (!may_restart)
        return 0;
    const char *dhow = program_find(start->arena, "dhow", err);
    if (dhow == NULL)
        return -1;
    out->command = restart_argv(start->engine, start->arena, dhow, container->row.id);
    while (out->command[out->n_command] != NULL)
        out->n_command++;
    if (container->status == STATUS_RESTARTING) {
        out->count = container->live.restart_count;
        out->delay_ms = container->live.delay_ms;
    }
    return 0;
}

static int run(struct engine *engine, struct arena *arena, const struct container *container,
               const struct container_start_request *request, int *out_attachment, struct err *err)
{
    struct userns_plan plan;
    AUTO_FD int userns = -1, rootfs = -1;
    if (userns_open(engine, arena, container, &plan, &userns, err) < 0)
        return -1;
    rootfs = mount_root(engine, arena, container, userns < 0 ? NULL : &plan, userns, err);
    if (rootfs < 0)
        return -1;
    struct monitor_restart restart;
    struct monitor_log log = container_log(container);
    struct monitor_config config = {
        .restart = &restart, .log = &log, .actor = container_actor(arena, container)};
    struct start start = {.engine = engine,
                          .arena = arena,
                          .container = container,
                          .rootfs = rootfs,
                          .userns = userns,
                          .monitor = &config};
    if (prepare_restart(&start, &restart, err) < 0 ||
        health_prepare(arena, container, rootfs, &config.health, err) < 0)
        return -1;
    if (!text_is_empty(request->checkpoint)) {
        const char *dir = checkpoint_dir(engine, arena, container, request->checkpoint_dir);
        if (checkpoint_find(dir, request->checkpoint, err) < 0)
            return -1;
        config.restore = arena_printf(arena, "%s/%s", dir, request->checkpoint);
    }
    int done = endpoints_start(&start, err);
    if (done >= 0)
        done = bundle_write(&start, err);
    if (done >= 0)
        done = monitor_config_write(container->dir, &config, err);
    if (done >= 0)
        done = spawn(&start, request->wants_attachment, out_attachment, err);
    if (done >= 0) {
        mounts_started(&start);
        start_is_done(container, config.holds_something || config.netns != NULL);
    }
    for (size_t i = 0; i < start.n_monitor_fds; i++)
        (void)close(start.monitor_fds[i]); // the monitor has its own
    return done;
}

static int find_layers(struct engine *engine, struct arena *arena,
                       const struct container *container, struct snapshot_layers *out,
                       struct err *err)
{
    struct image image;
    int there = image_of_container(&engine->images, arena, &container->row, &image, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "the image of container %s (%s, %s) is gone",
                    container->row.name, container->row.image_name, container->row.image_id);
    *out = (struct snapshot_layers){(const char *const *)image.layers, image.n_layers};
    return 0;
}

int container_mount(struct engine *engine, struct arena *arena, const struct container *container,
                    struct err *err)
{
    struct snapshot_layers layers;
    if (find_layers(engine, arena, container, &layers, err) < 0)
        return -1;
    return snapshot_mount(engine->root, container->dir, &layers, container->row.auto_remove, err);
}

static int mount_mapped(struct engine *engine, struct arena *arena,
                        const struct container *container, const struct snapshot_mapped *mapped,
                        struct err *err)
{
    struct snapshot_layers layers;
    if (find_layers(engine, arena, container, &layers, err) < 0)
        return -1;
    return snapshot_mount_mapped(engine->root, mapped, &layers, container->row.auto_remove, err);
}

// An fd of the root, attached at <container>/rootfs. `plan`: of its user namespace, or NULL.
static int mount_root(struct engine *engine, struct arena *arena, const struct container *container,
                      const struct userns_plan *plan, int userns, struct err *err)
{
    // What an earlier start, or mount, left attached is covered no second time.
    if (snapshot_detach(container->dir, err) < 0 || snapshot_prepare(container->dir, err) < 0 ||
        storage_limit(container, err) < 0)
        return -1;
    const struct snapshot_mapped mapped = {
        .container = arena_printf(arena, "containers/%s", container->row.id),
        .userns = userns,
        .uid = plan != NULL ? plan->maps.uids[0].outside : 0,
        .gid = plan != NULL ? plan->maps.gids[0].outside : 0,
    };
    AUTO_FD int mount = plan != NULL ? mount_mapped(engine, arena, container, &mapped, err)
                                     : container_mount(engine, arena, container, err);
    if (mount < 0 || snapshot_attach(container->dir, mount, err) < 0)
        return -1;
    return TAKE_FD(mount);
}

static int spawn(const struct start *of, bool wants_attachment, int *out_attachment,
                 struct err *err)
{
    struct engine *engine = of->engine;
    struct arena *arena = of->arena;
    const struct container *container = of->container;
    const struct engine_settings *settings = engine->settings;
    struct runtime runtime;
    if (runtime_find(engine, arena, container->spec.host.runtime, &runtime, err) < 0)
        return -1;
    const char *monitor = program_find(arena, "dhow-monitor", err);
    const char *self = monitor != NULL ? program_find(arena, "dhow", err) : NULL;
    if (self == NULL)
        return -1;
    // What --rm asks for when nobody waits in the foreground: found by the full id, done if needed.
    const char *const reap[] = {self,         "--root",           settings->root,
                                "--run-root", settings->run_root, "rm",
                                "--ended",    container->row.id,  NULL};
    const struct monitor_start start = {
        .program = monitor,
        .id = container->row.id,
        .runtime = runtime.path,
        .runtime_flags = runtime.flags,
        .runtime_root = arena_printf(arena, "%s/runtime", settings->run_root),
        .container_dir = container->dir,
        .run_dir = container->run_dir,
        .tty = container->spec.tty,
        .open_stdin = container->spec.open_stdin,
        .stdin_stays = !container->spec.stdin_once,
        .auto_remove = container->row.auto_remove,
        .exit_command = reap,
        .fds = of->monitor_fds,
        .n_fds = of->n_monitor_fds,
        .wants_client = wants_attachment,
    };
    pid_t pid;
    return monitor_spawn(&start, &pid, out_attachment, err);
}
