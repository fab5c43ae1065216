// SPDX-License-Identifier: Apache-2.0
// resctrl.h — Intel RDT: groups of processes that share a part of the cache and of the memory
// bandwidth.
//
// Kernel: Documentation/arch/x86/resctrl.rst; the file system at /sys/fs/resctrl, mounted by the
// administrator.
#pragma once
#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

// An fd of the file system's root. ERR_UNAVAILABLE when the machine has none or it is not mounted.
[[nodiscard]] int resctrl_open(struct err *err);
// Makes the group: 1, or 0 when it was there. A name with a slash or a leading dot is ERR_INVALID.
[[nodiscard]] int resctrl_group_make(int root, const char *group, struct err *err);
[[nodiscard]] int resctrl_group_exists(int root, const char *group, struct err *err); // 1, 0, < 0
// Writes lines of its schemata in one write ("L3:0=ff;1=ff\nMB:0=50\n"); and appends what they are.
[[nodiscard]] int resctrl_limit(int root, const char *group, const char *lines, struct err *err);
[[nodiscard]] int resctrl_limits_read(int root, const char *group, struct buf *out,
                                      struct err *err);
// Puts a process into the group, and into a monitoring group of it that is made when it is not
// there (NULL: none).
[[nodiscard]] int resctrl_enter(int root, const char *group, const char *monitor, pid_t pid,
                                struct err *err);
// Removes the monitoring group, or without one the group; fine when it is gone.
[[nodiscard]] int resctrl_remove(int root, const char *group, const char *monitor, struct err *err);
