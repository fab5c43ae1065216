// SPDX-License-Identifier: Apache-2.0
// copy.c — the copying of trees.
#include "volume/copy.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/path.h"
#include "volume/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { NAMES_MAX = 65536, VALUE_MAX = 65536, CHUNK = 1 << 20 };

struct hard_link { // a file with several names, and where the copy has its first
    dev_t device;
    ino_t inode;
    const char *path;
};
struct copying {
    int to; // the top of the copy
    enum copy_flags flags;
    struct arena arena;
    struct hard_link *links;
    size_t n_links, room;
};
struct place { // one directory, in both trees
    int from, to;
    const char *path; // of the copy, relative to its top
    int depth;
};

static int copy_directory(struct copying *it, const struct place *at, struct err *err);

// --- attributes ---

static int copy_xattrs(int from, int to, struct err *err)
{
    AUTO_FREE char *names = xmalloc(NAMES_MAX);
    AUTO_FREE char *value = xmalloc(VALUE_MAX);
    ssize_t n = flistxattr(from, names, NAMES_MAX);
    if (n < 0)
        return errno == EOPNOTSUPP ? 0 : fail_sys(err, "list extended attributes");
    for (const char *name = names; name < names + n; name += strlen(name) + 1) {
        if (text_starts(name, "security.selinux") || text_starts(name, "trusted.overlay."))
            continue; // the new place has its own
        ssize_t size = fgetxattr(from, name, value, VALUE_MAX);
        if (size < 0)
            return fail_sys(err, "read the extended attribute %s", name);
        if (fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != EOPNOTSUPP)
            return fail_sys(err, "copy the extended attribute %s", name);
    }
    return 0;
}

// The owner first: it takes set-user-ID and capabilities away.
static int dress(int from, int to, const struct stat *st, struct err *err)
{
    if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
        return fail_sys(err, "give it its owner and mode");
    if (copy_xattrs(from, to, err) < 0)
        return -1;
    const struct timespec times[] = {st->st_atim, st->st_mtim};
    return futimens(to, times) < 0 ? fail_sys(err, "give it its times") : 0;
}

int tree_copy_dress(int from, int to, struct err *err)
{
    struct stat st;
    if (fstat(from, &st) < 0)
        return fail_sys(err, "look at a directory");
    return dress(from, to, &st, err);
}

// --- files ---

static int copy_range(int from, int to, off_t at, off_t end, struct err *err)
{
    AUTO_FREE char *chunk = NULL;
    while (at < end) {
        off_t in = at, out = at;
        ssize_t n =
            chunk == NULL ? copy_file_range(from, &in, to, &out, (size_t)(end - at), 0) : -1;
        if (n < 0) { // not between these file systems
            if (chunk == NULL)
                chunk = xmalloc(CHUNK);
            n = pread(from, chunk, end - at < CHUNK ? (size_t)(end - at) : CHUNK, at);
            if (n > 0 && pwrite(to, chunk, (size_t)n, at) != n)
                return fail_sys(err, "write");
        }
        if (n < 0)
            return fail_sys(err, "read");
        if (n == 0)
            return 0; // it became shorter meanwhile
        at += n;
    }
    return 0;
}

static int copy_bytes(int from, int to, off_t size, struct err *err)
{
    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    if (ftruncate(to, size) < 0)
        return fail_sys(err, "make room");
    off_t data = 0;
    while (data < size && (data = lseek(from, data, SEEK_DATA)) >= 0) {
        off_t hole = lseek(from, data, SEEK_HOLE);
        if (hole < 0)
            hole = size;
        if (copy_range(from, to, data, hole, err) < 0)
            return -1;
        data = hole;
    }
    return data < 0 && errno != ENXIO ? fail_sys(err, "look for data") : 0;
}

// Gives a nameless file, or one that has a name elsewhere, this name; what has it is kept or
// replaced.
static int give_name(const struct copying *it, int fd, int to, const char *name, struct err *err)
{
    char path[40], fresh[RANDOM_NAME + 6] = ".dhow-";
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd); // it fits
    if (linkat(AT_FDCWD, path, to, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno != EEXIST)
        return fail_sys(err, "name it");
    if (!(it->flags & COPY_REPLACE))
        return 0;
    random_name(fresh + 6);
    if (linkat(AT_FDCWD, path, to, fresh, AT_SYMLINK_FOLLOW) < 0)
        return fail_sys(err, "name it");
    int done = renameat(to, fresh, to, name) < 0 ? fail_sys(err, "replace it") : 0;
    (void)unlinkat(to, fresh, 0); // it is renamed, or is not wanted
    return done;
}

// Where there are no nameless files: under another name first.
static int copy_by_rename(const struct copying *it, int source, int to, const char *name,
                          const struct stat *st, struct err *err)
{
    unsigned flags = it->flags & COPY_REPLACE ? 0 : RENAME_NOREPLACE;
    char fresh[RANDOM_NAME + 6] = ".dhow-";
    random_name(fresh + 6);
    AUTO_FD int copy =
        openat(to, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (copy < 0)
        return fail_sys(err, "make it");
    int done = copy_bytes(source, copy, st->st_size, err);
    if (done == 0)
        done = dress(source, copy, st, err);
    if (done == 0 && renameat2(to, fresh, to, name, flags) < 0 && errno != EEXIST)
        done = fail_sys(err, "name it");
    (void)unlinkat(to, fresh, 0); // it has its name, or is not wanted
    return done;
}

static int copy_file(struct copying *it, const struct place *at, const char *name,
                     const struct stat *st, struct err *err)
{
    AUTO_FD int source = openat(at->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat opened;
    if (source < 0 || fstat(source, &opened) < 0)
        return fail_sys(err, "open it");
    if (!S_ISREG(opened.st_mode))
        return fail(err, ERR_CONFLICT, "it changed while it was copied");
    AUTO_FD int copy = openat(at->to, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (copy < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return copy_by_rename(it, source, at->to, name, st, err);
    if (copy < 0)
        return fail_sys(err, "make it");
    if (copy_bytes(source, copy, opened.st_size, err) < 0 || dress(source, copy, &opened, err) < 0)
        return -1;
    return give_name(it, copy, at->to, name, err);
}

// 1 when it is another name of a file that was copied already, and was made that.
static int copy_hard_link(struct copying *it, const struct place *at, const char *name,
                          const struct stat *st, struct err *err)
{
    for (size_t i = 0; i < it->n_links; i++) {
        if (it->links[i].inode != st->st_ino || it->links[i].device != st->st_dev)
            continue;
        AUTO_FD int first = path_open_beneath(it->to, it->links[i].path, O_PATH, err);
        if (first < 0)
            return 0; // moved meanwhile: a copy of its own, then
        return give_name(it, first, at->to, name, err) < 0 ? -1 : 1;
    }
    if (it->n_links == it->room) {
        it->room = it->room * 2 + 64;
        it->links = xreallocarray(it->links, it->room, sizeof *it->links);
    }
    it->links[it->n_links++] = (struct hard_link){st->st_dev, st->st_ino,
                                                  arena_printf(&it->arena, "%s%s", at->path, name)};
    return 0;
}

static int copy_link(const struct place *at, const char *name, const struct stat *st,
                     struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(at->from, name, target, sizeof target - 1);
    if (n < 0)
        return fail_sys(err, "read it");
    target[n] = '\0';
    if (symlinkat(target, at->to, name) < 0)
        return errno == EEXIST ? 0 : fail_sys(err, "make it");
    const struct timespec times[] = {st->st_atim, st->st_mtim};
    if (fchownat(at->to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        utimensat(at->to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "give it its owner");
    return 0;
}

static int copy_node(const struct place *at, const char *name, const struct stat *st,
                     struct err *err)
{
    if (S_ISSOCK(st->st_mode))
        return 0; // of no use without the process that made it
    if (mknodat(at->to, name, st->st_mode, st->st_rdev) < 0)
        return errno == EEXIST ? 0 : fail_sys(err, "make it");
    if (fchownat(at->to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "give it its owner");
    return 0;
}

// --- directories ---

static int copy_child(struct copying *it, const struct place *at, const char *name, struct err *err)
{
    AUTO_FREE char *path = str_printf("%s%s/", at->path, name);
    AUTO_FD int from = openat(at->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_new = mkdirat(at->to, name, 0700) == 0;
    if (from < 0 || (!is_new && errno != EEXIST))
        return fail_sys(err, "make it");
    AUTO_FD int to = openat(at->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0) // what has the name is no directory: it is left alone
        return !is_new && (errno == ENOTDIR || errno == ELOOP) ? 0 : fail_sys(err, "open it");
    const struct place inside = {from, to, path, at->depth + 1};
    if (copy_directory(it, &inside, err) < 0)
        return -1;
    return tree_copy_dress(from, to, err);
}

static int copy_entry(struct copying *it, const struct place *at, const char *name, struct err *err)
{
    struct stat st;
    if (fstatat(at->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "look at it");
    if (S_ISREG(st.st_mode) && st.st_nlink > 1) {
        int linked = copy_hard_link(it, at, name, &st, err);
        if (linked != 0)
            return linked < 0 ? -1 : 0;
    }
    // What is not made in one step with its name makes room for itself.
    if ((it->flags & COPY_REPLACE) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        (void)unlinkat(at->to, name, 0);
    switch (st.st_mode & S_IFMT) {
    case S_IFREG:
        return copy_file(it, at, name, &st, err);
    case S_IFLNK:
        return copy_link(at, name, &st, err);
    case S_IFDIR:
        return copy_child(it, at, name, err);
    default:
        return copy_node(at, name, &st, err);
    }
}

static int copy_directory(struct copying *it, const struct place *at, struct err *err)
{
    if (at->depth > COPY_DEPTH_MAX)
        return fail(err, ERR_INVALID, "more than %d directories deep", COPY_DEPTH_MAX);
    int fd = openat(at->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL)
        return fail_sys(err, "list a directory");
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        result = copy_entry(it, at, entry->d_name, err);
        if (result < 0 && strncmp(err->text, "copy ", 5) != 0)
            result = fail_in(err, "copy %s%s", at->path, entry->d_name);
    }
    (void)closedir(dir); // read only
    return result;
}

int tree_copy(int from, int to, enum copy_flags flags, struct err *err)
{
    struct copying it = {.to = to, .flags = flags};
    const struct place top = {from, to, "", 0};
    int done = copy_directory(&it, &top, err);
    free(it.links);
    arena_done(&it.arena);
    return done;
}
