// SPDX-License-Identifier: Apache-2.0
// process.h — processes by pidfd, never by a number that may have been given away again.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// clone3 with CLONE_… flags (SIGCHLD at exit). *out_pidfd (NULL: not wanted) is O_CLOEXEC. cgroup:
// an fd for CLONE_INTO_CGROUP, or -1. Returns as fork does: 0 in the child, the pid in the parent,
// < 0.
[[nodiscard]] pid_t process_clone(uint64_t flags, int cgroup, int *out_pidfd, struct err *err);
[[nodiscard]] int process_pidfd(pid_t pid, struct err *err); // ERR_NOT_FOUND when there is none
// 0, or < 0 with ERR_NOT_FOUND when the process has ended.
[[nodiscard]] int process_signal(int pidfd, int signal, struct err *err);
// Field 22 of /proc/PID/stat (ticks since boot), and the state letter of field 3. ERR_NOT_FOUND
// when it has ended.
[[nodiscard]] int process_stat(pid_t pid, uint64_t *out_start, char *out_state, struct err *err);
// A file that holds one pid, as --pid-file of a runtime writes it. ERR_SYSTEM when it holds
// anything else.
[[nodiscard]] int process_read_pid(int dir, const char *name, pid_t *out, struct err *err);
// waitpid that EINTR does not end; the exit status as a shell says it: code, or 128 + signal.
[[nodiscard]] int process_wait(pid_t pid, int *out_status, struct err *err);
// SIGKILL for a process and all that it has started, children of children too; each is stopped
// first, so that it starts no more and reaps none of them. Who has left the tree (its parent ended
// before) is not met. `pid` must be a child of the caller, or of a process that is held still.
void process_kill_tree(pid_t pid);
