// SPDX-License-Identifier: Apache-2.0
// literal.c — constants: quoted texts, characters and numbers as Go writes them.
#include "template/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

// Exactly n digits of the base.
static bool cut_digits(struct str *rest, size_t n, unsigned base, unsigned *out)
{
    if (rest->n < n)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = digit_value(rest->at[i]);
        if (digit >= (int)base)
            return false;
        value = value * base + (unsigned)digit;
    }
    *rest = (struct str){rest->at + n, rest->n - n};
    *out = value;
    return true;
}

// \n, \t … and the quote itself: the character, or 0.
static char named_escape(char c, char quote)
{
    static const char letters[] = "abfnrtv\\", meanings[] = "\a\b\f\n\r\t\v\\";
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL)
        return meanings[letter - letters];
    return c == quote ? c : '\0';
}

static bool is_rune(unsigned value)
{
    return value <= 0x10ffff && (value < 0xd800 || value >= 0xe000);
}

// What stands behind a backslash. *is_byte: one byte, not a character.
static bool cut_escape(struct str *rest, char quote, unsigned *out, bool *is_byte)
{
    if (rest->n == 0)
        return false;
    char c = rest->at[0], named = named_escape(c, quote);
    *is_byte = c == 'x' || (c >= '0' && c <= '7');
    if (*is_byte && c != 'x')
        return cut_digits(rest, 3, 8, out) && *out < 256;
    *rest = (struct str){rest->at + 1, rest->n - 1};
    if (named != '\0') {
        *out = (unsigned char)named;
        return true;
    }
    size_t n = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    return n != 0 && cut_digits(rest, n, 16, out) && (*is_byte || is_rune(*out));
}

static bool unquote_to(struct buf *out, struct str rest, char quote)
{
    while (rest.n != 0) {
        unsigned rune;
        bool is_byte = false;
        if (rest.at[0] == quote || rest.at[0] == '\n')
            return false;
        if (rest.at[0] != '\\') {
            buf_char(out, rest.at[0]);
            rest = (struct str){rest.at + 1, rest.n - 1};
            continue;
        }
        rest = (struct str){rest.at + 1, rest.n - 1};
        if (!cut_escape(&rest, quote, &rune, &is_byte))
            return false;
        if (is_byte)
            buf_char(out, (char)rune);
        else
            rune_write(out, rune);
    }
    return true;
}

bool unquote(struct arena *arena, struct str quoted, struct str *out)
{
    struct str inside = {quoted.at + 1, quoted.n - 2};
    AUTO_BUF struct buf text;
    buf_init(&text, TEMPLATE_TEXT_MAX);
    if (quoted.at[0] == '`') {
        for (size_t i = 0; i < inside.n; i++) {
            if (inside.at[i] != '\r')
                buf_char(&text, inside.at[i]);
        }
    } else if (!unquote_to(&text, inside, quoted.at[0])) {
        return false;
    }
    char *copy = arena_alloc(arena, text.n + 1);
    memcpy(copy, buf_get(&text), text.n);
    *out = (struct str){copy, text.n};
    return true;
}

static int rune_constant(struct arena *arena, struct str text, struct value *out, struct err *err)
{
    struct str inside;
    if (!unquote(arena, text, &inside) || inside.n == 0)
        return fail(err, ERR_INVALID, "invalid syntax");
    size_t n;
    unsigned rune = rune_read(inside, &n);
    if (inside.n == 1) // '\xff' is a byte
        rune = (unsigned char)inside.at[0];
    else if (n != inside.n)
        return fail(err, ERR_INVALID, "malformed character constant: %.*s", (int)text.n, text.at);
    *out = (struct value){.kind = VALUE_INT, .whole = (int64_t)rune};
    return 0;
}

// The digits without their underscores; false when one does not stand between two digits.
static bool without_underscores(struct str text, char *digits, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] == '_' && (i == 0 || i + 1 == text.n || text.at[i - 1] == '_' ||
                                  digit_value(text.at[i + 1]) > 15))
            return false;
        if (text.at[i] != '_' && n + 1 < size)
            digits[n++] = text.at[i];
    }
    digits[n] = '\0';
    return n + 1 < size;
}

// 0x1f, 0o17, 017, 0b11, 12: 1 read, 0 not a whole number, -1 too large.
static int whole_constant(const char *digits, uint64_t *out, bool *is_negative)
{
    *is_negative = *digits == '-';
    digits += *digits == '-' || *digits == '+';
    int base = 10;
    if (digits[0] == '0' && digits[1] != '\0') {
        char letter = (char)(digits[1] | 0x20);
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        digits += letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1;
    }
    if (digit_value(*digits) >= base)
        return 0;
    char *end;
    errno = 0;
    *out = strtoull(digits, &end, base);
    return *end != '\0' ? 0 : errno != 0 ? -1 : 1;
}

int number_read(struct arena *arena, struct token token, struct value *out, struct err *err)
{
    enum { DIGITS_MAX = 128 };
    char digits[DIGITS_MAX], *end;
    uint64_t whole = 0;
    bool is_negative;
    struct str text = token.text;
    if (token.kind == TOKEN_RUNE)
        return rune_constant(arena, text, out, err);
    if (text.n == 0 || text.at[text.n - 1] == 'i')
        return fail(err, ERR_INVALID, "complex numbers are not understood: \"%.*s\"", (int)text.n,
                    text.at);
    if (!without_underscores(text, digits, sizeof digits))
        return fail(err, ERR_INVALID, "illegal number syntax: \"%.*s\"", (int)text.n, text.at);
    int found = whole_constant(digits, &whole, &is_negative);
    bool fits = whole <= (uint64_t)INT64_MAX + is_negative;
    if (found == 1 && fits) {
        *out =
            (struct value){.kind = VALUE_INT, .whole = (int64_t)(is_negative ? 0 - whole : whole)};
        return 0;
    }
    if (found == 1 && !is_negative && digits[0] != '+') {
        *out = (struct value){.kind = VALUE_UINT, .natural = whole};
        return 0;
    }
    if (found != 0)
        return fail(err, ERR_INVALID, "integer overflow: \"%.*s\"", (int)text.n, text.at);
    double fraction = strtod(digits, &end);
    bool is_hex = strpbrk(digits, "xX") != NULL;
    if (*end != '\0' || end == digits || (is_hex && strpbrk(digits, "pP") == NULL))
        return fail(err, ERR_INVALID, "illegal number syntax: \"%.*s\"", (int)text.n, text.at);
    if (strpbrk(digits, ".eEpPxX") == NULL) // as Go says of 08, too
        return fail(err, ERR_INVALID, "integer overflow: \"%.*s\"", (int)text.n, text.at);
    *out = (struct value){.kind = VALUE_FLOAT, .fraction = fraction};
    return 0;
}
