// SPDX-License-Identifier: Apache-2.0
// landlock.h — cuts abstract sockets and signals to processes outside, without any file rule
// (SECURITY.md P2: with one, a nested mount would fail); and for our own programs, all but one
// directory, or all but reading some.
#pragma once
#include "base/err.h"

#include <stddef.h>

enum landlock_scopes {
    LANDLOCK_SCOPE_SOCKETS = 1 << 0, // abstract unix sockets of processes outside the domain
    LANDLOCK_SCOPE_SIGNALS = 1 << 1,
};

// The kernel's ABI version; 0 when it has none or it is switched off.
int landlock_abi(void);
// Puts the calling thread, for good, into a domain with these scopes. Needs no_new_privs or
// CAP_SYS_ADMIN. 1: done; 0: this kernel cannot (ABI below 6). Only system calls.
[[nodiscard]] int landlock_scope_apply(enum landlock_scopes scopes, struct err *err);
// The same with files: below `dir` everything can be made, removed and written; nothing can be read
// there or executed, and outside of it nothing at all. No TCP (ABI 4), no sockets and signals to
// others (ABI 6). What is open stays open. dir -1: no files at all. 1: done; 0: this kernel cannot
// (ABI 1 would forbid hard links, too).
[[nodiscard]] int landlock_beneath_apply(int dir, struct err *err);
// Of all files only those at and below these paths can be opened, to be read; nothing can be
// changed or executed, no TCP port bound (ABI 4); sockets and signals as above. Paths that are not
// there are left out. What is open stays open. 1: done; 0: this kernel cannot.
[[nodiscard]] int landlock_read_only(const char *const *paths, size_t n, struct err *err);
