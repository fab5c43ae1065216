// SPDX-License-Identifier: Apache-2.0
// kill.c — signals to a container (runtime.md, "kill").
#include "base/mem.h"
#include "linux/process.h"
#include "runtime/verbs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

enum { DEATH_MS = 10'000 };

static bool has_own_pids(const struct container *container)
{
    for (size_t i = 0; i < container->record.n_namespaces; i++)
        if (strcmp(container->record.namespaces[i], "pid") == 0)
            return true;
    return false;
}

static int kill_first(const struct container *container, enum container_status status, int signal,
                      struct err *err)
{
    AUTO_FD int pidfd = container_pidfd(container, err);
    if (pidfd < 0 || process_signal(pidfd, signal, err) < 0)
        return fail(err, ERR_CONFLICT, "container not running: %s has just ended", container->id);
    // A frozen process dies only when it thaws (v1; v2 does it by itself).
    if (signal == SIGKILL && status == CONTAINER_PAUSED)
        return cgroup_thaw(container->cgroup, err);
    return 0;
}

static int send(const struct container *container, int signal, bool is_all, struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    // Processes of a container without a pid namespace of its own outlive its first one.
    bool reaches_all = is_all || (signal == SIGKILL && !has_own_pids(container));
    if (status == CONTAINER_STOPPED && !is_all)
        return fail(err, ERR_CONFLICT, "container not running: %s is stopped", container->id);
    if (status == CONTAINER_CREATING)
        return fail(err, ERR_CONFLICT, "container not running: %s is being created", container->id);
    if (reaches_all && container->cgroup != NULL)
        return cgroup_kill(container->cgroup, signal, err);
    return kill_first(container, status, signal, err);
}

int runtime_kill(const struct runtime *runtime, const char *id, int signal, bool is_all,
                 struct err *err)
{
    struct container container;
    if (container_open(runtime, id, CONTAINER_READ, &container, err) < 0)
        return -1;
    int result = send(&container, signal, is_all, err);
    container_close(&container);
    return result;
}

int container_kill_all(const struct container *container, struct err *err)
{
    struct err gone;
    AUTO_FD int pidfd = container_pidfd(container, &gone);
    if (pidfd >= 0)
        (void)process_signal(pidfd, SIGKILL, &gone); // it may end by itself meanwhile
    if (container->cgroup != NULL && cgroup_kill(container->cgroup, SIGKILL, err) < 0)
        return -1;
    if (pidfd < 0)
        return 0;
    struct pollfd on = {pidfd, POLLIN, 0};
    int ready;
    do
        ready = poll(&on, 1, DEATH_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return fail(err, ERR_UNAVAILABLE,
                    "container %s does not die: its first process %d is stuck in the kernel",
                    container->id, (int)container->record.pid);
    return 0;
}
