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

// 0 and *out_fd is -1: the path is not there, nothing to protect.
static int open_path(const struct create_plan *plan, const char *path, int *out_fd, struct err *err)
{
    int fd = path_open_in(plan->rootfs, path, O_PATH, err);
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
    return 0;
}
