// SPDX-License-Identifier: Apache-2.0
// nodes.c — what is in /dev: device nodes and the usual links.
#include "base/mem.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct {
    const char *name, *target;
} links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},         {"core", "/proc/kcore"},
};

static mode_t type_of(const struct oci_device *device)
{
    switch (device->type[0]) {
    case 'b':
        return S_IFBLK;
    case 'p':
        return S_IFIFO;
    default: // c and u
        return S_IFCHR;
    }
}

static int make_node(const struct oci_device *device, int parent, const char *name, struct err *err)
{
    mode_t mode = type_of(device) | (device->fileMode != NULL ? *device->fileMode & 07777 : 0666);
    dev_t number = makedev((unsigned)device->major, (unsigned)device->minor);
    if (mknodat(parent, name, mode, number) < 0) {
        int sys = errno;
        struct stat st;
        // An image may bring the node; anything else by that name is in the way.
        if (sys != EEXIST || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            (st.st_mode & S_IFMT) != (mode & S_IFMT) || st.st_rdev != number) {
            errno = sys;
            return fail_sys(err, "make the device node");
        }
        return 0;
    }
    uid_t uid = device->uid != NULL ? *device->uid : 0;
    gid_t gid = device->gid != NULL ? *device->gid : 0;
    if ((uid != 0 || gid != 0) && fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "change the owner of the device node");
    return 0;
}

static int bind_node(const struct device_plan *device, int root, struct err *err)
{
    AUTO_FD int target = path_make_file_in(root, device->node.path, 0666, err);
    if (target < 0)
        return -1;
    return mount_attach(device->tree, target, err);
}

static int make_device(const struct create_plan *plan, const struct device_plan *device, int dev,
                       struct err *err)
{
    const struct oci_device *node = &device->node;
    if (device->tree >= 0)
        return bind_node(device, plan->rootfs, err);
    if (text_starts(node->path, "/dev/") && strchr(node->path + 5, '/') == NULL)
        return make_node(node, dev, node->path + 5, err);
    AUTO_FREE char *name = NULL;
    AUTO_FD int parent = path_parent_in(plan->rootfs, node->path, 0755, &name, err);
    if (parent < 0)
        return -1;
    return make_node(node, parent, name, err);
}

int nodes_make(const struct create_plan *plan, struct err *err)
{
    if (plan->n_devices == 0)
        return 0;
    AUTO_FD int dev = path_make_dir_in(plan->rootfs, "/dev", 0755, err);
    if (dev < 0)
        return -1;
    for (size_t i = 0; i < plan->n_devices; i++)
        if (make_device(plan, &plan->devices[i], dev, err) < 0)
            return fail_in(err, "device %s", plan->devices[i].node.path);
    for (size_t i = 0; i < N_ELEMENTS(links); i++)
        if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
            return fail_sys(err, "link /dev/%s", links[i].name);
    return 0;
}
