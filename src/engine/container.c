// SPDX-License-Identifier: Apache-2.0
// container.c — a container in hand: found, perhaps held, and what state it is in.
//
// Theory. The database says which containers there are; whether one runs is its monitor's to say.
// Status is a function of three facts, read in this order:
//
//     row says REMOVING                     → removing   (sweep finishes it)
//     live.json is not there                → created
//     live.json says exited                 → exited
//     live.json says running, lock held     → running
//     live.json says running, lock free     → its monitor was killed: we clear up after it, holding
//                                             the container's lock, and it is exited with 137
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "linux/tree.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_KILLED = 137 };

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
        [STATUS_CREATED] = "created",
        [STATUS_RUNNING] = "running",
        [STATUS_EXITED] = "exited",
        [STATUS_REMOVING] = "removing",
    };
    return names[status];
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

// Ends what the runtime still knows of the container: its process, its cgroup, its record.
static int runtime_clear(struct engine *engine, struct arena *arena,
                         const struct container *container, struct err *err)
{
    const char *runtime = runtime_find(engine, arena, container->spec.host.runtime, err);
    if (runtime == NULL)
        return -1;
    const char *state_root = arena_printf(arena, "%s/runtime", engine->settings->run_root);
    const char *const argv[] = {runtime,   "--root",          state_root, "delete",
                                "--force", container->row.id, NULL};
    AUTO_BUF struct buf said;
    buf_init(&said, 4096);
    int status = program_run(runtime, argv, &said, err);
    if (status < 0)
        return -1;
    // "does not exist" is as good as deleted; runtimes differ in the exit status then.
    if (status != 0 && strstr(buf_get(&said), "does not exist") == NULL)
        return fail(err, ERR_SYSTEM, "%s delete --force %s failed: %s", runtime, container->row.id,
                    buf_get(&said));
    return 0;
}

// The monitor was killed. Its lock is free, so nobody else writes live.json or starts the container
// while we hold the container's lock.
static int clear_after_monitor(struct engine *engine, struct arena *arena,
                               struct container *container, struct err *err)
{
    AUTO_FD int lock = -1;
    if (container->lock < 0) {
        lock = container_lock(engine, container->row.number, true, err);
        if (lock < 0)
            return -1;
        int there = live_read(arena, container->dir, &container->live, err);
        if (there < 0)
            return -1;
        int alive = there > 0 ? monitor_is_alive(container->run_dir, err) : 0;
        if (alive < 0)
            return -1;
        if (there == 0 || alive || strcmp(container->live.status, "running") != 0)
            return 0; // somebody was faster
    }
    if (runtime_clear(engine, arena, container, err) < 0 ||
        snapshot_detach(container->dir, err) < 0)
        return fail_in(err, "clear up after the killed monitor of container %s", container->row.id);
    container->live.status = "exited";
    container->live.pid = 0;
    container->live.exit_code = EXIT_KILLED;
    container->live.finished_ns = now_ns();
    container->live.error = "its monitor was killed, and the container with it";
    return live_write(container->dir, &container->live, err);
}

static bool says_running(const struct container *container)
{
    return strcmp(container->live.status, "running") == 0;
}

static int read_status(struct engine *engine, struct arena *arena, struct container *container,
                       struct err *err)
{
    container->status = STATUS_REMOVING;
    if (container->row.phase == CONTAINER_REMOVING)
        return 0;
    container->status = STATUS_CREATED;
    int there = container->dir >= 0 ? live_read(arena, container->dir, &container->live, err) : 0;
    if (there <= 0)
        return there;
    container->status = STATUS_EXITED;
    if (!says_running(container))
        return 0;
    int alive = container->run_dir >= 0 ? monitor_is_alive(container->run_dir, err) : 0;
    if (alive < 0)
        return -1;
    if (alive == 0 && live_read(arena, container->dir, &container->live, err) < 0)
        return -1; // it may have ended between our two looks
    if (alive == 0 && says_running(container) &&
        clear_after_monitor(engine, arena, container, err) < 0)
        return -1;
    if (alive || says_running(container))
        container->status = STATUS_RUNNING;
    return 0;
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
    return state_container_delete(engine->state, container->row.number, err);
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
        int there = container_open_row(engine, arena, &rows[i], CONTAINER_HOLD, &container, err);
        if (there < 0)
            return -1;
        if (there > 0 && (runtime_clear(engine, arena, &container, err) < 0 ||
                          container_take_apart(engine, &container, err) < 0))
            return -1;
    }
    return 0;
}
