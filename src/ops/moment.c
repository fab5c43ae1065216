// SPDX-License-Identifier: Apache-2.0
// moment.c — points in time as users write them: so long ago, seconds since 1970, or a date.
#include "base/str.h"
#include "ops/filters.h"

#include <string.h>
#include <time.h>

static const int64_t second_ns = 1'000'000'000;

// Digits with or without a fraction, in billionths of one. What follows is left in *rest.
static bool cut_decimal(struct str *rest, int64_t *out_whole, int64_t *out_billionths)
{
    size_t n = 0, n_behind = 0;
    uint64_t whole = 0;
    while (n < rest->n && rest->at[n] >= '0' && rest->at[n] <= '9')
        n++;
    if (n != 0 && (!str_to_u64((struct str){rest->at, n}, &whole) || whole > INT64_MAX / 2))
        return false;
    int64_t billionths = 0, unit = second_ns / 10;
    bool has_point = n < rest->n && rest->at[n] == '.';
    for (size_t i = n + 1; has_point && i < rest->n && rest->at[i] >= '0' && rest->at[i] <= '9';
         i++) {
        billionths += unit * (rest->at[i] - '0');
        unit /= 10;
        n_behind++;
    }
    if (n + n_behind == 0)
        return false;
    n += has_point ? n_behind + 1 : 0;
    *rest = (struct str){rest->at + n, rest->n - n};
    *out_whole = (int64_t)whole;
    *out_billionths = billionths;
    return true;
}

// "h" of "h30m": 0 when it is no unit.
static int64_t cut_unit(struct str *rest)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"µs", 1000},
        {"μs", 1000}, // the Greek letter
        {"ms", 1'000'000},
        {"s", 1'000'000'000},
        {"m", INT64_C(60) * 1'000'000'000},
        {"h", INT64_C(3600) * 1'000'000'000},
    };
    size_t n = 0;
    while (n < rest->n && rest->at[n] != '.' && (rest->at[n] < '0' || rest->at[n] > '9'))
        n++;
    struct str name = {rest->at, n};
    *rest = (struct str){rest->at + n, rest->n - n};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (str_is(name, units[i].name))
            return units[i].ns;
    }
    return 0;
}

// "1h30m", "-1.5s".
static bool read_duration(struct str text, int64_t *out_ns)
{
    bool is_negative = text.n != 0 && text.at[0] == '-';
    int64_t sum = 0;
    if (is_negative || (text.n != 0 && text.at[0] == '+'))
        text = (struct str){text.at + 1, text.n - 1};
    if (text.n == 0)
        return false;
    while (text.n != 0) {
        int64_t whole, billionths, part;
        if (!cut_decimal(&text, &whole, &billionths))
            return false;
        int64_t unit = cut_unit(&text);
        if (unit == 0 || __builtin_mul_overflow(whole, unit, &part) ||
            __builtin_add_overflow(sum, part, &sum) ||
            __builtin_add_overflow(sum, (int64_t)((__int128)billionths * unit / second_ns), &sum))
            return false;
    }
    *out_ns = is_negative ? -sum : sum;
    return true;
}

// Exactly n digits of at most `most`.
static bool cut_digits(struct str *rest, size_t n, int most, int *out)
{
    uint32_t value;
    if (rest->n < n || !str_to_u32((struct str){rest->at, n}, &value) || (int)value > most)
        return false;
    *rest = (struct str){rest->at + n, rest->n - n};
    *out = (int)value;
    return true;
}

static bool cut_sign(struct str *rest, char sign)
{
    if (rest->n == 0 || rest->at[0] != sign)
        return false;
    *rest = (struct str){rest->at + 1, rest->n - 1};
    return true;
}

// Z, +01:00, -07:00.
static bool cut_zone(struct str *rest, int *out_s)
{
    int hours, minutes;
    *out_s = 0;
    if (cut_sign(rest, 'Z'))
        return true;
    bool is_west = cut_sign(rest, '-');
    if (!is_west && !cut_sign(rest, '+'))
        return false;
    if (!cut_digits(rest, 2, 24, &hours) || !cut_sign(rest, ':') ||
        !cut_digits(rest, 2, 59, &minutes))
        return false;
    *out_s = (hours * 60 + minutes) * (is_west ? -60 : 60);
    return true;
}

// T15, T15:04, T15:04:05, T15:04:05.999
static bool cut_clock(struct str *rest, struct tm *tm, int64_t *out_ns)
{
    int64_t whole;
    if (!cut_digits(rest, 2, 23, &tm->tm_hour))
        return false;
    if (!cut_sign(rest, ':'))
        return true;
    if (!cut_digits(rest, 2, 59, &tm->tm_min))
        return false;
    if (!cut_sign(rest, ':'))
        return true;
    if (!cut_digits(rest, 2, 59, &tm->tm_sec))
        return false;
    return rest->n == 0 || rest->at[0] != '.' || cut_decimal(rest, &whole, out_ns);
}

static bool read_date(struct str rest, int64_t *out_ns)
{
    struct tm tm = {.tm_isdst = -1};
    int64_t fraction = 0;
    int zone_s, year, month, day;
    if (!cut_digits(&rest, 4, 2200, &year) || !cut_sign(&rest, '-') ||
        !cut_digits(&rest, 2, 12, &month) || !cut_sign(&rest, '-') ||
        !cut_digits(&rest, 2, 31, &day) || year < 1970 || month == 0 || day == 0)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    if (cut_sign(&rest, 'T') && !cut_clock(&rest, &tm, &fraction))
        return false;
    bool is_local = rest.n == 0;
    if (!is_local && (!cut_zone(&rest, &zone_s) || rest.n != 0))
        return false;
    time_t seconds = is_local ? mktime(&tm) : timegm(&tm) - zone_s;
    *out_ns = seconds * second_ns + fraction;
    return tm.tm_mday == day; // not the 30th of February
}

int time_read(const char *text, int64_t now, int64_t *out_ns, struct err *err)
{
    struct str rest = str_of(text);
    int64_t ago, whole, billionths, ns;
    if (read_duration(rest, &ago)) {
        *out_ns = now - ago;
        return 0;
    }
    if (read_date(rest, out_ns))
        return 0;
    if (!cut_decimal(&rest, &whole, &billionths) || rest.n != 0 ||
        __builtin_mul_overflow(whole, second_ns, &ns))
        return fail(err, ERR_INVALID, "failed to parse value as time or duration: \"%s\"", text);
    *out_ns = ns + billionths;
    return 0;
}
