// SPDX-License-Identifier: Apache-2.0
// v1.c — making and joining a cgroup on a machine with one hierarchy per controller.
//
// The child joins by writing "0" to each hierarchy's `tasks`, opened before the clone: moving only
// itself, it needs no grace period of the kernel, while a parent that writes cgroup.procs waits
// 11 to 16 ms. A cpuset must have CPUs and memory nodes before a task can enter: they are
// inherited from the top down. Directories above the container's own are made when missing, and
// stay: another container may be about to use them.
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CPUSET_TEXT_MAX = 4096, // a page: what a file of cgroupfs holds at most
    PROCS_MAX = 16 * 1024 * 1024,
};

static bool has_controller(const struct hierarchy *hierarchy, const char *name)
{
    struct str list = str_of(hierarchy->controllers);
    while (list.n != 0)
        if (str_is(str_cut(&list, ','), name))
            return true;
    return false;
}

// A small file in three calls: the kernel gives such a file whole to one read.
static int read_small(const char *directory, const char *file, char *text, size_t room,
                      struct err *err)
{
    AUTO_FREE char *path = str_printf("%s/%s", directory, file);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, room - 1) : -1;
    if (n < 0)
        return fail_sys(err, "read %s", path);
    text[n] = '\0';
    return 0;
}

// Fills an empty cpuset file of `path` (below `root`) from the nearest directory above that has it.
static int inherit(struct str path, size_t root_n, const char *file, char *value, struct err *err)
{
    AUTO_FREE char *directory = xstrndup(path.at, path.n);
    if (read_small(directory, file, value, CPUSET_TEXT_MAX, err) < 0)
        return -1;
    if (str_trim(str_of(value)).n != 0 || path.n <= root_n)
        return 0;
    struct str parent = path;
    (void)str_cut_last(&parent, '/');
    if (inherit(parent, root_n, file, value, err) < 0)
        return -1;
    if (hierarchy_write(directory, file, value) < 0)
        return fail_sys(err, "write to %s/%s what its parent has", directory, file);
    return 0;
}

static int inherit_cpuset(const struct hierarchy *hierarchy, struct err *err)
{
    char value[CPUSET_TEXT_MAX];
    struct str path = str_of(hierarchy->path);
    size_t root_n = strlen(hierarchy->root);
    if (inherit(path, root_n, "cpuset.cpus", value, err) < 0)
        return -1;
    return inherit(path, root_n, "cpuset.mems", value, err);
}

static int make_parents(const struct hierarchy *hierarchy)
{
    AUTO_FREE char *path = xstrdup(hierarchy->path);
    for (char *at = strchr(path + strlen(hierarchy->root) + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        int done = mkdir(path, 0755);
        if (done < 0 && errno != EEXIST)
            return -1;
        // Children of it then inherit the cpuset by themselves; if not, inherit_cpuset copies it.
        if (done == 0 && has_controller(hierarchy, "cpuset"))
            (void)hierarchy_write(path, "cgroup.clone_children", "1");
        *at = '/';
    }
    return 0;
}

// A directory that was there may be used if nobody is in it and nothing in it would be stopped.
static int check_unused(const struct hierarchy *hierarchy, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PROCS_MAX);
    if (hierarchy_read(hierarchy->path, "cgroup.procs", &text, err) < 0)
        return -1;
    if (text.n != 0)
        return fail(err, ERR_CONFLICT,
                    "the cgroup %s is in use by process %.*s: choose another cgroupsPath, or "
                    "end what is in it",
                    hierarchy->path, (int)strcspn(buf_get(&text), "\n"), buf_get(&text));
    if (!has_controller(hierarchy, "freezer"))
        return 0;
    if (hierarchy_read(hierarchy->path, "freezer.state", &text, err) < 0)
        return -1;
    if (!text_starts(buf_get(&text), "THAWED"))
        return fail(err, ERR_CONFLICT, "the cgroup %s is frozen: write THAWED to its freezer.state",
                    hierarchy->path);
    return 0;
}

static int open_tasks(struct hierarchy *hierarchy, const char *path, struct err *err)
{
    AUTO_FREE char *tasks = str_printf("%s/tasks", path);
    AUTO_FD int fd = open(tasks, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open %s", tasks);
    if (hierarchy->fd >= 0)
        (void)close(hierarchy->fd); // from an earlier opening
    hierarchy->fd = TAKE_FD(fd);
    return 0;
}

// mkdir of it and of what is above it; < 0: errno says why, EEXIST also.
static int make_directory(const struct hierarchy *hierarchy)
{
    int made = mkdir(hierarchy->path, 0755);
    if (made < 0 && errno == ENOENT)
        made = make_parents(hierarchy) < 0 ? -1 : mkdir(hierarchy->path, 0755);
    return made;
}

static int make_one(struct hierarchy *hierarchy, bool is_rootless, struct err *err)
{
    int made = make_directory(hierarchy);
    if (made < 0 && is_rootless && (errno == EACCES || errno == EPERM || errno == EROFS)) {
        hierarchy->is_left_out = true;
        return 0;
    }
    if (made < 0 && errno != EEXIST)
        return fail_sys(err, "make cgroup %s", hierarchy->path);
    hierarchy->is_made = made == 0;
    if (made < 0 && check_unused(hierarchy, err) < 0)
        return -1;
    if (has_controller(hierarchy, "cpuset") && inherit_cpuset(hierarchy, err) < 0)
        return -1;
    return open_tasks(hierarchy, hierarchy->path, err);
}

int v1_make(struct cgroup *cgroup, struct err *err)
{
    for (size_t i = 0; i < cgroup->n; i++)
        if (make_one(&cgroup->hierarchies[i], cgroup->is_rootless, err) < 0)
            return -1;
    return 0;
}

int v1_attach(struct hierarchy *hierarchy, const char *pid, bool is_rootless, struct err *err)
{
    int made = make_directory(hierarchy);
    if (made < 0 && is_rootless && errno != EEXIST) {
        hierarchy->is_left_out = true;
        return 0;
    }
    if (made < 0 && errno != EEXIST)
        return fail_sys(err, "make cgroup %s", hierarchy->path);
    if (has_controller(hierarchy, "cpuset") && inherit_cpuset(hierarchy, err) < 0)
        return -1;
    if (hierarchy_write(hierarchy->path, "cgroup.procs", pid) < 0)
        return fail_sys(err, "move process %s to cgroup %s", pid, hierarchy->path);
    return 0;
}

int v1_open(struct cgroup *cgroup, const char *sub, struct err *err)
{
    for (size_t i = 0; i < cgroup->n; i++) {
        struct hierarchy *hierarchy = &cgroup->hierarchies[i];
        if (hierarchy->is_left_out)
            continue;
        AUTO_FREE char *path =
            sub != NULL ? str_printf("%s/%s", hierarchy->path, sub) : xstrdup(hierarchy->path);
        if (open_tasks(hierarchy, path, err) == 0)
            continue;
        // A path below is usually made in some hierarchies only; the others stay at the top.
        if (sub == NULL || err->sys != ENOENT || open_tasks(hierarchy, hierarchy->path, err) < 0)
            return -1;
    }
    return 0;
}
