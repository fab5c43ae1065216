// SPDX-License-Identifier: Apache-2.0
// landlock.h — cuts abstract sockets and signals to processes outside, without any file rule
// (SECURITY.md P2: with one, a nested mount would fail).
#pragma once
#include "base/err.h"

enum landlock_scopes {
    LANDLOCK_SCOPE_SOCKETS = 1 << 0, // abstract unix sockets of processes outside the domain
    LANDLOCK_SCOPE_SIGNALS = 1 << 1,
};

// The kernel's ABI version; 0 when it has none or it is switched off.
int landlock_abi(void);
// Puts the calling thread, for good, into a domain with these scopes. Needs no_new_privs or
// CAP_SYS_ADMIN. 1: done; 0: this kernel cannot (ABI below 6). Only system calls.
[[nodiscard]] int landlock_scope_apply(enum landlock_scopes scopes, struct err *err);
