// SPDX-License-Identifier: Apache-2.0
// units_test.c — sizes and CPUs as docker's users write and read them.
#include "base/mem.h"
#include "base/test.h"
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

TEST(sizes_are_powers_of_1024)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"0", 0},
        {"1024", 1024},
        {"64b", 64},
        {"1k", 1024},
        {"1K", 1024},
        {"300kb", 300LL * 1024},
        {"512m", 512LL * 1024 * 1024},
        {"512MiB", 512LL * 1024 * 1024},
        {"1.5g", 1536LL * 1024 * 1024},
        {"2 GB", 2LL * 1024 * 1024 * 1024},
        {"1t", 1024LL * 1024 * 1024 * 1024},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct err err = {};
        int64_t bytes = -1;
        CHECK_INT(read_bytes(NULL, cases[i].text, &bytes, &err), 0);
        CHECK_INT(bytes, cases[i].bytes);
    }
}

TEST(what_is_no_size_is_refused_and_named)
{
    static const char *const cases[] = {
        "",        "m",   "-1",  "1x",  "1bb",   "1.", ".5",
        "1mm",     "1 2", "1e3", "0x1", "1kib!", "+1", "99999999999999999999",
        "9999999p"};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct err err = {};
        int64_t bytes = -7;
        CHECK_INT(read_bytes(NULL, cases[i], &bytes, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, cases[i]);
        CHECK_INT(bytes, -7);
    }
}

TEST(minus_one_is_a_size_only_where_it_means_no_limit)
{
    struct err err = {};
    int64_t bytes = 0;
    CHECK_INT(read_signed_bytes(NULL, "-1", &bytes, &err), 0);
    CHECK_INT(bytes, -1);
    CHECK_INT(read_signed_bytes(NULL, "-2", &bytes, &err), -1);
}

TEST(cpus_are_read_exactly)
{
    static const struct {
        const char *text;
        int64_t nano;
    } cases[] = {{"1", 1'000'000'000},
                 {"0.5", 500'000'000},
                 {"1.25", 1'250'000'000},
                 {"0.01", 10'000'000},
                 {"64", 64'000'000'000}};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct err err = {};
        int64_t nano = 0;
        CHECK_INT(read_cpus(NULL, cases[i].text, &nano, &err), 0);
        CHECK_INT(nano, cases[i].nano);
    }
    struct err err = {};
    int64_t nano = 0;
    CHECK_INT(read_cpus(NULL, "half", &nano, &err), -1);
    CHECK_INT(read_cpus(NULL, "1.5x", &nano, &err), -1);
}

TEST(sizes_are_shown_with_three_digits_and_powers_of_1000)
{
    static const struct {
        uint64_t bytes;
        const char *words;
    } cases[] = {
        {0, "0B"},
        {999, "999B"},
        {1000, "1kB"},
        {1999, "2kB"},
        {10'210, "10.2kB"},
        {999'499, "999kB"},
        {999'999, "1MB"},
        {2'140'000, "2.14MB"},
        {641'000'000, "641MB"},
        {1'500'000'000, "1.5GB"},
        {10'290, "10.3kB"},
        {999'499, "999kB"},
        {999'501, "1MB"},
        {UINT64_MAX, "18.4EB"},
    };
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        CHECK_STR(size_words(&arena, cases[i].bytes), cases[i].words);
}

TEST(sums_are_shown_with_four_digits)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(size_words_4(&arena, 0), "0B");
    CHECK_STR(size_words_4(&arena, 999), "999B");
    CHECK_STR(size_words_4(&arena, 1'234'567), "1.235MB");
    CHECK_STR(size_words_4(&arena, 999'949), "999.9kB");
    CHECK_STR(size_words_4(&arena, 999'960), "1MB");
}

TEST(dates_are_in_the_users_zone)
{
    AUTO_ARENA struct arena arena = {};
    setenv("TZ", "UTC0", 1);
    tzset();
    CHECK_STR(date_words(&arena, 1'700'000'000), "2023-11-14T22:13:20Z");
    setenv("TZ", "ABC-5:30", 1);
    tzset();
    CHECK_STR(date_words(&arena, 1'700'000'000), "2023-11-15T03:43:20+05:30");
    setenv("TZ", "DEF3", 1);
    tzset();
    CHECK_STR(date_words(&arena, 1'700'000'000), "2023-11-14T19:13:20-03:00");
}

TEST(what_is_cut_short_ends_in_dots_and_whole_characters)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(shorten(&arena, "abcde", 5), "abcde");
    CHECK_STR(shorten(&arena, "abcdef", 5), "abcd…");
    CHECK_STR(shorten(&arena, "äöüß", 3), "äö…");
    CHECK_STR(short_id(&arena, "sha256:0123456789abcdef"), "0123456789ab");
    CHECK_STR(short_id(&arena, "<missing>"), "<missing>");
}
