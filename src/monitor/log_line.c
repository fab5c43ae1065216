// SPDX-License-Identifier: Apache-2.0
// log_line.c — the inverse of what log_json.c encodes. In place: no escape is shorter than what
// it stands for.
#include "monitor/log_line.h"

#include "base/str.h"

#include <string.h>

struct cursor {
    char *at, *end;
};

static bool take(struct cursor *cursor, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < n || memcmp(cursor->at, text, n) != 0)
        return false;
    cursor->at += n;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// XXXX behind \u, as UTF-8; a surrogate (we write none) as U+FFFD.
static char *put_code(char *to, unsigned code)
{
    if (code >= 0xd800 && code <= 0xdfff)
        code = 0xfffd;
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

// The escape after a backslash; NULL when it is none.
static char *take_escape(struct cursor *cursor, char *to)
{
    static const char from[] = "nrt\"\\/bf", into[] = "\n\r\t\"\\/\b\f";
    if (cursor->at == cursor->end)
        return NULL;
    char c = *cursor->at++;
    const char *simple = c != '\0' ? strchr(from, c) : NULL;
    if (simple != NULL) {
        *to++ = into[simple - from];
        return to;
    }
    if (c != 'u' || cursor->end - cursor->at < 4)
        return NULL;
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*cursor->at++);
        if (digit < 0)
            return NULL;
        code = code << 4 | (unsigned)digit;
    }
    return put_code(to, code);
}

// The rest of a string behind its first quote, decoded to where it starts.
static bool take_string(struct cursor *cursor, const char **out, size_t *out_n)
{
    char *start = cursor->at, *to = start;
    while (cursor->at < cursor->end) {
        char c = *cursor->at++;
        if (c == '"') {
            *out = start;
            *out_n = (size_t)(to - start);
            return true;
        }
        if (c != '\\')
            *to++ = c;
        else if ((to = take_escape(cursor, to)) == NULL)
            return false;
    }
    return false;
}

static bool take_number(struct cursor *cursor, int digits, int64_t *out)
{
    int64_t number = 0;
    for (int i = 0; i < digits; i++) {
        if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9')
            return false;
        number = number * 10 + (*cursor->at++ - '0');
    }
    *out = number;
    return true;
}

// Days from 1970 to a day of the Gregorian calendar; years begin in March, so that the leap day is
// the last.
static int64_t days_to(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719'468;
}

// "2026-01-02T03:04:05.678Z": docker writes UTC, with as many digits as are needed.
static bool read_time(const char *text, size_t n, int64_t *out)
{
    struct cursor cursor = {(char *)(uintptr_t)text, (char *)(uintptr_t)text + n};
    int64_t year, month, day, hour, minute, second, ns = 0, unit = 100'000'000, digit;
    if (!take_number(&cursor, 4, &year) || !take(&cursor, "-") ||
        !take_number(&cursor, 2, &month) || !take(&cursor, "-") || !take_number(&cursor, 2, &day) ||
        !take(&cursor, "T") || !take_number(&cursor, 2, &hour) || !take(&cursor, ":") ||
        !take_number(&cursor, 2, &minute) || !take(&cursor, ":") ||
        !take_number(&cursor, 2, &second) || year < 1970 || year > 2200 || month == 0 || month > 12)
        return false;
    if (take(&cursor, ".")) {
        for (; take_number(&cursor, 1, &digit); unit /= 10)
            ns += digit * unit;
    }
    if (!take(&cursor, "Z") || cursor.at != cursor.end)
        return false;
    int64_t seconds = ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *out = seconds * 1'000'000'000 + ns;
    return true;
}

// {"a":"b"} of labels and tags: read over, for the engine knows them.
static bool skip_attributes(struct cursor *cursor)
{
    const char *ignored;
    size_t n;
    if (!take(cursor, ",\"attrs\":{"))
        return true;
    if (take(cursor, "}"))
        return true;
    do {
        if (!take(cursor, "\"") || !take_string(cursor, &ignored, &n) || !take(cursor, ":\"") ||
            !take_string(cursor, &ignored, &n))
            return false;
    } while (take(cursor, ","));
    return take(cursor, "}");
}

bool log_line_parse(char *line, size_t n, struct log_line *out)
{
    struct cursor cursor = {line, line + n};
    struct log_line parsed = {};
    const char *stream, *time;
    size_t n_stream, n_time;
    if (!take(&cursor, "{\"log\":\"") || !take_string(&cursor, &parsed.text, &parsed.n) ||
        !take(&cursor, ",\"stream\":\"") || !take_string(&cursor, &stream, &n_stream) ||
        !skip_attributes(&cursor) || !take(&cursor, ",\"time\":\"") ||
        !take_string(&cursor, &time, &n_time) || !take(&cursor, "}") || cursor.at != cursor.end ||
        !read_time(time, n_time, &parsed.time_ns))
        return false;
    parsed.is_stderr = str_is((struct str){stream, n_stream}, "stderr");
    if (!parsed.is_stderr && !str_is((struct str){stream, n_stream}, "stdout"))
        return false;
    *out = parsed;
    return true;
}
