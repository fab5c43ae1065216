// SPDX-License-Identifier: Apache-2.0
// capability.h — the five capability sets of a process: names, masks, and setting them around a
// change of user.
//
// Order in the child: capability_apply_before_user, setgroups/setgid/setuid,
// capability_apply_after_user, execve. Only system calls: safe in a cloned child.
// Kernel: capabilities(7).
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capability_sets {
    uint64_t bounding, effective, permitted, inheritable, ambient; // bit n is capability number n
};

// The names by number ("CAP_CHOWN" is 0), NULL-terminated: what `features` lists.
const char *const *capability_names(void);
// The name of a number; NULL when we know none.
const char *capability_name(unsigned number);
// True and *out, or false: exact upper-case spelling with CAP_.
bool capability_find(const char *name, unsigned *out);
// The mask of a list of names. Names nobody knows are left out; their number is the result, and the
// first of them goes to *out_unknown (NULL: not wanted; untouched when all are known).
size_t capability_mask(const char *const *list, size_t n, uint64_t *out, const char **out_unknown);
// The highest capability that the running kernel has.
unsigned capability_last(void);

// Shrinks the bounding set (needs CAP_SETPCAP) and makes the permitted set survive setuid. < 0: the
// process must not go on.
[[nodiscard]] int capability_apply_before_user(const struct capability_sets *sets, struct err *err);
// Sets the other four sets. Asked-for capabilities that the process itself does not have are left
// out: their mask goes to *out_missing (for a warning; 0 when none).
[[nodiscard]] int capability_apply_after_user(const struct capability_sets *sets,
                                              uint64_t *out_missing, struct err *err);
