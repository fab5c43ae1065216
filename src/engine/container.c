// SPDX-License-Identifier: Apache-2.0
// container.c — a container in hand: found, perhaps held, and what state it is in.
//
// Theory. The database says which containers there are; whether one runs is its monitor's to say.
// Status is a function of three facts, read in this order:
//
//     row says REMOVING                        → removing, or dead when nobody is at it
//     live.json is not there                   → created
//     live.json says exited                    → exited
//     live.json says running, lock held        → running, or paused when its cgroup is frozen
//     live.json says running, lock free        → its monitor was killed: what is left is cleared
//                                                (clear.c), and it is exited with 137, or …
//     live.json says restarting                → restarting (monitor/restart.c). With a free lock
//                                                somebody is about to start it; when nobody is, who
//                                                just looks sees to it (restart.c)
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "linux/tree.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int read_status(struct engine *engine, struct arena *arena, struct container *container,
                       struct err *err);

void container_done(struct container *container)
{
    const int fds[] = {container->dir, container->run_dir, container->lock};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); // the lock goes with its fd
    }
    *container = (struct container)CONTAINER_NONE;
}

const char *container_status_name(enum container_status status)
{
    static const char *const names[] = {
        [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
        [STATUS_PAUSED] = "paused",   [STATUS_RESTARTING] = "restarting",
        [STATUS_EXITED] = "exited",   [STATUS_REMOVING] = "removing",
        [STATUS_DEAD] = "dead",
    };
    return names[status];
}

bool container_is_up(const struct container *container)
{
    return container_has_processes(container) || container->status == STATUS_RESTARTING;
}

bool container_has_processes(const struct container *container)
{
    return container->status == STATUS_RUNNING || container->status == STATUS_PAUSED;
}

int container_check_running(const struct container *container, struct err *err)
{
    const char *id = container->row.id;
    if (container->status == STATUS_PAUSED)
        return fail(err, ERR_CONFLICT, "container %s is paused, unpause the container before", id);
    if (container->status == STATUS_RESTARTING)
        return fail(err, ERR_CONFLICT,
                    "Container %s is restarting, wait until the container is running", id);
    if (container->status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "container %s is not running", id);
    return 0;
}

int container_store_spec(struct engine *engine, const struct container *container, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    json_encode(&text, container_spec_fields, &container->spec, JSON_COMPACT);
    if (buf_check(&text, "the container's request", err) < 0)
        return -1;
    return state_container_spec(engine->state, container->row.number, buf_get(&text), err);
}

int container_open(struct engine *engine, struct arena *arena, const char *reference,
                   enum container_open_flags flags, struct container *out, struct err *err)
{
    struct state_container row;
    int there = state_container_find(engine->state, arena, reference, &row, err);
    if (there > 0)
        there = container_open_row(engine, arena, &row, flags, out, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "No such container: %s", reference);
    return 0;
}

// A directory of the container, opened; made first when the caller will need it. -1 and err->kind
// ERR_NONE when it is not there and need not be.
static int open_dir(int top, const char *id, bool makes, struct err *err)
{
    AUTO_FREE char *path = str_printf("containers/%s", id);
    if (makes) {
        AUTO_FD int made = dir_make_at(top, path, 0700, err);
        if (made < 0)
            return -1;
    }
    *err = (struct err){};
    int fd = openat(top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && (errno != ENOENT || makes))
        return fail_sys(err, "open the directory of container %s", id);
    return fd;
}

int container_open_row(struct engine *engine, struct arena *arena,
                       const struct state_container *row, enum container_open_flags flags,
                       struct container *out, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    container.row = *row;
    if (flags & CONTAINER_HOLD) {
        container.lock = container_lock(engine, row->number, true, err);
        if (container.lock < 0)
            return -1;
        // While we waited it may have been removed, and its number given to another.
        int there = state_container_find(engine->state, arena, row->id, &container.row, err);
        if (there <= 0)
            return there;
        if (strcmp(container.row.id, row->id) != 0)
            return 0;
    }
    if (json_decode(arena, container.row.spec, strlen(container.row.spec), container_spec_fields,
                    &container.spec, JSON_LENIENT, err) < 0)
        return fail_in(err, "the stored request of container %s", row->id);
    bool makes = flags & CONTAINER_MAKE_DIRS;
    struct err why = {};
    container.dir = open_dir(engine->root, row->id, makes, &why);
    if (why.kind == ERR_NONE)
        container.run_dir = open_dir(engine->run, row->id, makes, &why);
    if (why.kind != ERR_NONE) {
        *err = why;
        return -1;
    }
    if (read_status(engine, arena, &container, err) < 0)
        return -1;
    *out = container;
    container = (struct container)CONTAINER_NONE; // moved to *out
    return 1;
}

// The run directory does not outlive a boot.
static int has_monitor(const struct container *container, struct err *err)
{
    return container->run_dir < 0 ? 0 : monitor_is_alive(container->run_dir, err);
}

// Nobody holds the monitor's lock. 1 it was cleared, 0 there is nothing to clear (any more).
static int clear_leftovers(struct engine *engine, struct arena *arena, struct container *container,
                           struct err *err)
{
    AUTO_FD int lock = -1;
    if (container->lock < 0) {
        struct err busy = {};
        lock = container_lock(engine, container->row.number, false, &busy);
        if (lock < 0 && busy.kind == ERR_UNAVAILABLE)
            return 0; // a command is at it: what we saw may be its doing
        if (lock < 0) {
            *err = busy;
            return -1;
        }
        // Ours now: did somebody clear it, start it or remove it before?
        int alive = has_monitor(container, err);
        container->live = (struct live){};
        if (alive < 0 || live_read(arena, container->dir, &container->live, err) < 0)
            return -1;
        if (alive || !container_may_have_leftovers(container))
            return 0;
    }
    return container_clear(engine, arena, container, err) < 0 ? -1 : 1;
}

// It has ended. What it held is released by its monitor's exit command, or by who ended it; should
// both have been killed, by whoever comes next.
static int release_held(struct engine *engine, struct arena *arena, struct container *container,
                        struct err *err)
{
    struct err busy;
    if (!container_holds(container))
        return 0;
    int alive = has_monitor(container, err);
    if (alive != 0)
        return alive < 0 ? -1 : 0; // it is being started again
    bool is_held = container->lock >= 0;
    AUTO_FD int lock = is_held ? -1 : container_lock(engine, container->row.number, false, &busy);
    if (!is_held && lock < 0)
        return 0; // somebody is at it
    return container_release(engine, arena, container, err);
}

static bool somebody_is_at_it(const struct engine *engine, const struct container *container)
{
    struct err busy;
    AUTO_FD int lock = -1;
    if (container->lock >= 0)
        return true; // we are
    lock = container_lock(engine, container->row.number, false, &busy);
    return lock < 0;
}

// live.json says "restarting": a monitor waits, or somebody starts it, or both were killed.
static int read_restarting(struct engine *engine, struct arena *arena, struct container *container,
                           struct err *err)
{
    int alive = has_monitor(container, err);
    if (alive != 0)
        return alive < 0 ? -1 : 0;
    if (!text_equal(container->live.boot_id, boot_id(arena)))
        container->status = STATUS_EXITED; // the machine went down while it waited
    else if (!somebody_is_at_it(engine, container))
        container_revive(engine, arena, container->row.id);
    return 0;
}

static int read_live_status(struct engine *engine, struct arena *arena, struct container *container,
                            struct err *err)
{
    const char *says = container->live.status;
    container->status = STATUS_CREATED;
    if (says == NULL)
        return 0;
    if (text_equal(says, "running")) {
        bool is_frozen = container_is_frozen(arena, container);
        container->status = is_frozen ? STATUS_PAUSED : STATUS_RUNNING;
        return 0;
    }
    bool is_restarting = text_equal(says, "restarting");
    container->status = is_restarting ? STATUS_RESTARTING : STATUS_EXITED;
    return is_restarting ? read_restarting(engine, arena, container, err)
                         : release_held(engine, arena, container, err);
}

static int read_status(struct engine *engine, struct arena *arena, struct container *container,
                       struct err *err)
{
    if (container->row.phase == CONTAINER_REMOVING) {
        bool is_busy = somebody_is_at_it(engine, container);
        container->status = is_busy ? STATUS_REMOVING : STATUS_DEAD;
        return 0;
    }
    if (container->dir >= 0 && live_read(arena, container->dir, &container->live, err) < 0)
        return -1;
    int alive = 0;
    if (container_may_have_leftovers(container)) {
        alive = has_monitor(container, err);
        // It may have ended between our two looks.
        if (alive == 0 && live_read(arena, container->dir, &container->live, err) < 0)
            return -1;
        if (alive < 0 || (alive == 0 && container_may_have_leftovers(container) &&
                          clear_leftovers(engine, arena, container, err) < 0))
            return -1;
    }
    return read_live_status(engine, arena, container, err);
}

// --- taking apart ---

static int remove_dir(int top, const char *id, struct err *err)
{
    AUTO_FD int all = openat(top, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (all < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open the directory of containers");
    return tree_remove(all, id, err);
}

static int remove_run_dir(struct engine *engine, const struct container *container, struct err *err)
{
    if (container->run_dir < 0)
        return 0;
    return remove_dir(engine->run, container->row.id, err);
}

int container_take_apart(struct engine *engine, struct container *container, struct err *err)
{
    // What --rm ended needs no intent: it will never be started again, so the next sweep goes on.
    bool is_thrown_away = container->row.auto_remove && container->status == STATUS_EXITED;
    if (container->row.phase != CONTAINER_REMOVING && !is_thrown_away) {
        if (state_container_phase(engine->state, container->row.number, CONTAINER_REMOVING, err) <
            0)
            return -1;
        container->row.phase = CONTAINER_REMOVING;
    }
    if (container->dir >= 0 && (snapshot_remove(container->dir, err) < 0 ||
                                remove_dir(engine->root, container->row.id, err) < 0))
        return fail_in(err, "remove container %s", container->row.id);
    if (remove_run_dir(engine, container, err) < 0)
        return fail_in(err, "remove container %s", container->row.id);
    if (state_container_delete(engine->state, container->row.number, err) < 0)
        return -1;
    container_announce(engine, container, "destroy", NULL, 0);
    return 0;
}

int engine_sweep(struct engine *engine, struct arena *arena, struct err *err)
{
    struct state_container *rows;
    size_t n;
    if (state_containers_unfinished(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct err busy;
        AUTO_FD int lock = container_lock(engine, rows[i].number, false, &busy);
        if (lock < 0)
            continue; // somebody is at it
        (void)close(TAKE_FD(lock));
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        // One that cannot be removed now stands in nobody's way: it is shown as dead.
        int there = container_open_row(engine, arena, &rows[i], CONTAINER_HOLD, &container, &busy);
        if (there > 0 && container_clear(engine, arena, &container, &busy) == 0)
            (void)container_take_apart(engine, &container, &busy);
    }
    return 0;
}
