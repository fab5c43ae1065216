// SPDX-License-Identifier: Apache-2.0
// mounts_live.c — mounts that come to a container that runs, and go from it.
//
// The mount is made here, detached, with all its attributes; a child enters the container's mount
// namespace, resolves the place inside the container's root, once, and attaches it to that
// descriptor. What is in the way of the container's own programs (a read-only root, no such user)
// is an error and changes nothing.
//
//     here                              the child
//     open the source, make the mount
//     fork ───────────────────────────> setns(the container's), open "/"
//                                       make and open the place; is it no procfs?
//                                       move_mount
//     read how it went <─────────────── struct err
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/mounts.h"
#include "engine/mountspec.h"
#include "engine/volumes.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "linux/process.h"
#include "oci/mountoptions.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

// --- the child ---

struct errand { // what the child does, and with what
    int (*run)(const struct errand *errand, int root, struct err *err);
    pid_t pid; // the container's first process
    int mount; // to attach
    int proc;  // the host's procfs; -1: none
    const char *target;
    bool is_dir;
};

static bool has_own_users(pid_t pid)
{
    struct stat ours, theirs;
    AUTO_FREE char *path = str_printf("/proc/%d/ns/user", (int)pid);
    return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &theirs) == 0 &&
           ours.st_ino != theirs.st_ino;
}

static int enter(const struct errand *errand, struct err *err)
{
    AUTO_FD int pidfd = process_pidfd(errand->pid, err);
    if (pidfd < 0)
        return -1;
    bool is_other = has_own_users(errand->pid);
    if (setns(pidfd, CLONE_NEWNS | (is_other ? CLONE_NEWUSER : 0)) < 0)
        return fail_sys(err, "enter the container's mounts");
    if (is_other && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        return fail_sys(err, "become the container's root");
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root < 0 ? fail_sys(err, "open the container's root") : root;
}

static int be_child(const struct errand *errand, struct err *err)
{
    AUTO_FD int root = enter(errand, err);
    return root < 0 ? -1 : errand->run(errand, root, err);
}

static int run_child(const struct errand *errand, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    pid_t child = fork();
    if (child < 0)
        return fail_sys(err, "start who enters the container");
    if (child == 0) {
        struct err reason = {};
        int done = be_child(errand, &reason);
        (void)write_all(theirs, &reason, sizeof reason); // without it, the exit status says it
        _exit(done < 0);
    }
    (void)close(TAKE_FD(theirs));
    struct err reason = {};
    ssize_t n = 0;
    for (size_t at = 0; at < sizeof reason; at += (size_t)n) {
        n = read(ours, (char *)&reason + at, sizeof reason - at);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            break;
    }
    int status;
    if (process_wait(child, &status, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    if (reason.kind == ERR_NONE)
        return fail(err, ERR_SYSTEM, "who entered the container ended with status %d", status);
    *err = reason;
    return -1;
}

// --- attaching ---

static int attach(const struct errand *errand, int root, struct err *err)
{
    struct statfs fs;
    AUTO_FD int place = errand->is_dir ? path_make_dir_in(root, errand->target, 0755, err)
                                       : path_make_file_in(root, errand->target, 0755, err);
    if (place < 0)
        return fail_in(err, "mount on %s", errand->target);
    // As at its start: /proc is the kernel's (CVE-2015-3631).
    if (fstatfs(place, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC)
        return fail(err, ERR_INVALID, "%s is inside a procfs: nothing may be mounted there",
                    errand->target);
    return mount_attach(errand->mount, place, err);
}

static int make_tmpfs(struct arena *arena, const struct container_mount *mount, struct err *err)
{
    struct mount_options *options = arena_new(arena, struct mount_options);
    if (mount_options_parse(mount->options, mount->n_options, options, err) < 0)
        return -1;
    uint64_t attributes =
        (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) & ~options->attr_clr;
    return mount_new("tmpfs", "tmpfs", options->data, options->n_data,
                     attributes | options->attr_set, err);
}

static int dress(const struct container_mount *mount, const struct mount_source *source, int rootfs,
                 int tree, struct err *err)
{
    if (mount->ownership != NULL) {
        struct own_maps maps;
        if (own_maps_make(rootfs, mount->ownership, source, &maps, err) < 0 ||
            own_maps_apply(tree, mount->ownership, source, &maps, err) < 0)
            return -1;
    }
    bool is_all = !mount->non_recursive && !mount->read_only_non_recursive;
    if (mount->read_only && mount_change(tree, MOUNT_ATTR_RDONLY, 0, is_all, err) < 0)
        return -1;
    return mount_propagation(tree, MS_PRIVATE, true, err);
}

// The mount, detached and dressed: an fd.
static int make_mount(struct engine *engine, struct arena *arena, const struct container *container,
                      const struct container_mount *mount, bool *out_is_dir, struct err *err)
{
    struct mount_source source = {.fd = -1};
    const struct mounting of = {engine, arena, container, -1};
    AUTO_FD int rootfs = openat(container->dir, "rootfs", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rootfs < 0)
        return fail_sys(err, "open the container's root");
    if (mount_source_open(&of, mount, &source, err) < 0)
        return -1;
    *out_is_dir = source.is_dir;
    AUTO_FD int fd = source.fd;
    if (fd < 0)
        return make_tmpfs(arena, mount, err);
    AUTO_FD int tree = mount_clone(fd, mount->destination, !mount->non_recursive, err);
    if (tree < 0 || dress(mount, &source, rootfs, tree, err) < 0)
        return -1;
    return TAKE_FD(tree);
}

static int attach_live(struct engine *engine, struct arena *arena,
                       const struct container *container, const struct container_mount *mount,
                       struct err *err)
{
    struct errand errand = {
        .run = attach, .pid = (pid_t)container->live.pid, .proc = -1, .target = mount->destination};
    AUTO_FD int tree = make_mount(engine, arena, container, mount, &errand.is_dir, err);
    errand.mount = tree;
    int done = tree < 0 ? -1 : run_child(&errand, err);
    struct err second; // of an image something may have been attached on the way
    return mount_unstage(container, done < 0 ? &second : err) < 0 ? -1 : done;
}

static int check_live(const struct container *container, const struct container_mount *mount,
                      struct err *err)
{
    for (size_t i = 0; i < container->spec.n_mount_points; i++) {
        if (strcmp(container->spec.mount_points[i].destination, mount->destination) == 0)
            return fail(err, ERR_CONFLICT, "Duplicate mount point: %s", mount->destination);
    }
    if (mount->is_overlay || mount->changes_owner || mount->propagation != NULL)
        return fail(err, ERR_INVALID,
                    "a mount of a container that is there cannot have a propagation, O or U");
    return 0;
}

static void remember(struct arena *arena, struct container_spec *spec,
                     const struct mount_request *request, const struct container_mount *mount)
{
    struct container_mount *points = arena_array(arena, spec->n_mount_points + 1, sizeof *points);
    struct mount_request *asked = arena_array(arena, spec->host.n_mounts + 1, sizeof *asked);
    if (spec->n_mount_points != 0)
        memcpy(points, spec->mount_points, spec->n_mount_points * sizeof *points);
    if (spec->host.n_mounts != 0)
        memcpy(asked, spec->host.mounts, spec->host.n_mounts * sizeof *asked);
    points[spec->n_mount_points++] = *mount;
    asked[spec->host.n_mounts++] = *request;
    spec->mount_points = points;
    spec->host.mounts = asked;
}

// The request as it is now, and with it who uses which volume.
static int store(struct engine *engine, const struct container *container, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    json_encode(&text, container_spec_fields, spec, JSON_COMPACT);
    if (buf_check(&text, "the container's request", err) < 0 ||
        state_container_spec(engine->state, container->row.number, buf_get(&text), err) < 0 ||
        state_volume_leave(engine->state, NULL, container->row.id, err) < 0)
        return -1;
    AUTO_ARENA struct arena arena = {};
    return mounts_record(engine, &arena, spec, container->row.id, err);
}

static int store_whole(struct engine *engine, const struct container *container, struct err *err)
{
    if (state_begin(engine->state, err) < 0)
        return -1;
    if (store(engine, container, err) < 0) {
        state_rollback(engine->state);
        return -1;
    }
    return state_commit(engine->state, false, err);
}

int mounts_add_live(struct engine *engine, struct arena *arena, struct container *container,
                    const struct mount_request *request, struct err *err)
{
    const char *driver = container->spec.host.volume_driver;
    const struct container_spec before = container->spec;
    struct container_mount mount;
    if (mountspec_request(arena, request, &mount, err) < 0 ||
        check_live(container, &mount, err) < 0 ||
        mounts_resolve(engine, arena, driver, &mount, err) < 0)
        return -1;
    // First, so that whoever is killed on the way leaves a volume that somebody owns.
    remember(arena, &container->spec, request, &mount);
    int done = store_whole(engine, container, err);
    if (done == 0 && container_has_processes(container))
        done = attach_live(engine, arena, container, &mount, err);
    if (done == 0)
        return 0;
    struct err ignored; // why it could not be done is what counts
    container->spec = before;
    (void)store_whole(engine, container, &ignored);
    return -1;
}

// --- taking away ---

static int detach(const struct errand *errand, int root, struct err *err)
{
    struct statx st;
    AUTO_FD int place = path_open_in(root, errand->target, O_PATH, err);
    if (place < 0)
        return -1;
    if (statx(place, "", AT_EMPTY_PATH, 0, &st) < 0 || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return fail(err, ERR_NOT_FOUND, "nothing is mounted on %s any more", errand->target);
    // By the host's procfs: the container's may be anything.
    AUTO_FREE char *path = str_printf("self/fd/%d", place);
    if (fchdir(errand->proc) < 0 || umount2(path, MNT_DETACH) < 0)
        return fail_sys(err, "unmount %s", errand->target);
    return 0;
}

static bool is_at(const char *target, const char *destination)
{
    AUTO_ARENA struct arena arena = {};
    return target != NULL && target[0] == '/' &&
           strcmp(path_clean(&arena, target), destination) == 0;
}

// Takes out of the spec all that asked for a mount there.
static void forget(struct container_spec *spec, const char *destination)
{
    struct host_config *host = &spec->host;
    size_t n = 0;
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        if (strcmp(spec->mount_points[i].destination, destination) != 0)
            spec->mount_points[n++] = spec->mount_points[i];
    }
    spec->n_mount_points = n;
    n = 0;
    for (size_t i = 0; i < host->n_mounts; i++) {
        if (!is_at(host->mounts[i].target, destination))
            host->mounts[n++] = host->mounts[i];
    }
    host->n_mounts = n;
    n = 0;
    for (size_t i = 0; i < host->n_binds; i++) {
        struct str rest = str_of(host->binds[i]);
        (void)str_cut(&rest, ':');
        struct str target = str_cut(&rest, ':');
        AUTO_FREE char *text = xstrndup(target.at, target.n);
        if (!is_at(text, destination))
            host->binds[n++] = host->binds[i];
    }
    host->n_binds = n;
    n = 0;
    for (size_t i = 0; i < host->n_tmpfs; i++) {
        if (!is_at(host->tmpfs[i].key, destination))
            host->tmpfs[n++] = host->tmpfs[i];
    }
    host->n_tmpfs = n;
    n = 0;
    for (size_t i = 0; i < spec->n_volumes; i++) {
        if (!is_at(spec->volumes[i].key, destination))
            spec->volumes[n++] = spec->volumes[i];
    }
    spec->n_volumes = n;
}

static int detach_live(const struct container *container, const char *destination, struct err *err)
{
    struct statfs fs;
    AUTO_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0 || fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
        return fail(err, ERR_SYSTEM, "/proc is no procfs");
    const struct errand errand = {.run = detach,
                                  .pid = (pid_t)container->live.pid,
                                  .proc = proc,
                                  .mount = -1,
                                  .target = destination};
    return run_child(&errand, err);
}

int mounts_remove_live(struct engine *engine, struct arena *arena, struct container *container,
                       const char *target, struct err *err)
{
    bool is_there = false;
    const char *destination = path_clean(arena, target);
    for (size_t i = 0; i < container->spec.n_mount_points && !is_there; i++)
        is_there = strcmp(container->spec.mount_points[i].destination, destination) == 0;
    if (!is_there)
        return fail(err, ERR_NOT_FOUND, "container %s has no mount at %s", container->row.name,
                    target);
    if (container_has_processes(container) && detach_live(container, destination, err) < 0 &&
        err->kind != ERR_NOT_FOUND)
        return -1;
    forget(&container->spec, destination);
    // Last: a volume that is mounted still must not be removed.
    return store_whole(engine, container, err);
}
