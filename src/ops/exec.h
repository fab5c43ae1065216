// SPDX-License-Identifier: Apache-2.0
// exec.h — a process that exec runs, or ran, in a container.
#pragma once
#include "json/bind.h"

struct exec_inspect_request {
    const char *id;
};
struct exec_process {
    bool tty, privileged;
    const char *entrypoint; // the first word
    const char **arguments;
    size_t n_arguments;
    const char *user;
};
struct exec_inspection {
    const char *id, *container_id;
    bool running;
    int64_t *exit_code; // NULL: it runs
    struct exec_process process;
    bool open_stdin, open_stdout, open_stderr, can_remove;
    const char *detach_keys;
    int64_t pid; // on the host; 0: it has ended
};
