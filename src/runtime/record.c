// SPDX-License-Identifier: Apache-2.0
// record.c — how a container's directory and record begin: the same for create and restore.
#include "base/clock.h"
#include "base/mem.h"
#include "runtime/container.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { CGROUP_TEXT_MAX = 64 * 1024 };

int container_make_dir(struct container *container, struct err *err)
{
    const struct runtime *runtime = container->runtime;
    const char *id = container->id;
    if (mkdirat(runtime->root, id, 0700) < 0)
        return errno == EEXIST
                   ? fail(err, ERR_CONFLICT, "container with id \"%s\" already exists", id)
                   : fail_sys(err, "make the directory of container %s", id);
    AUTO_FD int dir = openat(runtime->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || flock(dir, LOCK_EX) < 0) {
        (void)fail_sys(err, "lock container %s", id);
        (void)unlinkat(runtime->root, id, AT_REMOVEDIR); // the first failure is the news
        return -1;
    }
    container->dir = TAKE_FD(dir);
    return 0;
}

void container_describe(struct container *container, const struct oci_config *config,
                        const char *bundle_path, const char *rootfs_path)
{
    struct container_record *record = &container->record;
    struct arena *arena = &container->arena;
    uid_t owner = geteuid();
    record->ociVersion = OCI_VERSION;
    record->id = container->id;
    record->bundle = bundle_path;
    record->rootfs = rootfs_path;
    record->created = time_rfc3339(arena, now_ns());
    record->owner = owner == 0 ? "root" : arena_printf(arena, "%u", owner);
    record->process = config->process;
    record->poststart = config->hooks.poststart;
    record->n_poststart = config->hooks.n_poststart;
    record->poststop = config->hooks.poststop;
    record->n_poststop = config->hooks.n_poststop;
    record->personality = config->linux_.personality;
    record->intelRdt = config->linux_.intelRdt;
    record->annotations = config->annotations;
    record->n_annotations = config->n_annotations;
    size_t n = config->linux_.n_namespaces;
    record->namespaces = arena_array(arena, n, sizeof *record->namespaces);
    for (size_t i = 0; i < n; i++)
        record->namespaces[record->n_namespaces++] = config->linux_.namespaces[i].type;
}

int container_plan_cgroup(struct container *container, const struct oci_config *config,
                          struct err *err)
{
    struct cgroup_request request = {
        .id = container->id,
        .cgroupsPath = config->linux_.cgroupsPath,
        .driver = container->runtime->driver,
        .is_rootless = container->runtime->is_rootless,
        .resources = config->linux_.resources,
        .annotations = config->annotations,
        .n_annotations = config->n_annotations,
    };
    if (cgroup_plan(&request, &container->cgroup, err) < 0)
        return -1;
    AUTO_BUF struct buf saved;
    buf_init(&saved, CGROUP_TEXT_MAX);
    cgroup_save(container->cgroup, &saved);
    container->record.cgroup = arena_strdup(&container->arena, buf_get(&saved));
    return container_save(container, err);
}

int container_load_filter(struct container *container, const struct oci_seccomp *profile,
                          struct seccomp_program *out, struct err *err)
{
    const struct runtime *runtime = container->runtime;
    if (mkdirat(runtime->root, SECCOMP_CACHE, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "make %s/" SECCOMP_CACHE, runtime->root_path);
    AUTO_FD int cache =
        openat(runtime->root, SECCOMP_CACHE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (seccomp_program_get(profile, cache, out, err) < 0)
        return fail_in(err, "linux.seccomp");
    char digest[65];
    seccomp_digest(profile, digest);
    container->record.seccomp = arena_strdup(&container->arena, digest);
    container->record.seccomp_listener = profile->listenerPath;
    container->record.seccomp_metadata = profile->listenerMetadata;
    return 0;
}
