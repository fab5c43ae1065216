// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "cli/command.h"

TEST(durations_are_read_as_go_does)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"0", 0},
        {"30s", 30'000'000'000},
        {"1m30s", 90'000'000'000},
        {"1.5h", 5'400'000'000'000},
        {"300ms", 300'000'000},
        {".5s", 500'000'000},
        {"2us3ns", 2'003},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        int64_t ns = -1;
        CHECK(read_duration(NULL, rows[i].text, &ns, &err) == 0);
        CHECK(ns == rows[i].ns);
    }
}

TEST(what_is_no_duration_is_refused)
{
    static const char *const rows[] = {"", "5", "s", "1x", "-1s", "1s 2s", "99999999999999999999h",
                                       "."};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        int64_t ns;
        CHECK(read_duration(NULL, rows[i], &ns, &err) < 0);
    }
}
