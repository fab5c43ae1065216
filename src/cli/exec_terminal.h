// SPDX-License-Identifier: Apache-2.0
// exec_terminal.h — the user's terminal on one side, the terminal of a process of exec on the
// other.
#pragma once
#include "base/err.h"
#include "cli/detachkeys.h"

#include <stdbool.h>

struct exec_terminal {
    int terminal; // the process's pseudo-terminal, its master; borrowed
    int end;      // can be read when the process has ended; borrowed
    struct detach_keys keys;
    bool wants_stdin;
};
enum { EXEC_DETACHED = 1 };
// Copies until the process has ended: 0, or EXEC_DETACHED when the user has left it. The user's
// terminal is as before on every way out.
[[nodiscard]] int exec_terminal_run(const struct exec_terminal *it, struct err *err);
