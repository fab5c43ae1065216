// SPDX-License-Identifier: Apache-2.0
// retry.h — how long to wait before another attempt.
#pragma once
#include <stdint.h>

enum {
    RETRY_ATTEMPTS = 5, // docker's
    RETRY_MIRROR_ATTEMPTS = 2,
    RETRY_FIRST_MS = 500,
    RETRY_PAUSE_MAX_MS = 30'000,
    RETRY_AFTER_MAX_MS = 120'000, // a registry that wants more is not waited for
};
// The pause after attempt number `attempt` (the first is 1): first_ms, doubled each time up to
// RETRY_PAUSE_MAX_MS, and up to a quarter more or less (`random` is any number) so that many
// clients do not come back at once.
uint64_t retry_pause_ms(uint32_t first_ms, uint32_t attempt, uint32_t random);
