// SPDX-License-Identifier: Apache-2.0
// clear.c — what killed programs have left of a container: found, ended, taken away.
//
// Theory (I6, S-18). A start says what it is about to do before it does it: the file `starting` in
// the run directory. It goes when the monitor has answered; from then on live.json says "running"
// until the monitor has cleared up and says "exited". So something may be left exactly when nobody
// holds the monitor's lock and one of the two says so. All of it has names that follow from the id:
// the runtime's record, the cgroup, the mount. The runtime is asked first (it may have more to end,
// such as hooks); what it does not know, because it was killed itself, is in the cgroup.
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "linux/tree.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_KILLED = 137, SAID_MAX = 64 * 1024 };
#define STARTING_FILE "starting"
#define HELD_FILE     "held" // it has something that container_release gives back

int start_announce(const struct container *container, struct err *err)
{
    AUTO_FD int fd =
        openat(container->run_dir, STARTING_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_sys(err, "write " STARTING_FILE " of container %s", container->row.id);
    return 0;
}

void start_is_done(const struct container *container, bool holds)
{
    // Should one of these fail, the container is cleared once more than needed.
    if (holds)
        (void)renameat(container->run_dir, STARTING_FILE, container->run_dir, HELD_FILE);
    else
        (void)unlinkat(container->run_dir, STARTING_FILE, 0);
}

static bool has_file(const struct container *container, const char *name)
{
    return container->run_dir >= 0 && faccessat(container->run_dir, name, F_OK, 0) == 0;
}

bool container_may_have_leftovers(const struct container *container)
{
    bool says_running = text_equal(container->live.status, "running");
    return says_running || has_file(container, STARTING_FILE);
}

bool container_holds(const struct container *container)
{
    return has_file(container, HELD_FILE);
}

int container_cgroup_plan(struct arena *arena, const struct container *container,
                          struct cgroup **out, struct err *err)
{
    const struct cgroup_request request = {
        .id = container->row.id,
        .cgroupsPath = container_cgroup(arena, container),
        .driver = CGROUP_CGROUPFS,
    };
    return cgroup_plan(&request, out, err);
}

int container_thaw(struct arena *arena, const struct container *container, struct err *err)
{
    struct cgroup *cgroup;
    if (container_cgroup_plan(arena, container, &cgroup, err) < 0)
        return -1;
    struct err ignored; // one that cannot be asked, or is gone, is not frozen
    bool is_frozen = cgroup_is_frozen(cgroup, &ignored) > 0;
    // Who froze it may have been killed half way: it is told in any case.
    int thawed = cgroup_thaw(cgroup, is_frozen ? err : &ignored);
    cgroup_close(cgroup);
    return is_frozen ? thawed : 0;
}

// Asked of every container that `ps` lists, so by the usual places of the file and without finding
// out where cgroups are mounted: that costs more than all the rest of it.
bool container_is_frozen(struct arena *arena, const struct container *container)
{
    static const char *const places[] = {"/sys/fs/cgroup/freezer%s/freezer.state",
                                         "/sys/fs/cgroup%s/cgroup.freeze"};
    const char *cgroup = container_cgroup(arena, container);
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        char word[16];
        struct str place = str_of(places[i]), before = str_cut(&place, '%');
        const char *path =
            arena_printf(arena, "%.*s%s%s", (int)before.n, before.at, cgroup, place.at + 1);
        AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, word, sizeof word);
        if (n > 0) // THAWED, FREEZING, FROZEN; 0, 1
            return word[0] == 'F' || word[0] == '1';
    }
    return false; // one that is gone is not frozen
}

bool container_can_freeze(struct arena *arena, const struct container *container)
{
    struct cgroup *cgroup;
    struct err ignored; // then it cannot
    if (container_cgroup_plan(arena, container, &cgroup, &ignored) < 0)
        return false;
    size_t n;
    const struct cgroup_mount *hierarchies = cgroup_mounts_get(cgroup, &n);
    bool has_one = false;
    for (size_t i = 0; i < n && !has_one; i++)
        has_one = access(hierarchies[i].path, F_OK) == 0;
    cgroup_close(cgroup);
    return has_one;
}

int container_freeze(struct arena *arena, const struct container *container, struct err *err)
{
    struct cgroup *cgroup;
    if (container_cgroup_plan(arena, container, &cgroup, err) < 0)
        return -1;
    int frozen = cgroup_freeze(cgroup, err);
    cgroup_close(cgroup);
    return frozen < 0 ? fail_in(err, "pause the container") : 0;
}

static int clear_runtime(struct engine *engine, struct arena *arena,
                         const struct container *container, struct err *err)
{
    struct err ignored; // a runtime that is gone or fails: what follows does not need it
    struct runtime runtime;
    const char *const verb[] = {"delete", "--force", container->row.id, NULL};
    AUTO_BUF struct buf said;
    buf_init(&said, SAID_MAX);
    if (runtime_find(engine, arena, container->spec.host.runtime, &runtime, &ignored) == 0)
        (void)program_run(runtime.path, runtime_argv(engine, arena, &runtime, verb), &said,
                          &ignored);
    struct cgroup *cgroup;
    if (container_cgroup_plan(arena, container, &cgroup, err) < 0)
        return -1;
    int removed = cgroup_remove(cgroup, err);
    cgroup_close(cgroup);
    if (removed < 0)
        return -1;
    // Where v1 and v2 live side by side, runc makes one in v2's, too; it is empty by now.
    (void)rmdir(
        arena_printf(arena, "/sys/fs/cgroup/unified%s", container_cgroup(arena, container)));
    AUTO_FD int records = openat(engine->run, "runtime", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return records < 0 ? 0 : tree_remove(records, container->row.id, err);
}

int container_release(struct engine *engine, struct arena *arena, const struct container *container,
                      struct err *err)
{
    if (endpoints_release(engine, arena, container, err) < 0 ||
        security_release(container, err) < 0 || mounts_release(engine, arena, container, err) < 0)
        return -1;
    if (container->run_dir >= 0)
        (void)unlinkat(container->run_dir, HELD_FILE, 0); // else it is released once more
    return 0;
}

// What its monitor would have said.
static void announce_end(const struct engine *engine, const struct container *container)
{
    char code[24], seconds[24];
    const struct live *live = &container->live;
    (void)snprintf(code, sizeof code, "%" PRId64, live->exit_code); // both fit
    (void)snprintf(seconds, sizeof seconds, "%" PRId64,
                   (live->finished_ns - live->started_ns) / 1'000'000'000);
    const struct json_pair pairs[] = {{"execDuration", seconds}, {"exitCode", code}};
    container_announce(engine, container, "die", pairs, N_ELEMENTS(pairs));
}

// One that is to run again says so, and somebody will see to it (restart.c); but a boot is not
// restarted through by whoever happens to look: `dhow boot` does that.
static int record_killed(struct engine *engine, struct arena *arena, struct container *container,
                         struct err *err)
{
    struct live *live = &container->live;
    bool is_of_this_boot = text_equal(live->boot_id, boot_id(arena));
    live->pid = 0;
    live->exit_code = EXIT_KILLED;
    live->finished_ns = now_ns();
    live->error = is_of_this_boot ? "its monitor was killed, and the container with it"
                                  : "the machine went down while it ran";
    bool is_restarted = is_of_this_boot && restart_applies(container);
    live->status = is_restarted ? "restarting" : "exited";
    live->restart_count += is_restarted;
    const struct monitor_end end = {.started_ns = live->started_ns,
                                    .finished_ns = live->finished_ns,
                                    .exit_code = live->exit_code,
                                    .error = live->error,
                                    .restart_count = live->restart_count,
                                    .is_restarted = is_restarted};
    struct err ignored; // live.json has the exit code
    (void)end_append(container->dir, &end, &ignored);
    if (live_write(container->dir, live, err) < 0)
        return -1;
    announce_end(engine, container);
    return 0;
}

int container_clear(struct engine *engine, struct arena *arena, struct container *container,
                    struct err *err)
{
    if (clear_runtime(engine, arena, container, err) < 0 ||
        container_release(engine, arena, container, err) < 0 ||
        (container->dir >= 0 && snapshot_detach(container->dir, err) < 0))
        return fail_in(err, "clear what is left of container %s", container->row.id);
    if (text_equal(container->live.status, "running") &&
        record_killed(engine, arena, container, err) < 0)
        return -1;
    start_is_done(container, false);
    return 0;
}
