// SPDX-License-Identifier: Apache-2.0
// str.c — slices.
#include "base/str.h"

#include <string.h>

struct str str_of(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

bool str_is(struct str a, const char *text)
{
    return str_equal(a, str_of(text));
}

bool str_starts(struct str text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.n >= n && memcmp(text.at, prefix, n) == 0;
}

struct str str_cut(struct str *rest, char separator)
{
    const char *found = rest->n != 0 ? memchr(rest->at, separator, rest->n) : NULL;
    struct str head = *rest;
    if (found == NULL) {
        *rest = (struct str){rest->at + rest->n, 0};
        return head;
    }
    head.n = (size_t)(found - rest->at);
    *rest = (struct str){found + 1, rest->n - head.n - 1};
    return head;
}

struct str str_cut_last(struct str *rest, char separator)
{
    const char *found = rest->n != 0 ? memrchr(rest->at, separator, rest->n) : NULL;
    struct str all = *rest;
    if (found == NULL) {
        *rest = (struct str){rest->at, 0};
        return all;
    }
    rest->n = (size_t)(found - rest->at);
    return (struct str){found + 1, all.n - rest->n - 1};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct str str_trim(struct str text)
{
    while (text.n != 0 && is_blank(text.at[0]))
        text = (struct str){text.at + 1, text.n - 1};
    while (text.n != 0 && is_blank(text.at[text.n - 1]))
        text.n--;
    return text;
}

static bool to_number(struct str text, unsigned base, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.n == 0)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned char)text.at[i] - '0';
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value) || value > max)
            return false;
    }
    *out = value;
    return true;
}

bool str_to_u64(struct str text, uint64_t *out)
{
    return to_number(text, 10, UINT64_MAX, out);
}

bool str_to_i64(struct str text, int64_t *out)
{
    bool is_negative = text.n != 0 && text.at[0] == '-';
    if (is_negative)
        text = (struct str){text.at + 1, text.n - 1};
    uint64_t value;
    if (!to_number(text, 10, (uint64_t)INT64_MAX + is_negative, &value))
        return false;
    *out = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool str_to_u32(struct str text, uint32_t *out)
{
    uint64_t value;
    if (!to_number(text, 10, UINT32_MAX, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool str_octal(struct str text, uint32_t *out)
{
    uint64_t value;
    if (!to_number(text, 8, UINT32_MAX, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

char *put_digits(char *to, unsigned number, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        to[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + digits;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
