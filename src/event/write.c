// SPDX-License-Identifier: Apache-2.0
// write.c — one event, one append.
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "event/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 64 };

// Room for what stands behind the attributes.
enum { ENDING = 128 };

static void put_member(struct buf *out, const char *name, const char *value)
{
    json_quote(out, name);
    buf_char(out, ':');
    json_quote(out, value != NULL ? value : "");
}

// The attributes without braces, as many as there is room for.
static void put_attributes(struct buf *out, const struct event_note *note)
{
    struct str actor = str_trim(str_of(note->actor));
    bool is_first = true;
    if (actor.n > 2 && out->n + actor.n < EVENT_MAX - ENDING) {
        buf_add(out, actor.at + 1, actor.n - 2);
        is_first = false;
    }
    for (size_t i = 0; i < note->n_attributes; i++) {
        const struct json_pair *pair = &note->attributes[i];
        AUTO_BUF struct buf member;
        buf_init(&member, EVENT_MAX);
        put_member(&member, pair->key, pair->value);
        if (member.is_full || out->n + member.n + 1 >= EVENT_MAX - ENDING)
            continue;
        buf_text(out, is_first ? "" : ",");
        buf_add(out, member.at, member.n);
        is_first = false;
    }
}

static void put_event(struct buf *out, const struct event_note *note, int64_t now)
{
    buf_text(out, "\n{");
    put_member(out, "Type", note->type);
    buf_char(out, ',');
    put_member(out, "Action", note->action);
    buf_text(out, ",\"Actor\":{");
    put_member(out, "ID", note->id);
    buf_text(out, ",\"Attributes\":{");
    put_attributes(out, note);
    buf_printf(out, "}},\"scope\":\"local\",\"time\":%jd,\"timeNano\":%jd}\n",
               (intmax_t)(now / 1'000'000'000), (intmax_t)now);
}

static int open_current(int dir, const char *events)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s/current.jsonl", events); // it fits: both are ours
    enum { HOW = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW };
    int fd = openat(dir, path, HOW, 0600);
    if (fd < 0 && errno == ENOENT && (mkdirat(dir, events, 0700) == 0 || errno == EEXIST))
        fd = openat(dir, path, HOW, 0600);
    return fd;
}

// Only one writer gets the lock; by then another may have done it already.
static void rotate(int dir, const char *events, int fd)
{
    char current[PATH_ROOM], previous[PATH_ROOM];
    (void)snprintf(current, sizeof current, "%s/current.jsonl", events);
    (void)snprintf(previous, sizeof previous, "%s/previous.jsonl", events);
    struct stat ours, named;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &ours) < 0 ||
        fstatat(dir, current, &named, AT_SYMLINK_NOFOLLOW) < 0 || ours.st_ino != named.st_ino)
        return;
    (void)renameat(dir, current, dir, previous); // else the next writer tries
}

void event_write(int dir, const char *events, const struct event_note *note)
{
    AUTO_BUF struct buf line;
    buf_init(&line, (size_t)2 * EVENT_MAX);
    put_event(&line, note, now_ns());
    AUTO_FD int fd = line.is_full ? -1 : open_current(dir, events);
    if (fd < 0)
        return;
    ssize_t written = write(fd, line.at, line.n);
    (void)written; // the header says what becomes of an event that cannot be written
    if (lseek(fd, 0, SEEK_CUR) >= EVENTS_FILE_MAX)
        rotate(dir, events, fd);
}
