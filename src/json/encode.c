// SPDX-License-Identifier: Apache-2.0
// encode.c — structs into JSON text, by the same tables that read them.
#include "base/mem.h"
#include "json/bind.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

struct encoder {
    struct buf *out;
    bool is_pretty;
    int depth;
    bool is_first; // of the object or list being written
};

static void encode_object(struct encoder *to, const struct json_field *fields, const char *from);

void json_quote(struct buf *out, const char *text)
{
    static const char escapes[] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                   ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    buf_char(out, '"');
    const char *plain = text;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char escape = c < sizeof escapes ? escapes[c] : '\0';
        if (escape == '\0' && c >= ' ')
            continue;
        buf_add(out, plain, (size_t)(text - plain));
        plain = text + 1;
        if (escape != '\0')
            buf_printf(out, "\\%c", escape);
        else
            buf_printf(out, "\\u%04x", c);
    }
    buf_add(out, plain, (size_t)(text - plain));
    buf_char(out, '"');
}

static void line(struct encoder *to)
{
    if (!to->is_pretty)
        return;
    buf_char(to->out, '\n');
    for (int i = 0; i < to->depth; i++)
        buf_text(to->out, "  ");
}

static void open_bracket(struct encoder *to, char bracket)
{
    buf_char(to->out, bracket);
    to->depth++;
    to->is_first = true;
}

static void close_bracket(struct encoder *to, char bracket)
{
    to->depth--;
    if (!to->is_first)
        line(to);
    buf_char(to->out, bracket);
    to->is_first = false;
}

static void element(struct encoder *to)
{
    if (!to->is_first)
        buf_char(to->out, ',');
    to->is_first = false;
    line(to);
}

static void key(struct encoder *to, const char *name)
{
    element(to);
    json_quote(to->out, name);
    buf_text(to->out, to->is_pretty ? ": " : ":");
}

static bool is_list(enum json_kind kind)
{
    return kind == JSON_STRINGS || kind == JSON_NUMBERS || kind == JSON_STRUCTS ||
           kind == JSON_MAP || kind == JSON_MAP_RAW || kind == JSON_MAP_STRUCTS;
}

static bool is_absent(const struct json_field *field, const char *from)
{
    const char *at = from + field->offset;
    if (is_list(field->kind))
        return *(const size_t *)(from + field->count_offset) == 0;
    if (field->flags & JSON_POINTER || field->kind == JSON_STRING || field->kind == JSON_RAW)
        return *(void *const *)at == NULL;
    switch ((enum json_kind)field->kind) {
    case JSON_BOOL:
        return !*(const bool *)at;
    case JSON_U32:
        return *(const uint32_t *)at == 0;
    case JSON_ENUM:
        return *(const int *)at == 0;
    case JSON_INT:
    case JSON_UINT:
        return *(const uint64_t *)at == 0;
    case JSON_DOUBLE:
        return fpclassify(*(const double *)at) == FP_ZERO;
    case JSON_STRUCT:
    case JSON_END:
    case JSON_STRING:
    case JSON_RAW:
    case JSON_STRINGS:
    case JSON_NUMBERS:
    case JSON_STRUCTS:
    case JSON_MAP:
    case JSON_MAP_RAW:
    case JSON_MAP_STRUCTS:
        break;
    }
    return false;
}

static void encode_scalar(struct encoder *to, const struct json_field *field, const void *at)
{
    switch ((enum json_kind)field->kind) {
    case JSON_BOOL:
        buf_text(to->out, *(const bool *)at ? "true" : "false");
        break;
    case JSON_INT:
        buf_printf(to->out, "%jd", (intmax_t) * (const int64_t *)at);
        break;
    case JSON_UINT:
        buf_printf(to->out, "%ju", (uintmax_t) * (const uint64_t *)at);
        break;
    case JSON_U32:
        buf_printf(to->out, "%u", *(const uint32_t *)at);
        break;
    case JSON_DOUBLE:
        buf_printf(to->out, "%.17g", *(const double *)at);
        break;
    case JSON_ENUM:
        json_quote(to->out, field->words[*(const int *)at]);
        break;
    case JSON_STRING:
        json_quote(to->out, *(const char *const *)at != NULL ? *(const char *const *)at : "");
        break;
    case JSON_RAW:
        buf_text(to->out, *(const char *const *)at != NULL ? *(const char *const *)at : "null");
        break;
    case JSON_END:
    case JSON_STRINGS:
    case JSON_NUMBERS:
    case JSON_STRUCT:
    case JSON_STRUCTS:
    case JSON_MAP:
    case JSON_MAP_RAW:
    case JSON_MAP_STRUCTS:
        abort();
    }
}

static void encode_list(struct encoder *to, const struct json_field *field, const char *from)
{
    const char *elements = *(const char *const *)(from + field->offset);
    size_t n = *(const size_t *)(from + field->count_offset);
    bool is_map =
        field->kind == JSON_MAP || field->kind == JSON_MAP_RAW || field->kind == JSON_MAP_STRUCTS;
    open_bracket(to, is_map ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        if (is_map) {
            size_t size = field->kind == JSON_MAP_STRUCTS ? field->size : sizeof(struct json_pair);
            key(to, *(const char *const *)(elements + i * size));
        } else {
            element(to);
        }
        if (field->kind == JSON_STRINGS)
            json_quote(to->out, ((const char *const *)elements)[i]);
        else if (field->kind == JSON_NUMBERS)
            buf_printf(to->out, "%u", ((const uint32_t *)elements)[i]);
        else if (field->kind == JSON_MAP)
            json_quote(to->out, ((const struct json_pair *)elements)[i].value);
        else if (field->kind == JSON_MAP_RAW)
            buf_text(to->out, ((const struct json_pair *)elements)[i].value);
        else
            encode_object(to, field->fields, elements + i * field->size);
    }
    close_bracket(to, is_map ? '}' : ']');
}

static void encode_member(struct encoder *to, const struct json_field *field, const char *from)
{
    const char *at = from + field->offset;
    if (field->flags & JSON_POINTER)
        at = *(const char *const *)at;
    if (at == NULL)
        buf_text(to->out, "null");
    else if (is_list(field->kind))
        encode_list(to, field, from);
    else if (field->kind == JSON_STRUCT)
        encode_object(to, field->fields, at);
    else
        encode_scalar(to, field, at);
}

static void encode_object(struct encoder *to, const struct json_field *fields, const char *from)
{
    assert(from != NULL);
    if (json_is_document(fields)) {
        bool is_null = is_absent(fields, from) && !(fields->flags & (JSON_REQUIRED | JSON_ALWAYS));
        if (is_null)
            buf_text(to->out, "null");
        else
            encode_member(to, fields, from);
        return;
    }
    open_bracket(to, '{');
    for (const struct json_field *field = fields; field->name != NULL; field++) {
        bool absent = is_absent(field, from);
        if (absent && !(field->flags & (JSON_REQUIRED | JSON_ALWAYS)))
            continue;
        key(to, field->name);
        encode_member(to, field, from);
        to->is_first = false;
    }
    close_bracket(to, '}');
}

void json_encode(struct buf *out, const struct json_field *fields, const void *from,
                 enum json_encode_flags flags)
{
    struct encoder to = {.out = out, .is_pretty = (flags & JSON_PRETTY) != 0};
    encode_object(&to, fields, from);
}
