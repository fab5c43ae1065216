// SPDX-License-Identifier: Apache-2.0
// clock.c — points in time and spans of it, as docker writes them.
#include "base/clock.h"

#include <stdio.h>
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

const char *time_rfc3339(struct arena *arena, int64_t ns)
{
    if (ns == 0)
        return "0001-01-01T00:00:00Z"; // Go's zero time: has not happened
    time_t seconds = ns / second_ns;
    struct tm at;
    char text[40];
    (void)gmtime_r(&seconds, &at);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &at); // 19 characters
    return arena_printf(arena, "%s.%09dZ", text, (int)(ns % second_ns));
}

const char *duration_words(struct arena *arena, int64_t ns)
{
    int64_t seconds = ns / second_ns, minutes = seconds / 60, hours = (seconds + 1800) / 3600;
    static const struct {
        int64_t below_hours, hours_each;
        const char *unit;
    } spans[] = {
        {48, 1, "hours"},
        {2 * 7 * DAY_HOURS, DAY_HOURS, "days"},
        {2 * 30 * DAY_HOURS, 7 * DAY_HOURS, "weeks"},
        {2 * 365 * DAY_HOURS, 30 * DAY_HOURS, "months"},
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
