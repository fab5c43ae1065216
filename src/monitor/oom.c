// SPDX-License-Identifier: Apache-2.0
// oom.c — did the kernel kill something in the container for want of memory?
//
// The counter is a file of the container's memory cgroup, which is gone after delete and which a
// dead process no longer names: so its path is taken down at the start. Kernel:
// cgroup-v1/memory.rst (memory.oom_control, since 4.13), cgroup-v2.rst (memory.events).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/server.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { CGROUP_MAX = 64 * 1024 };

// "4:cpu,memory:/docker/id": is `memory` among the controllers?
static bool names_memory(struct str controllers)
{
    while (controllers.n != 0) {
        if (str_is(str_cut(&controllers, ','), "memory"))
            return true;
    }
    return false;
}

void oom_watch(struct monitor *monitor)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CGROUP_MAX);
    char path[40];
    struct err ignored;                                                 // then we cannot tell
    (void)snprintf(path, sizeof path, "/proc/%d/cgroup", monitor->pid); // it fits
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        struct str number = str_cut(&line, ':'), controllers = str_cut(&line, ':');
        if (line.n < 2) // the root: not the container's own
            continue;
        char *out = monitor->oom_file;
        size_t room = sizeof monitor->oom_file;
        int n = -1;
        if (names_memory(controllers))
            n = snprintf(out, room, "/sys/fs/cgroup/memory%.*s/memory.oom_control", (int)line.n,
                         line.at);
        else if (str_is(number, "0") && *out == '\0')
            n = snprintf(out, room, "/sys/fs/cgroup%.*s/memory.events", (int)line.n, line.at);
        if (n >= (int)room)
            *out = '\0';
    }
}

bool oom_killed(const struct monitor *monitor)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    struct err ignored; // then we cannot tell
    if (monitor->oom_file[0] == '\0' ||
        file_read_at(AT_FDCWD, monitor->oom_file, &text, &ignored) < 0)
        return false;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        uint64_t count;
        if (str_is(str_cut(&line, ' '), "oom_kill"))
            return str_to_u64(line, &count) && count != 0;
    }
    return false;
}
