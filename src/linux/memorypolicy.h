// SPDX-License-Identifier: Apache-2.0
// memorypolicy.h — of which NUMA nodes a process gets its memory (set_mempolicy(2)).
#pragma once
#include "base/err.h"
#include "base/idlist.h"

#include <stddef.h>

struct memory_policy {
    int mode; // with its flags, as the kernel wants it
    bool has_nodes;
    struct id_list nodes;
};

// mode "MPOL_BIND" …; nodes "0-3,7", NULL or ""; flags "MPOL_F_STATIC_NODES" … ERR_INVALID: unknown
// words or a combination that the kernel does not have.
[[nodiscard]] int memory_policy_parse(const char *mode, const char *nodes, const char *const *flags,
                                      size_t n_flags, struct memory_policy *out, struct err *err);
// For the calling thread and what it starts. One system call.
[[nodiscard]] int memory_policy_apply(const struct memory_policy *policy, struct err *err);
// Names for `features`: NULL-terminated.
const char *const *memory_policy_modes(void);
const char *const *memory_policy_flags(void);
