// SPDX-License-Identifier: Apache-2.0
// clock_test.c — docker's words for times and spans.
#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"

#include <time.h>

static const int64_t second = 1'000'000'000;

TEST(a_time_is_utc_with_nanoseconds_and_zero_is_never)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(time_rfc3339(&arena, 1'795'514'531'448'438'558), "2026-11-24T10:02:11.448438558Z");
    CHECK_STR(time_rfc3339(&arena, 5), "1970-01-01T00:00:00.000000005Z");
    CHECK_STR(time_rfc3339(&arena, 0), "0001-01-01T00:00:00Z");
}

TEST(a_date_is_what_the_c_library_says)
{
    for (time_t at = 1; at < INT64_C(7'500'000'000); at += 86'399) { // to the year 2207
        struct tm utc;
        char want[30], got[TIME_SECONDS_N + 1] = "";
        CHECK(gmtime_r(&at, &utc) != NULL);
        CHECK(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &utc) == TIME_SECONDS_N);
        time_write_seconds(got, at);
        CHECK_STR(got, want);
    }
}

TEST(spans_are_said_as_docker_says_them)
{
    static const struct {
        int64_t seconds;
        const char *words;
    } cases[] = {
        {0, "Less than a second"},  {1, "1 second"},
        {59, "59 seconds"},         {60, "About a minute"},
        {119, "About a minute"},    {120, "2 minutes"},
        {3599, "59 minutes"},       {3600, "About an hour"},
        {3600 + 1800, "2 hours"},   {47LL * 3600, "47 hours"},
        {48LL * 3600, "2 days"},    {13LL * 86400, "13 days"},
        {14LL * 86400, "2 weeks"},  {59LL * 86400, "8 weeks"},
        {60LL * 86400, "2 months"}, {729LL * 86400, "24 months"},
        {730LL * 86400, "2 years"},
    };
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        CHECK_STR(duration_words(&arena, cases[i].seconds * second), cases[i].words);
    CHECK_STR(duration_words(&arena, -5 * second), "Less than a second"); // a clock set back
}
