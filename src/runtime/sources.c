// SPDX-License-Identifier: Apache-2.0
// sources.c — what comes from the host's side: the root, bind sources, device nodes; each opened
// once and cloned into a detached mount that already has its attributes.
//
// Not here: new file systems (mounts.c), for they belong to the container's namespaces.
#include "base/mem.h"
#include "base/str.h"
#include "linux/mount.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct oci_device default_devices[] = {
    {.path = "/dev/null", .type = "c", .major = 1, .minor = 3},
    {.path = "/dev/zero", .type = "c", .major = 1, .minor = 5},
    {.path = "/dev/full", .type = "c", .major = 1, .minor = 7},
    {.path = "/dev/random", .type = "c", .major = 1, .minor = 8},
    {.path = "/dev/urandom", .type = "c", .major = 1, .minor = 9},
    {.path = "/dev/tty", .type = "c", .major = 5, .minor = 0},
};

static enum mount_kind kind_of(const struct oci_mount *mount, const struct mount_options *options)
{
    if (options->is_remount)
        return MOUNT_REMOUNT;
    if (options->is_bind || text_equal(mount->type, "bind"))
        return MOUNT_BIND;
    if (text_equal(mount->type, "cgroup") || text_equal(mount->type, "cgroup2"))
        return MOUNT_CGROUP;
    return MOUNT_FILESYSTEM;
}

// Whether the network namespace is another user namespace's than the container's.
static bool is_network_foreign(const struct namespace_plan *plan)
{
    if (plan->own & CLONE_NEWNET)
        return false;
    return plan->own & CLONE_NEWUSER ||
           (namespaces_joins(plan, CLONE_NEWUSER) && !namespaces_joins(plan, CLONE_NEWNET));
}

static int plan_mount(struct create_plan *plan, size_t index, struct err *err)
{
    struct arena *arena = &plan->container->arena;
    const struct oci_mount *mount = &plan->config.mounts[index];
    struct mount_plan *to = &plan->mounts[index];
    *to = (struct mount_plan){.mount = mount, .tree = -1};
    to->options = arena_new(arena, struct mount_options);
    if (mount_options_parse(mount->options, mount->n_options, to->options, err) < 0)
        return fail_in(err, "mounts[%zu].options", index);
    to->kind = kind_of(mount, to->options);
    if (to->kind == MOUNT_BIND && to->options->n_data != 0)
        return fail(err, ERR_INVALID, "mounts[%zu].options: \"%s\" is no option of a bind mount",
                    index, to->options->data[0]);
    if ((to->kind == MOUNT_BIND) && text_is_empty(mount->source))
        return fail(err, ERR_INVALID, "mounts[%zu].source: a bind mount needs one", index);
    if (to->kind == MOUNT_FILESYSTEM && text_is_empty(mount->type))
        return fail(err, ERR_INVALID, "mounts[%zu].type: needed unless it is a bind mount", index);
    // A sysfs belongs to a network namespace; one that is not ours to the user namespace cannot be
    // mounted anew.
    if (to->kind == MOUNT_FILESYSTEM && text_equal(mount->type, "sysfs") &&
        is_network_foreign(&plan->namespaces)) {
        struct oci_mount *bind = arena_new(arena, struct oci_mount);
        *bind = *mount;
        bind->source = "/sys";
        to->mount = bind;
        to->kind = MOUNT_BIND;
        to->options->is_recursive = true;
        // What is mounted below it on the host must not be more open than the sysfs that was asked
        // for.
        to->options->rec_attr_set |= to->options->attr_set;
    }
    return 0;
}

static void plan_devices(struct create_plan *plan)
{
    const struct oci_linux *linux_ = &plan->config.linux_;
    for (size_t i = 0; i < plan->n_mounts; i++)
        if (plan->mounts[i].kind == MOUNT_BIND &&
            strcmp(plan->mounts[i].mount->destination, "/dev") == 0)
            return; // what is there is what the caller wants
    size_t n = N_ELEMENTS(default_devices) + linux_->n_devices;
    plan->devices = arena_array(&plan->container->arena, n, sizeof *plan->devices);
    for (size_t i = 0; i < N_ELEMENTS(default_devices); i++)
        plan->devices[plan->n_devices++] = (struct device_plan){default_devices[i], -1};
    for (size_t i = 0; i < linux_->n_devices; i++) {
        size_t at = 0; // one of the defaults with other properties replaces it
        while (at < plan->n_devices &&
               strcmp(plan->devices[at].node.path, linux_->devices[i].path) != 0)
            at++;
        plan->devices[at] = (struct device_plan){linux_->devices[i], -1};
        plan->n_devices += at == plan->n_devices;
    }
}

int sources_plan(struct create_plan *plan, struct err *err)
{
    plan->n_mounts = plan->config.n_mounts;
    plan->mounts = arena_array(&plan->container->arena, plan->n_mounts, sizeof *plan->mounts);
    for (size_t i = 0; i < plan->n_mounts; i++)
        plan->mounts[i].tree = -1;
    for (size_t i = 0; i < plan->n_mounts; i++)
        if (plan_mount(plan, i, err) < 0)
            return -1;
    plan_devices(plan);
    return 0;
}

// Without a wish, what the host mounts later arrives, and what the container mounts stays inside.
static uint64_t default_propagation(const struct create_plan *plan)
{
    const char *wish = plan->config.linux_.rootfsPropagation;
    return wish != NULL && strstr(wish, "private") != NULL ? MS_PRIVATE : MS_SLAVE;
}

static int apply_options(const struct create_plan *plan, const struct mount_plan *mount, int tree,
                         struct err *err)
{
    const struct mount_options *options = mount->options;
    bool has_maps = mount->mount->n_uidMappings != 0 || mount->mount->n_gidMappings != 0;
    if (options->idmap != MOUNT_IDMAP_NONE || has_maps) {
        AUTO_FD int userns = idmap_userns(plan, mount, err);
        if (userns < 0 ||
            mount_idmap(tree, userns, options->idmap == MOUNT_IDMAP_RECURSIVE, err) < 0)
            return -1;
    }
    if (mount_change(tree, options->attr_set, options->attr_clr, false, err) < 0 ||
        mount_change(tree, options->rec_attr_set, options->rec_attr_clr, true, err) < 0)
        return -1;
    if (options->n_propagation == 0)
        return mount_propagation(tree, default_propagation(plan), true, err);
    for (size_t i = 0; i < options->n_propagation; i++)
        if (mount_propagation(tree, options->propagation[i].type,
                              options->propagation[i].is_recursive, err) < 0)
            return -1;
    return 0;
}

static int open_bind(const struct create_plan *plan, struct mount_plan *mount, struct err *err)
{
    const char *source = mount->mount->source;
    const struct mount_options *options = mount->options;
    bool is_nofollow = options->is_source_nofollow || options->wants_copy_symlink;
    AUTO_FD int fd =
        openat(plan->bundle, source, O_PATH | O_CLOEXEC | (is_nofollow ? O_NOFOLLOW : 0));
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_sys(err, "open %s", source);
    if (S_ISLNK(st.st_mode) && options->wants_copy_symlink) {
        char target[4096];
        ssize_t n = readlinkat(fd, "", target, sizeof target);
        if (n < 0)
            return fail_sys(err, "read the link %s", source);
        mount->link = arena_strndup(&plan->container->arena, target, (size_t)n);
        return 0;
    }
    mount->is_dir = S_ISDIR(st.st_mode);
    AUTO_FD int tree = mount_clone(fd, source, options->is_recursive, err);
    if (tree < 0 || apply_options(plan, mount, tree, err) < 0)
        return -1;
    mount->tree = TAKE_FD(tree);
    return 0;
}

// The host's node at the device's own path, if it really is that device (S-5).
static int clone_node(const struct oci_device *device, struct err *err)
{
    AUTO_FD int fd = open(device->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_sys(err, "open the host's %s", device->path);
    bool is_it = (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) &&
                 st.st_rdev == makedev((unsigned)device->major, (unsigned)device->minor);
    if (!is_it)
        return fail(err, ERR_INVALID, "the host's %s is not the device %jd:%jd", device->path,
                    (intmax_t)device->major, (intmax_t)device->minor);
    return mount_clone(fd, device->path, false, err);
}

static int open_root(struct create_plan *plan, struct err *err)
{
    const char *path = plan->config.root->path;
    AUTO_FD int fd = openat(plan->bundle, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "root.path: open the root file system %s", plan->rootfs_path);
    AUTO_FD int tree = mount_clone(fd, path, true, err);
    if (tree < 0 || mount_propagation(tree, default_propagation(plan), true, err) < 0)
        return fail_in(err, "root.path");
    const char *idmap = oci_annotation_get(&plan->config, "dhow.rootfs.idmap");
    if (text_equal(idmap, "true")) {
        AUTO_FD int userns = idmap_container(plan, err);
        if (userns < 0 || mount_idmap(tree, userns, false, err) < 0)
            return fail_in(err, "annotation dhow.rootfs.idmap");
    }
    plan->rootfs = TAKE_FD(tree);
    return 0;
}

int sources_open(struct create_plan *plan, struct err *err)
{
    if (plan->rootfs < 0 && open_root(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->n_mounts; i++) {
        struct mount_plan *mount = &plan->mounts[i];
        if (mount->kind == MOUNT_BIND && mount->tree < 0 && open_bind(plan, mount, err) < 0)
            return fail_in(err, "mounts[%zu] %s", i, mount->mount->destination);
    }
    if (plan->null_node < 0 && plan->config.linux_.n_maskedPaths != 0)
        plan->null_node = clone_node(&default_devices[0], err);
    if (plan->null_node < 0 && plan->config.linux_.n_maskedPaths != 0)
        return -1;
    bool can_make_nodes = !(plan->namespaces.own & CLONE_NEWUSER) &&
                          !namespaces_joins(&plan->namespaces, CLONE_NEWUSER) &&
                          !plan->runtime->is_rootless;
    for (size_t i = 0; i < plan->n_devices && !can_make_nodes; i++) {
        struct device_plan *device = &plan->devices[i];
        bool is_node = device->node.type[0] != 'p';
        if (is_node && device->tree < 0 && (device->tree = clone_node(&device->node, err)) < 0)
            return fail_in(err, "device %s", device->node.path);
    }
    return 0;
}

static void drop(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void sources_close(struct create_plan *plan)
{
    drop(&plan->rootfs);
    drop(&plan->null_node);
    drop(&plan->empty_dir);
    for (size_t i = 0; i < plan->n_mounts; i++)
        drop(&plan->mounts[i].tree);
    for (size_t i = 0; i < plan->n_devices; i++)
        drop(&plan->devices[i].tree);
}
