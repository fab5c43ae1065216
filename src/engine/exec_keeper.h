// SPDX-License-Identifier: Apache-2.0
// exec_keeper.h — inside engine/: who stays with a process of exec.
#pragma once
#include "engine/parts.h"
#include "ops/exec.h"

struct exec_plan {
    struct engine *engine;
    const struct container *container;
    const char *runtime;                           // a program …
    const char *const *argv;                       // … and its command line, NULL at the end
    const char *pid_name, *log_name, *socket_name; // what argv names, in exec_dir; socket: or NULL
    int exec_dir, record_file;
    int process; // process.json
    struct exec_inspection *record;
    bool detach;
};
// Starts it, without a terminal, with this process's 0, 1 and 2, as a child of this process. Errors
// as below.
[[nodiscard]] int exec_start(const struct exec_plan *plan, pid_t *out_pid, struct err *err);
// Its exit code, when it has ended; the record says so.
[[nodiscard]] int exec_await(const struct exec_plan *plan, pid_t pid);
// Starts it with a keeper. *out_terminal: the pseudo-terminal's master or -1; *out_end: see
// struct container_exec_response. The runtime's words come back as the error: ERR_NOT_FOUND for
// docker's exit status 127, ERR_DENIED for 126.
[[nodiscard]] int exec_keep(const struct exec_plan *plan, int *out_terminal, int *out_end,
                            struct err *err);
