// SPDX-License-Identifier: Apache-2.0
// guard.h — while a container runs, its monitor sees when somebody flushes dhow's firewall, and has
// it made again.
#pragma once
#include "base/err.h"

struct monitor;
[[nodiscard]] int guard_open(struct monitor *monitor, struct err *err);
void guard_done(struct monitor *monitor);
