// SPDX-License-Identifier: Apache-2.0
// value_json.c — a value as compact JSON, with Go's order and without HTML escapes.
#include "template/format.h"

#include <string.h>

static void quote_json(struct arena *arena, struct buf *out, struct str text)
{
    struct value value = {.kind = VALUE_TEXT, .text = text};
    json_quote(out, text_of(arena, &value));
}

static void encode_map(struct arena *arena, struct buf *out, const struct value *map)
{
    buf_char(out, '{');
    for (size_t i = 0; i < map->n && !out->is_full; i++) {
        buf_text(out, i != 0 ? "," : "");
        quote_json(arena, out, map->keys[i]);
        buf_char(out, ':');
        value_json(arena, out, &map->values[i]);
    }
    buf_char(out, '}');
}

static void encode_list(struct arena *arena, struct buf *out, const struct value *list)
{
    buf_char(out, '[');
    for (size_t i = 0; i < list->n && !out->is_full; i++) {
        buf_text(out, i != 0 ? "," : "");
        value_json(arena, out, &list->values[i]);
    }
    buf_char(out, ']');
}

// Docker makes a map of the fields, whose keys are sorted, and marshals it by itself: only so are
// <, > and & escaped.
static void encode_row(struct arena *arena, struct buf *out, const struct value *row)
{
    struct value map = headings_map(arena, row->row_type);
    struct value *values = arena_array(arena, map.n + 1, sizeof *values);
    for (size_t i = 0; i < map.n; i++)
        values[i] = row_value(arena, row_field_find(row->row_type, map.keys[i]), row->row);
    map.values = values;
    AUTO_BUF struct buf plain;
    buf_init(&plain, TEMPLATE_VALUES_MAX);
    encode_map(arena, &plain, &map);
    for (size_t i = 0; i < plain.n; i++) {
        char c = plain.at[i];
        if (c == '<' || c == '>' || c == '&')
            buf_printf(out, "\\u%04x", (unsigned char)c);
        else
            buf_char(out, c);
    }
}

void value_json(struct arena *arena, struct buf *out, const struct value *value)
{
    struct value map;
    switch (value->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        buf_text(out, "null");
        break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_NUMBER:
        print_value(arena, out, value);
        break;
    case VALUE_FLOAT:
        put_json_float(out, value->fraction);
        break;
    case VALUE_TEXT:
        quote_json(arena, out, value->text);
        break;
    case VALUE_LIST:
        encode_list(arena, out, value);
        break;
    case VALUE_MAP:
        encode_map(arena, out, value);
        break;
    case VALUE_STRUCT:
        json_encode(out, value->fields, value->from, JSON_COMPACT);
        break;
    case VALUE_ROW:
        encode_row(arena, out, value);
        break;
    case VALUE_HEADS:
        map = headings_map(arena, value->row_type);
        encode_map(arena, out, &map);
        break;
    }
}
