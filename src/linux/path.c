// SPDX-License-Identifier: Apache-2.0
// path.c — openat2 and the making of what is missing.
#include "linux/path.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    LINKS_MAX = 40,  // as the kernel's own limit
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

enum make { MAKE_DIR, MAKE_FILE };

static int make_in(int root, const char *path, enum make what, mode_t mode, int links,
                   struct err *err);

// `name` in `parent` is a symbolic link to nothing: make what it points to, inside the root.
static int make_behind_link(int root, int parent, const char *parent_path, const char *name,
                            enum make what, mode_t mode, int links, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
    if (n < 0)
        return fail_sys(err, "%s/%s in the container is in the way", parent_path, name);
    target[n] = '\0';
    AUTO_FREE char *path =
        target[0] == '/' ? xstrdup(target) : str_printf("%s/%s", parent_path, target);
    return make_in(root, path, what, mode, links + 1, err);
}

static int make_in(int root, const char *path, enum make what, mode_t mode, int links,
                   struct err *err)
{
    int flags = O_PATH | (what == MAKE_DIR ? O_DIRECTORY : 0);
    int fd = open_in(root, path, flags);
    if (fd >= 0)
        return fd;
    if (errno != ENOENT)
        return failed(err, path);
    if (links > LINKS_MAX)
        return fail(err, ERR_INVALID, "too many symbolic links in %s in the container", path);

    AUTO_FREE char *parent_path = NULL;
    AUTO_FREE char *name = NULL;
    split(path, &parent_path, &name);
    if (*name == '\0')
        return fail(err, ERR_INVALID, "%s in the container cannot be made", path);
    AUTO_FD int parent = make_in(root, parent_path, MAKE_DIR, 0755, links, err);
    if (parent < 0)
        return -1;
    if (what == MAKE_DIR) {
        if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
            return fail_sys(err, "make the directory %s in the container", path);
    } else {
        int made = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
        if (made < 0 && errno != EEXIST)
            return fail_sys(err, "make the file %s in the container", path);
        if (made >= 0)
            (void)close(made);
    }
    fd = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISLNK(st.st_mode))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return make_behind_link(root, parent, parent_path, name, what, mode, links, err);
}

int path_make_dir_in(int root, const char *path, mode_t mode, struct err *err)
{
    return make_in(root, path, MAKE_DIR, mode, 0, err);
}

int path_make_file_in(int root, const char *path, mode_t mode, struct err *err)
{
    return make_in(root, path, MAKE_FILE, mode, 0, err);
}

int path_parent_in(int root, const char *path, mode_t mode, char **out_name, struct err *err)
{
    AUTO_FREE char *parent_path = NULL;
    AUTO_FREE char *name = NULL;
    split(path, &parent_path, &name);
    if (*name == '\0')
        return fail(err, ERR_INVALID, "%s names no file", path);
    int parent = make_in(root, parent_path, MAKE_DIR, mode, 0, err);
    if (parent >= 0)
        *out_name = TAKE_PTR(name);
    return parent;
}
