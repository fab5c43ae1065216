// SPDX-License-Identifier: Apache-2.0
// rlimit.h — resource limits by their specification names.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The sixteen names ("RLIMIT_AS" …), NULL-terminated.
const char *const *rlimit_names(void);
// True and *out (for prlimit), or false.
bool rlimit_find(const char *name, int *out_resource);
// Sets one limit of a process (0: the caller); UINT64_MAX is unlimited. A hard limit that may not
// be raised (no CAP_SYS_RESOURCE, or above fs.nr_open) stays at the present one and
// *out_was_clamped says so, for a warning. One system call unless that happens: safe in a cloned
// child.
[[nodiscard]] int rlimit_apply(pid_t pid, const char *name, uint64_t soft, uint64_t hard,
                               bool *out_was_clamped, struct err *err);
