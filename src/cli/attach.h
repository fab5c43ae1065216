// SPDX-License-Identifier: Apache-2.0
// attach.h — the user's terminal or pipes on one side, a container's monitor on the other.
#pragma once
#include "base/err.h"
#include "cli/detachkeys.h"

#include <signal.h>
#include <stdbool.h>

struct attach {
    int connection; // speaks monitor.h's frames; borrowed
    int signals;    // signalfd of attach_signals(), or -1
    bool is_tty;    // the container has a terminal: ours goes raw, and keys detach
    struct detach_keys keys;
    bool wants_stdin;
    bool hides_stdout, hides_stderr; // --attach named others
    bool proxies_signals;
    bool leaves_early; // at the exit code; else when the monitor has let go of all that it held
};
enum { ATTACH_DETACHED = -2 };

// Blocks the signals that are the container's from now on and gives an fd they arrive at. Call
// before the container starts, so that none is lost.
[[nodiscard]] int attach_signals(struct err *err);
// Copies until the container has ended: its exit code; ATTACH_DETACHED when the user has asked to
// leave it; < 0 otherwise. The terminal is as before on every way out.
[[nodiscard]] int attach_run(const struct attach *attach, struct err *err);
