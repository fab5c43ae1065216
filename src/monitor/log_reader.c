// SPDX-License-Identifier: Apache-2.0
// log_reader.c — reads log/current.jsonl and what was rotated away from it, oldest first.
//
// Generation 0 is current.jsonl, n is current.jsonl.n. A reader holds one file open: when that is
// no longer generation 0, it reads it to its end and goes on with the next younger one. Lines are
// decoded in place by a parser for exactly what log_writer.c writes (half a gigabyte of log is no
// job for a parser that builds trees); a line that is not so is left out.
#include "monitor/log_reader.h"

#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_line.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

enum { GENERATIONS_MAX = 1000, STEP = 64 * 1024, NAME_ROOM = 40 };

struct log_reader {
    int container; // its directory
    int dir, file; // -1: not there yet
    int inotify;   // -1 until somebody waits
    bool is_old;   // the file is no longer generation 0
    bool skips;    // until the next line end
    char *at;      // start…end: read, not given out
    size_t start, end;
};

static bool advance(struct log_reader *reader);
static int seek_tail(struct log_reader *reader, int64_t tail, struct err *err);

static int open_generation(const struct log_reader *reader, int generation)
{
    char name[NAME_ROOM];
    (void)snprintf(name, sizeof name, generation == 0 ? LOG_NAME : LOG_NAME ".%d",
                   generation); // it fits
    return openat(reader->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static bool has_generation(const struct log_reader *reader, int generation)
{
    char name[NAME_ROOM];
    (void)snprintf(name, sizeof name, LOG_NAME ".%d", generation); // it fits
    return faccessat(reader->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// The log may come into being after its reader.
static void find_log(struct log_reader *reader)
{
    if (reader->dir < 0)
        reader->dir =
            openat(reader->container, LOG_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (reader->dir < 0 || reader->file >= 0)
        return;
    int oldest = 0;
    while (oldest < GENERATIONS_MAX && has_generation(reader, oldest + 1))
        oldest++;
    reader->file = open_generation(reader, oldest);
}

int log_reader_open(int container_dir, int64_t tail, struct log_reader **out, struct err *err)
{
    struct log_reader *reader = xcalloc(1, sizeof *reader);
    *reader = (struct log_reader){.container = -1, .dir = -1, .file = -1, .inotify = -1};
    reader->at = xmalloc(LOG_LINE_MAX);
    reader->container = fcntl(container_dir, F_DUPFD_CLOEXEC, 0);
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

void log_reader_close(struct log_reader *reader)
{
    if (reader == NULL)
        return;
    const int fds[] = {reader->container, reader->dir, reader->file, reader->inotify};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); // read only
    }
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

static int seek_tail(struct log_reader *reader, int64_t tail, struct err *err)
{
    reader->dir =
        openat(reader->container, LOG_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (reader->dir < 0)
        return 0;
    int64_t wanted = tail;
    for (int generation = 0; generation <= GENERATIONS_MAX; generation++) {
        int file = open_generation(reader, generation);
        if (file < 0)
            break; // the one before is the oldest: from its beginning
        if (reader->file >= 0)
            (void)close(reader->file); // read only
        reader->file = file;
        off_t start = 0;
        if (tail == 0)
            start = lseek(file, 0, SEEK_END);
        else if (find_tail(file, &wanted, &start, err) < 0)
            return -1;
        if (lseek(file, start, SEEK_SET) < 0)
            return fail_sys(err, "seek in the container's log");
        if (wanted <= 0)
            break;
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
    for (int generation = 0; generation <= GENERATIONS_MAX; generation++) {
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
    reader->start = reader->end = 0; // a torn line has no end
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
        reader->skips = true;
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
        if (!advance(reader))
            return 0;
    }
}

int log_reader_next(struct log_reader *reader, struct log_line *out, struct err *err)
{
    find_log(reader);
    if (reader->file < 0)
        return 0;
    for (;;) {
        char *line = reader->at + reader->start;
        char *end = memchr(line, '\n', reader->end - reader->start);
        if (end == NULL) {
            int more = fill(reader, err);
            if (more <= 0)
                return more;
            continue;
        }
        reader->start = (size_t)(end + 1 - reader->at);
        bool skips = reader->skips;
        reader->skips = false;
        if (!skips && log_line_parse(line, (size_t)(end - line), out))
            return 1;
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
