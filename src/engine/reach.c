// SPDX-License-Identifier: Apache-2.0
// reach.c — whether a signal can have an effect on a container's first process.
//
// The kernel says what a process does with each signal (SigBlk, SigIgn, SigCgt of
// /proc/PID/status; proc(5)) and spares the first process of a pid namespace every signal that it
// has no handler for (pid_namespaces(7)). So a signal is lost when it is ignored, or when it is
// uncaught and the process is such a first one; unless it is blocked: then it waits, and a program
// may fetch it (sigwait, signalfd). What is lost now does not come back when a handler is set
// later. dhow-init fetches all and passes them on: what its child does with one is what counts.
#include "engine/reach.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/signal.h"

#include <fcntl.h>
#include <string.h>

enum { STATUS_FILE_MAX = 64 * 1024 };

struct dispositions {
    uint64_t blocked, ignored, caught;
    bool is_first; // of a pid namespace of its own
    bool is_known;
};

static uint64_t read_mask(struct str hex)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < hex.n; i++) {
        char digit = hex.at[i];
        mask = mask << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return mask;
}

static struct dispositions read_status_of(struct arena *arena, int64_t pid)
{
    struct dispositions out = {};
    AUTO_BUF struct buf text;
    buf_init(&text, STATUS_FILE_MAX);
    struct err ignored; // it has just ended
    const char *path = arena_printf(arena, "/proc/%jd/status", (intmax_t)pid);
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return out;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), name = str_cut(&line, ':'), value = str_trim(line);
        if (str_is(name, "NSpid")) {
            bool is_inner = memchr(value.at, '\t', value.n) != NULL;
            out.is_first = is_inner && str_is(str_cut_last(&value, '\t'), "1");
        } else if (str_is(name, "SigBlk")) {
            out.blocked = read_mask(value);
        } else if (str_is(name, "SigIgn")) {
            out.ignored = read_mask(value);
        } else if (str_is(name, "SigCgt")) {
            out.caught = read_mask(value);
            out.is_known = true; // the last of them; a zombie has none
        }
    }
    return out;
}

static int64_t first_child(struct arena *arena, int64_t pid)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATUS_FILE_MAX);
    struct err ignored; // it has none, then
    const char *path =
        arena_printf(arena, "/proc/%jd/task/%jd/children", (intmax_t)pid, (intmax_t)pid);
    int64_t child = 0;
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return 0;
    struct str rest = {buf_get(&text), text.n};
    return str_to_i64(str_cut(&rest, ' '), &child) ? child : 0;
}

const char *signal_without_effect(struct arena *arena, const struct container *container,
                                  int signal)
{
    int64_t pid = container->live.pid;
    const char *who = "its first process";
    if (container->spec.host.init) {
        pid = first_child(arena, pid);
        who = "its program";
    }
    if (pid <= 0 || signal <= 0)
        return NULL;
    struct dispositions it = read_status_of(arena, pid);
    uint64_t bit = UINT64_C(1) << (signal - 1);
    const char *name = signal_name(signal);
    if (!it.is_known || name == NULL || (it.blocked & bit) != 0)
        return NULL;
    if ((it.ignored & bit) != 0)
        return arena_printf(arena, "%s ignores %s", who, name);
    if (it.is_first && (it.caught & bit) == 0)
        return arena_printf(arena,
                            "%s has no handler for %s, and the kernel spares a first process then "
                            "(--init helps, or another --stop-signal)",
                            who, name);
    return NULL;
}
