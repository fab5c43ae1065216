// SPDX-License-Identifier: Apache-2.0
// log_json.c — docker's json-file format, written in one pass and one write a chunk.
//
// A line of the file is {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"},
// with "attrs":{…} before the time when there are labels or a tag. Only whole lines are handed to
// write(2); what a kill tears is the last line of the file, which readers leave out and the next
// writer cuts off.
#include "monitor/log_json.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    ROOM = 128 * 1024,
    LINE_ROOM = 6 * LOG_TEXT_MAX + 256, // that one line can need, without its attributes
    TAIL_STEP = 4096,
};

static void make_escapes(void);
static int cut_torn_line(struct log_files *files, struct err *err);

int log_json_open(struct log_json *out, int dir, const char *id,
                  const struct log_settings *settings, struct err *err)
{
    char name[LOG_NAME_ROOM];
    struct log_json json = {.second = -1};
    (void)snprintf(name, sizeof name, "%s" LOG_JSON_SUFFIX, id); // an id fits
    if (log_files_open(&json.files, dir, name, settings->max_bytes, settings->max_files, err) < 0)
        return -1;
    if (cut_torn_line(&json.files, err) < 0) {
        log_files_close(&json.files);
        return -1;
    }
    make_escapes();
    json.attributes = log_json_attributes(settings);
    json.n_attributes = strlen(json.attributes);
    *out = json;
    return 0;
}

static int cut_torn_line(struct log_files *files, struct err *err)
{
    uint64_t end = files->size_bytes;
    while (end != 0) {
        char tail[TAIL_STEP];
        size_t n = end < sizeof tail ? (size_t)end : sizeof tail;
        ssize_t got = pread(files->file, tail, n, (off_t)(end - n));
        if (got != (ssize_t)n)
            return fail_sys(err, "read the end of the container's log");
        const char *last = memrchr(tail, '\n', n);
        if (last != NULL) {
            end = end - n + (size_t)(last + 1 - tail);
            break;
        }
        end -= n;
    }
    if (end != files->size_bytes && ftruncate(files->file, (off_t)end) < 0)
        return fail_sys(err, "repair the end of the container's log");
    files->size_bytes = end;
    return 0;
}

// --- encoding

// 0: as it is. A letter: behind a backslash. 'u': \u00XX. 0x80: the lead byte of UTF-8, or not.
static unsigned char escapes[256];

static void make_escapes(void)
{
    if (escapes['"'] != 0)
        return;
    memset(escapes, 'u', ' ');
    memset(escapes + 0x80, 0x80, 0x80);
    escapes['<'] = escapes['>'] = escapes['&'] = 'u'; // as Go does, for HTML
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\\'] = '\\';
    escapes['"'] = '"';
}

// The length of the UTF-8 sequence at the front (2 to 4), or 0 when it is none (RFC 3629).
static size_t utf8_length(const unsigned char *at, size_t n)
{
    static const struct {
        unsigned char first, last, low, high, length; // low, high: bounds of the second byte
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (n < forms[i].length || at[1] < forms[i].low || at[1] > forms[i].high)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        }
        return forms[i].length;
    }
    return 0;
}

static char *put(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

static char *put_escape(char *to, unsigned char c, unsigned char how)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    *to++ = (char)how;
    if (how != 'u')
        return to;
    to = put(to, "00", 2);
    *to++ = digits[c >> 4];
    *to++ = digits[c & 15];
    return to;
}

// At most 6 bytes for each.
static char *put_text(char *to, const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + n;
    while (at < end) {
        const unsigned char *run = at;
        while (at < end && escapes[*at] == 0)
            at++;
        to = put(to, (const char *)run, (size_t)(at - run));
        if (at == end)
            break;
        if (escapes[*at] != 0x80) {
            to = put_escape(to, *at, escapes[*at]);
            at++;
            continue;
        }
        size_t length = utf8_length(at, (size_t)(end - at));
        bool is_separator = length == 3 && memcmp(at, "\xe2\x80", 2) == 0 && (at[2] & 0xfe) == 0xa8;
        if (is_separator) // U+2028 and U+2029 end lines in JavaScript
            to = put(to, at[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
        else
            to = length != 0 ? put(to, (const char *)at, length) : put(to, "\\ufffd", 6);
        at += length != 0 ? length : 1;
    }
    return to;
}

size_t log_json_text(char *to, const char *text, size_t n)
{
    make_escapes();
    return (size_t)(put_text(to, text, n) - to);
}

// ,"attrs":{"KEY":"VALUE"} or nothing; yours to free.
char *log_json_attributes(const struct log_settings *settings)
{
    make_escapes();
    size_t room = 32;
    for (size_t i = 0; i < settings->n_attributes; i++)
        room +=
            6 * (strlen(settings->attributes[i].key) + strlen(settings->attributes[i].value)) + 8;
    char *text = xmalloc(room), *to = text;
    for (size_t i = 0; i < settings->n_attributes; i++) {
        const struct json_pair *pair = &settings->attributes[i];
        to = i == 0 ? put(to, ",\"attrs\":{\"", 11) : put(to, ",\"", 2);
        to = put_text(to, pair->key, strlen(pair->key));
        to = put(to, "\":\"", 3);
        to = put_text(to, pair->value, strlen(pair->value));
        *to++ = '"';
    }
    if (to != text)
        *to++ = '}';
    *to = '\0';
    return text;
}

// The end of a line with this time.
enum { WHEN_MAX = TIME_SECONDS_N + sizeof ".123456789Z\"}\n" - 1 };
static void take_time(struct log_json *json, int64_t time_ns)
{
    static_assert(WHEN_MAX <= sizeof json->when, "the time fits");
    if (time_ns == json->time_ns)
        return;
    json->time_ns = time_ns;
    int64_t second = time_ns / 1'000'000'000;
    if (second != json->second)
        time_write_seconds(json->when, second);
    json->second = second;
    char *to = json->when + TIME_SECONDS_N;
    *to++ = '.';
    to = put_digits(to, (unsigned)(time_ns % 1'000'000'000), 9);
    while (to[-1] == '0') // Go's RFC3339Nano
        to--;
    to -= to[-1] == '.';
    to = put(to, "Z\"}\n", 4);
    json->n_when = (size_t)(to - json->when);
}

void log_json_add(struct log_json *json, const struct log_line *line)
{
    size_t room = ROOM + json->n_attributes;
    if (json->out == NULL)
        json->out = xmalloc(room);
    take_time(json, line->time_ns);
    char *to = json->out + json->n_out;
    to = put(to, "{\"log\":\"", 8);
    to = put_text(to, line->text, line->n);
    to = line->is_stderr ? put(to, "\",\"stream\":\"stderr\"", 19)
                         : put(to, "\",\"stream\":\"stdout\"", 19);
    to = put(to, json->attributes, json->n_attributes);
    to = put(to, ",\"time\":\"", 9);
    to = put(to, json->when, json->n_when);
    json->n_out = (size_t)(to - json->out);
    if (json->n_out > room - LINE_ROOM - json->n_attributes)
        log_json_flush(json);
}

void log_json_flush(struct log_json *json)
{
    struct log_files *files = &json->files;
    if (json->n_out == 0)
        return;
    if (files->max_bytes != 0 && files->size_bytes != 0 &&
        files->size_bytes + json->n_out > files->max_bytes)
        log_files_rotate(files);
    struct iovec part = {json->out, json->n_out};
    (void)log_files_append(files, &part, 1); // a full disk loses lines, nothing else
    json->n_out = 0;
}

void log_json_close(struct log_json *json)
{
    log_json_flush(json);
    log_files_close(&json->files);
    free(json->out);
    free(json->attributes);
}
