// SPDX-License-Identifier: Apache-2.0
// live.c — live.json and the lock: is a container running, and how did it end?
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

enum { LIVE_MAX = 16 * 1024 };

const struct json_field live_fields[] = {
    JSON_FIELD(struct live, status, JSON_REQUIRED),
    JSON_FIELD(struct live, pid, JSON_ALWAYS),
    JSON_NAMED(struct live, started_ns, "started_at", JSON_ALWAYS),
    JSON_NAMED(struct live, finished_ns, "finished_at", JSON_ALWAYS),
    JSON_FIELD(struct live, exit_code, JSON_ALWAYS),
    JSON_FIELD(struct live, oom_killed, JSON_ALWAYS),
    JSON_FIELD(struct live, error, JSON_OPTIONAL),
    JSON_FIELD(struct live, boot_id, JSON_OPTIONAL),
    {},
};

const struct json_field monitor_ready_fields[] = {
    JSON_FIELD(struct monitor_ready, pid, JSON_ALWAYS),
    JSON_FIELD(struct monitor_ready, kind, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_ready, error, JSON_OPTIONAL),
    {},
};

int live_read(struct arena *arena, int container_dir, struct live *out, struct err *err)
{
    struct live live;
    if (json_decode_file(arena, container_dir, LIVE_FILE, live_fields, &live, JSON_LENIENT, err) <
        0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    *out = live;
    return 1;
}

int live_write(int container_dir, const struct live *live, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, LIVE_MAX);
    json_encode(&text, live_fields, live, JSON_COMPACT);
    buf_char(&text, '\n');
    if (buf_check(&text, LIVE_FILE, err) < 0)
        return -1;
    return file_replace_volatile(container_dir, LIVE_FILE, text.at, text.n, 0600, err);
}

// The lock file, or -1 and *is_absent.
static int lock_open(int run_dir, bool *is_absent, struct err *err)
{
    int fd = openat(run_dir, LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *is_absent = fd < 0 && errno == ENOENT;
    if (fd < 0 && !*is_absent)
        return fail_sys(err, "open the monitor's %s", LOCK_FILE);
    return fd;
}

int monitor_is_alive(int run_dir, struct err *err)
{
    bool is_absent;
    AUTO_FD int fd = lock_open(run_dir, &is_absent, err);
    if (fd < 0)
        return is_absent ? 0 : -1;
    if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return fail_sys(err, "try the monitor's lock");
    return 1;
}

int monitor_wait(int run_dir, struct err *err)
{
    bool is_absent;
    AUTO_FD int fd = lock_open(run_dir, &is_absent, err);
    if (fd < 0)
        return is_absent ? 0 : -1;
    while (flock(fd, LOCK_SH) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "wait for the monitor's lock");
    }
    return 0;
}
