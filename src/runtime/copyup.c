// SPDX-License-Identifier: Apache-2.0
// copyup.c — tmpcopyup: a tmpfs begins with what the image has in its place.
//
// Both directories are descriptors and nothing is followed: the image's links are copied as links.
#include "base/mem.h"
#include "runtime/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

static int copy_directory(int from, int to, int depth, struct err *err);

static int copy_file(int from, int to, const char *name, const struct stat *st, struct err *err)
{
    AUTO_FD int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTO_FD int target =
        source < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0)
        return fail_sys(err, "copy %s", name);
    ssize_t n;
    while ((n = sendfile(target, source, NULL, 1 << 30)) > 0) {
    }
    if (n < 0 || fchown(target, st->st_uid, st->st_gid) < 0 ||
        fchmod(target, st->st_mode & 07777) < 0)
        return fail_sys(err, "copy %s", name);
    return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *st, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);
    if (n < 0)
        return fail_sys(err, "read the link %s", name);
    target[n] = '\0';
    if (symlinkat(target, to, name) < 0 ||
        fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "copy the link %s", name);
    return 0;
}

static int copy_subdirectory(int from, int to, const char *name, const struct stat *st, int depth,
                             struct err *err)
{
    AUTO_FD int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || mkdirat(to, name, 0700) < 0)
        return fail_sys(err, "copy the directory %s", name);
    AUTO_FD int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return fail_sys(err, "copy the directory %s", name);
    if (copy_directory(source, target, depth + 1, err) < 0)
        return fail_in(err, "%s", name);
    if (fchown(target, st->st_uid, st->st_gid) < 0 || fchmod(target, st->st_mode & 07777) < 0)
        return fail_sys(err, "copy the directory %s", name);
    return 0;
}

static int copy_entry(int from, int to, const char *name, int depth, struct err *err)
{
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "look at %s", name);
    switch (st.st_mode & S_IFMT) {
    case S_IFREG:
        return copy_file(from, to, name, &st, err);
    case S_IFLNK:
        return copy_link(from, to, name, &st, err);
    case S_IFDIR:
        return copy_subdirectory(from, to, name, &st, depth, err);
    default: // nodes, fifos and sockets
        if (mknodat(to, name, st.st_mode, st.st_rdev) < 0 ||
            fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
            return fail_sys(err, "copy %s", name);
        return 0;
    }
}

static int copy_directory(int from, int to, int depth, struct err *err)
{
    if (depth > DEPTH_MAX)
        return fail(err, ERR_INVALID, "more than %d directories deep", DEPTH_MAX);
    int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL)
        return fail_sys(err, "list a directory");
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = copy_entry(from, to, entry->d_name, depth, err);
    closedir(dir);
    return result;
}

int copy_up(int from, int to, struct err *err)
{
    struct stat st;
    if (fstat(from, &st) < 0)
        return fail_sys(err, "look at the image's directory");
    // Both are O_PATH: "." opens them to be read.
    AUTO_FD int target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return fail_sys(err, "open the new file system");
    if (copy_directory(from, target, 0, err) < 0)
        return -1;
    if (fchown(target, st.st_uid, st.st_gid) < 0 || fchmod(target, st.st_mode & 07777) < 0)
        return fail_sys(err, "copy the directory's owner and mode");
    return 0;
}
