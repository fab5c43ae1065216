// SPDX-License-Identifier: Apache-2.0
// read.c — the past from the two files, then what is appended, told by inotify.
//
// A file that was followed and is renamed is followed on, beside the new one: a writer that had it
// open may append to it yet.
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "event/event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, MS_NS = 1'000'000 };
#define CURRENT  "current.jsonl"
#define PREVIOUS "previous.jsonl"

// clang-format off
static const struct json_field actor_fields[] = {
    JSON_NAMED(struct event_actor, id, "ID", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct event_actor, attributes, "Attributes", JSON_ALWAYS),
    {},
};
const struct json_field event_fields[] = {
    JSON_NAMED(struct event, type, "Type", JSON_REQUIRED),
    JSON_NAMED(struct event, action, "Action", JSON_REQUIRED),
    JSON_INSIDE_NAMED(struct event, actor, "Actor", actor_fields, JSON_ALWAYS),
    JSON_NAMED(struct event, scope, "scope", JSON_ALWAYS),
    JSON_NAMED(struct event, time, "time", JSON_ALWAYS),
    JSON_NAMED(struct event, time_nano, "timeNano", JSON_ALWAYS),
    {},
};
// clang-format on

struct tail { // a file and how far it was read
    int fd;
    struct buf rest; // a line that has not come whole yet
    bool is_too_long;
};
struct reader {
    const struct event_reading *reading;
    int dir; // of the files
    struct tail old, current;
    bool has_enough;
};

static void tail_init(struct tail *tail, int fd)
{
    *tail = (struct tail){.fd = fd};
    buf_init(&tail->rest, (size_t)2 * EVENT_MAX);
}

static void tail_done(struct tail *tail)
{
    if (tail->fd >= 0)
        (void)close(TAKE_FD(tail->fd)); // it was read only
    buf_done(&tail->rest);
}

static void reader_done(struct reader *reader)
{
    tail_done(&reader->old);
    tail_done(&reader->current);
    if (reader->dir >= 0)
        (void)close(reader->dir);
}

static void tell(struct reader *reader, struct str line)
{
    AUTO_ARENA struct arena arena = {};
    struct event event;
    struct err ignored; // torn by a writer's death, or empty
    const struct event_reading *reading = reader->reading;
    if (reader->has_enough || line.n == 0 ||
        json_decode(&arena, line.at, line.n, event_fields, &event, JSON_LENIENT, &ignored) < 0)
        return;
    bool is_late = reading->until_ns != 0 && event.time_nano > reading->until_ns;
    if (event.time_nano >= reading->since_ns && !is_late)
        reader->has_enough = !reading->one(reading->self, &event);
}

// Whole lines of what has come; the rest is kept.
static void tell_lines(struct reader *reader, struct tail *tail, struct str text)
{
    for (;;) {
        const char *end = memchr(text.at, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.at) : text.n;
        buf_add(&tail->rest, text.at, n);
        tail->is_too_long |= tail->rest.is_full;
        if (end == NULL)
            return;
        if (!tail->is_too_long)
            tell(reader, (struct str){buf_get(&tail->rest), tail->rest.n});
        buf_done(&tail->rest);
        buf_init(&tail->rest, (size_t)2 * EVENT_MAX);
        tail->is_too_long = false;
        text = (struct str){end + 1, text.n - n - 1};
    }
}

static int tail_read(struct reader *reader, struct tail *tail, struct err *err)
{
    AUTO_FREE char *chunk = xmalloc(CHUNK);
    while (tail->fd >= 0 && !reader->has_enough) {
        ssize_t n = read(tail->fd, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read events");
        if (n == 0)
            break;
        tell_lines(reader, tail, (struct str){chunk, (size_t)n});
    }
    return 0;
}

static int open_file(int dir, const char *name, struct err *err)
{
    *err = (struct err){};
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT)
        return fail_sys(err, "open events/%s", name);
    return fd;
}

static bool is_same_file(int a, int b)
{
    struct stat x, y;
    return a >= 0 && b >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

// Both files as they are at one moment: a rotation between the two opens is seen by that they are
// one.
static int open_both(struct reader *reader, struct err *err)
{
    for (;;) {
        AUTO_FD int current = open_file(reader->dir, CURRENT, err);
        AUTO_FD int previous = err->kind != ERR_NONE ? -1 : open_file(reader->dir, PREVIOUS, err);
        if (err->kind != ERR_NONE)
            return -1;
        if (is_same_file(current, previous))
            continue;
        tail_init(&reader->old, TAKE_FD(previous));
        tail_init(&reader->current, TAKE_FD(current));
        return 0;
    }
}

// A new file under the name: ours becomes the old one.
static int follow_rotation(struct reader *reader, struct err *err)
{
    AUTO_FD int named = open_file(reader->dir, CURRENT, err);
    if (err->kind != ERR_NONE)
        return -1;
    if (named < 0 || is_same_file(named, reader->current.fd))
        return 0;
    if (tail_read(reader, &reader->current, err) < 0)
        return -1;
    if (reader->current.fd >= 0) {
        tail_done(&reader->old);
        reader->old = reader->current;
    }
    tail_init(&reader->current, TAKE_FD(named));
    return tail_read(reader, &reader->current, err);
}

// 1 something was written, 0 it is over.
static int wait_for_more(const struct reader *reader, int inotify, struct err *err)
{
    const struct event_reading *reading = reader->reading;
    for (;;) {
        int64_t left = -1;
        if (reading->until_ns != 0)
            left = (reading->until_ns - now_ns() + MS_NS - 1) / MS_NS;
        if (reading->until_ns != 0 && left <= 0)
            return 0;
        struct pollfd wait[] = {{.fd = inotify, .events = POLLIN},
                                {.fd = reading->hang_up, .events = POLLIN | POLLRDHUP}};
        int n = poll(wait, N_ELEMENTS(wait), left > INT32_MAX ? INT32_MAX : (int)left);
        if (n < 0 && errno != EINTR)
            return fail_sys(err, "wait for events");
        if (n > 0 && wait[1].revents != 0)
            return 0;
        if (n > 0)
            break;
    }
    char drained[4096];
    ssize_t n = read(inotify, drained, sizeof drained); // that something came is all there is to it
    return n < 0 && errno != EAGAIN && errno != EINTR ? fail_sys(err, "watch events") : 1;
}

static int follow(struct reader *reader, int inotify, struct err *err)
{
    while (!reader->has_enough) {
        int more = wait_for_more(reader, inotify, err);
        if (more < 0 || tail_read(reader, &reader->old, err) < 0 ||
            tail_read(reader, &reader->current, err) < 0 || follow_rotation(reader, err) < 0)
            return -1;
        if (more == 0)
            return 0;
    }
    return 0;
}

// Watches before the first look, so that nothing is missed between.
static int watch(int dir, struct err *err)
{
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
    AUTO_FD int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify < 0 ||
        inotify_add_watch(inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return fail_sys(err, "watch events");
    return TAKE_FD(inotify);
}

static int open_directory(int dir, const char *events, struct err *err)
{
    if (mkdirat(dir, events, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "make the directory of events");
    int fd = openat(dir, events, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? fail_sys(err, "open the directory of events") : fd;
}

int events_read(int dir, const char *events, const struct event_reading *reading, struct err *err)
{
    __attribute__((cleanup(reader_done))) struct reader reader = {
        .reading = reading, .old = {.fd = -1}, .current = {.fd = -1}};
    reader.dir = open_directory(dir, events, err);
    AUTO_FD int inotify = reader.dir < 0 ? -1 : watch(reader.dir, err);
    if (inotify < 0 || open_both(&reader, err) < 0)
        return -1;
    if (reading->since_ns == 0 && reading->until_ns == 0) {
        const int fds[] = {reader.old.fd, reader.current.fd};
        for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
            if (fds[i] >= 0 && lseek(fds[i], 0, SEEK_END) < 0)
                return fail_sys(err, "read events");
        }
    }
    if (tail_read(&reader, &reader.old, err) < 0 || tail_read(&reader, &reader.current, err) < 0)
        return -1;
    return follow(&reader, inotify, err);
}
