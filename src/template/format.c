// SPDX-License-Identifier: Apache-2.0
// format.c — Go's fmt: what print, println and printf say of values.
#include "template/format.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 1'000'000 }; // of a width or precision; Go's own limit

static void put_value(struct arena *arena, struct buf *out, const struct spec *spec,
                      const struct value *value, int depth);

void print_value(struct arena *arena, struct buf *out, const struct value *value)
{
    static const struct spec plain = {.width = -1, .precision = -1, .verb = 'v'};
    if (value->kind == VALUE_NONE)
        buf_text(out, "<no value>");
    else if (value->kind == VALUE_TEXT)
        buf_add(out, value->text.at, value->text.n);
    else
        put_value(arena, out, &plain, value, 0);
}

static bool is_text(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER;
}

void print_values(struct arena *arena, struct buf *out, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i != 0 && !is_text(&values[i]) && !is_text(&values[i - 1]))
            buf_char(out, ' ');
        print_value(arena, out, &values[i]);
    }
}

void print_line(struct arena *arena, struct buf *out, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_text(out, i != 0 ? " " : "");
        print_value(arena, out, &values[i]);
    }
    buf_char(out, '\n');
}

// --- texts ---

// Characters beyond ASCII are taken to be printable, but for the controls of Latin 1.
void quote(struct buf *out, struct str text)
{
    static const char escapes[] = {['\a'] = 'a', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',
                                   ['\v'] = 'v', ['\f'] = 'f', ['\r'] = 'r'};
    buf_char(out, '"');
    while (text.n != 0) {
        size_t n;
        unsigned rune = rune_read(text, &n);
        unsigned char first = (unsigned char)text.at[0];
        if (rune == 0xfffd && n == 1)
            buf_printf(out, "\\x%02x", first);
        else if (first < sizeof escapes && escapes[first] != '\0')
            buf_printf(out, "\\%c", escapes[first]);
        else if (first == '"' || first == '\\')
            buf_printf(out, "\\%c", first);
        else if (rune < ' ' || rune == 0x7f)
            buf_printf(out, "\\x%02x", rune);
        else if (rune >= 0x80 && rune <= 0xa0)
            buf_printf(out, "\\u%04x", rune);
        else
            buf_add(out, text.at, n);
        text = (struct str){text.at + n, text.n - n};
    }
    buf_char(out, '"');
}

static void put_hex(struct buf *out, const struct spec *spec, struct str text)
{
    const char *format = spec->verb == 'X' ? "%02X" : "%02x";
    AUTO_BUF struct buf digits;
    buf_init(&digits, TEMPLATE_VALUES_MAX);
    for (size_t i = 0; i < text.n; i++) {
        if (spec->space && i != 0)
            buf_char(&digits, ' ');
        if (spec->sharp && (i == 0 || spec->space))
            buf_text(&digits, spec->verb == 'X' ? "0X" : "0x");
        buf_printf(&digits, format, (unsigned char)text.at[i]);
    }
    put_padded(out, spec, (struct str){buf_get(&digits), digits.n});
}

static struct str cut_to(struct str text, int n_runes)
{
    struct str rest = text;
    while (rest.n != 0 && n_runes-- > 0) {
        size_t n;
        (void)rune_read(rest, &n);
        rest = (struct str){rest.at + n, rest.n - n};
    }
    return (struct str){text.at, text.n - rest.n};
}

static bool put_text(struct buf *out, const struct spec *spec, struct str text)
{
    bool is_hex = spec->verb == 'x' || spec->verb == 'X';
    bool is_quoted = spec->verb == 'q' || (spec->verb == 'v' && spec->sharp_v);
    if (!is_hex && !is_quoted && spec->verb != 's' && spec->verb != 'v')
        return false;
    if (is_hex) {
        if (spec->precision >= 0 && (size_t)spec->precision < text.n)
            text.n = (size_t)spec->precision;
        put_hex(out, spec, text);
        return true;
    }
    if (spec->precision >= 0)
        text = cut_to(text, spec->precision);
    AUTO_BUF struct buf quoted;
    buf_init(&quoted, TEMPLATE_VALUES_MAX);
    bool is_raw = spec->sharp && memchr(text.at, '`', text.n) == NULL;
    if (is_quoted && is_raw)
        buf_printf(&quoted, "`%.*s`", (int)text.n, text.at);
    else if (is_quoted)
        quote(&quoted, text);
    put_padded(out, spec, is_quoted ? (struct str){buf_get(&quoted), quoted.n} : text);
    return true;
}

// --- what has parts ---

// Of %#v: the type before the bracket and commas between.
static void open_parts(struct arena *arena, struct buf *out, const struct spec *spec,
                       const struct value *value, const char *bracket)
{
    if (spec->sharp_v)
        buf_printf(out, "%s{", value_type(arena, value));
    else
        buf_text(out, bracket);
}

static void between_parts(struct buf *out, const struct spec *spec, size_t i)
{
    if (i != 0)
        buf_text(out, spec->sharp_v ? ", " : " ");
}

static void put_list(struct arena *arena, struct buf *out, const struct spec *spec,
                     const struct value *list, int depth)
{
    open_parts(arena, out, spec, list, "[");
    for (size_t i = 0; i < list->n && !out->is_full; i++) {
        between_parts(out, spec, i);
        put_value(arena, out, spec, &list->values[i], depth + 1);
    }
    buf_char(out, spec->sharp_v ? '}' : ']');
}

static void put_map(struct arena *arena, struct buf *out, const struct spec *spec,
                    const struct value *map, int depth)
{
    open_parts(arena, out, spec, map, "map[");
    for (size_t i = 0; i < map->n && !out->is_full; i++) {
        const struct value key = {.kind = VALUE_TEXT, .text = map->keys[i]};
        between_parts(out, spec, i);
        put_value(arena, out, spec, &key, depth + 1);
        buf_char(out, ':');
        put_value(arena, out, spec, &map->values[i], depth + 1);
    }
    buf_char(out, spec->sharp_v ? '}' : ']');
}

static void put_struct(struct arena *arena, struct buf *out, const struct spec *spec,
                       const struct value *value, int depth)
{
    open_parts(arena, out, spec, value, "{");
    for (size_t i = 0; value->fields[i].name != NULL && !out->is_full; i++) {
        between_parts(out, spec, i);
        if (spec->plus_v || spec->sharp_v)
            buf_printf(out, "%s:", value->fields[i].name);
        struct value member = value_of_field(arena, &value->fields[i], value->from);
        put_value(arena, out, spec, &member, depth + 1);
    }
    buf_char(out, '}');
}

static void put_row(struct arena *arena, struct buf *out, const struct spec *spec,
                    const struct value *value, int depth)
{
    bool is_first = true;
    buf_char(out, '{');
    for (const struct row_field *field = value->row_type->fields; field->name != NULL; field++) {
        if (field->text == NULL)
            continue;
        struct value text = row_value(arena, field, value->row);
        buf_text(out, is_first ? "" : " ");
        put_value(arena, out, spec, &text, depth + 1);
        is_first = false;
    }
    buf_char(out, '}');
}

static void put_bad_verb(struct arena *arena, struct buf *out, const struct spec *spec,
                         const struct value *value)
{
    struct spec plain = *spec;
    buf_text(out, "%!");
    rune_write(out, spec->verb);
    if (value->kind == VALUE_NONE || value->kind == VALUE_NULL) {
        buf_text(out, "(<nil>)");
        return;
    }
    buf_printf(out, "(%s=", value_type(arena, value));
    plain.verb = 'v';
    put_value(arena, out, &plain, value, 0);
    buf_char(out, ')');
}

static void put_value(struct arena *arena, struct buf *out, const struct spec *spec,
                      const struct value *value, int depth)
{
    bool is_known = true;
    struct value map;
    switch (value->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        is_known = spec->verb == 'v' || depth != 0;
        if (is_known)
            put_padded(out, spec, STR("<nil>"));
        break;
    case VALUE_BOOL:
        is_known = spec->verb == 'v' || spec->verb == 't';
        if (is_known)
            put_padded(out, spec, value->truth ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
    case VALUE_UINT:
        is_known = put_whole(out, spec, value);
        break;
    case VALUE_FLOAT:
        is_known = put_float(out, spec, value->fraction);
        break;
    case VALUE_TEXT:
    case VALUE_NUMBER:
        is_known = put_text(out, spec, value->text);
        break;
    case VALUE_LIST:
        put_list(arena, out, spec, value, depth);
        break;
    case VALUE_MAP:
        put_map(arena, out, spec, value, depth);
        break;
    case VALUE_STRUCT:
        put_struct(arena, out, spec, value, depth);
        break;
    case VALUE_ROW:
        put_row(arena, out, spec, value, depth);
        break;
    case VALUE_HEADS:
        map = headings_map(arena, value->row_type);
        put_map(arena, out, spec, &map, depth);
        break;
    }
    if (!is_known)
        put_bad_verb(arena, out, spec, value);
}

// --- printf ---

struct formatter {
    struct arena *arena;
    struct buf *out;
    struct str rest; // of the format
    const struct value *values;
    size_t n, at; // values, and the next one
    bool is_good_index, was_index, is_reordered;
};

static bool cut_char(struct formatter *in, char c)
{
    if (in->rest.n == 0 || in->rest.at[0] != c)
        return false;
    in->rest = (struct str){in->rest.at + 1, in->rest.n - 1};
    return true;
}

// Digits; -1 when there are none. Too many, and the format counts as read to its end.
static int cut_number(struct formatter *in)
{
    int number = -1;
    while (in->rest.n != 0 && in->rest.at[0] >= '0' && in->rest.at[0] <= '9') {
        number = (number < 0 ? 0 : number) * 10 + in->rest.at[0] - '0';
        in->rest = (struct str){in->rest.at + 1, in->rest.n - 1};
        if (number > NUMBER_MAX) {
            in->rest.n = 0;
            return -1;
        }
    }
    return number;
}

// [3]: the value that is next.
static void cut_index(struct formatter *in)
{
    in->was_index = false;
    if (in->rest.n == 0 || in->rest.at[0] != '[')
        return;
    in->is_reordered = true;
    const char *end = memchr(in->rest.at, ']', in->rest.n);
    size_t n = end != NULL ? (size_t)(end - in->rest.at) + 1 : 1;
    uint64_t number = 0;
    bool is_good = end != NULL && str_to_u64((struct str){in->rest.at + 1, n - 2}, &number) &&
                   number >= 1 && number <= in->n;
    in->rest = (struct str){in->rest.at + n, in->rest.n - n};
    if (is_good)
        in->at = (size_t)number - 1;
    in->is_good_index &= is_good;
    in->was_index = is_good;
}

// *: the next value. -1 and a remark when it is no number.
static bool take_number(struct formatter *in, int *out, const char *bad)
{
    const struct value *value = in->at < in->n ? &in->values[in->at] : NULL;
    in->at += value != NULL;
    in->was_index = false;
    bool is_good = value != NULL &&
                   (value->kind == VALUE_INT || (value->kind == VALUE_UINT && value->whole >= 0)) &&
                   value->whole <= NUMBER_MAX && value->whole >= -NUMBER_MAX;
    if (is_good)
        *out = (int)value->whole;
    else
        buf_text(in->out, bad);
    return is_good;
}

static void read_flags(struct formatter *in, struct spec *spec)
{
    struct {
        char flag;
        bool *is_set;
    } flags[] = {{'#', &spec->sharp},
                 {'0', &spec->zero},
                 {'+', &spec->plus},
                 {'-', &spec->minus},
                 {' ', &spec->space}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags;) {
        bool is_here = cut_char(in, flags[i].flag);
        *flags[i].is_set |= is_here;
        i = is_here ? 0 : i + 1;
    }
}

static void read_width(struct formatter *in, struct spec *spec)
{
    cut_index(in);
    if (cut_char(in, '*')) {
        if (take_number(in, &spec->width, "%!(BADWIDTH)") && spec->width < 0) {
            spec->width = -spec->width;
            spec->minus = true;
            spec->zero = false;
        }
        return;
    }
    bool was_index = in->was_index;
    spec->width = cut_number(in);
    in->is_good_index &= !was_index || spec->width < 0;
}

static void read_precision(struct formatter *in, struct spec *spec)
{
    if (in->rest.n < 2 || !cut_char(in, '.'))
        return;
    in->is_good_index &= !in->was_index;
    cut_index(in);
    if (cut_char(in, '*')) {
        if (take_number(in, &spec->precision, "%!(BADPREC)") && spec->precision < 0) {
            spec->precision = -1;
            buf_text(in->out, "%!(BADPREC)");
        }
        return;
    }
    spec->precision = cut_number(in);
    spec->precision = spec->precision < 0 ? 0 : spec->precision;
}

static void put_one(struct formatter *in, struct spec *spec, const struct value *value)
{
    if (spec->verb == 'T') {
        spec->verb = 's';
        bool is_nil = value->kind == VALUE_NONE || value->kind == VALUE_NULL;
        put_text(in->out, spec, str_of(is_nil ? "<nil>" : value_type(in->arena, value)));
        return;
    }
    if (spec->verb == 'v') {
        spec->sharp_v = spec->sharp;
        spec->plus_v = spec->plus;
        spec->sharp = spec->plus = false;
    }
    put_value(in->arena, in->out, spec, value, 0);
}

// Behind a percent sign.
static void format_verb(struct formatter *in)
{
    struct spec spec = {.width = -1, .precision = -1};
    in->is_good_index = true;
    in->was_index = false;
    read_flags(in, &spec);
    read_width(in, &spec);
    read_precision(in, &spec);
    if (!in->was_index)
        cut_index(in);
    if (in->rest.n == 0) {
        buf_text(in->out, "%!(NOVERB)");
        return;
    }
    size_t n;
    spec.verb = rune_read(in->rest, &n);
    in->rest = (struct str){in->rest.at + n, in->rest.n - n};
    if (spec.verb == '%') {
        buf_char(in->out, '%');
    } else if (!in->is_good_index || in->at >= in->n) {
        buf_text(in->out, "%!");
        rune_write(in->out, spec.verb);
        buf_text(in->out, in->is_good_index ? "(MISSING)" : "(BADINDEX)");
    } else {
        put_one(in, &spec, &in->values[in->at++]);
    }
}

static void put_extra(struct formatter *in)
{
    buf_text(in->out, "%!(EXTRA ");
    for (size_t i = in->at; i < in->n; i++) {
        const struct value *value = &in->values[i];
        bool is_nil = value->kind == VALUE_NONE || value->kind == VALUE_NULL;
        buf_text(in->out, i != in->at ? ", " : "");
        buf_text(in->out, is_nil ? "<nil>" : value_type(in->arena, value));
        if (!is_nil) {
            buf_char(in->out, '=');
            print_value(in->arena, in->out, value);
        }
    }
    buf_char(in->out, ')');
}

void print_formatted(struct arena *arena, struct buf *out, struct str format,
                     const struct value *values, size_t n)
{
    struct formatter in = {.arena = arena, .out = out, .rest = format, .values = values, .n = n};
    while (in.rest.n != 0 && !out->is_full) {
        const char *percent = memchr(in.rest.at, '%', in.rest.n);
        size_t plain = percent != NULL ? (size_t)(percent - in.rest.at) : in.rest.n;
        buf_add(out, in.rest.at, plain);
        in.rest = (struct str){in.rest.at + plain, in.rest.n - plain};
        if (cut_char(&in, '%'))
            format_verb(&in);
    }
    if (!in.is_reordered && in.at < n)
        put_extra(&in);
}
