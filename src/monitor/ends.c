// SPDX-License-Identifier: Apache-2.0
// ends.c — who wanted the container to end, and the record of how it did: a line of ends.jsonl.
//
// The kernel does not tell whose signal a process died of. So the monitor, which sends all that
// come by way of dhow, remembers its own; the memory cgroup counts what the kernel killed; what is
// left came from inside or from somebody else on the host, and the record says no more than that. A
// file that has grown becomes ends.jsonl.1: both together stay small.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDS_FILE_MAX = 16 * 1024, END_MAX = 8 * 1024 };

int kill_take(struct monitor *monitor, uint32_t number, uint32_t flags, struct str who)
{
    struct kills *kills = &monitor->kill;
    if (number >= (uint32_t)NSIG)
        return EINVAL;
    if (monitor->phase == PHASE_RESTARTING && monitor->restart.child == 0 &&
        (flags & MONITOR_KILL_ENDS) != 0) {
        kills->flags |= (int)flags;
        restart_cancel(monitor);
        return 0;
    }
    // Not started yet, or ended: its pid may be somebody else's.
    if (monitor->phase != PHASE_RUNNING || monitor->has_exited)
        return ESRCH;
    if (number != 0 && kill(monitor->pid, (int)number) < 0)
        return errno;
    kills->flags |= (int)flags;
    if (number != 0) {
        struct kill_note *note = kills->n == 0 ? &kills->first : &kills->last;
        note->signal = (int)number;
        (void)snprintf(note->who, sizeof note->who, "%.*s", (int)who.n, who.at); // cut is fine
        if (kills->n++ == 0)
            kills->last = kills->first;
        if ((flags & MONITOR_KILL_SILENT) == 0)
            monitor_announce_signal(monitor, number);
    }
    return 0;
}

const struct json_field monitor_end_fields[] = {
    JSON_NAMED(struct monitor_end, started_ns, "started_at", JSON_ALWAYS),
    JSON_NAMED(struct monitor_end, finished_ns, "finished_at", JSON_ALWAYS),
    JSON_FIELD(struct monitor_end, exit_code, JSON_ALWAYS),
    JSON_FIELD(struct monitor_end, signal, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, by, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, asked_signal, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, asked_by, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, oom_kills, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, memory_limit, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, memory_peak, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, error, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, health, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, restart_count, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_end, is_restarted, JSON_OPTIONAL),
    {},
};

int end_append(int container_dir, const struct monitor_end *end, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, END_MAX);
    json_encode(&text, monitor_end_fields, end, JSON_COMPACT);
    buf_char(&text, '\n');
    AUTO_FD int fd = openat(container_dir, ENDS_FILE,
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0)
        return fail_sys(err, "open " ENDS_FILE);
    if (stat.st_size > ENDS_FILE_MAX)
        (void)renameat(container_dir, ENDS_FILE, container_dir, ENDS_FILE ".1"); // else it grows on
    if (buf_check(&text, ENDS_FILE, err) < 0)
        return -1;
    if (write(fd, text.at, text.n) != (ssize_t)text.n)
        return fail_sys(err, "write " ENDS_FILE);
    return 0;
}

void end_record(struct monitor *monitor)
{
    const struct live *live = &monitor->live;
    const struct kills *kills = &monitor->kill;
    int status = monitor->exit_status;
    struct monitor_end end = {
        .started_ns = live->started_ns,
        .finished_ns = live->finished_ns,
        .exit_code = live->exit_code,
        .signal = monitor->has_exited && WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .oom_kills = (int64_t)monitor->oom.kills,
        .memory_limit = (int64_t)monitor->oom.limit,
        .memory_peak = (int64_t)monitor->oom.peak,
        .error = monitor->error,
        .health = health_word(monitor),
        .restart_count = live->restart_count,
        .is_restarted = restart_is_due(monitor),
    };
    if (kills->n != 0) {
        end.asked_signal = kills->first.signal;
        end.asked_by = kills->first.who;
    }
    if (end.signal != 0 && kills->n != 0 && end.signal == kills->last.signal)
        end.by = kills->last.who;
    else if (end.signal == SIGKILL && live->oom_killed)
        end.by = "the kernel, out of memory";
    struct err ignored; // a full disk: live.json has the exit code
    (void)end_append(monitor->options->container_dir, &end, &ignored);
}
