// SPDX-License-Identifier: Apache-2.0
// path.c — openat2 and the making of what is missing.
#include "linux/path.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    LINKS_MAX = 40, // as the kernel's own limit
    PARENT_MODE = 0755,
    RACES_MAX = 128, // openat2 says EAGAIN when a rename elsewhere might have mattered
};

static int open_how(int root, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve};
    int fd = -1;
    for (int i = 0; i < RACES_MAX; i++) {
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return fd;
}

static int failed(struct err *err, const char *path)
{
    int result = fail_sys(err, "open %s in the container", path);
    if (err->sys == ENOENT)
        err->kind = ERR_NOT_FOUND;
    return result;
}

static int open_in(int root, const char *path, int flags)
{
    return open_how(root, *path != '\0' ? path : ".", flags,
                    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_in(int root, const char *path, int flags, struct err *err)
{
    int fd = open_in(root, path, flags);
    return fd >= 0 ? fd : failed(err, path);
}

int path_open_beneath(int root, const char *path, int flags, struct err *err)
{
    int fd =
        open_how(root, path, flags,
                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    return fd >= 0 ? fd : failed(err, path);
}

// "a/b/" → "a", "b"; the name is empty for "/" and "." and "..".
static void split(const char *path, char **out_parent, char **out_name)
{
    struct str rest = str_of(path);
    while (rest.n != 0 && rest.at[rest.n - 1] == '/')
        rest.n--;
    struct str name = str_cut_last(&rest, '/');
    bool is_special = str_is(name, ".") || str_is(name, "..");
    *out_name = is_special ? xstrdup("") : xstrndup(name.at, name.n);
    *out_parent = rest.n != 0 ? xstrndup(rest.at, rest.n) : xstrdup("/");
}

struct making {
    int root;
    bool is_file; // else a directory
    mode_t mode;
    int links; // followed so far
};

static int make_in(const struct making *making, const char *path, struct err *err);

// `name` in `parent` is a symbolic link to nothing: make what it points to, inside the root.
static int make_behind_link(const struct making *making, int parent, const char *parent_path,
                            const char *name, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
    if (n < 0)
        return fail_sys(err, "%s/%s in the container is in the way", parent_path, name);
    target[n] = '\0';
    AUTO_FREE char *path =
        target[0] == '/' ? xstrdup(target) : str_printf("%s/%s", parent_path, target);
    struct making next = *making;
    next.links++;
    return make_in(&next, path, err);
}

static int make_entry(const struct making *making, int parent, const char *name)
{
    if (!making->is_file)
        return mkdirat(parent, name, making->mode) < 0 && errno != EEXIST ? -1 : 0;
    AUTO_FD int made =
        openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, making->mode);
    return made < 0 && errno != EEXIST ? -1 : 0;
}

static int make_in(const struct making *making, const char *path, struct err *err)
{
    int flags = O_PATH | (making->is_file ? 0 : O_DIRECTORY);
    int fd = open_in(making->root, path, flags);
    if (fd >= 0)
        return fd;
    if (errno != ENOENT)
        return failed(err, path);
    if (making->links > LINKS_MAX)
        return fail(err, ERR_INVALID, "too many symbolic links in %s in the container", path);

    AUTO_FREE char *parent_path = NULL;
    AUTO_FREE char *name = NULL;
    split(path, &parent_path, &name);
    if (*name == '\0')
        return fail(err, ERR_INVALID, "%s in the container cannot be made", path);
    struct making parent_making = {making->root, false, PARENT_MODE, making->links};
    AUTO_FD int parent = make_in(&parent_making, parent_path, err);
    if (parent < 0)
        return -1;
    if (make_entry(making, parent, name) < 0)
        return fail_sys(err, "make %s in the container", path);
    fd = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISLNK(st.st_mode))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return make_behind_link(making, parent, parent_path, name, err);
}

int path_make_dir_in(int root, const char *path, mode_t mode, struct err *err)
{
    return make_in(&(struct making){root, false, mode, 0}, path, err);
}

int path_make_file_in(int root, const char *path, mode_t mode, struct err *err)
{
    return make_in(&(struct making){root, true, mode, 0}, path, err);
}

int path_parent_in(int root, const char *path, mode_t mode, char **out_name, struct err *err)
{
    AUTO_FREE char *parent_path = NULL;
    AUTO_FREE char *name = NULL;
    split(path, &parent_path, &name);
    if (*name == '\0')
        return fail(err, ERR_INVALID, "%s names no file", path);
    int parent = make_in(&(struct making){root, false, mode, 0}, parent_path, err);
    if (parent >= 0)
        *out_name = TAKE_PTR(name);
    return parent;
}
