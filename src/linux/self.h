// SPDX-License-Identifier: Apache-2.0
// self.h — a program that cannot be overwritten through /proc/PID/exe by what it starts (S-7,
// CVE-2019-5736).
#pragma once
#include "base/err.h"

// Makes sure that the running program was started from something nobody can write through: its own
// file on a read-only mount that is attached nowhere, or, where such a mount may not be made, a
// sealed copy in memory. When it was not, executes itself again from there with the same arguments
// and environment and does not return. Call it before anything is opened: what is close-on-exec is
// lost. < 0: neither could be had.
[[nodiscard]] int self_protect(char **argv, struct err *err);

// The same for a program that will be started: an fd for execveat(fd, "", …, AT_EMPTY_PATH),
// close-on-exec, of the file `path`. Who starts the runtime with it saves it the second exec.
[[nodiscard]] int self_protected_open(const char *path, struct err *err);
