// SPDX-License-Identifier: Apache-2.0
// mounts_stage.c — what has no path of its own gets one, below the container's run directory:
//
//     <run>/containers/<id>/mounts/<n>    images, parts of volumes, what is shown as another user's
//
// until the runtime has taken it. Everything there is a mount or an empty place for one.
#include "base/mem.h"
#include "base/str.h"
#include "engine/mounts.h"
#include "linux/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define STAGE "mounts"
enum { PLACES_MAX = 10000 };

static int open_stage(const struct container *container, bool makes)
{
    if (makes && mkdirat(container->run_dir, STAGE, 0700) < 0 && errno != EEXIST)
        return -1;
    return openat(container->run_dir, STAGE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// A new place in the stage: its name.
static int make_place(int stage, struct arena *arena, bool is_dir, const char **out)
{
    for (int i = 0; i < PLACES_MAX; i++) {
        const char *name = arena_printf(arena, "%d", i);
        if (is_dir && mkdirat(stage, name, 0700) == 0) {
            *out = name;
            return 0;
        }
        AUTO_FD int file =
            is_dir ? -1 : openat(stage, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (file >= 0) {
            *out = name;
            return 0;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

int mount_stage(const struct start *start, int mount, bool is_dir, const char **out_path,
                struct err *err)
{
    struct arena *arena = start->arena;
    const struct container *container = start->container;
    const char *name;
    AUTO_FD int stage = open_stage(container, true);
    if (stage < 0 || make_place(stage, arena, is_dir, &name) < 0)
        return fail_sys(err, "make a place for a mount");
    AUTO_FD int place = openat(stage, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return fail_sys(err, "open the place for a mount");
    if (mount_propagation(mount, MS_PRIVATE, true, err) < 0 || mount_attach(mount, place, err) < 0)
        return -1;
    *out_path = arena_printf(arena, "%s/containers/%s/" STAGE "/%s",
                             start->engine->settings->run_root, container->row.id, name);
    return 0;
}

static int unstage_one(int stage, const char *name, struct err *err)
{
    AUTO_FD int place = openat(stage, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open a staged mount");
    struct statx st;
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d", place);
    if (statx(place, "", AT_EMPTY_PATH, 0, &st) == 0 &&
        (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) && umount2(path, MNT_DETACH) < 0)
        return fail_sys(err, "unmount a staged mount");
    if (unlinkat(stage, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno == ENOTDIR && (unlinkat(stage, name, 0) == 0 || errno == ENOENT))
        return 0;
    return fail_sys(err, "remove the place of a staged mount");
}

int mount_unstage(const struct container *container, struct err *err)
{
    int stage = container->run_dir < 0 ? -1 : open_stage(container, false);
    if (stage < 0)
        return container->run_dir < 0 || errno == ENOENT
                   ? 0
                   : fail_sys(err, "open the staged mounts of container %s", container->row.id);
    DIR *entries = fdopendir(stage);
    if (entries == NULL) {
        (void)close(stage); // nothing was read
        return fail_sys(err, "read the staged mounts");
    }
    int done = 0;
    for (const struct dirent *entry; done == 0 && (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            done = unstage_one(stage, entry->d_name, err);
    }
    (void)closedir(entries); // read only
    if (done == 0)
        (void)unlinkat(container->run_dir, STAGE, AT_REMOVEDIR); // goes with the container else
    return done;
}
