// SPDX-License-Identifier: Apache-2.0
// lock.h — inside monitor/: the monitor's side of live.json and of the lock.
#pragma once
#include "monitor/monitor.h"

// Takes the lock in the run directory: an fd that holds it. ERR_CONFLICT: another monitor has it.
[[nodiscard]] int lock_take(int run_dir, struct err *err);
// live_write; without syncs when what it says need not survive a power cut.
[[nodiscard]] int live_put(int container_dir, const struct live *live, bool is_durable,
                           struct err *err);
