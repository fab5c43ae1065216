// SPDX-License-Identifier: Apache-2.0
// log.c — one line a write, so that processes may share the file.
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 8192 };

static struct {
    int fd;
    bool is_json;
    enum log_level level;
} log_state = {.fd = 2, .level = LOG_LEVEL_WARNING};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_setup(int fd, bool is_json, enum log_level level)
{
    log_state.fd = fd;
    log_state.is_json = is_json;
    log_state.level = level;
}

int log_fd(void)
{
    return log_state.fd;
}

static void quote(struct buf *line, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else if (c == '\n')
            buf_text(line, "\\n");
        else if (c < ' ')
            buf_printf(line, "\\u%04x", c);
        else
            buf_char(line, (char)c);
    }
}

__attribute__((format(printf, 2, 0))) static void put(enum log_level level, const char *fmt,
                                                      va_list args)
{
    if (level > log_state.level || log_state.fd < 0)
        return;
    AUTO_FREE char *text = str_vprintf(fmt, args);
    char when[TIME_RFC3339_MAX];
    time_write_rfc3339(when, now_ns());
    AUTO_BUF struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    if (log_state.is_json) {
        buf_printf(&line, "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
        quote(&line, text);
        buf_printf(&line, "\",\"time\":\"%s\"}\n", when);
    } else if (log_state.fd == 2) {
        buf_printf(&line, "%s\n", text);
    } else {
        buf_printf(&line, "time=\"%.19sZ\" level=%s msg=\"", when, level_names[level]);
        quote(&line, text);
        buf_text(&line, "\"\n");
    }
    (void)write_all(log_state.fd, buf_get(&line), line.n); // there is nowhere else to say so
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        put(level, fmt, args);                                                                     \
        va_end(args);                                                                              \
    }
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
