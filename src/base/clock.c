// SPDX-License-Identifier: Apache-2.0
// clock.c — points in time and spans of it, as docker writes them.
#include "base/clock.h"

#include "base/str.h"

#include <string.h>
#include <time.h>

static const int64_t second_ns = 1'000'000'000;
#define DAY_HOURS INT64_C(24) // a constant for the table, as wide as its columns

int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); // cannot fail for this clock
    return now.tv_sec * second_ns + now.tv_nsec;
}

int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail for this clock
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// Without the C library's gmtime_r, which reads the time zone's files first. Days to civil date:
// Howard Hinnant's algorithm for the proleptic Gregorian calendar.
void time_write_seconds(char out[TIME_SECONDS_N], int64_t seconds)
{
    int64_t days = seconds / 86400 + 719468;
    unsigned in_day = (unsigned)(seconds % 86400);
    unsigned era = (unsigned)(days / 146097), of_era = (unsigned)(days % 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    char *to = put_digits(out, year, 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    to = put_digits(to, day, 2);
    *to++ = 'T';
    to = put_digits(to, in_day / 3600, 2);
    *to++ = ':';
    to = put_digits(to, in_day / 60 % 60, 2);
    *to++ = ':';
    (void)put_digits(to, in_day % 60, 2);
}

void time_write_rfc3339(char out[TIME_RFC3339_MAX], int64_t ns)
{
    if (ns == 0) { // Go's zero time: has not happened
        memcpy(out, "0001-01-01T00:00:00Z", sizeof "0001-01-01T00:00:00Z");
        return;
    }
    time_write_seconds(out, ns / second_ns);
    out[TIME_SECONDS_N] = '.';
    char *end = put_digits(out + TIME_SECONDS_N + 1, (unsigned)(ns % second_ns), 9);
    memcpy(end, "Z", sizeof "Z");
}

const char *time_rfc3339(struct arena *arena, int64_t ns)
{
    char text[TIME_RFC3339_MAX];
    time_write_rfc3339(text, ns);
    return arena_strdup(arena, text);
}

const char *duration_words(struct arena *arena, int64_t ns)
{
    int64_t seconds = ns / second_ns, minutes = seconds / 60, hours = (seconds + 1800) / 3600;
    static const struct {
        int64_t below_hours, hours_each;
        const char *unit;
    } spans[] = {
        {48, 1, "hours"},
        {14 * DAY_HOURS, DAY_HOURS, "days"},
        {60 * DAY_HOURS, 7 * DAY_HOURS, "weeks"},
        {730 * DAY_HOURS, 30 * DAY_HOURS, "months"},
        {INT64_MAX, 365 * DAY_HOURS, "years"},
    };
    if (seconds < 1)
        return "Less than a second";
    if (seconds == 1)
        return "1 second";
    if (seconds < 60)
        return arena_printf(arena, "%jd seconds", (intmax_t)seconds);
    if (minutes == 1)
        return "About a minute";
    if (minutes < 60)
        return arena_printf(arena, "%jd minutes", (intmax_t)minutes);
    if (hours <= 1)
        return "About an hour";
    size_t i = 0;
    while (hours >= spans[i].below_hours)
        i++;
    return arena_printf(arena, "%jd %s", (intmax_t)(hours / spans[i].hours_each), spans[i].unit);
}
