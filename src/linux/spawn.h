// SPDX-License-Identifier: Apache-2.0
// spawn.h — another program as a child that inherits what it is given and nothing else (S-6).
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct spawn {
    const char *program;            // a path
    const char *const *argv;        // ends with NULL
    const char *const *environment; // ends with NULL; NULL: this process's own
    const int *fds;                 // fds[i] becomes its descriptor i; it has no others
    size_t n_fds;                   // at most SPAWN_FDS_MAX
    bool dies_with_parent;          // SIGKILL when the thread that started it ends
};
enum { SPAWN_FDS_MAX = 8 };

// Starts it with no signal blocked or ignored; *out is its pid, to be waited for. < 0: it did not
// start, and err->sys is execve's reason.
[[nodiscard]] int spawn_program(const struct spawn *spawn, pid_t *out, struct err *err);
