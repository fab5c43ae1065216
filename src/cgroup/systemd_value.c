// SPDX-License-Identifier: Apache-2.0
// systemd_value.c — reads a property's value; the grammar stands in the header.
//
// A value is read against an expected signature where one is known ("@at [1, 2]", the second
// element of an array) and finds its own otherwise.
#include "cgroup/systemd_value.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct arena *arena;
    const char *start;
    struct str rest;
    struct err *err;
};

static const struct type_word {
    const char *word;
    char type;
    bool is_signed;
    int64_t min; // of signed numbers
    uint64_t max;
} type_words[] = {
    {"boolean", 'b', false, 0, 1},
    {"byte", 'y', false, 0, UINT8_MAX},
    {"int16", 'n', true, INT16_MIN, INT16_MAX},
    {"uint16", 'q', false, 0, UINT16_MAX},
    {"int32", 'i', true, INT32_MIN, INT32_MAX},
    {"uint32", 'u', false, 0, UINT32_MAX},
    {"int64", 'x', true, INT64_MIN, INT64_MAX},
    {"uint64", 't', false, 0, UINT64_MAX},
    {"double", 'd', true, 0, 0},
    {"string", 's', false, 0, 0},
    {"objectpath", 'o', false, 0, 0},
    {"signature", 'g', false, 0, 0},
};

static int read_value(struct reader *reader, struct str expected, int depth,
                      struct systemd_value *out);

static int fail_at(struct reader *reader, const char *what)
{
    return fail(reader->err, ERR_INVALID, "\"%.100s\": expected %s at byte %zu", reader->start,
                what, (size_t)(reader->rest.at - reader->start) + 1);
}

static void skip(struct reader *reader, size_t n)
{
    reader->rest.at += n;
    reader->rest.n -= n;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->rest.n != 0 && (*reader->rest.at == ' ' || *reader->rest.at == '\t'))
        skip(reader, 1);
}

static char peek(const struct reader *reader)
{
    return reader->rest.n != 0 ? *reader->rest.at : '\0';
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (peek(reader) != c || reader->rest.n == 0)
        return false;
    skip(reader, 1);
    return true;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct str peek_word(const struct reader *reader)
{
    struct str word = {reader->rest.at, 0};
    while (word.n < reader->rest.n && is_word_char(word.at[word.n]))
        word.n++;
    return word;
}

static const struct type_word *type_by_word(struct str word)
{
    for (size_t i = 0; i < N_ELEMENTS(type_words); i++)
        if (str_is(word, type_words[i].word))
            return &type_words[i];
    return NULL;
}

static const struct type_word *type_by_letter(char letter)
{
    for (size_t i = 0; i < N_ELEMENTS(type_words); i++)
        if (type_words[i].type == letter)
            return &type_words[i];
    return NULL;
}

// The length of the one complete type that a signature begins with; 0 when it begins with none.
static size_t complete_type(struct str signature, int depth)
{
    if (signature.n == 0 || depth > SYSTEMD_DEPTH_MAX)
        return 0;
    if (*signature.at == 'a') {
        size_t n = complete_type((struct str){signature.at + 1, signature.n - 1}, depth + 1);
        return n != 0 ? n + 1 : 0;
    }
    if (*signature.at != '(')
        return type_by_letter(*signature.at) != NULL;
    for (size_t used = 1; used < signature.n;) {
        if (signature.at[used] == ')')
            return used > 1 ? used + 1 : 0;
        size_t n = complete_type((struct str){signature.at + used, signature.n - used}, depth + 1);
        if (n == 0)
            return 0;
        used += n;
    }
    return 0;
}

// --- simple values ---

static int read_string(struct reader *reader, const char **out)
{
    static const char escapes[] = "\\'\"nt", meanings[] = "\\'\"\n\t";
    char quote = peek(reader);
    AUTO_BUF struct buf text;
    buf_init(&text, SYSTEMD_VALUE_MAX);
    skip(reader, 1);
    while (reader->rest.n != 0 && peek(reader) != quote) {
        char c = peek(reader);
        if (c == '\\') {
            skip(reader, 1);
            const char *at = reader->rest.n != 0 ? strchr(escapes, peek(reader)) : NULL;
            if (at == NULL || *at == '\0')
                return fail_at(reader, "one of \\ ' \" n t");
            c = meanings[at - escapes];
        } else if ((unsigned char)c < ' ' || c == 0x7f) {
            return fail_at(reader, "no control character");
        }
        buf_char(&text, c);
        skip(reader, 1);
    }
    if (reader->rest.n == 0)
        return fail_at(reader, "the string's closing quote");
    skip(reader, 1);
    *out = arena_strdup(reader->arena, buf_get(&text));
    return 0;
}

static bool hex_number(struct str digits, uint64_t *out)
{
    uint64_t number = 0;
    if (digits.n == 0 || digits.n > 16)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        char c = digits.at[i];
        bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && (c < '0' || c > '9'))
            return false;
        number = number << 4 | (uint64_t)(is_letter ? c - 'a' + 10 : c - '0');
    }
    *out = number;
    return true;
}

static int read_double(struct reader *reader, struct str text, struct systemd_value *out)
{
    bool is_plain = text.n > 0 && text.n < 40;
    size_t dots = 0, digits = 0;
    for (size_t i = 0; is_plain && i < text.n; i++) {
        dots += text.at[i] == '.';
        digits += text.at[i] >= '0' && text.at[i] <= '9';
    }
    bool has_sign = text.n != 0 && *text.at == '-';
    if (!is_plain || dots > 1 || digits == 0 || dots + digits + has_sign != text.n)
        return fail_at(reader, "a number");
    AUTO_FREE char *copy = xstrndup(text.at, text.n);
    out->real = strtod(copy, NULL); // digits and one dot: cannot fail
    return 0;
}

static int read_number(struct reader *reader, char wanted, struct systemd_value *out)
{
    struct str text = {reader->rest.at, 0};
    while (text.n < reader->rest.n &&
           (is_word_char(text.at[text.n]) || text.at[text.n] == '-' || text.at[text.n] == '.'))
        text.n++;
    bool has_dot = text.n != 0 && memchr(text.at, '.', text.n) != NULL;
    char type = wanted != '\0' ? wanted : has_dot ? 'd' : 'i';
    const struct type_word *word = type_by_letter(type);
    out->type = type;
    if (type == 'd') {
        if (read_double(reader, text, out) < 0)
            return -1;
    } else if (strchr("bsog", type) != NULL) {
        return fail_at(reader, word->word);
    } else {
        bool is_hex = str_starts(text, "0x");
        bool is_negative = str_starts(text, "-");
        uint64_t natural = 0;
        int64_t whole = 0;
        bool is_read = is_hex        ? hex_number((struct str){text.at + 2, text.n - 2}, &natural)
                       : is_negative ? word->is_signed && str_to_i64(text, &whole)
                                     : str_to_u64(text, &natural);
        if (!is_read || natural > word->max || whole < word->min)
            return fail_at(reader, word->word);
        if (word->is_signed)
            out->whole = is_negative ? whole : (int64_t)natural;
        else
            out->natural = natural;
    }
    skip(reader, text.n);
    return 0;
}

static int read_simple(struct reader *reader, char wanted, struct systemd_value *out)
{
    char c = peek(reader);
    if (c == '\'' || c == '"') {
        out->type = wanted != '\0' ? wanted : 's';
        if (strchr("sog", out->type) == NULL)
            return fail_at(reader, type_by_letter(wanted)->word);
        return read_string(reader, &out->text);
    }
    struct str word = peek_word(reader);
    bool is_true = str_is(word, "true");
    if (!is_true && !str_is(word, "false"))
        return read_number(reader, wanted, out);
    if (wanted != '\0' && wanted != 'b')
        return fail_at(reader, type_by_letter(wanted)->word);
    out->type = 'b';
    out->natural = is_true;
    skip(reader, word.n);
    return 0;
}

// --- containers ---

static void add_item(struct reader *reader, struct systemd_value *out,
                     const struct systemd_value *item)
{
    // Sizes double: 1, 2, 4 … items have room when their number is a power of two.
    if ((out->n_items & (out->n_items - 1)) == 0) {
        size_t room = out->n_items != 0 ? out->n_items * 2 : 1;
        struct systemd_value *items = arena_array(reader->arena, room, sizeof *items);
        if (out->n_items != 0)
            memcpy(items, out->items, out->n_items * sizeof *items);
        out->items = items;
    }
    out->items[out->n_items++] = *item;
}

static int read_array(struct reader *reader, struct str expected, int depth,
                      struct systemd_value *out)
{
    struct str element = STR("");
    if (expected.n != 0)
        element = (struct str){expected.at + 1, expected.n - 1};
    skip(reader, 1);
    while (!take(reader, ']')) {
        if (out->n_items != 0 && !take(reader, ','))
            return fail_at(reader, "\",\" or \"]\"");
        struct systemd_value item = {0};
        if (read_value(reader, element, depth + 1, &item) < 0)
            return -1;
        if (element.n == 0)
            element = str_of(item.signature);
        add_item(reader, out, &item);
    }
    if (element.n == 0)
        return fail_at(reader, "a type before an empty array, such as @as,");
    out->type = 'a';
    out->signature = arena_printf(reader->arena, "a%.*s", (int)element.n, element.at);
    return 0;
}

static int read_tuple(struct reader *reader, struct str expected, int depth,
                      struct systemd_value *out)
{
    struct str types = expected;
    if (types.n != 0)
        types = (struct str){types.at + 1, types.n - 2}; // without the brackets
    AUTO_BUF struct buf signature;
    buf_init(&signature, SYSTEMD_VALUE_MAX);
    buf_char(&signature, '(');
    skip(reader, 1);
    while (!take(reader, ')')) {
        if (out->n_items != 0 && !take(reader, ','))
            return fail_at(reader, "\",\" or \")\"");
        if (out->n_items != 0 && take(reader, ')'))
            break;
        struct str type = {types.at, complete_type(types, 0)};
        struct systemd_value item = {0};
        if (expected.n != 0 && type.n == 0)
            return fail_at(reader, "no more values in the tuple");
        if (read_value(reader, type, depth + 1, &item) < 0)
            return -1;
        types = (struct str){types.at + type.n, types.n - type.n};
        buf_text(&signature, item.signature);
        add_item(reader, out, &item);
    }
    if (out->n_items == 0 || (expected.n != 0 && types.n != 0))
        return fail_at(reader, "more values in the tuple");
    buf_char(&signature, ')');
    out->type = '(';
    out->signature = arena_strdup(reader->arena, buf_get(&signature));
    return 0;
}

// "@a(ss)" or "uint64" before a value. *out is the signature, empty when there is none.
static int read_type(struct reader *reader, struct str *out)
{
    *out = STR("");
    if (take(reader, '@')) {
        size_t n = complete_type(reader->rest, 0);
        if (n == 0)
            return fail_at(reader, "a type's signature");
        *out = (struct str){reader->rest.at, n};
        skip(reader, n);
    } else {
        struct str word = peek_word(reader);
        const struct type_word *type = type_by_word(word);
        if (type == NULL)
            return 0;
        skip(reader, word.n);
        *out = (struct str){&type->type, 1};
    }
    skip_blanks(reader);
    return 0;
}

static int read_value(struct reader *reader, struct str expected, int depth,
                      struct systemd_value *out)
{
    struct str given;
    if (depth > SYSTEMD_DEPTH_MAX)
        return fail_at(reader, "less nesting");
    skip_blanks(reader);
    if (read_type(reader, &given) < 0)
        return -1;
    if (given.n != 0 && expected.n != 0 && !str_equal(given, expected))
        return fail_at(reader, "the same type as before");
    struct str type = given.n != 0 ? given : expected;
    char first = type.n != 0 ? *type.at : '\0';
    bool is_array = peek(reader) == '[';
    bool is_tuple = peek(reader) == '(';
    if (type.n != 0 && (is_array != (first == 'a') || is_tuple != (first == '(')))
        return fail_at(reader, "a value of the type before it");
    if (is_array)
        return read_array(reader, type, depth, out);
    if (is_tuple)
        return read_tuple(reader, type, depth, out);
    if (read_simple(reader, first, out) < 0)
        return -1;
    out->signature = arena_printf(reader->arena, "%c", out->type);
    return 0;
}

int systemd_value_parse(struct arena *arena, const char *text, struct systemd_value *out,
                        struct err *err)
{
    struct reader reader = {arena, text, str_of(text), err};
    struct systemd_value value = {0};
    if (reader.rest.n > SYSTEMD_VALUE_MAX)
        return fail(err, ERR_INVALID, "a value of more than %d bytes", SYSTEMD_VALUE_MAX);
    if (read_value(&reader, STR(""), 0, &value) < 0)
        return -1;
    skip_blanks(&reader);
    if (reader.rest.n != 0)
        return fail_at(&reader, "the end");
    *out = value;
    return 0;
}
