// SPDX-License-Identifier: Apache-2.0
// docker.c — the functions that docker adds: json, split, join, title, lower, upper, pad, truncate.
//
// Letters outside of ASCII keep their case.
#include "base/mem.h"
#include "template/parts.h"

#include <stdlib.h>
#include <string.h>

static int call_json(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    value_json(&in->arena, &text, &args[0]);
    return make_text(in, &text, out);
}

// Bytes of the next part: up to the separator, or one character when it is empty.
static size_t part_length(struct str rest, struct str separator)
{
    size_t n = 1;
    if (separator.n == 0) {
        (void)rune_read(rest, &n);
        return n;
    }
    const char *found = memmem(rest.at, rest.n, separator.at, separator.n);
    return found != NULL ? (size_t)(found - rest.at) : rest.n;
}

// Go through the parts of a text twice: to count them and to keep them.
static size_t split_text(struct str rest, struct str separator, struct value *parts)
{
    for (size_t i = 0;; i++) {
        if (separator.n == 0 && rest.n == 0)
            return i;
        size_t n = part_length(rest, separator);
        if (parts != NULL)
            parts[i] = (struct value){.kind = VALUE_TEXT, .text = {rest.at, n}};
        if (n == rest.n)
            return i + 1;
        rest = (struct str){rest.at + n + separator.n, rest.n - n - separator.n};
    }
}

static int call_split(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    size_t n_parts = split_text(args[0].text, args[1].text, NULL);
    in->made_bytes += n_parts * sizeof(struct value);
    if (in->made_bytes > TEMPLATE_VALUES_MAX)
        return fail(in->err, ERR_INVALID, VALUES_TOO_LARGE, TEMPLATE_VALUES_MAX);
    struct value *parts = arena_array(&in->arena, n_parts + 1, sizeof *parts);
    (void)split_text(args[0].text, args[1].text, parts);
    *out = (struct value){.kind = VALUE_LIST, .values = parts, .n = n_parts, .element = VALUE_TEXT};
    return 0;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The values of a map come sorted as texts.
static void join_map(struct arena *arena, struct buf *out, const struct value *map,
                     struct str separator)
{
    const char **texts = arena_array(arena, map->n + 1, sizeof *texts);
    for (size_t i = 0; i < map->n; i++) {
        AUTO_BUF struct buf text;
        buf_init(&text, TEMPLATE_VALUES_MAX);
        print_value(arena, &text, &map->values[i]);
        texts[i] = arena_strdup(arena, buf_get(&text));
    }
    qsort(texts, map->n, sizeof *texts, compare_texts);
    for (size_t i = 0; i < map->n; i++) {
        if (i != 0)
            buf_add(out, separator.at, separator.n);
        buf_text(out, texts[i]);
    }
}

static int call_join(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    if (args[0].kind == VALUE_MAP) {
        join_map(&in->arena, &text, &args[0], args[1].text);
    } else if (args[0].kind == VALUE_LIST) {
        for (size_t i = 0; i < args[0].n; i++) {
            if (i != 0)
                buf_add(&text, args[1].text.at, args[1].text.n);
            print_value(&in->arena, &text, &args[0].values[i]);
        }
    } else if (args[0].kind != VALUE_NULL) {
        return fail(in->err, ERR_INVALID, "expected slice, got %s",
                    value_type(&in->arena, &args[0]));
    }
    return make_text(in, &text, out);
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static int call_lower(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    for (size_t i = 0; i < args[0].text.n; i++) {
        char c = args[0].text.at[i];
        buf_char(&text, is_upper(c) ? (char)(c | 0x20) : c);
    }
    return make_text(in, &text, out);
}

static int call_upper(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    for (size_t i = 0; i < args[0].text.n; i++) {
        char c = args[0].text.at[i];
        buf_char(&text, is_lower(c) ? (char)(c & ~0x20) : c);
    }
    return make_text(in, &text, out);
}

// A word begins behind what is no letter, digit or underscore.
static int call_title(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    bool is_inside = false;
    for (size_t i = 0; i < args[0].text.n; i++) {
        char c = args[0].text.at[i];
        buf_char(&text, is_lower(c) && !is_inside ? (char)(c & ~0x20) : c);
        is_inside = is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
    }
    return make_text(in, &text, out);
}

static int pad_with(struct execution *in, struct buf *out, int64_t n)
{
    if (n < 0)
        return fail(in->err, ERR_INVALID, "strings: negative Repeat count");
    if ((uint64_t)n > TEMPLATE_VALUES_MAX)
        return fail(in->err, ERR_INVALID, VALUES_TOO_LARGE, TEMPLATE_VALUES_MAX);
    for (int64_t i = 0; i < n; i++)
        buf_char(out, ' ');
    return 0;
}

static int call_pad(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    *out = args[0];
    if (args[0].text.n == 0)
        return 0;
    if (pad_with(in, &text, args[1].whole) < 0)
        return -1;
    buf_add(&text, args[0].text.at, args[0].text.n);
    if (pad_with(in, &text, args[2].whole) < 0)
        return -1;
    return make_text(in, &text, out);
}

static int call_truncate(struct execution *in, const struct value *args, size_t n,
                         struct value *out)
{
    (void)n;
    int64_t length = args[1].whole;
    if (length < 0)
        return fail(in->err, ERR_INVALID, "runtime error: slice bounds out of range [:%jd]",
                    (intmax_t)length);
    *out = args[0];
    if (out->text.n > (uint64_t)length)
        out->text.n = (size_t)length;
    return 0;
}

// clang-format off
const struct function docker_functions[] = {
    FUNCTION_OF_HEADS("json", call_json, 1, PARAMETER_ANY),
    FUNCTION("split", call_split, 2, false, PARAMETER_TEXT, PARAMETER_TEXT),
    FUNCTION("join", call_join, 2, false, PARAMETER_ANY, PARAMETER_TEXT),
    FUNCTION_OF_HEADS("title", call_title, 1, PARAMETER_TEXT),
    FUNCTION_OF_HEADS("lower", call_lower, 1, PARAMETER_TEXT),
    FUNCTION_OF_HEADS("upper", call_upper, 1, PARAMETER_TEXT),
    FUNCTION("pad", call_pad, 3, false, PARAMETER_TEXT, PARAMETER_INT, PARAMETER_INT),
    FUNCTION_OF_HEADS("truncate", call_truncate, 2, PARAMETER_TEXT, PARAMETER_INT),
    {},
};
// clang-format on
