// SPDX-License-Identifier: Apache-2.0
// masks.c — paths that the container must not see or must not write (config-linux.md, "Masked
// Paths").
//
// A masked file shows a device node that the runtime itself opened and checked, a masked directory
// an empty tmpfs of its own: never anything the container could have put there (CVE-2025-31133).
#include "base/mem.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

// A mount that goes to many places: the detached one to the first, copies of that to the others.
struct stamp {
    int mount;
    bool is_used;
};

int masks_make(struct create_plan *plan, struct err *err)
{
    static const char *const words[] = {"nr_inodes=1", "nr_blocks=1", "mode=755"};
    if (plan->config.linux_.n_maskedPaths == 0)
        return 0;
    plan->empty_dir = mount_new(
        "tmpfs", "tmpfs", words, N_ELEMENTS(words),
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
    return plan->empty_dir < 0 ? fail_in(err, "linux.maskedPaths") : 0;
}

static int apply_stamp(struct stamp *stamp, int target, struct err *err)
{
    if (!stamp->is_used) {
        stamp->is_used = true;
        return mount_attach(stamp->mount, target, err);
    }
    AUTO_FD int copy = mount_clone(stamp->mount, "the mask", false, err);
    if (copy < 0)
        return -1;
    return mount_attach(copy, target, err);
}

// The part of `path` below `directory`, or NULL.
static const char *path_below(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    while (n != 0 && directory[n - 1] == '/')
        n--;
    return strncmp(path, directory, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

// 0 and *out_fd is -1: the path is not there, nothing to protect.
static int open_path(const struct create_plan *plan, const char *path, int *out_fd, struct err *err)
{
    int from = plan->rootfs;
    const char *rest = path;
    for (size_t i = 0; i < plan->n_mounts; i++) { // the last one covers those before it
        const struct mount_plan *mount = &plan->mounts[i];
        const char *below = path_below(path, mount->mount->destination);
        if (below != NULL && mount->tree >= 0) {
            from = mount->tree;
            rest = below;
        }
    }
    int fd = path_open_in(from, rest, O_PATH, err);
    if (fd < 0 && err->sys != ENOENT && err->sys != ENOTDIR)
        return -1;
    *out_fd = fd;
    return 0;
}

static int mask(const struct create_plan *plan, const char *path, struct stamp *file,
                struct stamp *directory, struct err *err)
{
    AUTO_FD int target = -1;
    if (open_path(plan, path, &target, err) < 0)
        return -1;
    if (target < 0)
        return 0;
    struct stat st;
    if (fstat(target, &st) < 0)
        return fail_sys(err, "look at it");
    if (apply_stamp(S_ISDIR(st.st_mode) ? directory : file, target, err) < 0)
        return -1;
    // What lies there now must be ours.
    AUTO_FD int now = -1;
    if (open_path(plan, path, &now, err) < 0)
        return -1;
    struct stat seen, ours;
    bool is_masked = now >= 0 && fstat(now, &seen) == 0 &&
                     fstat(S_ISDIR(st.st_mode) ? directory->mount : file->mount, &ours) == 0 &&
                     seen.st_dev == ours.st_dev && seen.st_ino == ours.st_ino;
    if (!is_masked)
        return fail(err, ERR_SYSTEM, "it is not masked after being masked: something replaced it");
    return 0;
}

static int make_readonly(const struct create_plan *plan, const char *path, struct err *err)
{
    AUTO_FD int target = -1;
    if (open_path(plan, path, &target, err) < 0)
        return -1;
    if (target < 0)
        return 0;
    AUTO_FD int copy = mount_clone(target, path, true, err);
    if (copy < 0 || mount_change(copy, MOUNT_ATTR_RDONLY, 0, true, err) < 0 ||
        mount_attach(copy, target, err) < 0)
        return -1;
    return mount_verify(copy, MOUNT_ATTR_RDONLY, err);
}

static int check_place(const struct create_plan *plan, const struct mount_plan *mount,
                       struct err *err)
{
    AUTO_FD int now = path_open_in(plan->rootfs, mount->mount->destination, O_PATH, err);
    if (now < 0)
        return -1;
    struct statx seen, ours;
    if (statx(now, "", AT_EMPTY_PATH, STATX_MNT_ID, &seen) < 0 ||
        statx(mount->tree, "", AT_EMPTY_PATH, STATX_MNT_ID, &ours) < 0)
        return fail_sys(err, "look at it");
    if (seen.stx_mnt_id != ours.stx_mnt_id)
        return fail(err, ERR_SYSTEM, "what was mounted there is elsewhere now: something moved it");
    return 0;
}

// Where the kernel's own file systems were mounted, there they must be found by name, too: what the
// container's programs trust in /proc is no decoy. Who moves it later finds it masked.
static int check_places(const struct create_plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->n_mounts; i++) {
        const struct mount_plan *mount = &plan->mounts[i];
        bool is_kernels =
            mount->kind == MOUNT_FILESYSTEM &&
            (strcmp(mount->mount->type, "proc") == 0 || strcmp(mount->mount->type, "sysfs") == 0);
        bool is_covered = false;
        for (size_t j = i + 1; j < plan->n_mounts; j++)
            is_covered |=
                strcmp(plan->mounts[j].mount->destination, mount->mount->destination) == 0 ||
                path_below(mount->mount->destination, plan->mounts[j].mount->destination) != NULL;
        if (is_kernels && !is_covered && check_place(plan, mount, err) < 0)
            return fail_in(err, "mounts[%zu] %s", i, mount->mount->destination);
    }
    return 0;
}

int masks_apply(struct create_plan *plan, struct err *err)
{
    const struct oci_linux *linux_ = &plan->config.linux_;
    for (size_t i = 0; i < linux_->n_readonlyPaths; i++)
        if (make_readonly(plan, linux_->readonlyPaths[i], err) < 0)
            return fail_in(err, "linux.readonlyPaths[%zu] %s", i, linux_->readonlyPaths[i]);
    struct stamp file = {.mount = plan->null_node}, directory = {.mount = plan->empty_dir};
    for (size_t i = 0; i < linux_->n_maskedPaths; i++)
        if (mask(plan, linux_->maskedPaths[i], &file, &directory, err) < 0)
            return fail_in(err, "linux.maskedPaths[%zu] %s", i, linux_->maskedPaths[i]);
    return check_places(plan, err);
}
