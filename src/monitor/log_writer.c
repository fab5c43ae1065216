// SPDX-License-Identifier: Apache-2.0
// log_writer.c — docker's json-file format, written in one pass and one write a chunk.
//
// A line of the file is {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}.
// Only whole lines are handed to write(2); what a kill tears is the last line of the file, which
// readers leave out and the next writer cuts off. Rotation renames: current.jsonl → .1 → .2 …, the
// oldest goes.
#include "monitor/log_writer.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/monitor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CURRENT "current.jsonl"
enum {
    ROOM = 128 * 1024,
    LINE_ROOM = 6 * LOG_TEXT_MAX + 256, // that one line can need, encoded
    TAIL_STEP = 4096,
};

static void put_line(struct log_writer *writer, bool is_stderr, const char *text, size_t n);
static void take_time(struct log_writer *writer);
static void write_out(struct log_writer *writer);
static int cut_torn_line(int file, uint64_t *inout_size);

int log_writer_open(struct log_writer *out, int container_dir, uint64_t max_bytes,
                    uint32_t max_files, struct err *err)
{
    struct stat st;
    AUTO_FD int dir = dir_make_at(container_dir, LOG_DIR, 0700, err);
    if (dir < 0)
        return fail_in(err, "make the container's log");
    AUTO_FD int file =
        openat(dir, CURRENT, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (file < 0 || fstat(file, &st) < 0)
        return fail_sys(err, "open the container's log");
    uint64_t size = (uint64_t)st.st_size;
    if (cut_torn_line(file, &size) < 0)
        return fail_sys(err, "repair the end of the container's log");
    *out = (struct log_writer){
        .size_bytes = size,
        .max_bytes = max_bytes != 0 ? max_bytes : LOG_DEFAULT_BYTES,
        .max_files = max_files != 0 ? max_files : LOG_DEFAULT_FILES,
        .second = -1,
    };
    if (out->max_files > LOG_FILES_MAX)
        out->max_files = LOG_FILES_MAX;
    out->dir = TAKE_FD(dir);
    out->file = TAKE_FD(file);
    return 0;
}

static int cut_torn_line(int file, uint64_t *inout_size)
{
    uint64_t end = *inout_size;
    while (end != 0) {
        char tail[TAIL_STEP];
        size_t n = end < sizeof tail ? (size_t)end : sizeof tail;
        ssize_t got = pread(file, tail, n, (off_t)(end - n));
        if (got != (ssize_t)n)
            return -1;
        const char *last = memrchr(tail, '\n', n);
        if (last != NULL) {
            end = end - n + (size_t)(last + 1 - tail);
            break;
        }
        end -= n;
    }
    if (end == *inout_size)
        return 0;
    *inout_size = end;
    return ftruncate(file, (off_t)end);
}

// Adds to the stream's unfinished line what fits: the number of bytes taken.
static size_t keep_part(struct log_part *part, const char *bytes, size_t n)
{
    if (part->at == NULL)
        part->at = xmalloc(LOG_TEXT_MAX);
    if (n > LOG_TEXT_MAX - part->n)
        n = LOG_TEXT_MAX - part->n;
    memcpy(part->at + part->n, bytes, n);
    part->n += n;
    return n;
}

void log_writer_add(struct log_writer *writer, bool is_stderr, const char *bytes, size_t n)
{
    struct log_part *part = &writer->parts[is_stderr];
    if (writer->file < 0)
        return;
    take_time(writer);
    while (n != 0) {
        const char *end = memchr(bytes, '\n', n < LOG_TEXT_MAX ? n : LOG_TEXT_MAX);
        size_t line = end != NULL ? (size_t)(end + 1 - bytes) : n;
        size_t taken;
        bool is_whole = end != NULL || line >= LOG_TEXT_MAX;
        if (part->n != 0 || !is_whole) {
            taken = keep_part(part, bytes, line);
            if (part->at[part->n - 1] == '\n' || part->n == LOG_TEXT_MAX) {
                put_line(writer, is_stderr, part->at, part->n);
                part->n = 0;
            }
        } else {
            taken = line < LOG_TEXT_MAX ? line : LOG_TEXT_MAX;
            put_line(writer, is_stderr, bytes, taken);
        }
        bytes += taken;
        n -= taken;
    }
    write_out(writer);
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
    escapes[0x7f] = 'u';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
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
        to = length != 0 ? put(to, (const char *)at, length) : put(to, "\\ufffd", 6);
        at += length != 0 ? length : 1;
    }
    return to;
}

// The end of each line that is written until the next call: one look at the clock for a chunk.
enum { WHEN = TIME_SECONDS_N + sizeof ".123456789Z\"}\n" - 1 };
static void take_time(struct log_writer *writer)
{
    struct timespec now;
    static_assert(WHEN <= sizeof writer->when, "the time fits");
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != writer->second) {
        time_write_seconds(writer->when, now.tv_sec);
        writer->second = now.tv_sec;
    }
    char *to = writer->when + TIME_SECONDS_N;
    *to++ = '.';
    to = put_digits(to, (unsigned)now.tv_nsec, 9);
    (void)put(to, "Z\"}\n", 4);
}

static void put_line(struct log_writer *writer, bool is_stderr, const char *text, size_t n)
{
    if (writer->out == NULL) {
        make_escapes();
        writer->out = xmalloc(ROOM);
    }
    char *to = writer->out + writer->n_out;
    to = put(to, "{\"log\":\"", 8);
    to = put_text(to, text, n);
    to = is_stderr ? put(to, "\",\"stream\":\"stderr\",\"time\":\"", 28)
                   : put(to, "\",\"stream\":\"stdout\",\"time\":\"", 28);
    to = put(to, writer->when, WHEN);
    writer->n_out = (size_t)(to - writer->out);
    if (writer->n_out > ROOM - LINE_ROOM)
        write_out(writer);
}

// --- files

static void rotate(struct log_writer *writer)
{
    char from[sizeof CURRENT + 12], to[sizeof CURRENT + 12];
    for (uint32_t i = writer->max_files - 1; i > 0; i--) {
        (void)snprintf(to, sizeof to, CURRENT ".%u", i); // they fit
        (void)snprintf(from, sizeof from, i > 1 ? CURRENT ".%u" : CURRENT, i - 1);
        (void)renameat(writer->dir, from, writer->dir, to); // not there yet is fine
    }
    if (writer->max_files == 1)
        (void)unlinkat(writer->dir, CURRENT, 0); // readers keep what they have open
    int next =
        openat(writer->dir, CURRENT, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (next < 0)
        return; // the old file grows until this works again
    (void)close(writer->file);
    writer->file = next;
    writer->size_bytes = 0;
}

static void write_out(struct log_writer *writer)
{
    if (writer->n_out == 0)
        return;
    if (writer->size_bytes != 0 && writer->size_bytes + writer->n_out > writer->max_bytes)
        rotate(writer);
    if (write_all(writer->file, writer->out, writer->n_out) == 0)
        writer->size_bytes += writer->n_out;
    else if (ftruncate(writer->file, (off_t)writer->size_bytes) <
             0) // a full disk: whole lines only
        rotate(writer);
    writer->n_out = 0;
}

void log_writer_close(struct log_writer *writer)
{
    if (writer->file < 0)
        return;
    take_time(writer);
    for (int i = 0; i < 2; i++) {
        if (writer->parts[i].n != 0)
            put_line(writer, i == 1, writer->parts[i].at, writer->parts[i].n);
        free(writer->parts[i].at);
    }
    write_out(writer);
    free(writer->out);
    (void)close(writer->file); // each write was checked
    (void)close(writer->dir);
    *writer = (struct log_writer){.dir = -1, .file = -1};
}
