// SPDX-License-Identifier: Apache-2.0
// start.c — the waiting first process executes the user's program (runtime.md, "start").
#include "base/log.h"
#include "base/mem.h"
#include "linux/process.h"
#include "linux/socket.h"
#include "runtime/handshake.h"
#include "runtime/hooks.h"
#include "runtime/verbs.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

enum { PROCESS_STATE_MAX = 1 << 20 };

// config-linux.md, "The Container Process State".
static int send_listener(const struct container *container, pid_t pid, int listener,
                         struct err *err)
{
    struct oci_state state;
    bool is_first = pid == (pid_t)container->record.pid; // else it is an exec
    container_state(container, is_first ? CONTAINER_CREATING : CONTAINER_RUNNING, &state);
    AUTO_BUF struct buf text;
    buf_init(&text, PROCESS_STATE_MAX);
    seccomp_process_state(&text, &state, pid, container->record.seccomp_metadata);
    if (buf_check(&text, "the process state", err) < 0)
        return -1;
    if (seccomp_listener_send(container->record.seccomp_listener, listener, buf_get(&text), err) <
        0)
        return fail_in(err, "linux.seccomp.listenerPath");
    return 0;
}

int container_hand_over(const struct container *container, pid_t pid, int control, int kind,
                        struct err *err)
{
    if (handshake_send(control, (enum message_kind)kind, -1, err) < 0)
        return -1;
    AUTO_FD int listener = -1;
    int said = handshake_receive(control, MESSAGE_END, CHILD_HAS_LISTENER, &listener, err);
    if (said != CHILD_HAS_LISTENER)
        return said < 0 ? -1 : 0;
    if (send_listener(container, pid, listener, err) < 0 ||
        handshake_send(control, PARENT_GO_ON, -1, err) < 0)
        return -1;
    return handshake_receive(control, MESSAGE_END, MESSAGE_END, NULL, err) < 0 ? -1 : 0;
}

static int run_poststart(const struct container *container, struct err *err)
{
    const struct container_record *record = &container->record;
    if (record->n_poststart == 0)
        return 0;
    struct oci_state state;
    container_state(container, CONTAINER_RUNNING, &state);
    AUTO_FD int bundle = open(record->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (hooks_run("poststart", record->poststart, record->n_poststart, bundle, &state, err) == 0)
        return 0;
    struct err ignored;
    (void)container_kill_all(container, &ignored); // the hook's failure is the news
    return -1;
}

int container_see_started(const struct container *container, int control, int kind, struct err *err)
{
    if (container_hand_over(container, (pid_t)container->record.pid, control, kind, err) < 0)
        return -1;
    return run_poststart(container, err);
}

static int connect_to_waiting(const struct container *container, struct err *err)
{
    int control = socket_connect_in(container->dir, START_SOCKET, SOCK_SEQPACKET, err);
    return control < 0 ? fail_in(err, "the waiting process of container %s", container->id)
                       : control;
}

int runtime_start(const struct runtime *runtime, const char *id, struct err *err)
{
    struct container container;
    if (container_open(runtime, id, CONTAINER_LOCK, &container, err) < 0)
        return -1;
    enum container_status status;
    AUTO_FD int control = -1;
    int result = container_status(&container, &status, err);
    if (result == 0 && status != CONTAINER_CREATED)
        result = fail(err, ERR_CONFLICT,
                      "cannot start container %s: it is %s, and only a created one can be started",
                      id, container_status_name(status));
    if (result == 0)
        result = control = connect_to_waiting(&container, err);
    if (result >= 0)
        result = container_see_started(&container, control, START, err);
    if (result == 0)
        (void)unlinkat(container.dir, START_SOCKET, 0); // nobody listens there any more
    container_close(&container);
    return result < 0 ? -1 : 0;
}
