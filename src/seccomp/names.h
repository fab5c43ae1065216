// SPDX-License-Identifier: Apache-2.0
// names.h — the specification's words for seccomp, and what they are to the kernel and libseccomp.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct seccomp_action {
    const char *name;
    uint32_t value;     // SCMP_ACT_…, which is SECCOMP_RET_… without its data
    uint32_t errno_max; // of errnoRet; 0: the action takes none
};
struct seccomp_operator {
    const char *name;
    int value; // enum scmp_compare
};
struct seccomp_flag {
    const char *name;
    unsigned value; // SECCOMP_FILTER_FLAG_…
};

// NULL when there is no such word.
const struct seccomp_action *seccomp_action_get(const char *name);
const struct seccomp_operator *seccomp_operator_get(const char *name);
const struct seccomp_flag *seccomp_flag_get(const char *name);
// True and *out, an AUDIT_ARCH_… token, or false.
bool seccomp_arch_find(const char *name, uint32_t *out);
