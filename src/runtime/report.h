// SPDX-License-Identifier: Apache-2.0
// report.h — telling the caller which process a container or an exec has: --pid-file,
// --pidfd-socket.
#pragma once
#include "base/err.h"

#include <sys/types.h>

// The file appears whole, with the number and no line end (as runc and crun write it); it replaces
// one that is there.
[[nodiscard]] int report_pid_file(const char *path, pid_t pid, struct err *err);
// Connects to the caller's socket and sends one message with the pidfd (SCM_RIGHTS).
[[nodiscard]] int report_pidfd(const char *socket_path, int pidfd, struct err *err);
