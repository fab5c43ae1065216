// SPDX-License-Identifier: Apache-2.0
// snapshot.c — a container's root: an overlay mount over its image's layers.
//
// Invariants: layers are never written; the mount is complete before anybody can see it (S-2); all
// directories are given to the kernel as descriptors. Options: index=off, because a lower layer is
// shared by many mounts; redirect_dir=off and metacopy=off, because the upper directory is the
// container's diff and must say the whole truth to a reader without overlayfs.
#include "snapshot/snapshot.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/fsids.h"
#include "linux/mount.h"
#include "linux/tree.h"
#include "linux/userns.h"
#include "snapshot/layer.h"
#include "snapshot/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { ATTACHED_MAX = 64 }; // mounts on one rootfs that are taken away before we give up

static int make_dir(int dir, const char *name, mode_t mode, struct err *err)
{
    if (mkdirat(dir, name, mode) < 0 && errno != EEXIST)
        return fail_sys(err, "create the container's %s", name);
    return 0;
}

int snapshot_prepare(int container, struct err *err)
{
    if (make_dir(container, "upper", 0755, err) < 0 || make_dir(container, "work", 0700, err) < 0 ||
        make_dir(container, "rootfs", 0700, err) < 0)
        return -1;
    return 0;
}

static int open_dir(int dir, const char *name, struct err *err)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? fail_sys(err, "open the container's %s", name) : fd;
}

// The root of the merged tree shows upper's own attributes: they are the topmost layer's. Done
// until the first mount (which makes work/work); later they may be the container's choice.
static int inherit_root(int upper, int work, int top, struct err *err)
{
    struct stat st;
    if (faccessat(work, "work", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (fstat(top, &st) < 0 || fchown(upper, st.st_uid, st.st_gid) < 0 ||
        fchmod(upper, st.st_mode & 07777) < 0)
        return fail_sys(err, "give the container's root the attributes of its image's");
    return 0;
}

// A volatile mount marks work/ so that no later mount trusts it. We know better: within one boot,
// files that were not synced are still what the container wrote; after a crash the container is
// cleared, not started.
static int forget_volatile(int work, struct err *err)
{
    return tree_remove(work, "work/incompat", err); // usually not there
}

static void close_lowers(int *lowers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)close(lowers[i]); // read only
}

// overlayfs does not look at the attribute on a layer's own root: what lies below is left out here.
static bool is_opaque(int layer)
{
    char value;
    return (fgetxattr(layer, "trusted.overlay.opaque", &value, 1) == 1 ||
            fgetxattr(layer, "user.overlay.opaque", &value, 1) == 1) &&
           value == 'y';
}

// The layers as overlayfs wants them, the topmost first, added to lowers[*n].
static int open_lowers(int root, const struct snapshot_layers *layers, int *lowers, size_t *n,
                       struct err *err)
{
    if (layers->n == 0 || layers->n > OVERLAY_LAYERS_MAX)
        return fail(err, ERR_INVALID, "an image has 1 to %d layers, not %zu", OVERLAY_LAYERS_MAX,
                    layers->n);
    for (size_t i = layers->n; i-- > 0;) {
        int lower = layer_open(root, layers->chain_ids[i], err);
        if (lower < 0)
            return -1;
        lowers[(*n)++] = lower;
        if (is_opaque(lower))
            break;
    }
    return 0;
}

int snapshot_mount(int root, int container, const struct snapshot_layers *layers, bool is_volatile,
                   struct err *err)
{
    AUTO_FD int upper = open_dir(container, "upper", err);
    AUTO_FD int work = upper < 0 ? -1 : open_dir(container, "work", err);
    if (work < 0)
        return -1;
    int lowers[OVERLAY_LAYERS_MAX];
    struct overlay overlay = {.lowers = lowers,
                              .upper = upper,
                              .work = work,
                              .is_volatile = is_volatile,
                              .is_user = userns_is_nested()};
    int mount = open_lowers(root, layers, lowers, &overlay.n_lowers, err);
    if (mount == 0)
        mount = inherit_root(upper, work, lowers[0], err);
    if (mount == 0)
        mount = forget_volatile(work, err);
    if (mount == 0)
        mount = overlay_mount(&overlay, err);
    close_lowers(lowers, overlay.n_lowers);
    return mount;
}

// Mounts as the container's root: overlayfs makes its work directory as who mounted it, and without
// that the mount is silently read-only.
static int mount_as(const struct overlay *overlay, const struct snapshot_mapped *mapped,
                    struct err *err)
{
    if (fsids_take(mapped->uid, mapped->gid, err) < 0)
        return -1;
    int mount = overlay_mount(overlay, err);
    fsids_give_back();
    return mount;
}

// Before 6.15 overlayfs takes no layers of a mount that nobody sees: meanwhile it is where the
// container's root will be.
static int mount_of_attached(int container, int tree, const struct overlay *overlay,
                             const struct snapshot_mapped *mapped, struct err *err)
{
    struct err ignored;
    if (snapshot_attach(container, tree, err) < 0)
        return -1;
    int mount = mount_as(overlay, mapped, err);
    if (mount >= 0 && snapshot_detach(container, err) < 0) {
        (void)close(mount); // never attached
        return -1;
    }
    if (mount < 0)
        (void)snapshot_detach(container, &ignored); // the first error is the one to tell
    const struct err why = *err;
    if (mount < 0 && (why.sys == EINVAL || why.sys == EPERM))
        return fail(err, ERR_UNAVAILABLE,
                    "a user namespace of its own needs overlayfs over mapped layers (Linux 5.19): "
                    "%s",
                    why.text);
    return mount;
}

// Everything comes through one mapped mount of the data root: overlayfs wants upper and work to be
// of the same.
static int open_mapped(int root, const struct snapshot_mapped *mapped, struct err *err)
{
    AUTO_FD int tree = mount_clone(root, "the data root", false, err);
    if (tree < 0 || mount_idmap(tree, mapped->userns, false, err) < 0)
        return tree < 0 ? -1 : fail_in(err, "map the ids of the data root's file system");
    return TAKE_FD(tree);
}

int snapshot_mount_mapped(int root, const struct snapshot_mapped *mapped,
                          const struct snapshot_layers *layers, bool is_volatile, struct err *err)
{
    AUTO_FD int tree = open_mapped(root, mapped, err);
    AUTO_FD int plain = tree < 0 ? -1 : open_dir(root, mapped->container, err);
    AUTO_FD int shown = plain < 0 ? -1 : open_dir(tree, mapped->container, err);
    AUTO_FD int plain_upper = shown < 0 ? -1 : open_dir(plain, "upper", err);
    AUTO_FD int plain_work = plain_upper < 0 ? -1 : open_dir(plain, "work", err);
    AUTO_FD int upper = plain_work < 0 ? -1 : open_dir(shown, "upper", err);
    AUTO_FD int work = upper < 0 ? -1 : open_dir(shown, "work", err);
    AUTO_FD int top = work < 0 ? -1 : layer_open(root, layers->chain_ids[layers->n - 1], err);
    if (top < 0 || inherit_root(plain_upper, plain_work, top, err) < 0 ||
        forget_volatile(plain_work, err) < 0)
        return -1;
    int lowers[OVERLAY_LAYERS_MAX];
    struct overlay overlay = {
        .lowers = lowers, .upper = upper, .work = work, .is_volatile = is_volatile};
    int mount = open_lowers(tree, layers, lowers, &overlay.n_lowers, err);
    if (mount == 0)
        mount = mount_as(&overlay, mapped, err);
    if (mount < 0 && err->sys == EINVAL)
        mount = mount_of_attached(plain, tree, &overlay, mapped, err);
    close_lowers(lowers, overlay.n_lowers);
    return mount;
}

int snapshot_changes(int container, struct err *err)
{
    return open_dir(container, "upper", err);
}

int snapshot_view(int root, int container, const struct snapshot_layers *layers, struct err *err)
{
    int lowers[OVERLAY_LAYERS_MAX + 1];
    struct overlay overlay = {
        .lowers = lowers, .upper = -1, .work = -1, .is_user = userns_is_nested()};
    if (container < 0 && layers->n == 1)
        return layer_open(root, layers->chain_ids[0], err); // overlayfs wants two
    int mount = 0;
    if (container >= 0) {
        lowers[0] = snapshot_changes(container, err);
        mount = lowers[0] < 0 ? -1 : 0;
        overlay.n_lowers = mount == 0;
    }
    if (mount == 0)
        mount = open_lowers(root, layers, lowers, &overlay.n_lowers, err);
    if (mount == 0)
        mount = overlay_mount(&overlay, err);
    close_lowers(lowers, overlay.n_lowers);
    return mount;
}

int snapshot_attach(int container, int mount, struct err *err)
{
    AUTO_FD int target = openat(container, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return fail_sys(err, "open the container's rootfs");
    if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail_sys(err, "attach the container's root file system");
    return 0;
}

int snapshot_detach(int container, struct err *err)
{
    for (int i = 0; i < ATTACHED_MAX; i++) {
        AUTO_FD int target =
            openat(container, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (target < 0)
            return errno == ENOENT ? 0 : fail_sys(err, "open the container's rootfs");
        struct statx st;
        if (statx(target, "", AT_EMPTY_PATH, 0, &st) < 0)
            return fail_sys(err, "look at the container's rootfs");
        if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
            return 0;
        AUTO_FREE char *path = str_printf("/proc/self/fd/%d", target);
        if (umount2(path, MNT_DETACH) < 0)
            return fail_sys(err, "unmount the container's root file system");
    }
    return fail(err, ERR_CONFLICT, "more than %d mounts on the container's rootfs", ATTACHED_MAX);
}

int snapshot_remove(int container, struct err *err)
{
    if (snapshot_detach(container, err) < 0)
        return -1;
    static const char *const parts[] = {"rootfs", "work", "upper"};
    for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
        if (tree_remove(container, parts[i], err) < 0)
            return fail_in(err, "remove the container's files");
    }
    return 0;
}
