// SPDX-License-Identifier: Apache-2.0
// mount.c — file systems of containers and images where the host can look into them.
//
//     <root>/containers/<id>/rootfs       a container's, as it is mounted when it runs
//     <root>/mounts/<manifest>            an image's, read-only
//
// A mount is its own record: nothing is written down, and after a power cut there is none. Start
// and remove take a container's away; an image that is mounted is not removed.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTS "mounts"

int image_to_read(struct engine *engine, struct arena *arena, const char *name,
                  const char *platform, struct image *out, struct err *err)
{
    struct platform wanted;
    bool has_platform = !text_is_empty(platform);
    if (has_platform && platform_parse(arena, platform, &wanted, err) < 0)
        return -1;
    int there = image_find(&engine->images, arena, name, has_platform ? &wanted : NULL, out, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", name);
    if (out->manifest == NULL || out->n_layers == 0)
        return fail(err, ERR_CONFLICT, "%s has no file system", name);
    return 0;
}

static bool is_mount_root(int dir)
{
    struct statx st;
    return statx(dir, "", AT_EMPTY_PATH, 0, &st) == 0 &&
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// --- containers

int engine_container_mount(struct engine *engine, struct arena *arena,
                           const struct container_reference *request,
                           struct mount_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD | CONTAINER_MAKE_DIRS, &container,
                       err) < 0)
        return -1;
    response->path =
        arena_printf(arena, "%s/containers/%s/rootfs", engine->settings->root, container.row.id);
    if (container_has_processes(&container))
        return 0;
    if (snapshot_prepare(container.dir, err) < 0)
        return -1;
    AUTO_FD int place =
        openat(container.dir, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return fail_sys(err, "open the container's rootfs");
    if (is_mount_root(place))
        return 0; // it is mounted already
    AUTO_FD int mount = container_mount(engine, arena, &container, err);
    return mount < 0 ? -1 : snapshot_attach(container.dir, mount, err);
}

int engine_container_unmount(struct engine *engine, struct arena *arena,
                             const struct container_reference *request, struct nothing *response,
                             struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container_has_processes(&container))
        return fail(err, ERR_CONFLICT, "container %s is running: its file system is in use",
                    container.row.name);
    return container.dir < 0 ? 0 : snapshot_detach(container.dir, err);
}

// --- images

static const char *place_of(struct arena *arena, const struct image *image)
{
    return arena_printf(arena, MOUNTS "/%s", image->manifest);
}

const char *image_mounted_at(const struct engine *engine, struct arena *arena,
                             const struct image *image)
{
    if (image->manifest == NULL)
        return NULL;
    const char *place = place_of(arena, image);
    AUTO_FD int dir = openat(engine->root, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return dir >= 0 && is_mount_root(dir)
               ? arena_printf(arena, "%s/%s", engine->settings->root, place)
               : NULL;
}

int engine_image_mount(struct engine *engine, struct arena *arena,
                       const struct image_mount_request *request, struct mount_response *response,
                       struct err *err)
{
    struct image image;
    // Held, so that nobody removes it at this moment.
    AUTO_FD int lock = images_lock(engine->root, false, err);
    if (lock < 0 || image_to_read(engine, arena, request->name, request->platform, &image, err) < 0)
        return -1;
    const char *place = place_of(arena, &image);
    response->path = arena_printf(arena, "%s/%s", engine->settings->root, place);
    if (image_mounted_at(engine, arena, &image) != NULL)
        return 0;
    AUTO_FD int made = dir_make_at(engine->root, place, 0700, err);
    if (made < 0)
        return -1;
    const struct snapshot_layers layers = {(const char *const *)image.layers, image.n_layers};
    AUTO_FD int view = snapshot_view(engine->root, -1, &layers, err);
    if (view < 0)
        return -1;
    // One layer alone is a directory, not a mount: a clone of it is, and read-only.
    AUTO_FD int mount = open_tree(view, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    struct mount_attr read_only = {.attr_set =
                                       MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    AUTO_FD int target = openat(engine->root, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (mount < 0 || target < 0 ||
        mount_setattr(mount, "", AT_EMPTY_PATH, &read_only, sizeof read_only) < 0 ||
        move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail_sys(err, "mount the image at %s", response->path);
    return 0;
}

int engine_image_unmount(struct engine *engine, struct arena *arena,
                         const struct image_unmount_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    struct image image;
    if (image_to_read(engine, arena, request->name, NULL, &image, err) < 0)
        return -1;
    const char *place = place_of(arena, &image);
    AUTO_FD int dir = openat(engine->root, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || !is_mount_root(dir))
        return fail(err, ERR_CONFLICT, "image %s is not mounted", request->name);
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d", dir);
    if (umount2(path, MNT_DETACH) < 0)
        return fail_sys(err, "unmount image %s", request->name);
    if (unlinkat(engine->root, place, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove %s/%s", engine->settings->root, place);
    return 0;
}
