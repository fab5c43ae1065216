// SPDX-License-Identifier: Apache-2.0
// namespaces.c — which namespaces a container has of its own, shares with the host, or joins of
// another container: --pid, --ipc, --uts, --cgroupns, and the kernel parameters inside them.
//
// Shared memory follows the IPC namespace: /dev/shm is the container's own tmpfs, the host's, none,
// or, for those that others may join (shareable), a tmpfs in the container's directory that is
// mounted at each start and taken away at the end.
#include "base/mem.h"
#include "base/str.h"
#include "engine/security.h"
#include "linux/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHM_DIR "shm"
enum { SHM_DEFAULT = 64 * 1024 * 1024 };

const char *mode_container(const char *mode)
{
    static const char prefix[] = "container:";
    return mode != NULL && text_starts(mode, prefix) ? mode + sizeof prefix - 1 : NULL;
}

// --- create ---

struct kind {
    const char *what;         // in docker's words
    const char *const *modes; // beside container:NAME
    bool may_join;
};
static const char *const pid_modes[] = {"", "private", "host", NULL};
static const char *const ipc_modes[] = {"", "none", "private", "shareable", "host", NULL};
static const char *const uts_modes[] = {"", "private", "host", NULL};
static const char *const cgroup_modes[] = {"", "private", "host", NULL};

static int check_mode(const char *mode, const struct kind *kind, struct err *err)
{
    const char *other = mode_container(mode);
    if (mode == NULL || (kind->may_join && !text_is_empty(other)))
        return 0;
    for (size_t i = 0; kind->modes[i] != NULL; i++) {
        if (strcmp(mode, kind->modes[i]) == 0)
            return 0;
    }
    return fail(err, ERR_INVALID, "invalid %s: %s", kind->what, mode);
}

static int check_sysctl(const struct host_config *host, const struct json_pair *pair,
                        struct err *err)
{
    static const char *const names[] = {"kernel.msgmax", "kernel.msgmnb",         "kernel.msgmni",
                                        "kernel.sem",    "kernel.shmall",         "kernel.shmmax",
                                        "kernel.shmmni", "kernel.shm_rmid_forced"};
    bool is_net = text_starts(pair->key, "net.");
    bool is_ipc = text_starts(pair->key, "fs.mqueue.");
    for (size_t i = 0; i < N_ELEMENTS(names) && !is_ipc; i++)
        is_ipc = strcmp(pair->key, names[i]) == 0;
    if (!is_net && !is_ipc)
        return fail(err, ERR_INVALID, "sysctl '%s=%s' is not allowed", pair->key, pair->value);
    if (is_net && text_equal(host->network_mode, "host"))
        return fail(err, ERR_INVALID, "sysctl \"%s\" not allowed in host network namespace",
                    pair->key);
    if (is_ipc && text_equal(host->ipc_mode, "host"))
        return fail(err, ERR_INVALID, "sysctl \"%s\" is not allowed in the hosts ipc namespace",
                    pair->key);
    return 0;
}

int namespaces_check(struct creation *creation, struct err *err)
{
    const struct container_spec *spec = creation->spec;
    const struct host_config *host = &spec->host;
    if (check_mode(host->pid_mode, &(struct kind){"PID mode", pid_modes, true}, err) < 0 ||
        check_mode(host->ipc_mode, &(struct kind){"IPC mode", ipc_modes, true}, err) < 0 ||
        check_mode(host->uts_mode, &(struct kind){"UTS mode", uts_modes, true}, err) < 0 ||
        check_mode(host->cgroupns_mode,
                   &(struct kind){"cgroup namespace mode", cgroup_modes, false}, err) < 0)
        return -1;
    bool has_hostname = !text_is_empty(spec->hostname);
    if (has_hostname && (text_equal(host->uts_mode, "host") || mode_container(host->uts_mode)))
        return fail(err, ERR_INVALID, "conflicting options: hostname and the UTS mode");
    if (has_hostname && mode_container(host->network_mode) != NULL)
        return fail(err, ERR_INVALID, "conflicting options: hostname and the network mode");
    const struct {
        const char *what, *name;
    } names[] = {{"hostname", spec->hostname}, {"domainname", spec->domainname}};
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        enum { NAME_MAX_BYTES = 64 }; // of the kernel: __NEW_UTS_LEN
        if (names[i].name != NULL && strlen(names[i].name) > NAME_MAX_BYTES)
            return fail(err, ERR_INVALID, "invalid %s: \"%s\" is longer than %d characters",
                        names[i].what, names[i].name, NAME_MAX_BYTES);
    }
    for (size_t i = 0; i < host->n_sysctls; i++) {
        if (check_sysctl(host, &host->sysctls[i], err) < 0)
            return -1;
    }
    return 0;
}

// --- start ---

int container_open_running(struct engine *engine, struct arena *arena, const char *reference,
                           const char *what, struct container *out, struct err *err)
{
    if (container_open(engine, arena, reference, CONTAINER_LOOK, out, err) < 0)
        return fail_in(err, "failed to %s", what);
    if (out->status != STATUS_RUNNING || out->live.pid <= 0)
        return fail(err, ERR_CONFLICT, "failed to %s: container %s is not running", what,
                    out->row.id);
    return 0;
}

static void remove_namespace(struct oci_linux *out, const char *type)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->n_namespaces; i++) {
        if (strcmp(out->namespaces[i].type, type) != 0)
            out->namespaces[kept++] = out->namespaces[i];
    }
    out->n_namespaces = kept;
}

static void set_path(struct oci_linux *out, const char *type, const char *path)
{
    for (size_t i = 0; i < out->n_namespaces; i++) {
        if (strcmp(out->namespaces[i].type, type) == 0)
            out->namespaces[i].path = path;
    }
}

// Shares the host's, joins another container's, or leaves it alone.
static int share(struct start *start, const char *mode, const char *type, const char *what,
                 struct oci_config *out, struct err *err)
{
    const char *other = mode_container(mode);
    if (text_equal(mode, "host"))
        remove_namespace(&out->linux_, type);
    if (other == NULL)
        return 0;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open_running(start->engine, start->arena, other, what, &container, err) < 0)
        return -1;
    set_path(&out->linux_, type,
             arena_printf(start->arena, "/proc/%jd/ns/%s", (intmax_t)container.live.pid, type));
    return 0;
}

// --- shared memory ---

static struct oci_mount *find_mount(struct oci_config *out, const char *destination)
{
    for (size_t i = 0; i < out->n_mounts; i++) {
        if (strcmp(out->mounts[i].destination, destination) == 0)
            return &out->mounts[i];
    }
    return NULL;
}

static void bind(struct arena *arena, struct oci_mount *mount, const char *source)
{
    static const char *const words[] = {"rbind", "nosuid", "noexec", "nodev"};
    mount->type = "bind";
    mount->source = source;
    mount->options = arena_array(arena, N_ELEMENTS(words), sizeof *mount->options);
    memcpy(mount->options, words, sizeof words);
    mount->n_options = N_ELEMENTS(words);
}

static const char *shm_path(const struct start *start, const struct container *container)
{
    return arena_printf(start->arena, "%s/containers/%s/" SHM_DIR, start->engine->settings->root,
                        container->row.id);
}

// The tmpfs that others can join, mounted on the host.
static int make_shm(struct start *start, struct err *err)
{
    const struct container *container = start->container;
    if (namespaces_release(container, err) < 0)
        return -1;
    if (mkdirat(container->dir, SHM_DIR, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "make " SHM_DIR);
    AUTO_FD int place =
        openat(container->dir, SHM_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (place < 0)
        return fail_sys(err, "open " SHM_DIR);
    int64_t size = container->spec.host.shm_size;
    const char *const options[] = {
        "mode=1777",
        arena_printf(start->arena, "size=%jd", (intmax_t)(size != 0 ? size : SHM_DEFAULT))};
    AUTO_FD int mount = mount_new("tmpfs", "shm", options, N_ELEMENTS(options),
                                  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
    return mount < 0 ? -1 : mount_attach(mount, place, err);
}

int namespaces_release(const struct container *container, struct err *err)
{
    if (container->dir < 0 || !text_equal(container->spec.host.ipc_mode, "shareable"))
        return 0;
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d/" SHM_DIR, container->dir);
    while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        ;
    if (errno != EINVAL && errno != ENOENT)
        return fail_sys(err, "unmount the shared memory of container %s", container->row.id);
    if (unlinkat(container->dir, SHM_DIR, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove the shared memory of container %s", container->row.id);
    return 0;
}

static int join_shm(struct start *start, const char *other, struct oci_mount *shm, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open_running(start->engine, start->arena, other, "join IPC namespace", &container,
                               err) < 0)
        return -1;
    const char *path = shm_path(start, &container);
    if (!text_equal(container.spec.host.ipc_mode, "shareable") || access(path, F_OK) < 0)
        return fail(err, ERR_INVALID,
                    "failed to join IPC namespace: can't join IPC of container %s: non-shareable "
                    "IPC (hint: use IpcMode:shareable for the donor container)",
                    container.row.id);
    bind(start->arena, shm, path);
    return 0;
}

static int set_shm(struct start *start, struct oci_config *out, struct err *err)
{
    const char *mode = start->container->spec.host.ipc_mode;
    struct oci_mount *shm = find_mount(out, "/dev/shm");
    if (mode == NULL || shm == NULL || !text_equal(shm->type, "tmpfs"))
        return 0; // or a mount of the user's own is there
    if (strcmp(mode, "none") == 0) {
        memmove(shm, shm + 1, (size_t)(out->mounts + out->n_mounts - shm - 1) * sizeof *shm);
        out->n_mounts--;
    } else if (strcmp(mode, "host") == 0) {
        bind(start->arena, shm, "/dev/shm"); // /dev/mqueue shows the host's by its namespace
    } else if (mode_container(mode) != NULL) {
        return join_shm(start, mode_container(mode), shm, err);
    } else if (strcmp(mode, "shareable") == 0) {
        if (make_shm(start, err) < 0)
            return -1;
        bind(start->arena, shm, shm_path(start, start->container));
    }
    return 0;
}

int namespaces_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct host_config *host = &start->container->spec.host;
    if (set_shm(start, out, err) < 0 ||
        share(start, host->pid_mode, "pid", "join PID namespace", out, err) < 0 ||
        share(start, host->ipc_mode, "ipc", "join IPC namespace", out, err) < 0 ||
        share(start, host->uts_mode, "uts", "join UTS namespace", out, err) < 0)
        return -1;
    if (text_equal(host->uts_mode, "host") || mode_container(host->uts_mode) != NULL)
        out->hostname = out->domainname = NULL; // not its own to set
    if (text_equal(host->cgroupns_mode, "host"))
        remove_namespace(&out->linux_, "cgroup");
    return 0;
}
