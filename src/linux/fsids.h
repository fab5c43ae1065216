// SPDX-License-Identifier: Apache-2.0
// fsids.h — whose files this process makes for a while: setfsuid(2), setfsgid(2).
//
// A mount made with another's ids keeps them (overlayfs makes its work directory as who mounted
// it).
#pragma once
#include "base/err.h"

#include <stdint.h>

// The calling thread makes files as these from now on, and keeps its capabilities over files, which
// the kernel takes away with the ids. < 0: nothing has changed.
[[nodiscard]] int fsids_take(uint32_t uid, uint32_t gid, struct err *err);
// Back to root's.
void fsids_give_back(void);
