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
#define UNLIMITED (UINT64_C(1) << 60) // v1 says it by a number of about 2^63

// "4:cpu,memory:/docker/id": is this one among the controllers?
static bool names_controller(struct str controllers, const char *name)
{
    while (controllers.n != 0) {
        if (str_is(str_cut(&controllers, ','), name))
            return true;
    }
    return false;
}

// One line of /proc/PID/cgroup.
static void take_path(struct oom *oom, struct str number, struct str controllers, struct str path)
{
    size_t room = sizeof oom->file;
    int counter = 0, freezer = 0;
    if (names_controller(controllers, "memory"))
        counter = snprintf(oom->file, room, "/sys/fs/cgroup/memory%.*s/memory.oom_control",
                           (int)path.n, path.at);
    else if (str_is(number, "0") && oom->file[0] == '\0')
        counter =
            snprintf(oom->file, room, "/sys/fs/cgroup%.*s/memory.events", (int)path.n, path.at);
    if (names_controller(controllers, "freezer"))
        freezer = snprintf(oom->freezer, room, "/sys/fs/cgroup/freezer%.*s/freezer.state",
                           (int)path.n, path.at);
    else if (str_is(number, "0") && oom->freezer[0] == '\0')
        freezer =
            snprintf(oom->freezer, room, "/sys/fs/cgroup%.*s/cgroup.freeze", (int)path.n, path.at);
    if (counter >= (int)room)
        oom->file[0] = '\0';
    if (freezer >= (int)room)
        oom->freezer[0] = '\0';
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
        if (line.n >= 2) // shorter is the root: not the container's own
            take_path(&monitor->oom, number, controllers, line);
    }
}

bool freezer_is_frozen(const struct monitor *monitor)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 64);
    struct err ignored; // then we cannot tell
    if (monitor->oom.freezer[0] == '\0' ||
        file_read_at(AT_FDCWD, monitor->oom.freezer, &text, &ignored) < 0)
        return false;
    struct str word = str_trim((struct str){buf_get(&text), text.n});
    return str_is(word, "1") || str_is(word, "FROZEN") || str_is(word, "FREEZING");
}

// A number in a file beside the counter; 0: none, or no limit.
static uint64_t number_in(const struct monitor *monitor, const char *name)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 64);
    char path[sizeof monitor->oom.file + 40];
    struct str dir = str_of(monitor->oom.file);
    struct err ignored; // then we cannot tell
    uint64_t number;
    (void)str_cut_last(&dir, '/');
    (void)snprintf(path, sizeof path, "%.*s/%s", (int)dir.n, dir.at, name); // it fits
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0 ||
        !str_to_u64(str_trim((struct str){buf_get(&text), text.n}), &number))
        return 0;
    return number < UNLIMITED ? number : 0;
}

static uint64_t count_kills(const struct monitor *monitor)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    struct err ignored; // then we cannot tell
    if (file_read_at(AT_FDCWD, monitor->oom.file, &text, &ignored) < 0)
        return 0;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        uint64_t count;
        if (str_is(str_cut(&line, ' '), "oom_kill"))
            return str_to_u64(line, &count) ? count : 0;
    }
    return 0;
}

bool oom_killed(struct monitor *monitor)
{
    struct oom *oom = &monitor->oom;
    if (oom->file[0] == '\0')
        return false;
    bool is_v1 = text_ends(oom->file, "oom_control");
    oom->kills = count_kills(monitor);
    oom->limit = number_in(monitor, is_v1 ? "memory.limit_in_bytes" : "memory.max");
    oom->peak = number_in(monitor, is_v1 ? "memory.max_usage_in_bytes" : "memory.peak");
    return oom->kills != 0;
}
