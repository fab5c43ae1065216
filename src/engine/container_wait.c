// SPDX-License-Identifier: Apache-2.0
// container_wait.c — until the container has ended: its monitor says the exit code to whoever holds
// a connection, so that it is known even of a container that --rm takes away at the same moment.
#include "base/mem.h"
#include "engine/parts.h"

// 1 and *out_code, or 0 when the monitor went away without a word.
static int wait_for_exit(int connection, int64_t *out_code, struct err *err)
{
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

int engine_container_wait(struct engine *engine, struct arena *arena,
                          const struct container_reference *request,
                          struct container_wait_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.status == STATUS_RUNNING) {
        AUTO_FD int connection = monitor_connect(container.run_dir, err);
        int there = connection >= 0 ? wait_for_exit(connection, &response->status_code, err) : 0;
        if (there != 0 || (connection < 0 && err->kind != ERR_NOT_FOUND))
            return there > 0 ? 0 : -1;
        // It ended, or was killed, between two of our looks: the record says how.
        if (monitor_wait(container.run_dir, err) < 0)
            return -1;
        container_done(&container);
        if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
            return -1;
    }
    response->status_code = container.live.exit_code;
    return 0;
}
