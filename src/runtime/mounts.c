// SPDX-License-Identifier: Apache-2.0
// mounts.c — the container's mounts: made, placed, verified.
//
// A mount's target is resolved once, inside the root, and held by descriptor; whoever swaps a
// directory for a symbolic link meanwhile moves nothing but his own file (CVE-2021-30465). What the
// kernel says of the attached mount must be what was asked for, or the container does not start
// (S-2, S-20).
#include "base/mem.h"
#include "base/str.h"
#include "linux/lsm.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { OPTIONS_MAX = MOUNT_DATA_MAX + MOUNT_SUPER_FLAGS_MAX + 2 };

// --- made
// ------------------------------------------------------------------------------------------------------------

// What SELinux calls the option: crun's annotation may choose another of its four.
static const char *context_type(const struct create_plan *plan)
{
    static const char *const types[] = {"fscontext", "defcontext", "rootcontext"};
    const char *wish = oci_annotation_get(&plan->config, "run.oci.mount_context_type");
    for (size_t i = 0; i < N_ELEMENTS(types); i++)
        if (text_equal(wish, types[i]))
            return types[i];
    return "context";
}

// proc and sysfs are one for all of a namespace's containers and keep the policy's labels.
static bool takes_label(const char *type)
{
    return strcmp(type, "proc") != 0 && strcmp(type, "sysfs") != 0;
}

// An mqueue exists since its IPC namespace does, too early for a context option (EINVAL): its root
// is labelled like a file, where the policy lets it.
static int label_mqueue(const char *label, int tree, struct err *err)
{
    if (text_is_empty(label) || !lsm_selinux_is_enabled())
        return 0;
    AUTO_FD int root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || (fsetxattr(root, "security.selinux", label, strlen(label) + 1, 0) < 0 &&
                     errno != EOPNOTSUPP))
        return fail_sys(err, "label mqueue with linux.mountLabel %s", label);
    return 0;
}

static int make_filesystem(const struct create_plan *plan, struct mount_plan *mount,
                           struct err *err)
{
    const struct mount_options *options = mount->options;
    const char *type = mount->mount->type;
    const char *words[OPTIONS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < options->n_super_flags; i++)
        words[n++] = options->super_flags[i];
    for (size_t i = 0; i < options->n_data; i++)
        words[n++] = options->data[i];
    bool is_mqueue = strcmp(type, "mqueue") == 0;
    AUTO_FREE char *label = NULL;
    if (takes_label(type) && !is_mqueue)
        label = lsm_mount_option(context_type(plan), plan->config.linux_.mountLabel);
    if (label != NULL)
        words[n++] = label;
    uint64_t attributes = options->attr_set;
    // Mount points and device nodes are still to be made in it; rootfs_finish closes it.
    if (strcmp(type, "tmpfs") == 0)
        attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    const char *source = mount->mount->source;
    mount->tree = mount_new(type, source != NULL && *source != '\0' ? source : type, words, n,
                            attributes, err);
    if (mount->tree < 0)
        return -1;
    if (is_mqueue && label_mqueue(plan->config.linux_.mountLabel, mount->tree, err) < 0)
        return -1;
    for (size_t i = 0; i < options->n_propagation; i++)
        if (mount_propagation(mount->tree, options->propagation[i].type,
                              options->propagation[i].is_recursive, err) < 0)
            return -1;
    return 0;
}

// The container's own cgroup directories, bound: seen from a cgroup namespace they look like the
// hierarchies' roots.
static int make_cgroups(struct create_plan *plan, struct mount_plan *mount, struct err *err)
{
    size_t n;
    const struct cgroup_mount *hierarchies = cgroup_mounts_get(plan->container->cgroup, &n);
    uint64_t attributes = mount->options->attr_set;
    mount->cgroup = arena_new(&plan->container->arena, struct cgroup_trees);
    for (size_t i = 0; i < n && i < CGROUP_TREES_MAX; i++) {
        AUTO_FD int fd = open(hierarchies[i].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            return fail_sys(err, "open %s", hierarchies[i].path);
        int tree = mount_clone(fd, hierarchies[i].path, false, err);
        if (tree < 0)
            return -1;
        mount->cgroup->tree[mount->cgroup->n++] = tree;
        if (mount_change(tree, attributes, 0, false, err) < 0)
            return -1;
    }
    if (mount->cgroup->n != 0 && cgroup_is_v2(plan->container->cgroup))
        return 0;
    // v1's directories are in a tmpfs; without a cgroup of one's own (rootless) it stays empty.
    static const char *const words[] = {"mode=755", "size=0k", "nr_inodes=64"};
    mount->tree = mount_new("tmpfs", "tmpfs", words, N_ELEMENTS(words),
                            attributes & ~(uint64_t)MOUNT_ATTR_RDONLY, err);
    return mount->tree < 0 ? -1 : 0;
}

int mounts_make(struct create_plan *plan, struct err *err)
{
    // Asked for and not to be had is no container (S-20), as with process.selinuxLabel.
    if (!text_is_empty(plan->config.linux_.mountLabel) && !lsm_selinux_is_enabled())
        return fail(err, ERR_UNAVAILABLE,
                    "linux.mountLabel: this kernel has no SELinux switched on; leave it out or "
                    "enable it");
    for (size_t i = 0; i < plan->n_mounts; i++) {
        struct mount_plan *mount = &plan->mounts[i];
        int result = mount->kind == MOUNT_FILESYSTEM ? make_filesystem(plan, mount, err)
                     : mount->kind == MOUNT_CGROUP   ? make_cgroups(plan, mount, err)
                                                     : 0;
        if (result < 0)
            return fail_in(err, "mounts[%zu] %s", i, mount->mount->destination);
    }
    return 0;
}

// --- placed
// ----------------------------------------------------------------------------------------------------------

// What may be mounted over below a procfs: files that lxcfs and its like replace. Everything else
// there is the kernel's (CVE-2015-3631, CVE-2019-16884).
static const char *const proc_targets[] = {
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/slabinfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

static bool is_procfs(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int check_target(const struct mount_plan *mount, int target, struct err *err)
{
    const char *destination = mount->mount->destination;
    bool is_proc_itself = strcmp(destination, "/proc") == 0;
    bool brings_proc = mount->kind == MOUNT_FILESYSTEM
                           ? strcmp(mount->mount->type, "proc") == 0
                           : mount->kind == MOUNT_BIND && is_procfs(mount->tree);
    if (is_proc_itself && !brings_proc)
        return fail(err, ERR_INVALID, "only a procfs may be mounted on /proc");
    if (is_proc_itself || !is_procfs(target))
        return 0;
    for (size_t i = 0; i < N_ELEMENTS(proc_targets); i++)
        if (strcmp(proc_targets[i], destination) == 0)
            return 0;
    return fail(err, ERR_INVALID, "%s is inside a procfs: nothing may be mounted there",
                destination);
}

// /proc and /sys must be directories of the image: a symbolic link could lead the masks astray
// (CVE-2019-19921).
static int open_plain_directory(int root, const char *path, struct err *err)
{
    AUTO_FD int made = path_make_dir_in(root, path, 0755, err);
    if (made < 0)
        return -1;
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd < 0 && errno == ELOOP)
        return fail(err, ERR_INVALID, "%s is a symbolic link in the image: it must be a directory",
                    path);
    return fd >= 0 ? fd : fail_sys(err, "open %s", path);
}

static int open_target(const struct mount_plan *mount, int root, struct err *err)
{
    const char *destination = mount->mount->destination;
    if (mount->kind == MOUNT_FILESYSTEM &&
        (strcmp(mount->mount->type, "proc") == 0 || strcmp(mount->mount->type, "sysfs") == 0))
        return open_plain_directory(root, destination, err);
    if (mount->options->is_destination_nofollow) {
        AUTO_FREE char *name = NULL;
        AUTO_FD int parent = path_parent_in(root, destination, 0755, &name, err);
        int fd = parent >= 0 ? openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (parent >= 0 && fd < 0)
            return fail_sys(err, "open %s", destination);
        return fd;
    }
    if (mount->kind == MOUNT_BIND && !mount->is_dir)
        return path_make_file_in(root, destination, 0755, err);
    return path_make_dir_in(root, destination, 0755, err);
}

static int place_hierarchies(const struct create_plan *plan, const struct mount_plan *mount,
                             struct err *err)
{
    size_t n;
    const struct cgroup_mount *hierarchies = cgroup_mounts_get(plan->container->cgroup, &n);
    for (size_t i = 0; i < mount->cgroup->n; i++) {
        const char *name = hierarchies[i].name;
        if (mkdirat(mount->tree, name, 0755) < 0 && errno != EEXIST)
            return fail_sys(err, "make the directory %s", name);
        AUTO_FD int target = openat(mount->tree, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (target < 0)
            return fail_sys(err, "open %s", name);
        if (mount_attach(mount->cgroup->tree[i], target, err) < 0 ||
            mount_verify(mount->cgroup->tree[i], mount->options->attr_set, err) < 0)
            return fail_in(err, "%s", name);
        (void)close(mount->cgroup->tree[i]);
        for (const char *const *alias = hierarchies[i].aliases; alias != NULL && *alias != NULL;
             alias++)
            if (symlinkat(name, mount->tree, *alias) < 0 && errno != EEXIST)
                return fail_sys(err, "link %s", *alias);
    }
    return 0;
}

static int place_cgroups(const struct create_plan *plan, struct mount_plan *mount, int target,
                         struct err *err)
{
    uint64_t set = mount->options->attr_set;
    if (mount->cgroup->n != 0 && cgroup_is_v2(plan->container->cgroup)) {
        mount->tree = mount->cgroup->tree[0];
        return mount_attach(mount->tree, target, err) < 0 || mount_verify(mount->tree, set, err) < 0
                   ? -1
                   : 0;
    }
    if (mount_attach(mount->tree, target, err) < 0 || place_hierarchies(plan, mount, err) < 0)
        return -1;
    if (mount_change(mount->tree, set & MOUNT_ATTR_RDONLY, 0, false, err) < 0)
        return -1;
    return mount_verify(mount->tree, set, err);
}

static int place_link(const struct mount_plan *mount, int root, struct err *err)
{
    AUTO_FREE char *name = NULL;
    AUTO_FD int parent = path_parent_in(root, mount->mount->destination, 0755, &name, err);
    if (parent < 0)
        return -1;
    if (symlinkat(mount->link, parent, name) < 0 && errno != EEXIST)
        return fail_sys(err, "link to %s", mount->link);
    return 0;
}

static int change_existing(const struct mount_plan *mount, int target, struct err *err)
{
    const struct mount_options *options = mount->options;
    if (mount_change(target, options->attr_set, options->attr_clr, false, err) < 0 ||
        mount_change(target, options->rec_attr_set, options->rec_attr_clr, true, err) < 0)
        return -1;
    return mount_verify(target, options->attr_set, err);
}

static int place(struct create_plan *plan, struct mount_plan *mount, struct err *err)
{
    if (mount->link != NULL)
        return place_link(mount, plan->rootfs, err);
    AUTO_FD int target = open_target(mount, plan->rootfs, err);
    if (target < 0)
        return -1;
    if (mount->kind == MOUNT_REMOUNT)
        return change_existing(mount, target, err);
    if (check_target(mount, target, err) < 0)
        return -1;
    if (mount->kind == MOUNT_CGROUP)
        return place_cgroups(plan, mount, target, err);
    if (mount->options->wants_copy_up && copy_up(target, mount->tree, err) < 0)
        return fail_in(err, "tmpcopyup");
    if (mount_attach(mount->tree, target, err) < 0)
        return -1;
    uint64_t expected = mount->options->attr_set;
    if (mount->kind == MOUNT_FILESYSTEM && strcmp(mount->mount->type, "tmpfs") == 0)
        expected &= ~(uint64_t)MOUNT_ATTR_RDONLY; // comes last
    return mount_verify(mount->tree, expected, err);
}

int mounts_place(struct create_plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->n_mounts; i++)
        if (place(plan, &plan->mounts[i], err) < 0)
            return fail_in(err, "mounts[%zu] %s", i, plan->mounts[i].mount->destination);
    return 0;
}
