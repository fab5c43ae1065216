// SPDX-License-Identifier: Apache-2.0
// retry.c — exponential back-off with jitter.
#include "registry/retry.h"

uint64_t retry_pause_ms(uint32_t first_ms, uint32_t attempt, uint32_t random)
{
    uint64_t ms = first_ms != 0 ? first_ms : RETRY_FIRST_MS;
    for (uint32_t i = 1; i < attempt && ms < RETRY_PAUSE_MAX_MS; i++)
        ms *= 2;
    if (ms > RETRY_PAUSE_MAX_MS)
        ms = RETRY_PAUSE_MAX_MS;
    uint64_t spread = ms / 2;
    return ms - spread / 2 + (spread != 0 ? random % (spread + 1) : 0);
}
