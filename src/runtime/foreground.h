// SPDX-License-Identifier: Apache-2.0
// foreground.h — `run` and `exec` without --detach: the runtime stays, passes signals on and, with
// a terminal, bytes.
#pragma once
#include "base/err.h"
#include "oci/config.h"

#include <sys/types.h>

// A stand-in for a --console-socket: the container's end (for process_plan.console_socket) and
// ours. The process gets the size of our own terminal, if we have one.
[[nodiscard]] int foreground_console(struct arena *arena, struct oci_process *process,
                                     int out_pair[static 2], struct err *err);
// The terminal's master, which came through our end.
[[nodiscard]] int foreground_master(int console, struct err *err);
// Until the process ends: forwards signals to it; with a master (>= 0) carries standard input and
// output over it, our own terminal in raw mode meanwhile and restored after. *out_status: exit
// code, or 128 + signal.
[[nodiscard]] int foreground_wait(pid_t pid, int pidfd, int master, int *out_status,
                                  struct err *err);
