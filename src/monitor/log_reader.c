// SPDX-License-Identifier: Apache-2.0
// log_reader.c — reads a log's files, oldest first, and goes with them as they are rotated.
//
// Generation 0 is NAME, n is NAME.n. A reader holds one file open: when that is no longer
// generation 0, it reads it to its end and goes on with the next younger one. Lines of JSON are
// decoded in place by a parser for exactly what log_json.c and docker write (half a gigabyte of log
// is no job for a parser that builds trees); what is no line, or no record, is left out.
#include "monitor/log_reader.h"

#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_files.h"
#include "monitor/log_line.h"
#include "monitor/log_parts.h"
#include "monitor/log_record.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

enum { STEP = 64 * 1024, NAME_ROOM = LOG_NAME_ROOM + 12 };

struct log_reader {
    int container; // its directory
    int dir, file; // -1: not there yet
    int inotify;   // -1 until somebody waits
    char name[LOG_NAME_ROOM];
    bool is_json;
    bool is_old;      // the file is no longer generation 0
    bool is_finished; // nobody writes any more
    bool counts;      // one file, to its end
    int64_t skip;     // lines that come before those that are wanted
    char *at;         // LOG_LINE_MAX; start…end: read, not given out
    size_t start, end;
    bool skips_line; // JSON: until the next line end
    // local:
    struct log_record record; // that is being read …
    size_t left;              // … and what is left of it
    bool ends;                // lines without an end are to be given out
    struct log_parts parts;
};

static bool advance(struct log_reader *reader);
static int seek_tail(struct log_reader *reader, int64_t tail, struct err *err);

static int open_generation(const struct log_reader *reader, int generation)
{
    char name[NAME_ROOM];
    (void)snprintf(name, sizeof name, generation == 0 ? "%s" : "%s.%d", reader->name,
                   generation); // it fits
    return openat(reader->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static bool has_generation(const struct log_reader *reader, int generation)
{
    char name[NAME_ROOM];
    (void)snprintf(name, sizeof name, "%s.%d", reader->name, generation); // it fits
    return faccessat(reader->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// The log may come into being after its reader.
static void find_log(struct log_reader *reader)
{
    if (reader->dir < 0)
        reader->dir = openat(reader->container, reader->is_json ? "." : LOG_DIR,
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (reader->dir < 0 || reader->file >= 0 || reader->counts)
        return;
    int oldest = 0;
    while (oldest < LOG_FILES_MAX && has_generation(reader, oldest + 1))
        oldest++;
    reader->file = open_generation(reader, oldest);
}

static struct log_reader *reader_new(void)
{
    struct log_reader *reader = xcalloc(1, sizeof *reader);
    *reader = (struct log_reader){.container = -1, .dir = -1, .file = -1, .inotify = -1};
    reader->at = xmalloc(LOG_LINE_MAX);
    return reader;
}

int log_reader_open(const struct log_place *place, int64_t tail, struct log_reader **out,
                    struct err *err)
{
    struct log_reader *reader = reader_new();
    reader->is_json = place->id != NULL;
    (void)snprintf(reader->name, sizeof reader->name, "%s%s", // an id fits
                   reader->is_json ? place->id : "",
                   reader->is_json ? LOG_JSON_SUFFIX : LOG_LOCAL_NAME);
    reader->container = fcntl(place->container_dir, F_DUPFD_CLOEXEC, 0);
    int result = reader->container < 0 ? fail_sys(err, "open the container's log") : 0;
    if (result == 0 && tail >= 0)
        result = seek_tail(reader, tail, err);
    else if (result == 0)
        find_log(reader);
    if (result < 0) {
        log_reader_close(reader);
        return -1;
    }
    *out = reader;
    return 0;
}

void log_reader_finish(struct log_reader *reader)
{
    reader->is_finished = true;
}

void log_reader_close(struct log_reader *reader)
{
    if (reader == NULL)
        return;
    const int fds[] = {reader->container, reader->dir, reader->file, reader->inotify};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); // read only
    }
    log_parts_done(&reader->parts);
    free(reader->at);
    free(reader);
}

// --- the last lines

// Where the last `*wanted` lines of the file begin, less as many as it does not have.
static int find_tail(int file, int64_t *wanted, off_t *out, struct err *err)
{
    AUTO_FREE char *block = xmalloc(STEP);
    off_t end = lseek(file, 0, SEEK_END);
    bool is_last = true; // the end of the last line does not count
    while (end > 0) {
        size_t n = end < STEP ? (size_t)end : STEP;
        ssize_t got = pread(file, block, n, end - (off_t)n);
        if (got != (ssize_t)n)
            return fail_sys(err, "read the container's log");
        for (size_t i = n; i > 0; i--) {
            if (block[i - 1] != '\n')
                continue;
            if (!is_last && --*wanted == 0) {
                *out = end - (off_t)n + (off_t)i;
                return 0;
            }
            is_last = false;
        }
        end -= (off_t)n;
    }
    if (!is_last)
        --*wanted;
    *out = 0;
    return 0;
}

// How many lines the file has; where it is read from afterwards is 0.
static int count_lines(const struct log_reader *of, int file, int64_t *out, struct err *err)
{
    struct log_reader *counter = reader_new();
    struct log_line line;
    int64_t n = 0;
    int there;
    counter->counts = true;
    counter->is_json = of->is_json;
    counter->file = file;
    while ((there = log_reader_next(counter, &line, err)) > 0)
        n++;
    counter->file = -1; // the caller's
    log_reader_close(counter);
    if (there == 0 && lseek(file, 0, SEEK_SET) < 0)
        there = fail_sys(err, "seek in the container's log");
    *out = n;
    return there;
}

// The file is the current one: from where it is to be read. 1 when older ones are needed, too.
static int seek_tail_in(struct log_reader *reader, int64_t tail, int64_t *wanted, struct err *err)
{
    off_t start = 0;
    int64_t n = 0;
    if (!reader->is_json) {
        if (count_lines(reader, reader->file, &n, err) < 0)
            return -1;
        *wanted -= n;
        reader->skip = *wanted < 0 ? -*wanted : 0;
        return *wanted > 0;
    }
    if (tail == 0)
        start = lseek(reader->file, 0, SEEK_END);
    else if (find_tail(reader->file, wanted, &start, err) < 0)
        return -1;
    if (lseek(reader->file, start, SEEK_SET) < 0)
        return fail_sys(err, "seek in the container's log");
    return *wanted > 0;
}

static int seek_tail(struct log_reader *reader, int64_t tail, struct err *err)
{
    reader->counts = true; // for the moment: it finds the directory, no file
    find_log(reader);
    reader->counts = false;
    if (reader->dir < 0)
        return 0;
    int64_t wanted = tail;
    for (int generation = 0; generation <= LOG_FILES_MAX; generation++) {
        int file = open_generation(reader, generation);
        if (file < 0)
            break; // the one before is the oldest: from its beginning
        if (reader->file >= 0)
            (void)close(reader->file); // read only
        reader->file = file;
        int more = seek_tail_in(reader, tail, &wanted, err);
        if (more <= 0)
            return more;
    }
    return 0;
}

// --- line by line

// The next younger file after the one that is read to its end. False: there is none yet.
static bool advance(struct log_reader *reader)
{
    struct stat ours, theirs;
    int next = -1;
    if (fstat(reader->file, &ours) < 0)
        return false;
    for (int generation = 0; generation <= LOG_FILES_MAX; generation++) {
        AUTO_FD int file = open_generation(reader, generation);
        if (file < 0 && generation > 0)
            break; // ours was thrown away: the oldest that is left
        if (file < 0)
            continue; // in the middle of a rotation
        if (fstat(file, &theirs) == 0 && theirs.st_ino == ours.st_ino &&
            theirs.st_dev == ours.st_dev) {
            if (generation == 0)
                return false;
            break;
        }
        if (next >= 0)
            (void)close(next); // read only
        next = TAKE_FD(file);
    }
    if (next < 0)
        return false;
    if (!reader->is_old) { // what was written between our last read and the rotation
        reader->is_old = true;
        (void)close(next); // read only
        return true;
    }
    (void)close(reader->file); // read only
    reader->file = next;
    reader->is_old = false;
    reader->start = reader->end = reader->left = 0; // what is torn has no end
    return true;
}

// 1 there are more bytes, 0 not now.
static int fill(struct log_reader *reader, struct err *err)
{
    if (reader->start != 0) {
        memmove(reader->at, reader->at + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end == LOG_LINE_MAX) { // no line of ours is so long
        reader->skips_line = true;
        reader->end = 0;
    }
    for (;;) {
        ssize_t n = read(reader->file, reader->at + reader->end, LOG_LINE_MAX - reader->end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read the container's log");
        reader->end += (size_t)n;
        if (n > 0)
            return 1;
        if (reader->counts || !advance(reader))
            return 0;
    }
}

// 1 a line, 0 the buffer has none.
static int next_json(struct log_reader *reader, struct log_line *out)
{
    for (;;) {
        char *line = reader->at + reader->start;
        char *end = memchr(line, '\n', reader->end - reader->start);
        if (end == NULL)
            return 0;
        reader->start = (size_t)(end + 1 - reader->at);
        bool skips = reader->skips_line;
        reader->skips_line = false;
        if (!skips && log_line_parse(line, (size_t)(end - line), out))
            return 1;
    }
}

// The next header; what is none is left out. False: the buffer has none.
static bool next_record(struct log_reader *reader)
{
    while (reader->end - reader->start >= LOG_HEADER) {
        const uint8_t *at = (const uint8_t *)reader->at + reader->start;
        if (log_record_read(at, &reader->record)) {
            reader->start += LOG_HEADER;
            reader->left = reader->record.n;
            reader->ends = reader->record.kind == LOG_RECORD_END;
            return true;
        }
        const uint8_t *next = memchr(at + 1, LOG_MAGIC, reader->end - reader->start - 1);
        reader->start = next != NULL ? (size_t)((const char *)next - reader->at) : reader->end;
    }
    return false;
}

static int next_local(struct log_reader *reader, struct log_line *out)
{
    for (;;) {
        if (reader->ends && log_parts_rest(&reader->parts, out))
            return 1;
        reader->ends = false;
        if (reader->left == 0 && !next_record(reader))
            return 0;
        const char *bytes = reader->at + reader->start;
        size_t there = reader->end - reader->start;
        size_t n = there < reader->left ? there : reader->left, before = n;
        bool is_line = log_parts_take(&reader->parts, reader->record.kind == LOG_RECORD_STDERR,
                                      &bytes, &n, reader->record.time_ns, out);
        reader->start += before - n;
        reader->left -= before - n;
        if (is_line)
            return 1;
        if (before == 0 && reader->left != 0)
            return 0;
    }
}

int log_reader_next(struct log_reader *reader, struct log_line *out, struct err *err)
{
    find_log(reader);
    if (reader->file < 0)
        return 0;
    for (;;) {
        int there = reader->is_json ? next_json(reader, out) : next_local(reader, out);
        if (there == 0) {
            there = fill(reader, err);
            if (there == 0 && reader->is_finished && !reader->is_json)
                there = log_parts_rest(&reader->parts, out);
            else if (there > 0)
                continue;
        }
        if (there <= 0 || reader->skip == 0)
            return there;
        reader->skip--;
    }
}

int log_reader_wait(struct log_reader *reader, int timeout_ms, struct err *err)
{
    bool is_new = reader->inotify < 0;
    if (reader->dir >= 0 && is_new) {
        char path[NAME_ROOM];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", reader->dir); // it fits
        reader->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (reader->inotify < 0 ||
            inotify_add_watch(reader->inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
            return fail_sys(err, "watch the container's log");
        return 1; // something may have come before the watch was set
    }
    struct pollfd poll_fd = {.fd = reader->inotify, .events = POLLIN}; // -1: just a pause
    int ready = poll(&poll_fd, 1, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return fail_sys(err, "wait for the container's log");
    char events[4096];
    while (ready > 0 && read(reader->inotify, events, sizeof events) > 0)
        ;
    return ready > 0;
}
