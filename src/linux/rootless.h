// SPDX-License-Identifier: Apache-2.0
// rootless.h — a user without privileges becomes root in a user namespace of their own, the same
// one for all their commands (user_namespaces(7), subuid(5)).
//
// A namespace lives as long as a process or a descriptor holds it, and mounts that one command
// makes must be seen by the next. So the first command leaves a process behind that does nothing
// but be in a new user and a new mount namespace; those after it join these. It holds a lock on a
// file beside its pid: a free lock means that it has gone, and the next command makes another.
#pragma once
#include "base/err.h"

#include <stdbool.h>

// Whether this process was made root that way, by itself or by whom it comes from.
bool rootless_is_entered(void);
// Whether rootless_enter is for this process: it is neither root nor has it mount(2).
bool rootless_is_needed(void);
// The user's own directory for what runs, made 0700 when missing: $XDG_RUNTIME_DIR/dhow, or
// /tmp/dhow-UID where there is none. NULL: err says why. Yours: free.
[[nodiscard]] char *rootless_run_dir(struct err *err);
// Enters. Afterwards the caller's user is 0, the ranges of /etc/subuid and /etc/subgid are 1 and
// up, and the working directory is the same path. Must be called while there is one thread. When
// there are no ranges, or newuidmap(1) is missing, the user's own id is the only one: *out_why_one
// (NULL: not wanted) says why then, and is NULL else; yours: free.
[[nodiscard]] int rootless_enter(const char *run_dir, char **out_why_one, struct err *err);

// Enters the network namespace that all of the user's networks are in: bridges, addresses and rules
// of theirs are made there, and pasta(1) connects it with the world as the user. It is made by the
// first who needs it. There is no way back to the host's for this process. In it already, or not
// rootless: nothing happens. ERR_UNAVAILABLE: pasta is not installed.
[[nodiscard]] int rootless_network_enter(struct err *err);
// socket(2) on the host's network, also after that; -1 with errno, EMFILE when there are none left:
// a process that has entered has kept ROOTLESS_SOCKETS of each kind (TCP and UDP, IPv4 and IPv6).
enum { ROOTLESS_SOCKETS = 32 };
[[nodiscard]] int rootless_socket(int family, int type, int protocol);
