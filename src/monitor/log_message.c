// SPDX-License-Identifier: Apache-2.0
// log_message.c — the formats of four log protocols; field names and layout are docker's.
#include "monitor/log_message.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_address.h"
#include "monitor/log_json.h"

#include <ctype.h>
#include <endian.h>
#include <string.h>
#include <time.h>

enum { HOST_ROOM = 256, SEVERITY_ERROR = 3, SEVERITY_INFO = 6, SHORT_ID = 12 };
enum syslog_format { FORMAT_UNIX, FORMAT_3164, FORMAT_5424, FORMAT_5424_MICRO };

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}
static int severity_of(const struct log_line *line)
{
    return line->is_stderr ? SEVERITY_ERROR : SEVERITY_INFO;
}

// --- syslog

static enum syslog_format format_of(const struct log_settings *settings)
{
    static const char *const names[] = {"", "rfc3164", "rfc5424", "rfc5424micro"};
    const char *name = or_empty(log_settings_option(settings, "syslog-format"));
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum syslog_format)i;
    }
    return FORMAT_UNIX; // checked before
}

// "Jan  2 15:04:05", or "2026-01-02T15:04:05+01:00" with the fraction asked for.
static const char *syslog_time(struct log_messenger *messenger, int64_t time_ns)
{
    time_t second = (time_t)(time_ns / 1'000'000'000);
    struct tm tm;
    if (second != messenger->second && localtime_r(&second, &tm) != NULL) {
        bool is_old = messenger->format <= FORMAT_3164;
        (void)strftime(messenger->when, sizeof messenger->when,
                       is_old ? "%b %e %H:%M:%S" : "%Y-%m-%dT%H:%M:%S%z", &tm);
        messenger->second = second;
    }
    return messenger->when;
}

static void write_5424(struct log_messenger *messenger, int priority, const struct log_line *line,
                       struct buf *out)
{
    const char *when = syslog_time(messenger, line->time_ns);
    size_t n = strlen(when), zone = n - 5; // +0100, and the format wants +01:00
    buf_printf(out, "<%d>1 %.*s", priority, (int)zone, when);
    if (messenger->format == FORMAT_5424_MICRO)
        buf_printf(out, ".%06d", (int)(line->time_ns / 1000 % 1'000'000));
    if (strcmp(when + zone, "+0000") == 0)
        buf_text(out, "Z");
    else
        buf_printf(out, "%.3s:%s", when + zone, when + zone + 3);
    buf_printf(out, " %s %s %d %s - ", messenger->host, messenger->tag, messenger->pid,
               messenger->tag);
}

static void write_syslog(struct log_messenger *messenger, const struct log_line *line, size_t n,
                         struct buf *out)
{
    int priority = messenger->facility * 8 + severity_of(line);
    if (messenger->format >= FORMAT_5424)
        write_5424(messenger, priority, line, out);
    else if (messenger->format == FORMAT_3164)
        buf_printf(out, "<%d>%s %s %s[%d]: ", priority, syslog_time(messenger, line->time_ns),
                   messenger->host, messenger->tag, messenger->pid);
    else
        buf_printf(out, "<%d>%s %s[%d]: ", priority, syslog_time(messenger, line->time_ns),
                   messenger->tag, messenger->pid);
    buf_add(out, line->text, n);
    buf_char(out, '\n');
}

// --- journald: NAME=value lines, or NAME, a length and any bytes

static void field(struct buf *out, const char *name, const char *value, size_t n)
{
    uint64_t length = htole64(n);
    buf_text(out, name);
    buf_char(out, '\n');
    buf_add(out, &length, sizeof length);
    buf_add(out, value, n);
    buf_char(out, '\n');
}
static void text_field(struct buf *out, const char *name, const char *value)
{
    field(out, name, or_empty(value), strlen(or_empty(value)));
}

// journald takes A-Z, 0-9 and _, and nothing that begins with _.
static void attribute_field(struct buf *out, const struct json_pair *pair)
{
    AUTO_FREE char *name = xstrdup(pair->key);
    char *start = name;
    for (char *at = name; *at != '\0'; at++)
        *at = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
    while (*start == '_')
        start++;
    if (*start != '\0')
        text_field(out, start, pair->value);
}

static void constant_journald(const struct log_settings *settings, const char *id,
                              const struct monitor_log *config, struct buf *out)
{
    field(out, "CONTAINER_ID", id, strnlen(id, SHORT_ID));
    text_field(out, "CONTAINER_ID_FULL", id);
    text_field(out, "CONTAINER_NAME", config->container_name);
    text_field(out, "CONTAINER_TAG", settings->tag);
    text_field(out, "IMAGE_NAME", config->image_name);
    text_field(out, "SYSLOG_IDENTIFIER", settings->tag);
    for (size_t i = 0; i < settings->n_attributes; i++)
        attribute_field(out, &settings->attributes[i]);
}

static void write_journald(struct log_messenger *messenger, const struct log_line *line, size_t n,
                           bool is_part, struct buf *out)
{
    char when[TIME_RFC3339_MAX];
    time_write_rfc3339(when, line->time_ns);
    buf_add(out, messenger->constant, messenger->n_constant);
    buf_printf(out, "PRIORITY=%d\nSYSLOG_TIMESTAMP=%s\nCONTAINER_LOG_ORDINAL=%llu\n",
               severity_of(line), when, (unsigned long long)++messenger->ordinal);
    if (is_part || messenger->is_in_line) {
        if (!messenger->is_in_line)
            messenger->part_id = line->time_ns;
        buf_printf(out,
                   "CONTAINER_PARTIAL_ID=%016llx\nCONTAINER_PARTIAL_ORDINAL=%u\n"
                   "CONTAINER_PARTIAL_LAST=%s\n",
                   (unsigned long long)messenger->part_id, ++messenger->part,
                   is_part ? "false" : "true");
    }
    if (is_part)
        buf_text(out, "CONTAINER_PARTIAL_MESSAGE=true\n");
    else
        messenger->part = 0;
    field(out, "MESSAGE", line->text, n);
}

// --- gelf

static void json_text(struct buf *out, const char *text, size_t n)
{
    char *room = buf_room(out, 6 * n + 2);
    if (room == NULL)
        return; // longer than a message may be
    room[0] = '"';
    size_t done = log_json_text(room + 1, text, n);
    room[1 + done] = '"';
    buf_grew(out, done + 2);
}
static void json_member(struct buf *out, const char *prefix, const char *name, const char *value)
{
    buf_printf(out, ",\"%s", prefix);
    AUTO_FREE char *key = xmalloc(6 * strlen(name) + 1);
    buf_add(out, key, log_json_text(key, name, strlen(name)));
    buf_text(out, "\":");
    json_text(out, or_empty(value), strlen(or_empty(value)));
}

static void constant_gelf(const struct log_settings *settings, const char *id,
                          const struct monitor_log *config, const char *host, struct buf *out)
{
    buf_text(out, "{\"version\":\"1.1\",\"host\":");
    json_text(out, host, strlen(host));
    json_member(out, "_", "container_id", id);
    json_member(out, "_", "container_name", config->container_name);
    json_member(out, "_", "image_id", config->image_id);
    json_member(out, "_", "image_name", config->image_name);
    json_member(out, "_", "tag", settings->tag);
    for (size_t i = 0; i < settings->n_attributes; i++)
        json_member(out, "_", settings->attributes[i].key, settings->attributes[i].value);
}

static void write_gelf(struct log_messenger *messenger, const struct log_line *line, size_t n,
                       struct buf *out)
{
    buf_add(out, messenger->constant, messenger->n_constant);
    buf_text(out, ",\"short_message\":");
    json_text(out, line->text, n);
    buf_printf(out, ",\"timestamp\":%lld.%03d,\"level\":%d}",
               (long long)(line->time_ns / 1'000'000'000), (int)(line->time_ns / 1'000'000 % 1000),
               severity_of(line));
    if (messenger->is_stream)
        buf_char(out, '\0');
}

// --- fluentd: [tag, time, {…}] in msgpack

static void pack_text(struct buf *out, const char *text, size_t n)
{
    uint32_t length = htobe32((uint32_t)n);
    buf_char(out, (char)0xdb); // str 32
    buf_add(out, &length, sizeof length);
    buf_add(out, text, n);
}
static void pack_word(struct buf *out, const char *text)
{
    pack_text(out, or_empty(text), strlen(or_empty(text)));
}

static void constant_fluentd(const struct log_settings *settings, const char *id,
                             const struct monitor_log *config, struct buf *out)
{
    AUTO_FREE char *name = str_printf("/%s", or_empty(config->container_name));
    pack_word(out, "container_id");
    pack_word(out, id);
    pack_word(out, "container_name");
    pack_word(out, name);
    for (size_t i = 0; i < settings->n_attributes; i++) {
        pack_word(out, settings->attributes[i].key);
        pack_word(out, settings->attributes[i].value);
    }
}

static void write_fluentd(struct log_messenger *messenger, const struct log_line *line, size_t n,
                          bool is_part, struct buf *out)
{
    uint32_t second = htobe32((uint32_t)(line->time_ns / 1'000'000'000));
    // What facility is for syslog, the number of constant members is here.
    uint16_t members = htobe16((uint16_t)(messenger->facility + 2 + is_part));
    buf_char(out, (char)0x93); // three elements
    pack_word(out, messenger->tag);
    buf_char(out, (char)0xce); // uint 32
    buf_add(out, &second, sizeof second);
    buf_char(out, (char)0xde); // map 16
    buf_add(out, &members, sizeof members);
    buf_add(out, messenger->constant, messenger->n_constant);
    pack_word(out, "source");
    pack_word(out, line->is_stderr ? "stderr" : "stdout");
    pack_word(out, "log");
    pack_text(out, line->text, n);
    if (is_part) {
        pack_word(out, "partial_message");
        pack_word(out, "true");
    }
}

// --- all of them

void log_messenger_init(struct log_messenger *out, const struct log_settings *settings,
                        const char *id, const struct monitor_log *config, bool is_stream)
{
    char host[HOST_ROOM] = "";
    struct buf constant;
    buf_init(&constant, LOG_MESSAGE_MAX / 2);
    if (gethostname(host, sizeof host - 1) < 0 || host[0] == '\0')
        memcpy(host, "localhost", sizeof "localhost");
    *out = (struct log_messenger){
        .driver = settings->driver,
        .tag = xstrdup(or_empty(settings->tag)),
        .host = xstrdup(host),
        .facility = log_facility(log_settings_option(settings, "syslog-facility")),
        .format = (int)format_of(settings),
        .pid = getpid(),
        .is_stream = is_stream,
        .second = -1,
    };
    if (settings->driver == LOG_JOURNALD)
        constant_journald(settings, id, config, &constant);
    if (settings->driver == LOG_GELF)
        constant_gelf(settings, id, config, host, &constant);
    if (settings->driver == LOG_FLUENTD) {
        constant_fluentd(settings, id, config, &constant);
        out->facility = 2 + (int)settings->n_attributes;
    }
    out->n_constant = constant.n;
    out->constant = buf_take(&constant);
}

void log_messenger_done(struct log_messenger *messenger)
{
    free(messenger->tag);
    free(messenger->host);
    free(messenger->constant);
    *messenger = (struct log_messenger){};
}

void log_messenger_write(struct log_messenger *messenger, const struct log_line *line,
                         struct buf *out)
{
    bool has_end = line->n != 0 && line->text[line->n - 1] == '\n';
    size_t n = line->n - has_end;
    switch (messenger->driver) {
    case LOG_SYSLOG:
        write_syslog(messenger, line, n, out);
        break;
    case LOG_JOURNALD:
        write_journald(messenger, line, n, !has_end, out);
        break;
    case LOG_GELF:
        if (n != 0) // GELF has no empty messages
            write_gelf(messenger, line, n, out);
        break;
    case LOG_FLUENTD:
        write_fluentd(messenger, line, n, !has_end, out);
        break;
    case LOG_LOCAL:
    case LOG_JSON:
    case LOG_NONE:
    case LOG_DRIVERS:
        break;
    }
    messenger->is_in_line = !has_end;
}
