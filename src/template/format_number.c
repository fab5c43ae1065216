// SPDX-License-Identifier: Apache-2.0
// format_number.c — numbers by Go's verbs.
#include "template/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 512, FLOAT_MAX = 2048, WHOLE_MAX = 2 * 1024 * 1024, SHORTEST = -1 };

void put_padded(struct buf *out, const struct spec *spec, struct str text)
{
    int missing = spec->width;
    for (struct str rest = text; rest.n != 0 && missing > 0; missing--) {
        size_t n;
        (void)rune_read(rest, &n);
        rest = (struct str){rest.at + n, rest.n - n};
    }
    if (spec->minus)
        buf_add(out, text.at, text.n);
    for (int i = 0; i < missing && !out->is_full; i++)
        buf_char(out, spec->zero && !spec->minus ? '0' : ' ');
    if (!spec->minus)
        buf_add(out, text.at, text.n);
}

// --- whole numbers ---

static void put_prefix(struct buf *out, const struct spec *spec, unsigned base, bool has_zero)
{
    if (spec->sharp && base == 2)
        buf_text(out, "0b");
    else if (spec->sharp && base == 16)
        buf_text(out, spec->verb == 'X' ? "0X" : "0x");
    else if (spec->sharp && base == 8 && spec->verb != 'O' && !has_zero)
        buf_char(out, '0');
    if (spec->verb == 'O')
        buf_text(out, "0o");
}

static void put_in_base(struct buf *out, const struct spec *spec, uint64_t value, bool is_negative,
                        unsigned base)
{
    const char *digits = spec->verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[64];
    size_t n = sizeof text;
    uint64_t magnitude = is_negative ? 0 - value : value;
    bool has_sign = is_negative || spec->plus || spec->space;
    int least = spec->precision;
    struct spec rest = *spec;
    rest.zero = false;
    if (least < 0 && spec->zero && !spec->minus)
        least = spec->width - has_sign;
    AUTO_BUF struct buf number;
    buf_init(&number, WHOLE_MAX);
    do {
        text[--n] = digits[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    if (spec->precision == 0 && value == 0) {
        put_padded(out, &rest, (struct str){"", 0});
        return;
    }
    if (has_sign)
        buf_char(&number, is_negative ? '-' : spec->plus ? '+' : ' ');
    int n_zeros = least - (int)(sizeof text - n);
    put_prefix(&number, spec, base, n_zeros > 0 || text[n] == '0');
    for (; n_zeros > 0; n_zeros--)
        buf_char(&number, '0');
    buf_add(&number, text + n, sizeof text - n);
    put_padded(out, &rest, (struct str){buf_get(&number), number.n});
}

static void put_rune(struct buf *out, const struct spec *spec, uint64_t value)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 32);
    unsigned rune = value > 0x10ffff ? 0xfffd : (unsigned)value;
    if (spec->verb == 'c') {
        rune_write(&text, rune);
    } else if (spec->verb == 'U') {
        buf_printf(&text, "U+%04jX", (uintmax_t)value);
    } else if (rune == '\'' || rune == '"') {
        buf_text(&text, rune == '"' ? "'\"'" : "'\\''");
    } else {
        AUTO_BUF struct buf plain, quoted;
        buf_init(&plain, 8);
        buf_init(&quoted, 32);
        rune_write(&plain, rune);
        quote(&quoted, (struct str){buf_get(&plain), plain.n});
        buf_printf(&text, "'%.*s'", (int)quoted.n - 2, buf_get(&quoted) + 1);
    }
    put_padded(out, spec, (struct str){buf_get(&text), text.n});
}

bool put_whole(struct buf *out, const struct spec *spec, const struct value *value)
{
    static const struct {
        char verb;
        unsigned char base;
    } bases[] = {{'v', 10}, {'d', 10}, {'b', 2}, {'o', 8}, {'O', 8}, {'x', 16}, {'X', 16}};
    bool is_negative = value->kind == VALUE_INT && value->whole < 0;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        struct spec how = *spec;
        if (spec->verb != (unsigned char)bases[i].verb)
            continue;
        how.sharp |= spec->sharp_v && value->kind == VALUE_UINT; // %#v of a uint
        put_in_base(out, &how, value->natural, is_negative,
                    spec->sharp_v && value->kind == VALUE_UINT ? 16 : bases[i].base);
        return true;
    }
    bool is_rune = spec->verb == 'c' || spec->verb == 'q' || spec->verb == 'U';
    if (is_rune)
        put_rune(out, spec, value->natural);
    return is_rune;
}

// --- fractions ---

// "d.ddde±dd" with the fewest digits that read back as the same.
static void shortest_digits(char *to, size_t size, double value)
{
    for (int precision = 0; precision <= 17; precision++) {
        snprintf(to, size, "%.*e", precision, value);
        if (strtod(to, NULL) == value)
            return;
    }
}

// Without an exponent as long as it is in [least, most).
static void put_shortest(struct buf *out, double value, int least, int most)
{
    char digits[DIGITS_MAX];
    shortest_digits(digits, sizeof digits, value);
    const char *e = strchr(digits, 'e');
    int exponent = e != NULL ? (int)strtol(e + 1, NULL, 10) : 0;
    const char *point = strchr(digits, '.');
    int n_behind = point != NULL ? (int)(e - point) - 1 : 0;
    if (exponent < least || exponent >= most)
        buf_text(out, digits);
    else
        buf_printf(out, "%.*f", n_behind > exponent ? n_behind - exponent : 0, value);
}

void put_json_float(struct buf *out, double value)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DIGITS_MAX);
    put_shortest(&text, value, -6, 21);
    const char *e = strstr(buf_get(&text), "e-0"); // e-09 is e-9
    buf_add(out, buf_get(&text), e != NULL ? (size_t)(e - text.at) + 2 : text.n);
    if (e != NULL)
        buf_text(out, e + 3);
}

static void put_digits_of(struct buf *out, const struct spec *spec, double value)
{
    bool is_general = spec->verb == 'v' || spec->verb == 'g' || spec->verb == 'G';
    int precision = spec->precision >= 0 ? spec->precision : is_general ? SHORTEST : 6;
    if (precision == SHORTEST) {
        put_shortest(out, value, -4, 6);
        return;
    }
    precision = precision > 300 ? 300 : precision;
    char text[DIGITS_MAX + 512];
    if (is_general)
        snprintf(text, sizeof text, "%.*g", precision, value);
    else if (spec->verb == 'e' || spec->verb == 'E')
        snprintf(text, sizeof text, "%.*e", precision, value);
    else
        snprintf(text, sizeof text, "%.*f", precision, value);
    buf_text(out, text);
}

// The number with its sign. What is no number is not filled up with zeros.
static void put_signed(struct buf *out, const struct spec *spec, double value, bool *out_is_number)
{
    bool shows_sign = spec->plus || spec->space;
    const char *sign = spec->plus || !spec->space ? "+" : " ";
    *out_is_number = !isnan(value) && !isinf(value);
    if (isnan(value))
        buf_printf(out, "%sNaN", shows_sign ? sign : "");
    else if (isinf(value))
        buf_printf(out, "%sInf", value < 0 ? "-" : sign);
    if (!*out_is_number)
        return;
    if (!signbit(value) && shows_sign)
        buf_text(out, sign);
    put_digits_of(out, spec, value);
}

bool put_float(struct buf *out, const struct spec *spec, double value)
{
    if (spec->verb == 0 || spec->verb > 'z' || strchr("vgGeEfF", (int)spec->verb) == NULL)
        return false;
    struct spec rest = *spec;
    AUTO_BUF struct buf number;
    bool is_number;
    buf_init(&number, FLOAT_MAX);
    put_signed(&number, spec, value, &is_number);
    rest.zero &= is_number;
    if (spec->verb == 'G' || spec->verb == 'E') {
        for (size_t i = 0; i < number.n; i++)
            number.at[i] = number.at[i] == 'e' ? 'E' : number.at[i];
    }
    struct str text = {buf_get(&number), number.n};
    bool has_sign = text.n != 0 && strchr("+- ", text.at[0]) != NULL;
    if (rest.zero && !rest.minus && has_sign) { // the sign comes before the zeros
        buf_char(out, text.at[0]);
        text = (struct str){text.at + 1, text.n - 1};
        rest.width--;
    }
    put_padded(out, &rest, text);
    return true;
}
