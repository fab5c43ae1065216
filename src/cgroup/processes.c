// SPDX-License-Identifier: Apache-2.0
// processes.c — the processes of a cgroup and of those below it: listed, frozen, killed; and the
// cgroup's removal.
//
// A container may have made cgroups below its own. v1 is looked at through one hierarchy
// (hierarchy_main): a process that left that one's cgroup can only be in one below it.
//
// Killing in v1 is freeze, list, signal, thaw, look again: a frozen process cannot fork, so that
// none is missed, and its pid cannot become someone else's before the signal is sent.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"
#include "cgroup/systemd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    WAIT_MAX_MS = 10'000,  // for freezing and for dying
    WAIT_STEP_MAX_MS = 16, // between two looks
    DEPTH_MAX = 400,       // each level holds a descriptor while it is walked
    PROCS_MAX = 64 * 1024 * 1024,
    PIDS_MAX = 4 * 1024 * 1024, // PID_MAX_LIMIT of the kernel
};

// --- waiting ---

// Two calls: sleeps a growing while, and says when the whole is over.
struct patience {
    int step_ms, spent_ms;
};

static bool is_out_of(struct patience *patience)
{
    if (patience->spent_ms >= WAIT_MAX_MS)
        return true;
    int ms = patience->step_ms != 0 ? patience->step_ms : 1;
    struct timespec pause = {.tv_nsec = ms * 1'000'000L};
    (void)nanosleep(&pause, NULL); // woken early means looking early
    patience->spent_ms += ms;
    patience->step_ms = ms * 2 < WAIT_STEP_MAX_MS ? ms * 2 : WAIT_STEP_MAX_MS;
    return false;
}

// --- walking ---

typedef int visit_fn(int parent, const char *name, int dir, void *context, struct err *err);

// Visits every directory below `dir`, the deepest first, and is told its parent and name.
static int walk_below(int dir, int depth, visit_fn *visit, void *context, struct err *err);

static int walk_child(int dir, const char *name, int depth, visit_fn *visit, void *context,
                      struct err *err)
{
    AUTO_FD int child = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open cgroup %s", name);
    if (walk_below(child, depth + 1, visit, context, err) < 0)
        return -1;
    return visit(dir, name, child, context, err);
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir); // only read
}

static int walk_below(int dir, int depth, visit_fn *visit, void *context, struct err *err)
{
    struct stat st;
    // cgroupfs counts subdirectories in the number of links: nearly always there are none.
    if (fstat(dir, &st) == 0 && st.st_nlink <= 2)
        return 0;
    if (depth >= DEPTH_MAX)
        return fail(err, ERR_SYSTEM, "cgroups are nested more than %d deep", DEPTH_MAX);
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    __attribute__((cleanup(dir_close))) DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    if (entries == NULL) {
        int failed = fail_sys(err, "list a cgroup");
        if (copy >= 0)
            (void)close(copy); // only read
        return failed;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        if (walk_child(dir, entry->d_name, depth, visit, context, err) < 0)
            return -1;
    }
    return 0;
}

// --- listing ---

struct pid_list {
    pid_t *pids;
    size_t n, room;
};

static int list_one(int, const char *name, int dir, void *context, struct err *err)
{
    struct pid_list *list = context;
    AUTO_BUF struct buf text;
    buf_init(&text, PROCS_MAX);
    if (file_read_at(dir, "cgroup.procs", &text, err) < 0) {
        // Removed meanwhile; or a threaded cgroup of v2, whose processes its parent lists.
        if (err->sys == ENODEV || err->sys == ENOENT || err->sys == EOPNOTSUPP)
            return 0;
        return fail_in(err, "cgroup %s", name);
    }
    struct str rest = str_of(buf_get(&text));
    while (rest.n != 0) {
        uint32_t pid;
        if (!str_to_u32(str_cut(&rest, '\n'), &pid) || pid == 0)
            continue; // 0: in a pid namespace that is not below ours
        if (list->n == PIDS_MAX)
            return fail(err, ERR_SYSTEM, "more than %d processes in a cgroup", PIDS_MAX);
        if (list->n == list->room) {
            list->room = list->room != 0 ? list->room * 2 : 64;
            list->pids = xreallocarray(list->pids, list->room, sizeof *list->pids);
        }
        list->pids[list->n++] = (pid_t)pid;
    }
    return 0;
}

int cgroup_pids(const struct cgroup *cgroup, pid_t **out, size_t *out_n, struct err *err)
{
    struct pid_list list = {0};
    const struct hierarchy *hierarchy = hierarchy_main(cgroup);
    AUTO_FD int dir =
        hierarchy != NULL ? open(hierarchy->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir < 0 && hierarchy != NULL && errno != ENOENT)
        return fail_sys(err, "open cgroup %s", hierarchy->path);
    if (dir >= 0 && (list_one(-1, hierarchy->path, dir, &list, err) < 0 ||
                     walk_below(dir, 0, list_one, &list, err) < 0)) {
        free(list.pids);
        return -1;
    }
    *out = list.pids;
    *out_n = list.n;
    return 0;
}

// --- freezing ---

static const struct hierarchy *freezer_of(const struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "freezer");
    if (hierarchy != NULL && !hierarchy->is_left_out)
        return hierarchy;
    const char *why = cgroup->n == 0      ? "this container has no cgroups"
                      : hierarchy == NULL ? "no cgroup hierarchy with the freezer is mounted"
                                          : "the cgroup is not delegated to this user";
    (void)fail(err, ERR_UNAVAILABLE, "freeze: %s", why);
    return NULL;
}

// 1 frozen, 0 not (yet).
static int freezer_state(const struct cgroup *cgroup, const struct hierarchy *hierarchy,
                         struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    const char *file = cgroup->is_v2 ? "cgroup.events" : "freezer.state";
    if (hierarchy_read(hierarchy->path, file, &text, err) < 0)
        return -1;
    if (!cgroup->is_v2)
        return text_starts(buf_get(&text), "FROZEN");
    return strstr(buf_get(&text), "frozen 1") != NULL;
}

static int freezer_write(const struct cgroup *cgroup, const struct hierarchy *hierarchy,
                         bool is_frozen, struct err *err)
{
    const char *file = cgroup->is_v2 ? "cgroup.freeze" : "freezer.state";
    const char *v2_text = is_frozen ? "1" : "0";
    const char *v1_text = is_frozen ? "FROZEN" : "THAWED";
    if (hierarchy_write(hierarchy->path, file, cgroup->is_v2 ? v2_text : v1_text) < 0)
        return fail_sys(err, "%s: write to %s/%s", is_frozen ? "freeze" : "thaw", hierarchy->path,
                        file);
    return 0;
}

int cgroup_freeze(struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = freezer_of(cgroup, err);
    if (hierarchy == NULL || freezer_write(cgroup, hierarchy, true, err) < 0)
        return -1;
    struct patience patience = {0};
    for (;;) {
        int state = freezer_state(cgroup, hierarchy, err);
        if (state > 0)
            return 0;
        if (state == 0 && !is_out_of(&patience)) {
            // v1: a task that forked while freezing began needs to be asked again.
            if (cgroup->is_v2 || freezer_write(cgroup, hierarchy, true, err) == 0)
                continue;
        } else if (state == 0) {
            (void)fail(err, ERR_UNAVAILABLE,
                       "freeze %s: not frozen after %d s (a process waits in the kernel)",
                       hierarchy->path, WAIT_MAX_MS / 1000);
        }
        struct err ignored; // the first failure is what counts
        (void)freezer_write(cgroup, hierarchy, false, &ignored);
        return -1;
    }
}

int cgroup_thaw(struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = freezer_of(cgroup, err);
    if (hierarchy == NULL)
        return -1;
    return freezer_write(cgroup, hierarchy, false, err);
}

int cgroup_is_frozen(const struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "freezer");
    if (hierarchy == NULL || hierarchy->is_left_out)
        return 0;
    if (!cgroup->is_v2) {
        int state = freezer_state(cgroup, hierarchy, err);
        return state < 0 && err->kind == ERR_NOT_FOUND ? 0 : state;
    }
    // What was asked for: `frozen 1` in cgroup.events also says that a parent is frozen.
    AUTO_BUF struct buf text;
    buf_init(&text, 64);
    if (hierarchy_read(hierarchy->path, "cgroup.freeze", &text, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    return text_starts(buf_get(&text), "1");
}

// --- killing ---

static int signal_all(const struct cgroup *cgroup, int signal, struct err *err)
{
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    if (cgroup_pids(cgroup, &pids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (kill(pids[i], signal) < 0 && errno != ESRCH)
            return fail_sys(err, "send signal %d to process %d", signal, (int)pids[i]);
    return 0;
}

// One round of freeze-walk.
static int kill_round(struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "freezer");
    struct err ignored; // without a freezer, or when it is slow: rounds until none is left
    bool has_freezer = hierarchy != NULL && !hierarchy->is_left_out &&
                       freezer_write(cgroup, hierarchy, true, &ignored) == 0;
    int done = signal_all(cgroup, SIGKILL, err);
    if (has_freezer && freezer_write(cgroup, hierarchy, false, done < 0 ? &ignored : err) < 0)
        return -1;
    return done;
}

static int kill_all(struct cgroup *cgroup, struct err *err)
{
    const struct hierarchy *hierarchy = hierarchy_main(cgroup);
    struct patience patience = {0};
    bool has_kill = false;
    for (;;) {
        AUTO_FREE pid_t *pids = NULL;
        size_t n = 0;
        if (cgroup_pids(cgroup, &pids, &n, err) < 0)
            return -1;
        if (n == 0)
            return 0; // nearly always at once: the first process took the others with it
        if (patience.spent_ms == 0 && cgroup->is_v2)
            has_kill = hierarchy_write(hierarchy->path, "cgroup.kill", "1") == 0;
        if (!has_kill && kill_round(cgroup, err) < 0)
            return -1;
        if (is_out_of(&patience))
            return fail(err, ERR_UNAVAILABLE,
                        "kill: %zu processes of cgroup %s do not end (they wait in the kernel)", n,
                        hierarchy->path);
    }
}

int cgroup_kill(struct cgroup *cgroup, int signal, struct err *err)
{
    return signal == SIGKILL ? kill_all(cgroup, err) : signal_all(cgroup, signal, err);
}

// --- removing ---

static int remove_one(int parent, const char *name, int, void *, struct err *err)
{
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove cgroup %s", name);
    return 0;
}

static int remove_tree(const struct hierarchy *hierarchy, struct err *err)
{
    AUTO_FD int dir = open(hierarchy->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open cgroup %s", hierarchy->path);
    if (walk_below(dir, 0, remove_one, NULL, err) < 0)
        return -1;
    return remove_one(AT_FDCWD, hierarchy->path, dir, NULL, err);
}

// A process that has just been killed keeps its cgroup busy for a moment.
static int remove_patiently(const struct hierarchy *hierarchy, struct err *err)
{
    struct patience patience = {0};
    for (;;) {
        int removed = remove_tree(hierarchy, err);
        if (removed == 0 || err->sys != EBUSY || is_out_of(&patience))
            return removed;
    }
}

int cgroup_remove(struct cgroup *cgroup, struct err *err)
{
    bool is_stuck[CGROUP_HIERARCHIES_MAX] = {0};
    bool is_any_stuck = false;
    for (size_t i = 0; i < cgroup->n; i++) {
        const struct hierarchy *hierarchy = &cgroup->hierarchies[i];
        if (hierarchy->is_left_out || rmdir(hierarchy->path) == 0 || errno == ENOENT)
            continue;
        if (errno != EBUSY && errno != ENOTEMPTY)
            return fail_sys(err, "remove cgroup %s", hierarchy->path);
        is_stuck[i] = is_any_stuck = true;
    }
    if (is_any_stuck && kill_all(cgroup, err) < 0)
        return -1;
    for (size_t i = 0; i < cgroup->n; i++)
        if (is_stuck[i] && remove_patiently(&cgroup->hierarchies[i], err) < 0)
            return -1;
    return cgroup->scope != NULL ? systemd_stop_scope(cgroup, err) : 0;
}
