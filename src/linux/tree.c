// SPDX-License-Identifier: Apache-2.0
// tree.c — rm -r of trees that containers and images made.
//
// By descriptors, without following anything (S-1). Depth is a container's choice: below DEPTH_MAX
// a directory is moved up to the top and removed in a later pass, so neither descriptors nor stack
// run out.
#include "linux/tree.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

enum { DEPTH_MAX = 64 };

struct removal {
    int top; // the tree being removed
    unsigned n_moved;
};

static int remove_children(struct removal *removal, int dir, int depth, struct err *err);

static int open_child(int dir, const char *name, struct err *err)
{
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };
    int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
    if (fd < 0 && errno == EXDEV)
        return fail(err, ERR_CONFLICT, "remove %s: something is mounted there; unmount it first",
                    name);
    return fd < 0 ? fail_sys(err, "open %s to remove it", name) : fd;
}

static int remove_entry(struct removal *removal, int dir, const char *name, int depth,
                        struct err *err)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return fail_sys(err, "remove %s", name);
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
        return 0;
    if (depth == DEPTH_MAX) {
        char moved[40];
        (void)snprintf(moved, sizeof moved, ".dhow-removed-%u", removal->n_moved++); // it fits
        if (renameat2(dir, name, removal->top, moved, RENAME_NOREPLACE) < 0)
            return fail_sys(err, "move %s up to remove it", name);
        return 0;
    }
    AUTO_FD int child = open_child(dir, name, err);
    if (child < 0 || remove_children(removal, child, depth + 1, err) < 0)
        return -1;
    return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? fail_sys(err, "remove directory %s", name) : 0;
}

static int remove_children(struct removal *removal, int dir, int depth, struct err *err)
{
    int own = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    DIR *entries = own < 0 ? NULL : fdopendir(own);
    if (entries == NULL) {
        int failed = fail_sys(err, "read a directory to remove it");
        if (own >= 0)
            (void)close(own); // read only
        return failed;
    }
    int result = 0;
    for (const struct dirent *entry; result == 0 && (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = remove_entry(removal, dir, entry->d_name, depth, err);
    }
    (void)closedir(entries); // read only
    return result;
}

int tree_remove(int dir, const char *name, struct err *err)
{
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno == ENOTDIR)
        return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? fail_sys(err, "remove %s", name) : 0;
    AUTO_FD int top = open_child(dir, name, err);
    if (top < 0)
        return -1;
    struct removal removal = {.top = top};
    unsigned before;
    do { // again for what was moved up meanwhile
        before = removal.n_moved;
        if (lseek(top, 0, SEEK_SET) < 0)
            return fail_sys(err, "read %s", name);
        if (remove_children(&removal, top, 0, err) < 0)
            return -1;
    } while (removal.n_moved != before);
    if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove directory %s", name);
    return 0;
}
