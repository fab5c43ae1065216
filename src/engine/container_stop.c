// SPDX-License-Identifier: Apache-2.0
// container_stop.c — the container's stop signal, time to act on it, then SIGKILL.
//
// The monitor says when the container has ended: nothing is polled. A stop has two halves, so that
// of many containers all are asked before the first is waited for: it begins (the signal is sent)
// and it is finished (the end is there, and all that it held is released).
//
// A signal that cannot have an effect (reach.c) is not waited for: SIGKILL comes at once, and the
// user hears why. After SIGKILL there is a deadline, for a monitor can be stopped or stuck itself.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "engine/reach.h"
#include "linux/signal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

enum { KILL_PATIENCE_MS = 10'000, TRIES = 20 };

struct stop {
    struct engine *engine;
    struct arena *arena;
    const struct container_stop_request *request;
    const char *note;
};

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

// --- waiting ---

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

// 1 the container has ended (or its monitor), 0 the time is over.
static int wait_for_end(int connection, int64_t end_ms, struct err *err)
{
    AUTO_BUF struct buf frame;
    buf_init(&frame, MONITOR_FRAME_MAX + 16);
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

// --- beginning ---

static struct monitor_kill kill_of(const struct container_stop_request *request, int signal)
{
    int flags = MONITOR_KILL_ENDS | MONITOR_KILL_CLEARS;
    if (request->restarts)
        flags |= MONITOR_KILL_RESTARTS;
    else if (!request->goes_down)
        flags |= MONITOR_KILL_ASKED;
    const char *who = request->restarts    ? "dhow restart"
                      : request->goes_down ? "dhow boot --stop"
                                           : "dhow stop";
    return (struct monitor_kill){.signal = signal, .flags = flags, .who = who};
}

// Sends it. One that is paused goes on: it would neither hear the signal nor end. 1, or 0: the
// monitor has gone.
static int send(struct stop *it, const struct container *container, int connection, int signal,
                struct err *err)
{
    const struct monitor_kill kill = kill_of(it->request, signal);
    if (monitor_send_kill(connection, &kill, err) < 0)
        return err->sys == EPIPE ? 0 : -1;
    if (container->status == STATUS_RESTARTING)
        return 1;
    return container_thaw(it->arena, container, err) < 0 ? -1 : 1;
}

static int ask(struct stop *it, const struct container *container, struct container_stopping *out,
               struct err *err)
{
    const struct container_stop_request *request = it->request;
    int signal;
    if (stop_signal(request, container, &signal, err) < 0)
        return -1;
    int64_t timeout_s = STOP_TIMEOUT_S;
    if (container->spec.stop_timeout != NULL)
        timeout_s = *container->spec.stop_timeout;
    if (request->t != NULL)
        timeout_s = *request->t;
    bool is_kill = signal == SIGKILL;
    const char *why = is_kill || container->status == STATUS_RESTARTING
                          ? NULL
                          : signal_without_effect(it->arena, container, signal);
    if (why != NULL) {
        it->note = arena_printf(it->arena, "container %s was killed at once: %s",
                                container->row.name, why);
        is_kill = true;
        signal = SIGKILL;
    }
    AUTO_FD int connection = monitor_connect(container->run_dir, err);
    if (connection < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    int sent = send(it, container, connection, signal, err);
    if (sent <= 0)
        return sent;
    int64_t patience_ms = is_kill ? KILL_PATIENCE_MS : timeout_s < 0 ? -1 : timeout_s * 1000;
    *out = (struct container_stopping){
        .connection = TAKE_FD(connection),
        .end_ms = patience_ms < 0 ? -1 : monotonic_ms() + patience_ms,
        .is_killed = is_kill,
    };
    return 1;
}

// "restarting" without a monitor: it is being started, or nobody is there. With its lock held this
// is known.
static int cancel_restart(struct stop *it, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(it->engine, it->arena, it->request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RESTARTING)
        return 0; // look again
    int alive = container.run_dir < 0 ? 0 : monitor_is_alive(container.run_dir, err);
    if (alive != 0)
        return alive < 0 ? -1 : 0;
    container.live.status = "exited";
    container.live.is_ended_by_user = !it->request->restarts && !it->request->goes_down;
    if (live_write(container.dir, &container.live, err) < 0)
        return -1;
    return container_release(it->engine, it->arena, &container, err);
}

static int begin(struct stop *it, struct container_stopping *out, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        *out = (struct container_stopping){.connection = -1};
        if (container_open(it->engine, it->arena, it->request->id, CONTAINER_LOOK, &container,
                           err) < 0)
            return -1;
        if (!container_is_up(&container))
            return 0; // docker's 304: it is what was asked for
        int asked = container.run_dir < 0 ? 0 : ask(it, &container, out, err);
        if (asked != 0)
            return asked < 0 ? fail_in(err, "stop container %s", container.row.name) : 0;
        bool is_restarting = container.status == STATUS_RESTARTING;
        container_done(&container);
        if (is_restarting && cancel_restart(it, err) < 0)
            return -1;
    }
    return fail(err, ERR_UNAVAILABLE, "stop container %s: it is started again and again",
                it->request->id);
}

// --- finishing ---

static int await(struct stop *it, const struct container *container,
                 struct container_stopping *stopping, struct err *err)
{
    int ended = wait_for_end(stopping->connection, stopping->end_ms, err);
    if (ended == 0 && !stopping->is_killed) {
        ended = send(it, container, stopping->connection, SIGKILL, err);
        if (ended <= 0)
            return ended;
        ended = wait_for_end(stopping->connection, monotonic_ms() + KILL_PATIENCE_MS, err);
    }
    if (ended > 0)
        ended = monitor_wait_ms(container->run_dir, KILL_PATIENCE_MS, err);
    if (ended == 0)
        return fail(err, ERR_UNAVAILABLE,
                    "it was sent SIGKILL %d s ago and has not ended: its monitor, process %d, does "
                    "not answer (`kill -CONT`, or `kill -KILL`, which ends the container, too)",
                    KILL_PATIENCE_MS / 1000, (int)monitor_pid(stopping->connection));
    return ended < 0 ? -1 : 0;
}

static int finish(struct stop *it, struct container_stopping *stopping, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    AUTO_FD int connection = stopping->connection;
    int there =
        container_open(it->engine, it->arena, it->request->id, CONTAINER_LOOK, &container, err);
    if (there < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1; // --rm, and it has ended
    if (container.run_dir >= 0 && await(it, &container, stopping, err) < 0)
        return fail_in(err, "stop container %s", container.row.name);
    container_announce(it->engine, &container, "stop", NULL, 0);
    // Its monitor leaves that to us: after `stop` its name, its ports and its addresses are free.
    const struct container_remove_request clear = {.id = container.row.id, .only_ended = true};
    bool leaves_something = container.row.auto_remove || container_holds(&container);
    container_done(&container);
    return leaves_something ? engine_container_remove(it->engine, it->arena, &clear, NULL, err) : 0;
}

int engine_container_stop(struct engine *engine, struct arena *arena,
                          const struct container_stop_request *request,
                          struct container_stop_response *response, struct err *err)
{
    struct stop it = {.engine = engine, .arena = arena, .request = request};
    struct container_stopping stopping = {.connection = -1};
    if (request->begun != NULL)
        stopping = *request->begun;
    else if (begin(&it, &stopping, err) < 0)
        return -1;
    if (stopping.connection >= 0 && !request->only_begins && finish(&it, &stopping, err) < 0)
        return -1;
    if (response != NULL)
        *response = (struct container_stop_response){.note = it.note, .begun = stopping};
    return 0;
}
