// SPDX-License-Identifier: Apache-2.0
// container_stop.c — the container's stop signal, time to act on it, then SIGKILL.
//
// The monitor says when the container has ended: nothing is polled.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "linux/signal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

static int stop_signal(const struct container_stop_request *request,
                       const struct container *container, int *out, struct err *err)
{
    const char *text = request->signal;
    if (text_is_empty(text))
        text = container->spec.stop_signal;
    if (text_is_empty(text))
        text = "SIGTERM";
    return signal_parse(text, out, err);
}

// 1 something came or nobody is there any more, 0 the time is over. end_ms < 0: there is no end.
static int wait_for_input(int connection, int64_t end_ms, struct err *err)
{
    for (;;) {
        int64_t left = end_ms < 0 ? -1 : end_ms - monotonic_ms();
        if (end_ms >= 0 && left < 0)
            left = 0;
        struct pollfd wait = {.fd = connection, .events = POLLIN};
        int ready = poll(&wait, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready < 0 && errno != EINTR)
            return fail_sys(err, "wait for the container's end");
        if (ready > 0 || (ready == 0 && end_ms <= monotonic_ms()))
            return ready;
    }
}

// 1 the container has ended (or its monitor), 0 the time is over. timeout_ms < 0: for ever.
static int wait_for_end(int connection, int64_t timeout_ms, struct err *err)
{
    AUTO_BUF struct buf frame;
    buf_init(&frame, MONITOR_FRAME_MAX + 16);
    int64_t end_ms = timeout_ms < 0 ? -1 : monotonic_ms() + timeout_ms;
    for (;;) {
        int kind, ready = wait_for_input(connection, end_ms, err);
        if (ready <= 0)
            return ready;
        int there = monitor_receive(connection, &kind, &frame, err);
        if (there < 0)
            return -1;
        if (there == 0 || kind == MONITOR_EXIT)
            return 1;
    }
}

// Sends the signal and waits so long. 1 it has ended, 0 it has not. One that is paused goes on: it
// would neither hear the signal nor end.
static int signal_and_wait(struct arena *arena, const struct container *container, int signal,
                           int64_t timeout_ms, struct err *err)
{
    AUTO_FD int connection = monitor_connect(container->run_dir, err);
    if (connection < 0)
        return err->kind == ERR_NOT_FOUND ? 1 : -1;
    const unsigned char number[] = {0, 0, 0, (unsigned char)signal};
    if (monitor_send(connection, MONITOR_SIGNAL, number, sizeof number, err) < 0)
        return err->sys == EPIPE ? 1 : -1;
    if (container_thaw(arena, container, err) < 0)
        return -1;
    return wait_for_end(connection, timeout_ms, err);
}

int engine_container_stop(struct engine *engine, struct arena *arena,
                          const struct container_stop_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    int signal;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0 ||
        stop_signal(request, &container, &signal, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return 0; // docker's 304: it is what was asked for
    int64_t timeout_s = STOP_TIMEOUT_S;
    if (container.spec.stop_timeout != NULL)
        timeout_s = *container.spec.stop_timeout;
    if (request->t != NULL)
        timeout_s = *request->t;
    int ended =
        signal_and_wait(arena, &container, signal, timeout_s < 0 ? -1 : timeout_s * 1000, err);
    if (ended == 0)
        ended = signal_and_wait(arena, &container, SIGKILL, -1, err);
    if (ended < 0)
        return fail_in(err, "stop container %s", container.row.name);
    if (monitor_wait(container.run_dir, err) < 0)
        return -1;
    container_announce(engine, &container, "stop", NULL, 0);
    // Its monitor is about to do the same; but after `stop` name, addresses and ports are free.
    const struct container_remove_request remove = {.id = container.row.id, .only_ended = true};
    return engine_container_remove(engine, arena, &remove, NULL, err);
}
