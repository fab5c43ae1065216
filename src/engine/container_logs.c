// SPDX-License-Identifier: Apache-2.0
// container_logs.c — what the container wrote, and, followed, what it goes on to write.
//
// Lines are gathered and written together as long as they go to the same stream; whoever follows
// gets what there is before anything is waited for.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "monitor/log_reader.h"
#include "monitor/log_settings.h"
#include "ops/filters.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 200, GATHER = 64 * 1024, GATHER_MAX = GATHER + LOG_LINE_MAX + 8192 };

struct copy {
    const struct container_logs_request *request;
    struct log_reader *reader;
    int64_t since_ns, until_ns; // INT64_MIN, INT64_MAX: no bound
    const char *details;        // in front of each line, or NULL
    struct buf gathered;
    int fd;        // that the gathered go to
    bool has_gone; // the reader of our output has, or `until` was reached
};

static int write_gathered(struct copy *copy, struct err *err)
{
    int done =
        copy->gathered.n == 0 ? 0 : write_all(copy->fd, buf_get(&copy->gathered), copy->gathered.n);
    buf_clear(&copy->gathered);
    if (done == 0)
        return 0;
    copy->has_gone = true;
    return errno == EPIPE ? 0 : fail_sys(err, "write the log");
}

static int write_line(struct copy *copy, const struct log_line *line, struct err *err)
{
    const struct container_logs_request *request = copy->request;
    if (line->time_ns > copy->until_ns) {
        copy->has_gone = true;
        return 0;
    }
    if (line->time_ns < copy->since_ns ||
        (line->is_stderr ? !request->wants_stderr : !request->wants_stdout))
        return 0;
    int fd = line->is_stderr ? request->err : request->out;
    if ((fd != copy->fd || copy->gathered.n >= GATHER) && write_gathered(copy, err) < 0)
        return -1;
    copy->fd = fd;
    if (request->timestamps) {
        char when[TIME_RFC3339_MAX];
        time_write_rfc3339(when, line->time_ns);
        buf_text(&copy->gathered, when);
        buf_char(&copy->gathered, ' ');
    }
    if (copy->details != NULL)
        buf_text(&copy->gathered, copy->details);
    buf_add(&copy->gathered, line->text, line->n);
    return 0;
}

static int write_all_there_is(struct copy *copy, struct err *err)
{
    struct log_line line;
    int there = 0;
    while (!copy->has_gone && (there = log_reader_next(copy->reader, &line, err)) > 0) {
        if (write_line(copy, &line, err) < 0)
            return -1;
    }
    return there < 0 || write_gathered(copy, err) < 0 ? -1 : 0;
}

// Whoever read our output has closed it: nobody else would say so while nothing is written.
static bool is_unheard(const struct copy *copy)
{
    struct pollfd out[] = {{.fd = copy->request->out}, {.fd = copy->request->err}};
    return poll(out, N_ELEMENTS(out), 0) > 0 && (out[0].revents & (POLLERR | POLLHUP)) != 0;
}

// Between two runs of a restart policy nobody holds the monitor's lock for a moment.
static bool runs_again(struct engine *engine, const char *id)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct err ignored; // it has gone, then
    return container_open(engine, &arena, id, CONTAINER_LOOK, &container, &ignored) == 0 &&
           container_is_up(&container);
}

static int follow(struct copy *copy, struct engine *engine, const struct container *container,
                  struct err *err)
{
    for (;;) {
        // First whether it lives, then what it wrote: so that the last words are not missed.
        int alive = container->run_dir >= 0 ? monitor_is_alive(container->run_dir, err) : 0;
        if (alive < 0)
            return -1;
        bool has_ended =
            alive == 0 && !(copy->request->follow && runs_again(engine, container->row.id));
        if (has_ended)
            log_reader_finish(copy->reader);
        if (write_all_there_is(copy, err) < 0)
            return -1;
        if (!copy->request->follow || has_ended || copy->has_gone || is_unheard(copy) ||
            now_ns() > copy->until_ns)
            return 0;
        if (log_reader_wait(copy->reader, LOOK_AGAIN_MS, err) < 0)
            return -1;
    }
}

// --- what is asked for

static int parse_tail(const char *text, int64_t *out, struct err *err)
{
    *out = -1;
    if (text_is_empty(text) || strcmp(text, "all") == 0)
        return 0;
    int64_t number;
    if (!str_to_i64(str_of(text), &number))
        return fail(err, ERR_INVALID, "invalid number of lines: %s (all, or a whole number)", text);
    *out = number < 0 ? -1 : number;
    return 0;
}

static int parse_bound(const char *what, const char *text, int64_t *out, struct err *err)
{
    if (text_is_empty(text) || strcmp(text, "0") == 0)
        return 0;
    if (time_read(text, now_ns(), out, err) < 0)
        return fail_in(err, "invalid value for \"%s\"", what);
    return 0;
}

// As in a URL's query.
static void add_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                        strchr("-_.~", c) != NULL;
        if (is_plain)
            buf_char(out, (char)c);
        else if (c == ' ')
            buf_char(out, '+');
        else
            buf_printf(out, "%%%02X", c);
    }
}

// docker's --details: "KEY=VALUE,KEY=VALUE ".
static const char *details_of(struct arena *arena, const struct log_settings *settings)
{
    AUTO_BUF struct buf text;
    buf_init(&text, GATHER);
    for (size_t i = 0; i < settings->n_attributes; i++) {
        if (i != 0)
            buf_char(&text, ',');
        add_escaped(&text, settings->attributes[i].key);
        buf_char(&text, '=');
        add_escaped(&text, settings->attributes[i].value);
    }
    buf_char(&text, ' ');
    return arena_strndup(arena, buf_get(&text), text.n);
}

static int open_copy(struct copy *copy, struct arena *arena, const struct container *container,
                     struct err *err)
{
    const struct container_logs_request *request = copy->request;
    const struct monitor_log log = container_log(container);
    struct log_settings settings;
    int64_t tail;
    if (parse_tail(request->tail, &tail, err) < 0 ||
        parse_bound("since", request->since, &copy->since_ns, err) < 0 ||
        parse_bound("until", request->until, &copy->until_ns, err) < 0 ||
        log_settings_read(arena, &log, container->row.id, &settings, err) < 0)
        return -1;
    bool is_json = settings.driver == LOG_JSON;
    if (!is_json && settings.driver != LOG_LOCAL && !settings.has_cache)
        return fail(err, ERR_INVALID, "configured logging driver does not support reading");
    if (request->details)
        copy->details = details_of(arena, &settings);
    const struct log_place place = {container->dir, is_json ? container->row.id : NULL};
    return log_reader_open(&place, tail, &copy->reader, err);
}

int engine_container_logs(struct engine *engine, struct arena *arena,
                          const struct container_logs_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.dir < 0)
        return 0; // never ran
    struct copy copy = {.request = request, .since_ns = INT64_MIN, .until_ns = INT64_MAX, .fd = -1};
    buf_init(&copy.gathered, GATHER_MAX);
    if (open_copy(&copy, arena, &container, err) < 0)
        return -1;
    int copied = follow(&copy, engine, &container, err);
    log_reader_close(copy.reader);
    buf_done(&copy.gathered);
    return copied;
}
