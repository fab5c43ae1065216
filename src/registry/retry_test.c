// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "registry/retry.h"

TEST(pauses_double_up_to_a_limit_and_are_spread_by_a_quarter)
{
    for (uint32_t random = 0; random < 5000; random += 7) {
        uint64_t first = retry_pause_ms(0, 1, random), third = retry_pause_ms(0, 3, random);
        uint64_t last = retry_pause_ms(0, UINT32_MAX, random);
        CHECK(first >= 375 && first <= 625);
        CHECK(third >= 1500 && third <= 2500);
        CHECK(last >= 22'500 && last <= 37'500);
    }
    CHECK_INT(retry_pause_ms(0, 1, 0), 375);
    CHECK_INT(retry_pause_ms(0, 1, 250), 625);
    CHECK_INT(retry_pause_ms(1, 1, 99), 1);
    CHECK(retry_pause_ms(UINT32_MAX, 1, 0) <= RETRY_PAUSE_MAX_MS);
}
