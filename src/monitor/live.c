// SPDX-License-Identifier: Apache-2.0
// live.c — live.json, and whether somebody holds the lock.
//
// The lock is an OFD lock: F_OFD_GETLK asks without taking, so a question never makes a starting
// monitor believe that another one is there.
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/lock.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LIVE_MAX = 64 * 1024 };

const struct json_field live_fields[] = {
    JSON_FIELD(struct live, status, JSON_REQUIRED),
    JSON_FIELD(struct live, pid, JSON_ALWAYS),
    JSON_NAMED(struct live, started_ns, "started_at", JSON_ALWAYS),
    JSON_NAMED(struct live, finished_ns, "finished_at", JSON_ALWAYS),
    JSON_FIELD(struct live, exit_code, JSON_ALWAYS),
    JSON_FIELD(struct live, oom_killed, JSON_ALWAYS),
    JSON_FIELD(struct live, error, JSON_OPTIONAL),
    JSON_FIELD(struct live, boot_id, JSON_OPTIONAL),
    JSON_FIELD(struct live, restart_count, JSON_OPTIONAL),
    JSON_FIELD(struct live, delay_ms, JSON_OPTIONAL),
    JSON_NAMED(struct live, is_ended_by_user, "ended_by_user", JSON_OPTIONAL),
    {},
};
const struct json_field monitor_ready_fields[] = {
    JSON_FIELD(struct monitor_ready, pid, JSON_ALWAYS),
    JSON_FIELD(struct monitor_ready, kind, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_ready, error, JSON_OPTIONAL),
    {},
};

// On a full disk a new file has no room, but the old one keeps its block: what became of a
// container is written over it. Blanks stand where the old text was longer: a reader never sees two
// ends.
static int overwrite(int container_dir, struct buf *text, struct err *err)
{
    AUTO_FD int fd = openat(container_dir, LIVE_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_sys(err, "open " LIVE_FILE);
    while (text->n < (size_t)st.st_size && buf_check(text, LIVE_FILE, err) == 0)
        buf_char(text, ' ');
    if (buf_check(text, LIVE_FILE, err) < 0)
        return -1;
    ssize_t n = pwrite(fd, text->at, text->n, 0);
    if (n >= 0 && (size_t)n < text->n)
        errno = ENOSPC;
    return n == (ssize_t)text->n && fdatasync(fd) == 0 ? 0 : fail_sys(err, "write " LIVE_FILE);
}

int live_put(int container_dir, const struct live *live, bool is_durable, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, LIVE_MAX);
    json_encode(&text, live_fields, live, JSON_COMPACT);
    buf_char(&text, '\n');
    if (buf_check(&text, LIVE_FILE, err) < 0)
        return -1;
    int done = is_durable
                   ? file_replace(container_dir, LIVE_FILE, text.at, text.n, 0600, err)
                   : file_replace_volatile(container_dir, LIVE_FILE, text.at, text.n, 0600, err);
    if (done < 0 && (err->sys == ENOSPC || err->sys == EDQUOT))
        return overwrite(container_dir, &text, err);
    return done;
}

int live_write(int container_dir, const struct live *live, struct err *err)
{
    return live_put(container_dir, live, true, err);
}

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

int lock_take(int run_dir, struct err *err)
{
    AUTO_FD int fd = openat(run_dir, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_sys(err, "open the container's lock");
    struct flock lock = whole_file(F_WRLCK);
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return TAKE_FD(fd);
    if (errno != EAGAIN && errno != EACCES)
        return fail_sys(err, "take the container's lock");
    return fail(err, ERR_CONFLICT, "the container has a monitor already");
}

int monitor_is_alive(int run_dir, struct err *err)
{
    AUTO_FD int fd = openat(run_dir, LOCK_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open the container's lock");
    struct flock lock = whole_file(F_RDLCK); // conflicts with a monitor's only
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
        return fail_sys(err, "look at the container's lock");
    return lock.l_type == F_WRLCK;
}

int monitor_wait_ms(int run_dir, int64_t timeout_ms, struct err *err)
{
    int64_t end_ms = monotonic_ms() + timeout_ms;
    for (long step_ms = 1;; step_ms = step_ms < 16 ? step_ms * 2 : step_ms) {
        int alive = monitor_is_alive(run_dir, err);
        if (alive <= 0)
            return alive < 0 ? -1 : 1;
        if (monotonic_ms() >= end_ms)
            return 0;
        (void)nanosleep(&(struct timespec){.tv_nsec = step_ms * 1'000'000}, NULL);
    }
}
