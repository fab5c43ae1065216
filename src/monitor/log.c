// SPDX-License-Identifier: Apache-2.0
// log.c — hands the container's output to its log driver.
#include "monitor/log.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "monitor/monitor.h"

#include <fcntl.h>

enum { SENDER_STEP = 8 * 1024 };

static int open_parts(struct log *log, struct monitor *monitor, int container_dir, const char *id,
                      const struct monitor_log *config, struct err *err)
{
    const struct log_settings *settings = &log->settings;
    bool sends = settings->driver >= LOG_SYSLOG;
    if (settings->driver == LOG_LOCAL || settings->has_cache) {
        AUTO_FD int dir = dir_make_at(container_dir, LOG_DIR, 0700, err);
        if (dir < 0)
            return fail_in(err, "make the container's log");
        if (log_local_open(&log->local, dir, settings->max_bytes, settings->max_files, err) < 0)
            return -1;
        log->has_local = true;
    }
    if (settings->driver == LOG_JSON &&
        log_json_open(&log->json, container_dir, id, settings, err) < 0)
        return -1;
    log->has_json = settings->driver == LOG_JSON;
    if (!sends)
        return 0;
    log->sender = log_sender_open(monitor, settings, id, config, err);
    return log->sender != NULL ? 0 : -1;
}

int log_open(struct log *out, struct monitor *monitor, int container_dir, const char *id,
             const struct monitor_log *config, struct err *err)
{
    *out = (struct log){};
    if (log_settings_read(&out->arena, config, id, &out->settings, err) < 0 ||
        open_parts(out, monitor, container_dir, id, config, err) < 0) {
        log_close(out);
        return fail_in(err, "failed to initialize logging driver");
    }
    return 0;
}

static void put_line(struct log *log, const struct log_line *line)
{
    if (log->has_json)
        log_json_add(&log->json, line);
    if (log->sender != NULL)
        log_sender_add(log->sender, line);
}

static void flush(struct log *log)
{
    if (log->has_json)
        log_json_flush(&log->json);
    if (log->sender != NULL)
        log_sender_flush(log->sender);
}

void log_add(struct log *log, bool is_stderr, const char *bytes, size_t n)
{
    struct log_line line;
    if (!log->has_local && !log->has_json && log->sender == NULL)
        return;
    int64_t now = now_ns();
    if (log->has_local)
        log_local_add(&log->local, is_stderr, bytes, n, now);
    if (!log->has_json && log->sender == NULL)
        return;
    while (log_parts_take(&log->parts, is_stderr, &bytes, &n, now, &line))
        put_line(log, &line);
    flush(log);
}

size_t log_step(const struct log *log, size_t usual)
{
    return log->sender != NULL && usual > SENDER_STEP ? SENDER_STEP : usual;
}

bool log_is_full(const struct log *log)
{
    return log->sender != NULL && log_sender_is_full(log->sender);
}

void log_close(struct log *log)
{
    struct log_line line;
    while (log_parts_rest(&log->parts, &line))
        put_line(log, &line);
    flush(log);
    log_parts_done(&log->parts);
    if (log->has_local)
        log_local_close(&log->local, now_ns());
    if (log->has_json)
        log_json_close(&log->json);
    if (log->sender != NULL)
        log_sender_close(log->sender);
    arena_done(&log->arena);
    *log = (struct log){};
}
