// SPDX-License-Identifier: Apache-2.0
// units.c — sizes and numbers of CPUs, as users write and read them.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <string.h>
#include <time.h>

enum { FRACTION_DIGITS = 9 };

// "12.5" in billionths. What stands behind the number is left in *rest.
static bool cut_decimal(struct str *rest, uint64_t *out_whole, uint64_t *out_billionths)
{
    size_t n = 0;
    while (n < rest->n && rest->at[n] >= '0' && rest->at[n] <= '9')
        n++;
    if (!str_to_u64((struct str){rest->at, n}, out_whole) || *out_whole > INT64_MAX / 4)
        return false;
    *rest = (struct str){rest->at + n, rest->n - n};
    *out_billionths = 0;
    if (rest->n == 0 || rest->at[0] != '.')
        return true;
    uint64_t unit = 100'000'000;
    size_t i = 1;
    for (; i < rest->n && rest->at[i] >= '0' && rest->at[i] <= '9'; i++) {
        *out_billionths += unit * (uint64_t)(rest->at[i] - '0');
        unit /= 10;
    }
    *rest = (struct str){rest->at + i, rest->n - i};
    return i > 1;
}

// "512m", "1.5g", "2GiB", "300kb", "1024": powers of 1024.
int read_bytes(struct arena *arena, const char *text, void *member, struct err *err)
{
    (void)arena;
    static const char units[] = "bkmgtp";
    struct str rest = str_trim(str_of(text));
    uint64_t whole, billionths;
    if (!cut_decimal(&rest, &whole, &billionths))
        return fail(err, ERR_INVALID, "invalid size: '%s'", text);
    rest = str_trim(rest);
    char letter = rest.n != 0 ? (char)(rest.at[0] | 0x20) : 'b';
    const char *unit = strchr(units, letter);
    struct str suffix = rest.n != 0 ? (struct str){rest.at + 1, rest.n - 1} : (struct str){};
    bool is_known = suffix.n == 0 || str_is(suffix, "b") || str_is(suffix, "B") ||
                    str_is(suffix, "ib") || str_is(suffix, "iB");
    if (unit == NULL || *unit == '\0' || !is_known || (letter == 'b' && suffix.n != 0))
        return fail(err, ERR_INVALID, "invalid size: '%s' (a number, and b, k, m, g, t or p)",
                    text);
    uint64_t times = UINT64_C(1) << 10 * (unit - units), bytes;
    if (__builtin_mul_overflow(whole, times, &bytes) || bytes > INT64_MAX / 2)
        return fail(err, ERR_INVALID, "invalid size: '%s' is too large", text);
    bytes += (uint64_t)((__uint128_t)billionths * times / 1'000'000'000);
    *(int64_t *)member = (int64_t)bytes;
    return 0;
}

int read_signed_bytes(struct arena *arena, const char *text, void *member, struct err *err)
{
    if (strcmp(text, "-1") != 0)
        return read_bytes(arena, text, member, err);
    *(int64_t *)member = -1;
    return 0;
}

int read_cpus(struct arena *arena, const char *text, void *member, struct err *err)
{
    (void)arena;
    struct str rest = str_of(text);
    uint64_t whole, billionths;
    if (!cut_decimal(&rest, &whole, &billionths) || rest.n != 0 || whole > 1'000'000)
        return fail(err, ERR_INVALID, "failed to parse %s as a rational number", text);
    *(int64_t *)member = (int64_t)(whole * 1'000'000'000 + billionths);
    return 0;
}

int read_list(struct arena *arena, const char *text, void *member, struct err *err)
{
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.n == 0)
            return fail(err, ERR_INVALID, "an element of the list is empty");
        words_add(arena, member, arena_strndup(arena, one.at, one.n));
    }
    return 0;
}

// As Go's units.HumanSize has it, a power of 1000 and so many digits; but what rounds to 1000 is
// "1GB" here, where Go writes "1e+03MB".
static const char *with_digits(struct arena *arena, uint64_t bytes, int digits)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    double most = digits == 3 ? 999.5 : 999.95;
    size_t unit = 0;
    for (; value >= most && (unit != 0 || bytes >= 1000); unit++)
        value /= 1000;
    return arena_printf(arena, "%.*g%s", digits, value, units[unit]);
}

const char *size_words(struct arena *arena, uint64_t bytes)
{
    return with_digits(arena, bytes, 3);
}

const char *size_words_4(struct arena *arena, uint64_t bytes)
{
    return with_digits(arena, bytes, 4);
}

const char *binary_size_words(struct arena *arena, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024; unit++)
        value /= 1024;
    return arena_printf(arena, "%.4g%s", value, units[unit]);
}

// As Go prints a time.
const char *time_words(struct arena *arena, int64_t seconds)
{
    enum { WORDS_MAX = 64 };
    char *words = arena_alloc(arena, WORDS_MAX);
    struct tm tm;
    time_t at = seconds;
    if (localtime_r(&at, &tm) != NULL)
        (void)strftime(words, WORDS_MAX, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
    return words;
}

// RFC 3339 in the user's zone.
const char *date_words(struct arena *arena, int64_t seconds)
{
    char words[TIME_SECONDS_N + 1] = "";
    struct tm tm = {};
    time_t at = seconds;
    if (localtime_r(&at, &tm) == NULL ||
        strftime(words, sizeof words, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return "";
    long minutes = labs(tm.tm_gmtoff) / 60;
    if (minutes == 0)
        return arena_printf(arena, "%sZ", words);
    return arena_printf(arena, "%s%c%02ld:%02ld", words, tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60,
                        minutes % 60);
}

const char *ago_words(struct arena *arena, int64_t seconds)
{
    return arena_printf(arena, "%s ago", duration_words(arena, now_ns() - seconds * 1'000'000'000));
}

static int compare_pairs(const void *a, const void *b)
{
    return strcmp(((const struct json_pair *)a)->key, ((const struct json_pair *)b)->key);
}

const char *labels_words(struct arena *arena, const struct json_pair *labels, size_t n)
{
    struct json_pair *sorted = arena_array(arena, n + 1, sizeof *sorted);
    AUTO_BUF struct buf out;
    buf_init(&out, JSON_TEXT_MAX);
    if (n != 0)
        memcpy(sorted, labels, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_pairs);
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%s%s=%s", i != 0 ? "," : "", sorted[i].key, sorted[i].value);
    return arena_strdup(arena, buf_get(&out));
}

const char *short_id(struct arena *arena, const char *id)
{
    return arena_printf(arena, "%.12s", id + (text_starts(id, "sha256:") ? strlen("sha256:") : 0));
}

const char *shorten(struct arena *arena, const char *text, size_t most)
{
    size_t n = 0, keep = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        n += (text[i] & 0xc0) != 0x80;
        if (n < most)
            keep = i + 1;
        else if (n == most && (text[i] & 0xc0) != 0x80)
            keep = i;
    }
    return n <= most ? text : arena_printf(arena, "%.*s…", (int)keep, text);
}
