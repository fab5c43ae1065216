// SPDX-License-Identifier: Apache-2.0
// dirs.c — a stack of directories; what is left gets its times, for nothing changes it any more.
//
// An archive in another order is right, too, only slower: a directory that is entered again has
// the times that it shall have, so they are read before something is changed in it, and set again.
#include "archive/dirs.h"

#include "base/mem.h"
#include "linux/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { IMPLIED_MODE = 0755 }; // of directories that no entry made

void dirs_init(struct dirs *dirs, int root)
{
    dirs->root = root;
    dirs->n = 1;
    dirs->path[0] = '\0';
    dirs->levels[0] = (struct dirs_level){.fd = root, .state = DIRS_TIMES_NONE};
}

static struct dirs_level *top(struct dirs *dirs)
{
    return &dirs->levels[dirs->n - 1];
}

static void drop(struct dirs *dirs)
{
    if (top(dirs)->fd >= 0)
        (void)close(top(dirs)->fd); // a directory: nothing to lose
    dirs->n--;
    dirs->path[top(dirs)->end] = '\0';
}

void dirs_done(struct dirs *dirs)
{
    while (dirs->n > 1)
        drop(dirs);
}

// The top level's descriptor; one that was closed is found again by its path.
static int top_fd(struct dirs *dirs, struct err *err)
{
    struct dirs_level *level = top(dirs);
    if (level->fd < 0)
        level->fd = path_open_beneath(dirs->root, dirs->path,
                                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, err);
    return level->fd;
}

static int set_top_times(struct dirs *dirs, struct err *err)
{
    struct dirs_level *level = top(dirs);
    if (level->state != DIRS_TIMES_KNOWN)
        return 0;
    int fd = top_fd(dirs, err);
    if (fd < 0)
        return -1;
    if (futimens(fd, level->times) < 0)
        return fail_sys(err, "set the time of %s", dirs->path);
    return 0;
}

static int leave(struct dirs *dirs, struct err *err)
{
    if (set_top_times(dirs, err) < 0)
        return -1;
    drop(dirs);
    return 0;
}

// Is the top level on the way to path[0..n)?
static bool is_above(const struct dirs *dirs, const char *path, size_t n)
{
    size_t end = dirs->levels[dirs->n - 1].end;
    return end <= n && memcmp(dirs->path, path, end) == 0 &&
           (end == n || end == 0 || path[end] == '/');
}

static int open_child(int dir, const char *name)
{
    return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int fail_open(const struct dirs *dirs, const char *name, struct err *err)
{
    if (errno == ELOOP || errno == ENOTDIR)
        return fail(err, ERR_INVALID, "\"%.200s%s%s\" is no directory, and an entry lies below it",
                    dirs->path, *dirs->path == '\0' ? "" : "/", name);
    return fail_sys(err, "open directory %s", name);
}

// The directory `fd` was just made for want of an entry: its parent may have given it more than
// that.
static int plain_directory(int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "look at a new directory");
    if (st.st_gid != getegid() && fchown(fd, geteuid(), getegid()) < 0)
        return fail_sys(err, "set the owner of a new directory");
    if ((st.st_mode & 07777) != IMPLIED_MODE && fchmod(fd, IMPLIED_MODE) < 0)
        return fail_sys(err, "set the mode of a new directory");
    return 0;
}

// One component, below the top level.
static int descend(struct dirs *dirs, const char *name, size_t n, struct err *err)
{
    char component[NAME_MAX + 1];
    assert(n <= NAME_MAX && dirs->n <= DIRS_DEPTH_MAX); // clean_path sees to it
    memcpy(component, name, n);
    component[n] = '\0';
    int above = top_fd(dirs, err);
    if (above < 0)
        return -1;
    enum dirs_times state = DIRS_TIMES_UNKNOWN;
    int fd = open_child(above, component);
    if (fd < 0 && errno == ENOENT) {
        if (dirs_touch(dirs, err) < 0)
            return -1;
        if (mkdirat(above, component, IMPLIED_MODE) < 0)
            return fail_sys(err, "create directory %s", component);
        state = DIRS_TIMES_NONE;
        fd = open_child(above, component);
    }
    if (fd < 0)
        return fail_open(dirs, component, err);
    if (state == DIRS_TIMES_NONE && plain_directory(fd, err) < 0) {
        (void)close(fd); // a directory: nothing to lose
        return -1;
    }
    size_t end = top(dirs)->end;
    if (end != 0)
        dirs->path[end++] = '/';
    memcpy(dirs->path + end, component, n + 1);
    if (dirs->n > DIRS_OPEN_MAX && dirs->levels[dirs->n - DIRS_OPEN_MAX].fd >= 0)
        (void)close(TAKE_FD(dirs->levels[dirs->n - DIRS_OPEN_MAX].fd));
    dirs->levels[dirs->n++] =
        (struct dirs_level){.fd = fd, .end = (uint16_t)(end + n), .state = state};
    return 0;
}

int dirs_enter(struct dirs *dirs, const char *path, size_t n, struct err *err)
{
    while (!is_above(dirs, path, n)) { // the root is above all
        if (leave(dirs, err) < 0)
            return -1;
    }
    while (top(dirs)->end < n) {
        size_t at = top(dirs)->end;
        at += at != 0; // the slash
        const char *slash = memchr(path + at, '/', n - at);
        size_t end = slash != NULL ? (size_t)(slash - path) : n;
        if (descend(dirs, path + at, end - at, err) < 0)
            return -1;
    }
    return top_fd(dirs, err);
}

int dirs_touch(struct dirs *dirs, struct err *err)
{
    struct dirs_level *level = top(dirs);
    struct stat st;
    if (level->state != DIRS_TIMES_UNKNOWN)
        return 0;
    int fd = top_fd(dirs, err);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "look at directory %s", dirs->path);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    dirs_set_times(dirs, times);
    return 0;
}

void dirs_set_times(struct dirs *dirs, const struct timespec times[2])
{
    struct dirs_level *level = top(dirs);
    level->state = DIRS_TIMES_KNOWN;
    level->times[0] = times[0];
    level->times[1] = times[1];
}

int dirs_finish(struct dirs *dirs, struct err *err)
{
    while (dirs->n > 1) {
        if (leave(dirs, err) < 0)
            return -1;
    }
    return set_top_times(dirs, err);
}
