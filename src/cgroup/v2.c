// SPDX-License-Identifier: Apache-2.0
// v2.c — making and opening a cgroup in the unified hierarchy.
//
// A controller reaches a cgroup when each cgroup above it has it in cgroup.subtree_control; what is
// there already is not written. All controllers that are available are passed down to the
// container, not only those with a limit: its statistics need them and a later update may.
// A cgroup with processes cannot pass on controllers (the no-internal-process rule): then making
// fails with advice if a limit needs the controller, and goes without it if none does. The child is
// born inside by clone3(CLONE_INTO_CGROUP).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"
#include "cgroup/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { CONTROLLERS_MAX = 4096, PROCS_MAX = 16 * 1024 * 1024 };

static bool has_word(const char *list, struct str word)
{
    struct str rest = str_trim(str_of(list));
    while (rest.n != 0)
        if (str_equal(str_cut(&rest, ' '), word))
            return true;
    return false;
}

// Turns on for the children of `directory` what it has and they have not. A controller that will
// not is left out: whether that matters is known when a limit is written. A cgroup with processes
// is not touched: what the kernel would let it pass on (cpu, pids) makes it a threaded domain, and
// no process could ever enter the cgroups below.
static int enable_below(const char *directory, bool is_root, struct err *err)
{
    AUTO_BUF struct buf has, passes, wanted;
    buf_init(&has, CONTROLLERS_MAX);
    buf_init(&passes, CONTROLLERS_MAX);
    buf_init(&wanted, CONTROLLERS_MAX);
    if (hierarchy_read(directory, "cgroup.controllers", &has, err) < 0 ||
        hierarchy_read(directory, "cgroup.subtree_control", &passes, err) < 0)
        return -1;
    struct str rest = str_trim(str_of(buf_get(&has)));
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ' ');
        if (!has_word(buf_get(&passes), word))
            buf_printf(&wanted, "%s+%.*s", wanted.n != 0 ? " " : "", (int)word.n, word.at);
    }
    if (wanted.n != 0 && !is_root) {
        AUTO_BUF struct buf procs;
        buf_init(&procs, PROCS_MAX);
        if (hierarchy_read(directory, "cgroup.procs", &procs, err) < 0)
            return -1;
        if (procs.n != 0)
            return 0;
    }
    if (wanted.n == 0 ||
        hierarchy_write(directory, "cgroup.subtree_control", buf_get(&wanted)) == 0)
        return 0;
    // All or nothing for the kernel: one that is refused must not take the others with it.
    rest = str_of(buf_get(&wanted));
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ' ');
        AUTO_FREE char *one = xstrndup(word.at, word.n);
        (void)hierarchy_write(directory, "cgroup.subtree_control", one); // see above
    }
    return 0;
}

// From the root to the parent of the container's cgroup: made if missing, controllers turned on.
static int prepare_parents(const struct hierarchy *hierarchy, struct err *err)
{
    AUTO_FREE char *path = xstrdup(hierarchy->path);
    char *root_end = path + strlen(hierarchy->root);
    for (char *at = root_end; at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST && access(path, F_OK) < 0)
            return fail_sys(err, "make cgroup %s", path);
        if (enable_below(path, at == root_end, err) < 0)
            return -1;
        *at = '/';
    }
    return 0;
}

// What a container's cgroup must have: the controllers of its limits, and those that every
// container is measured by.
static bool has_controllers(const char *list, const struct limit_list *limits)
{
    static const char *const usual[] = {"cpu", "memory", "pids", "io"};
    for (size_t i = 0; i < N_ELEMENTS(usual); i++)
        if (!has_word(list, str_of(usual[i])))
            return false;
    for (size_t i = 0; i < limits->n; i++)
        if (!text_equal(limits->writes[i].controller, "cgroup") &&
            !has_word(list, str_of(limits->writes[i].controller)))
            return false;
    return true;
}

static int check_unused(const struct hierarchy *hierarchy, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTROLLERS_MAX);
    if (hierarchy_read(hierarchy->path, "cgroup.events", &text, err) < 0)
        return -1;
    if (strstr(buf_get(&text), "populated 1") != NULL)
        return fail(err, ERR_CONFLICT,
                    "the cgroup %s is in use: choose another cgroupsPath, or end what is in it",
                    hierarchy->path);
    buf_clear(&text);
    if (hierarchy_read(hierarchy->path, "cgroup.freeze", &text, err) < 0)
        return -1;
    if (text_starts(buf_get(&text), "1"))
        return fail(err, ERR_CONFLICT, "the cgroup %s is frozen: write 0 to its cgroup.freeze",
                    hierarchy->path);
    return 0;
}

// A cgroup in a threaded subtree or one that would have to be threaded cannot be entered by a
// clone.
static int check_type(const struct hierarchy *hierarchy, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTROLLERS_MAX);
    if (hierarchy_read(hierarchy->path, "cgroup.type", &text, err) < 0)
        return -1;
    if (text_starts(buf_get(&text), "domain"))
        return text_starts(buf_get(&text), "domain invalid")
                   ? fail(err, ERR_CONFLICT,
                          "the cgroup %s is in a threaded subtree, which cannot hold processes",
                          hierarchy->path)
                   : 0;
    return fail(err, ERR_CONFLICT, "the cgroup %s is %.*s: a container needs a domain",
                hierarchy->path, (int)strcspn(buf_get(&text), "\n"), buf_get(&text));
}

static int make_directory(struct hierarchy *hierarchy, struct err *err)
{
    int made = mkdir(hierarchy->path, 0755);
    if (made < 0 && errno == ENOENT) {
        if (prepare_parents(hierarchy, err) < 0)
            return -1;
        made = mkdir(hierarchy->path, 0755);
    }
    if (made < 0 && errno != EEXIST)
        return fail_sys(err, "make cgroup %s", hierarchy->path);
    hierarchy->is_made = made == 0;
    return made == 0 ? 0 : check_unused(hierarchy, err);
}

void v2_explain_missing(const struct hierarchy *hierarchy, const char *controller, struct buf *out)
{
    AUTO_FREE char *path = xstrdup(hierarchy->path);
    for (char *at = path + strlen(hierarchy->root); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        AUTO_BUF struct buf text;
        buf_init(&text, PROCS_MAX);
        struct err ignored; // then there is less to explain
        if (hierarchy_read(path, "cgroup.subtree_control", &text, &ignored) < 0)
            return;
        bool is_passed = has_word(buf_get(&text), str_of(controller));
        buf_clear(&text);
        if (!is_passed && hierarchy_read(path, "cgroup.procs", &text, &ignored) == 0 &&
            text.n != 0 && !text_equal(path, hierarchy->root)) {
            buf_printf(out, "%s has processes and so passes no controllers on to cgroups below",
                       path);
            return;
        }
        if (!is_passed) {
            buf_printf(out, "%s does not pass the %s controller on to cgroups below", path,
                       controller);
            return;
        }
        *at = '/';
    }
}

int v2_make(struct cgroup *cgroup, const struct oci_resources *resources, struct err *err)
{
    struct hierarchy *hierarchy = &cgroup->hierarchies[0];
    struct limit_list limits;
    if (limits_list_v2(&cgroup->arena, resources, false, &limits, err) < 0)
        return -1;
    int made = make_directory(hierarchy, err);
    if (made < 0 && cgroup->is_rootless && limits.n == 0 &&
        (err->sys == EACCES || err->sys == EPERM || err->sys == EROFS)) {
        hierarchy->is_left_out = true;
        return 0;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, CONTROLLERS_MAX);
    if (made < 0 || hierarchy_read(hierarchy->path, "cgroup.controllers", &text, err) < 0)
        return -1;
    if (!has_controllers(buf_get(&text), &limits) &&
        (prepare_parents(hierarchy, err) < 0 || check_type(hierarchy, err) < 0))
        return -1;
    if (cgroup->delegate != NULL && v2_make_delegate(cgroup, 0, err) < 0)
        return -1;
    return v2_open(cgroup, NULL, 0, err);
}

static char *delegate_path(const struct cgroup *cgroup)
{
    return str_printf("%s/%s", cgroup->hierarchies[0].path, cgroup->delegate);
}

int v2_make_delegate(const struct cgroup *cgroup, pid_t pid, struct err *err)
{
    AUTO_FREE char *path = delegate_path(cgroup);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return fail_sys(err, "make cgroup %s", path);
    AUTO_FREE char *text = str_printf("%d", (int)pid);
    if (pid > 0 && hierarchy_write(path, "cgroup.procs", text) < 0)
        return fail_sys(err, "move process %d to cgroup %s", (int)pid, path);
    return 0;
}

// Whether controllers have been passed on to cgroups below, which keeps processes out.
static bool is_internal(int fd, const char *path)
{
    struct stat st;
    struct err ignored; // then opening or cloning says what is wrong
    AUTO_BUF struct buf text;
    buf_init(&text, CONTROLLERS_MAX);
    if (fstat(fd, &st) < 0 || st.st_nlink <= 2)
        return false;
    return hierarchy_read(path, "cgroup.subtree_control", &text, &ignored) == 0 &&
           str_trim(str_of(buf_get(&text))).n != 0;
}

// The cgroup of a process of the container, which is at or below the container's own.
static char *path_of_process(const struct hierarchy *hierarchy, pid_t pid, struct err *err)
{
    AUTO_FREE char *file = str_printf("/proc/%d/cgroup", (int)pid);
    AUTO_BUF struct buf text;
    buf_init(&text, CONTROLLERS_MAX);
    if (file_read_at(AT_FDCWD, file, &text, err) < 0)
        return NULL;
    struct str rest = str_of(buf_get(&text));
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        if (!str_starts(line, "0::"))
            continue;
        AUTO_FREE char *path = str_printf("%s%.*s", hierarchy->root, (int)line.n - 3, line.at + 3);
        size_t n = strlen(hierarchy->path);
        bool is_below = strncmp(path, hierarchy->path, n) == 0 &&
                        (path[n] == '/' || path[n] == '\0') && strstr(path, "/..") == NULL;
        if (is_below)
            return TAKE_PTR(path);
    }
    (void)fail(err, ERR_CONFLICT, "process %d is not in the cgroup %s", (int)pid, hierarchy->path);
    return NULL;
}

static int open_directory(struct hierarchy *hierarchy, const char *path, struct err *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open cgroup %s", path);
    if (hierarchy->fd >= 0)
        (void)close(hierarchy->fd); // from an earlier opening
    hierarchy->fd = TAKE_FD(fd);
    return 0;
}

int v2_open(struct cgroup *cgroup, const char *sub, pid_t first, struct err *err)
{
    struct hierarchy *hierarchy = &cgroup->hierarchies[0];
    if (hierarchy->is_left_out)
        return 0;
    AUTO_FREE char *path = sub != NULL                ? str_printf("%s/%s", hierarchy->path, sub)
                           : cgroup->delegate != NULL ? delegate_path(cgroup)
                                                      : xstrdup(hierarchy->path);
    if (open_directory(hierarchy, path, err) < 0)
        return -1;
    if (sub != NULL || first <= 0 || !is_internal(hierarchy->fd, path))
        return 0;
    AUTO_FREE char *beside = path_of_process(hierarchy, first, err);
    return beside != NULL ? open_directory(hierarchy, beside, err) : -1;
}
