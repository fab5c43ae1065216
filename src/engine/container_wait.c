// SPDX-License-Identifier: Apache-2.0
// container_wait.c — until the container has ended: its monitor says the exit code to whoever holds
// a connection, so that it is known even of a container that --rm takes away at the same moment.
//
// docker's conditions. not-running: ended at the time of asking is enough. next-exit: an end after
// that. removed: gone. A restart does not hide an end: the monitor says it before it waits.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <time.h>

enum { LOOK_MS = 20 };
enum condition { NOT_RUNNING, NEXT_EXIT, REMOVED };

static int read_condition(const char *text, enum condition *out, struct err *err)
{
    static const char *const words[] = {
        [NOT_RUNNING] = "not-running", [NEXT_EXIT] = "next-exit", [REMOVED] = "removed"};
    *out = NOT_RUNNING;
    if (text_is_empty(text))
        return 0;
    for (size_t i = 0; i < N_ELEMENTS(words); i++) {
        if (text_equal(words[i], text)) {
            *out = (enum condition)i;
            return 0;
        }
    }
    return fail(err, ERR_INVALID,
                "invalid condition: \"%s\" (not-running, next-exit and removed are there)", text);
}

// 1 and *out_code, or 0 when the monitor went away without a word.
static int wait_for_exit(const struct container *container, int64_t *out_code, struct err *err)
{
    AUTO_FD int connection = monitor_connect(container->run_dir, err);
    if (connection < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    AUTO_BUF struct buf frame;
    buf_init(&frame, MONITOR_FRAME_MAX + 16);
    if (monitor_send(connection, MONITOR_WAIT, NULL, 0, err) < 0)
        return err->kind == ERR_SYSTEM ? 0 : -1;
    int kind, there;
    while ((there = monitor_receive(connection, &kind, &frame, err)) > 0) {
        if (kind != MONITOR_EXIT || frame.n != 4)
            continue;
        const unsigned char *code = (const unsigned char *)frame.at;
        *out_code = (int64_t)code[0] << 24 | code[1] << 16 | code[2] << 8 | code[3];
        return 1;
    }
    return there;
}

static void pause_a_moment(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1'000'000L}, NULL);
}

// 1 and *out_code: an end was heard of; 0 it has ended before.
static int wait_once(struct engine *engine, struct arena *arena, const char *id, bool next,
                     int64_t *out_code, struct err *err)
{
    for (;;) {
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        if (container_open(engine, arena, id, CONTAINER_LOOK, &container, err) < 0)
            return -1;
        if (container.live.status != NULL) // it is not looked at while it is removed
            *out_code = container.live.exit_code;
        if (!next && !container_is_up(&container))
            return 0;
        int heard = container.run_dir >= 0 ? wait_for_exit(&container, out_code, err) : 0;
        if (heard != 0)
            return heard;
        // It starts or ends between two of our looks, or it is yet to be started.
        pause_a_moment();
    }
}

static int wait_for_removal(struct engine *engine, struct arena *arena, const char *id,
                            int64_t *code, struct err *err)
{
    for (;;) {
        struct state_container row;
        int there = state_container_find(engine->state, arena, id, &row, err);
        if (there <= 0)
            return there;
        AUTO_ARENA struct arena brief = {};
        struct err gone;
        int heard = wait_once(engine, &brief, id, false, code, &gone);
        if (heard < 0 && gone.kind != ERR_NOT_FOUND) {
            *err = gone;
            return -1;
        }
        if (heard == 0)
            pause_a_moment();
    }
}

int engine_container_wait(struct engine *engine, struct arena *arena,
                          const struct container_wait_request *request,
                          struct container_wait_response *response, struct err *err)
{
    enum condition condition;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (read_condition(request->condition, &condition, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    const char *id = container.row.id;
    int64_t code = 0;
    int waited = condition == REMOVED
                     ? wait_for_removal(engine, arena, id, &code, err)
                     : wait_once(engine, arena, id, condition == NEXT_EXIT, &code, err);
    if (waited < 0)
        return -1;
    response->status_code = code;
    return 0;
}
