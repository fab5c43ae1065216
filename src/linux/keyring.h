// SPDX-License-Identifier: Apache-2.0
// keyring.h — a session keyring of the container's own, so that it does not see the caller's keys.
#pragma once
#include "base/err.h"

// Joins a new session keyring named _ses.ID that its owner may search and read. A kernel without
// keyrings is fine: there is nothing to leak. Few system calls: safe in a cloned child.
[[nodiscard]] int keyring_join_session(const char *id, struct err *err);
