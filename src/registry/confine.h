// SPDX-License-Identifier: Apache-2.0
// confine.h — what is left to a process that reads the internet (S-9).
#pragma once
#include "base/err.h"

// From here on: no capability, no way to get one, an unprivileged user when it was root, no file
// but those that name resolution and certificates need, no system call but those of the list. What
// this kernel lacks of it (Landlock) is left out. < 0: something else failed.
[[nodiscard]] int registry_confine(struct err *err);
