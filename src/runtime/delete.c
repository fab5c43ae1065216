// SPDX-License-Identifier: Apache-2.0
// delete.c — nothing of a container is left (runtime.md, "delete").
//
// Idempotent, and safe to be killed anywhere: the record goes last, and a directory without one
// holds nothing that anybody needs.
#include "base/log.h"
#include "base/mem.h"
#include "runtime/hooks.h"
#include "runtime/rdt.h"
#include "runtime/verbs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static int empty_dir(int fd, struct err *err)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (dir == NULL)
        return fail_sys(err, "list the container's directory");
    int result = 0;
    const struct dirent *entry;
    rewinddir(dir);
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        bool is_last = strcmp(name, "state.json") == 0;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_last)
            continue;
        if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
            result = fail_sys(err, "remove %s", name);
    }
    closedir(dir);
    if (result == 0 && unlinkat(fd, "state.json", 0) < 0 && errno != ENOENT)
        result = fail_sys(err, "remove state.json");
    return result;
}

int container_remove_dir(const struct runtime *runtime, const char *id, struct err *err)
{
    AUTO_FD int fd = openat(runtime->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open the directory of container %s", id);
    if (empty_dir(fd, err) < 0)
        return -1;
    if (unlinkat(runtime->root, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove the directory of container %s", id);
    return 0;
}

static void run_poststop(const struct container *container)
{
    const struct container_record *record = &container->record;
    if (record->n_poststop == 0)
        return;
    struct oci_state state;
    container_state(container, CONTAINER_STOPPED, &state);
    AUTO_FD int bundle = open(record->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct err why;
    // "the runtime MUST log a warning, but the remaining hooks and lifecycle continue": one by one.
    for (size_t i = 0; i < record->n_poststop; i++)
        if (hooks_run("poststop", record->poststop + i, 1, bundle, &state, &why) < 0)
            log_warning("%s", why.text);
}

int container_remove(const struct container *container, bool is_forced, struct err *err)
{
    enum container_status status = CONTAINER_RUNNING;
    if (container_status(container, &status, err) < 0 && !is_forced)
        return -1;
    if (!is_forced && status != CONTAINER_STOPPED && status != CONTAINER_CREATED)
        return fail(err, ERR_CONFLICT,
                    "cannot delete container %s that is not stopped: %s (--force kills it first)",
                    container->id, container_status_name(status));
    struct err why;
    // What a stopped one left in its cgroup, cgroup_remove kills.
    if (status != CONTAINER_STOPPED && container_kill_all(container, &why) < 0) {
        if (container->cgroup == NULL || why.kind == ERR_UNAVAILABLE) {
            *err = why;
            return -1;
        }
        log_warning("container %s: %s", container->id, why.text); // cgroup_remove tries again
    }
    if (container->cgroup != NULL && cgroup_remove(container->cgroup, err) < 0)
        return -1;
    if (container->record.intelRdt != NULL &&
        rdt_remove(container->record.intelRdt, container->id, &why) < 0)
        log_warning("container %s: %s", container->id, why.text);
    run_poststop(container);
    return container_remove_dir(container->runtime, container->id, err);
}

// What is left when the making was killed before the record was written: an empty directory.
static int remove_unrecorded(const struct runtime *runtime, const char *id, struct err *err)
{
    AUTO_FD int fd = openat(runtime->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(err, ERR_NOT_FOUND, "container \"%s\" does not exist", id);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return fail(err, ERR_CONFLICT, "container %s is being created", id);
    return container_remove_dir(runtime, id, err);
}

int runtime_delete(const struct runtime *runtime, const char *id, bool is_forced, struct err *err)
{
    struct container container;
    if (container_open(runtime, id, CONTAINER_LOCK, &container, err) < 0) {
        if (!is_forced)
            return -1;
        struct err ignored;
        if (container_id_check(id, &ignored) < 0)
            return -1;
        return err->kind == ERR_NOT_FOUND ? remove_unrecorded(runtime, id, err) : -1;
    }
    int result = container_remove(&container, is_forced, err);
    container_close(&container);
    return result;
}
