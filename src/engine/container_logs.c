// SPDX-License-Identifier: Apache-2.0
// container_logs.c — what the container wrote, and, followed, what it goes on to write.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "monitor/log_reader.h"

#include <errno.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 200 };

static int parse_tail(const char *text, int64_t *out, struct err *err)
{
    *out = -1;
    if (text_is_empty(text) || strcmp(text, "all") == 0)
        return 0;
    if (!str_to_i64(str_of(text), out))
        return fail(err, ERR_INVALID, "invalid number of lines: %s (all, or a whole number)", text);
    return 0;
}

// 1 written, 0 the reader of our output has gone.
static int write_line(const struct container_logs_request *request, const struct log_line *line,
                      struct err *err)
{
    if (line->is_stderr ? !request->wants_stderr : !request->wants_stdout)
        return 1;
    int fd = line->is_stderr ? request->err : request->out;
    AUTO_BUF struct buf text;
    buf_init(&text, LOG_LINE_MAX + 64);
    if (request->timestamps)
        buf_printf(&text, "%s ", line->time);
    buf_add(&text, line->text, line->n);
    if (write_all(fd, buf_get(&text), text.n) < 0)
        return errno == EPIPE ? 0 : fail_sys(err, "write the log");
    return 1;
}

static int write_all_there_is(const struct container_logs_request *request,
                              struct log_reader *reader, struct err *err)
{
    struct log_line line;
    int there;
    while ((there = log_reader_next(reader, &line, err)) > 0) {
        there = write_line(request, &line, err);
        if (there <= 0)
            break;
    }
    return there;
}

static int copy(const struct container_logs_request *request, const struct container *container,
                struct log_reader *reader, struct err *err)
{
    for (;;) {
        // First whether it lives, then what it wrote: so that the last words are not missed.
        int alive = container->run_dir >= 0 ? monitor_is_alive(container->run_dir, err) : 0;
        if (alive < 0 || write_all_there_is(request, reader, err) < 0)
            return -1;
        if (!request->follow || alive == 0)
            return 0;
        if (log_reader_wait(reader, LOOK_AGAIN_MS, err) < 0)
            return -1;
    }
}

int engine_container_logs(struct engine *engine, struct arena *arena,
                          const struct container_logs_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    int64_t tail;
    if (parse_tail(request->tail, &tail, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.dir < 0)
        return 0; // never ran
    struct log_reader *reader;
    if (log_reader_open(container.dir, tail, &reader, err) < 0)
        return -1;
    int copied = copy(request, &container, reader, err);
    log_reader_close(reader);
    return copied < 0 ? -1 : 0;
}
