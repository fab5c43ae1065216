// SPDX-License-Identifier: Apache-2.0
// container_root.c — where a container's files are, for who copies (S-1, CVE-2018-15664).
//
// Of one that runs: the root directory of its first process, in that one's own mount namespace, so
// that what it has mounted is there. It is the container's only if it is the directory that the
// engine mounted for it: a process id that belongs to somebody else by now does not pass.
//
// Of one that does not: its overlay, attached in a mount namespace that a child makes and that
// nothing lives in, with the volumes and host directories on top, each put at a descriptor that was
// resolved inside the root (S-2). The namespace is gone when its descriptor is closed.
#include "engine/container_root.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/mounts.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "linux/socket.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct layer_mount { // what is to be on top of the root
    int fd;          // detached
    const char *destination;
    bool is_dir;
};
struct view {
    const char *place; // a directory of the host to attach the root at, in the new namespace
    int root;          // the overlay, detached
    bool is_read_only; // but for what is mounted on top
    struct layer_mount *mounts;
    size_t n_mounts;
};

// --- one that runs ---

static bool is_same(int a, int b)
{
    struct stat one, other;
    return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static int open_running(const struct container *container, int *out, struct err *err)
{
    AUTO_FREE char *path = str_printf("/proc/%jd/root", (intmax_t)container->live.pid);
    AUTO_FD int mounted =
        openat(container->dir, "rootfs", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (mounted < 0)
        return fail_sys(err, "open the root of container %s", container->row.name);
    AUTO_FD int root = container->live.pid > 0 ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (root < 0 || !is_same(root, mounted))
        return fail(err, ERR_CONFLICT,
                    "container %s has no process that shows its files just now; try again",
                    container->row.name);
    *out = TAKE_FD(root);
    return 0;
}

// --- one that does not ---

static int make_target(int root, const struct layer_mount *mount, struct err *err)
{
    return mount->is_dir ? path_make_dir_in(root, mount->destination, 0755, err)
                         : path_make_file_in(root, mount->destination, 0644, err);
}

// In the child: the root and what is on top of it, in a namespace of its own. The root's fd.
static int build_view(const struct view *view, struct err *err)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail_sys(err, "make a mount namespace");
    AUTO_FD int place = open(view->place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0)
        return fail_sys(err, "open %s", view->place);
    if (mount_attach(view->root, place, err) < 0)
        return -1;
    AUTO_FD int root = open(view->place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail_sys(err, "open the container's root");
    for (size_t i = 0; i < view->n_mounts; i++) {
        AUTO_FD int target = make_target(root, &view->mounts[i], err);
        if (target < 0 || mount_attach(view->mounts[i].fd, target, err) < 0)
            return fail_in(err, "mount at %s", view->mounts[i].destination);
    }
    if (view->is_read_only && mount_change(root, MOUNT_ATTR_RDONLY, 0, false, err) < 0)
        return -1;
    return TAKE_FD(root);
}

// What the child sends: the error, or two descriptors.
static void run_child(const struct view *view, int socket)
{
    struct err err = {};
    AUTO_FD int root = build_view(view, &err);
    AUTO_FD int namespace_ = root < 0 ? -1 : open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (root >= 0 && namespace_ < 0)
        (void)fail_sys(&err, "open the mount namespace");
    if (socket_send_fd(socket, &err, sizeof err, err.kind == ERR_NONE ? root : -1) == 0 &&
        err.kind == ERR_NONE)
        (void)socket_send_fd(socket, "", 1, namespace_); // its lack is seen at the other end
}

static int receive(int socket, struct container_root *out, struct err *err)
{
    struct err said;
    char byte;
    AUTO_FD int root = -1;
    ssize_t n = socket_receive_fd(socket, &said, sizeof said, &root);
    if (n != (ssize_t)sizeof said)
        return fail(err, ERR_SYSTEM, "the process that mounts the container's files has ended");
    if (said.kind != ERR_NONE) {
        *err = said;
        return -1;
    }
    AUTO_FD int namespace_ = -1;
    if (root < 0 || socket_receive_fd(socket, &byte, 1, &namespace_) != 1 || namespace_ < 0)
        return fail(err, ERR_SYSTEM, "the container's files came without their mounts");
    out->fd = TAKE_FD(root);
    out->namespace_ = TAKE_FD(namespace_);
    return 0;
}

static int make_view(const struct view *view, struct container_root *out, struct err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail_sys(err, "make a socket");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "start a process");
    if (pid == 0) {
        run_child(view, theirs);
        _exit(0);
    }
    (void)close(TAKE_FD(theirs));
    int done = receive(ours, out, err);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return done;
}

// A detached copy of what a mount point shows.
static int prepare_mount(struct engine *engine, struct arena *arena,
                         const struct container *container, const struct container_mount *mount,
                         struct layer_mount *out, struct err *err)
{
    struct mount_source source;
    const struct mounting of = {engine, arena, container, -1};
    if (mount_source_open(&of, mount, &source, err) < 0)
        return -1;
    AUTO_FD int fd = source.fd;
    AUTO_FD int clone = mount_clone(fd, "", true, err);
    if (clone < 0)
        return -1;
    // Of O the copy that a run writes to is made for that run.
    bool is_read_only = mount->read_only || mount->is_overlay;
    if (is_read_only && mount_change(clone, MOUNT_ATTR_RDONLY, 0, false, err) < 0)
        return -1;
    *out = (struct layer_mount){TAKE_FD(clone), mount->destination, source.is_dir};
    return 0;
}

// What is further up comes first.
static int by_length(const void *a, const void *b)
{
    const struct layer_mount *one = a, *other = b;
    size_t n = strlen(one->destination), m = strlen(other->destination);
    return (n > m) - (n < m);
}

static int prepare_mounts(struct engine *engine, struct arena *arena,
                          const struct container *container, struct view *view, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    view->mounts = arena_array(arena, spec->n_mount_points + 1, sizeof *view->mounts);
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        if (strcmp(mount->type, "tmpfs") == 0)
            continue; // it is empty until there is a process
        if (prepare_mount(engine, arena, container, mount, &view->mounts[view->n_mounts], err) < 0)
            return fail_in(err, "what is mounted at %s", mount->destination);
        view->n_mounts++;
    }
    qsort(view->mounts, view->n_mounts, sizeof *view->mounts, by_length);
    return 0;
}

static bool is_mount_root(int dir)
{
    struct statx st;
    return statx(dir, "", AT_EMPTY_PATH, 0, &st) == 0 &&
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// Its overlay, detached; of one that `dhow mount` has mounted, a second look at that mount.
static int root_mount(struct engine *engine, struct arena *arena, const struct container *container,
                      struct err *err)
{
    if (snapshot_prepare(container->dir, err) < 0)
        return -1;
    AUTO_FD int place =
        openat(container->dir, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return fail_sys(err, "open the container's rootfs");
    if (is_mount_root(place))
        return mount_clone(place, "", true, err);
    return container_mount(engine, arena, container, err);
}

static int open_ended(struct engine *engine, struct arena *arena, struct container_root *out,
                      struct err *err)
{
    const struct container *container = &out->container;
    AUTO_FD int root = root_mount(engine, arena, container, err);
    if (root < 0)
        return -1;
    struct view view = {
        .place = arena_printf(arena, "%s/containers/%s/rootfs", engine->settings->root,
                              container->row.id),
        .root = root,
        .is_read_only = container->spec.host.readonly_rootfs,
    };
    out->has_mounts = container->spec.n_mount_points != 0;
    int done = prepare_mounts(engine, arena, container, &view, err);
    if (done == 0)
        done = make_view(&view, out, err);
    for (size_t i = 0; i < view.n_mounts; i++)
        (void)close(view.mounts[i].fd); // attached by now, or of no use
    return done;
}

int container_root_open(struct engine *engine, struct arena *arena, const char *reference,
                        struct container_root *out, struct err *err)
{
    if (container_open(engine, arena, reference, CONTAINER_HOLD | CONTAINER_MAKE_DIRS,
                       &out->container, err) < 0)
        return -1;
    struct container *container = &out->container;
    if (container->status == STATUS_REMOVING)
        return fail(err, ERR_CONFLICT, "container %s is being removed", container->row.name);
    if (!container_is_up(container))
        return open_ended(engine, arena, out, err);
    int done = open_running(container, &out->fd, err);
    // The descriptor keeps what it shows; whoever wants to stop it need not wait for a long copy.
    (void)close(TAKE_FD(container->lock));
    return done;
}

void container_root_close(struct engine *engine, struct arena *arena, struct container_root *root)
{
    if (root->fd >= 0)
        (void)close(TAKE_FD(root->fd));
    if (root->namespace_ >= 0)
        (void)close(TAKE_FD(root->namespace_));
    struct err ignored; // the next command that meets the container gives it back, then
    if (root->has_mounts && root->container.lock >= 0)
        (void)mounts_release(engine, arena, &root->container, &ignored);
    container_done(&root->container);
}
