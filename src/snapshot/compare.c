// SPDX-License-Identifier: Apache-2.0
// compare.c — two trees side by side, by descriptors.
//
// Times are not compared: reading may change them, and nothing depends on a layer's.
#include "snapshot/compare.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { DEPTH_MAX = 256, STEP = 64 * 1024, XATTRS_MAX = 64 * 1024 };

static int compare_dirs(int one, int other, int depth, struct buf *where, struct err *err);

static int differ(struct buf *where, const char *name, const char *what)
{
    buf_printf(where, "%s: %s", name, what);
    return 0;
}

static bool same_link(int one, int other, const char *name)
{
    char a[4096], b[4096];
    ssize_t n = readlinkat(one, name, a, sizeof a), m = readlinkat(other, name, b, sizeof b);
    return n >= 0 && n == m && memcmp(a, b, (size_t)n) == 0;
}

static int same_bytes(int one, int other, const char *name, struct err *err)
{
    AUTO_FREE char *a = xmalloc(STEP), *b = xmalloc(STEP);
    for (off_t at = 0;;) {
        ssize_t n = pread(one, a, STEP, at), m = pread(other, b, STEP, at);
        if (n < 0 || m < 0)
            return fail_sys(err, "read %s", name);
        if (n != m || memcmp(a, b, (size_t)n) != 0)
            return 0;
        if (n == 0)
            return 1;
        at += n;
    }
}

// The same names in the same order (the file system's own, of trees made the same way; another
// order is found by value), with the same values.
static bool same_xattrs(int one, int other)
{
    AUTO_FREE char *names = xmalloc(XATTRS_MAX), *a = xmalloc(XATTRS_MAX), *b = xmalloc(XATTRS_MAX);
    ssize_t n = flistxattr(one, names, XATTRS_MAX), m = flistxattr(other, b, XATTRS_MAX);
    if (n != m)
        return n < 0 && m < 0;
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
        ssize_t size = fgetxattr(one, names + i, a, XATTRS_MAX);
        if (size < 0 || fgetxattr(other, names + i, b, XATTRS_MAX) != size ||
            memcmp(a, b, (size_t)size) != 0)
            return false;
    }
    return true;
}

static int compare_opened(int one, int other, const char *name, int depth, struct buf *where,
                          struct err *err)
{
    struct stat st;
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
    AUTO_FD int a = openat(one, name, flags), b = openat(other, name, flags);
    if (a < 0 || b < 0 || fstat(a, &st) < 0)
        return fail_sys(err, "open %s", name);
    if (!same_xattrs(a, b))
        return differ(where, name, "its extended attributes");
    if (S_ISREG(st.st_mode)) {
        int same = same_bytes(a, b, name, err);
        return same == 0 ? differ(where, name, "its bytes") : same;
    }
    size_t before = where->n;
    int same = compare_dirs(a, b, depth + 1, where, err);
    if (same == 0) { // the directory's name goes in front
        AUTO_FREE char *inner = xstrdup(buf_get(where) + before);
        buf_clear(where);
        buf_printf(where, "%s/%s", name, inner);
    }
    return same;
}

static int compare_entry(int one, int other, const char *name, int depth, struct buf *where,
                         struct err *err)
{
    struct stat a, b;
    if (fstatat(one, name, &a, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "look at %s", name);
    if (fstatat(other, name, &b, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? differ(where, name, "is in one only")
                               : fail_sys(err, "look at %s", name);
    if (a.st_mode != b.st_mode)
        return differ(where, name, "its type or mode");
    if (a.st_uid != b.st_uid || a.st_gid != b.st_gid)
        return differ(where, name, "its owner");
    if (a.st_rdev != b.st_rdev)
        return differ(where, name, "its device number");
    if (S_ISREG(a.st_mode) && a.st_size != b.st_size)
        return differ(where, name, "its size");
    if (S_ISLNK(a.st_mode))
        return same_link(one, other, name) ? 1 : differ(where, name, "where it leads");
    if (!S_ISREG(a.st_mode) && !S_ISDIR(a.st_mode))
        return 1;
    return compare_opened(one, other, name, depth, where, err);
}

static DIR *open_stream(int dir)
{
    AUTO_FD int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream != NULL)
        (void)TAKE_FD(fd); // the stream has it
    return stream;
}

static size_t count(int dir)
{
    size_t n = 0;
    DIR *stream = open_stream(dir);
    while (stream != NULL && readdir(stream) != NULL)
        n++;
    if (stream != NULL)
        (void)closedir(stream); // read only
    return n;
}

static int compare_dirs(int one, int other, int depth, struct buf *where, struct err *err)
{
    if (depth > DEPTH_MAX)
        return 1; // deeper than anybody looks
    DIR *stream = open_stream(one);
    if (stream == NULL)
        return fail_sys(err, "read a directory");
    int same = 1;
    for (const struct dirent *entry; same > 0 && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            same = compare_entry(one, other, entry->d_name, depth, where, err);
    }
    (void)closedir(stream); // read only
    if (same > 0 && count(one) != count(other))
        return differ(where, ".", "has more entries");
    return same;
}

int trees_are_equal(int one, int other, struct buf *where, struct err *err)
{
    struct stat a, b;
    if (fstat(one, &a) < 0 || fstat(other, &b) < 0)
        return fail_sys(err, "look at a layer");
    if (a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid ||
        !same_xattrs(one, other))
        return differ(where, ".", "its mode, owner or attributes");
    return compare_dirs(one, other, 0, where, err);
}
