// SPDX-License-Identifier: Apache-2.0
// tree.h — rm -r, for trees that containers and images made.
#pragma once
#include "base/err.h"

// Removes `name` below dir and all that is in it: by descriptors, never through a symbolic link or
// into a mount (ERR_CONFLICT), whatever the depth. Fine when it is gone.
[[nodiscard]] int tree_remove(int dir, const char *name, struct err *err);
