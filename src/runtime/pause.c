// SPDX-License-Identifier: Apache-2.0
// pause.c — pause and resume: the freezer of the container's cgroup.
#include "base/mem.h"
#include "runtime/commands.h"

static int freeze(struct container *container, struct err *err);
static int thaw(struct container *container, struct err *err);

static int with_container(const struct command_call *call,
                          int (*act)(struct container *container, struct err *err), struct err *err)
{
    struct container container;
    if (container_open(call->runtime, call->arguments.at[0], CONTAINER_LOCK, &container, err) < 0)
        return -1;
    int r = container.cgroup == NULL
                ? fail(err, ERR_CONFLICT, "container \"%s\" has no cgroup, so it cannot be frozen",
                       container.id)
                : act(&container, err);
    container_close(&container);
    return r;
}

static int pause_run(struct command_call *call, struct err *err)
{
    return with_container(call, freeze, err);
}

static int resume_run(struct command_call *call, struct err *err)
{
    return with_container(call, thaw, err);
}

static int freeze(struct container *container, struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    if (status != CONTAINER_RUNNING && status != CONTAINER_CREATED)
        return fail(err, ERR_CONFLICT,
                    "cannot pause container \"%s\": it is %s, not running or created",
                    container->id, container_status_name(status));
    return cgroup_freeze(container->cgroup, err);
}

static int thaw(struct container *container, struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    if (status != CONTAINER_PAUSED)
        return fail(err, ERR_CONFLICT, "cannot resume container \"%s\": it is %s, not paused",
                    container->id, container_status_name(status));
    return cgroup_thaw(container->cgroup, err);
}

const struct command pause_command = {.name = "pause",
                                      .arguments = "ID",
                                      .help = "Freeze all processes of a container",
                                      .min = 1,
                                      .max = 1,
                                      .run = pause_run};
const struct command resume_command = {.name = "resume",
                                       .arguments = "ID",
                                       .help = "Let a paused container go on",
                                       .min = 1,
                                       .max = 1,
                                       .run = resume_run};
