// SPDX-License-Identifier: Apache-2.0
// rootfs.c — the container's root becomes "/".
//
// The root is a detached mount first. Normally it is attached over "/" and pivoted into at once, so
// that whatever is placed later cannot even name a host path (S-3). Only prestart, createRuntime
// and createContainer hooks change the order: the specification has them see the finished mounts
// before pivot_root, so the root is attached at its own path, filled, and pivoted into afterwards;
// filling goes by descriptor in both orders.
#include "base/mem.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static const struct {
    const char *word;
    uint64_t type;
    bool is_recursive;
} propagations[] = {
    {"shared", MS_SHARED, false},         {"rshared", MS_SHARED, true},
    {"slave", MS_SLAVE, false},           {"rslave", MS_SLAVE, true},
    {"private", MS_PRIVATE, false},       {"rprivate", MS_PRIVATE, true},
    {"unbindable", MS_UNBINDABLE, false}, {"runbindable", MS_UNBINDABLE, true},
};

int rootfs_attach(struct create_plan *plan, bool is_on_root, struct err *err)
{
    AUTO_FD int host_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (host_root < 0)
        return fail_sys(err, "open /");
    // Nothing that happens in here may reach the host; what the host does may arrive in what stays
    // a slave.
    if (mount_propagation(host_root, MS_SLAVE, true, err) < 0) {
        if (err->sys == EINVAL)
            return fail(err, ERR_UNAVAILABLE,
                        "the root directory here is no mount point (a chroot?): pivot_root needs "
                        "one, bind mount it on itself first");
        return fail_in(err, "cut the mount namespace off from the host's");
    }
    if (is_on_root)
        return mount_attach(plan->rootfs, host_root, err) < 0
                   ? fail_in(err, "attach the root file system")
                   : 0;
    AUTO_FD int place = open(plan->rootfs_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0)
        return fail_sys(err, "open %s", plan->rootfs_path);
    if (mount_attach(plan->rootfs, place, err) < 0)
        return fail_in(err, "attach the root file system at %s", plan->rootfs_path);
    return 0;
}

int rootfs_enter(struct create_plan *plan, struct err *err)
{
    if (fchdir(plan->rootfs) < 0)
        return fail_sys(err, "enter the root file system");
    bool has_own_mounts = (plan->namespaces.own & CLONE_NEWNS) != 0;
    if (has_own_mounts && !plan->options->no_pivot) {
        // The old root ends up on top of the new one and is taken off there: pivot_root(2),
        // "pivot_root(".", ".")".
        if (syscall(SYS_pivot_root, ".", ".") < 0)
            return fail_sys(err, "pivot_root into the root file system (on an initial ramdisk, "
                                 "--no-pivot helps)");
        if (umount2(".", MNT_DETACH) < 0)
            return fail_sys(err, "unmount the host's root");
    } else if (chroot(".") < 0) {
        return fail_sys(err, "change the root directory");
    }
    if (chdir("/") < 0)
        return fail_sys(err, "change to / in the container");
    return 0;
}

int rootfs_finish(const struct create_plan *plan, struct err *err)
{
    // File systems that had to be written until now.
    for (size_t i = 0; i < plan->n_mounts; i++) {
        const struct mount_plan *mount = &plan->mounts[i];
        bool is_late = mount->kind == MOUNT_FILESYSTEM && mount->tree >= 0 &&
                       mount->options->attr_set & MOUNT_ATTR_RDONLY;
        if (is_late && (mount_change(mount->tree, MOUNT_ATTR_RDONLY, 0, false, err) < 0 ||
                        mount_verify(mount->tree, MOUNT_ATTR_RDONLY, err) < 0))
            return fail_in(err, "%s", mount->mount->destination);
    }
    if (plan->config.root->readonly &&
        (mount_change(plan->rootfs, MOUNT_ATTR_RDONLY, 0, false, err) < 0 ||
         mount_verify(plan->rootfs, MOUNT_ATTR_RDONLY, err) < 0))
        return fail_in(err, "root.readonly");
    const char *wish = plan->config.linux_.rootfsPropagation;
    for (size_t i = 0; wish != NULL && i < N_ELEMENTS(propagations); i++)
        if (strcmp(propagations[i].word, wish) == 0 &&
            mount_propagation(plan->rootfs, propagations[i].type, propagations[i].is_recursive,
                              err) < 0)
            return fail_in(err, "linux.rootfsPropagation");
    return 0;
}
