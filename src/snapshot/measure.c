// SPDX-License-Identifier: Apache-2.0
// measure.c — how many bytes the files of a tree have.
#include "base/mem.h"
#include "snapshot/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 256 }; // each level holds two descriptors

static uint64_t measure(int dir, int depth)
{
    uint64_t bytes = 0;
    AUTO_FD int copy = dir < 0 || depth > DEPTH_MAX ? -1 : fcntl(dir, F_DUPFD_CLOEXEC, 0);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (stream == NULL)
        return 0;
    (void)TAKE_FD(copy); // the stream has it
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISREG(st.st_mode))
            bytes += (uint64_t)st.st_size;
        if (!S_ISDIR(st.st_mode))
            continue;
        AUTO_FD int inner =
            openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        bytes += measure(inner, depth + 1);
    }
    (void)closedir(stream); // read only
    return bytes;
}

uint64_t tree_measure(int dir)
{
    return measure(dir, 0);
}

uint64_t snapshot_measure(int container)
{
    AUTO_FD int upper = openat(container, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return tree_measure(upper);
}
