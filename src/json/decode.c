// SPDX-License-Identifier: Apache-2.0
// decode.c — JSON text into structs, by table. The only file that knows json-c.
//
// json-c (strict) turns the text into a tree, a walk over the table copies it into the struct.
// Where the walk stands is a chain of frames on the stack, printed only when something is wrong.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"
#include "json/parse.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>

struct place {
    const struct place *outer;
    const char *name; // of a member, or NULL:
    size_t index;     // of a list's element
};

struct decoder {
    struct arena *arena;
    enum json_decode_flags flags;
    struct err *err;
};

static int decode_object(const struct decoder *in, struct json_object *from,
                         const struct json_field *fields, void *out, const struct place *place);
static int decode_member(const struct decoder *in, struct json_object *from,
                         const struct json_field *field, char *out, const struct place *place);

static void place_print(const struct place *place, struct buf *out)
{
    if (place == NULL)
        return;
    place_print(place->outer, out);
    if (place->name == NULL)
        buf_printf(out, "[%zu]", place->index);
    else
        buf_printf(out, "%s%s", out->n != 0 ? "." : "", place->name);
}

static int wrong(const struct decoder *in, const struct place *place, const char *why)
{
    AUTO_BUF struct buf path;
    buf_init(&path, 400);
    place_print(place, &path);
    if (path.n == 0)
        return fail(in->err, ERR_INVALID, "%s", why);
    return fail(in->err, ERR_INVALID, "%s: %s", buf_get(&path), why);
}

static int decode_text(const struct decoder *in, struct json_object *from, const char **out,
                       const struct place *place)
{
    if (!json_object_is_type(from, json_type_string))
        return wrong(in, place, "expected a string");
    const char *text = json_object_get_string(from);
    size_t n = (size_t)json_object_get_string_len(from);
    if (strlen(text) != n)
        return wrong(in, place, "the string contains a NUL byte");
    *out = arena_strndup(in->arena, text, n);
    return 0;
}

static int decode_uint(const struct decoder *in, struct json_object *from, uint64_t max,
                       uint64_t *out, const struct place *place)
{
    if (!json_object_is_type(from, json_type_int))
        return wrong(in, place, "expected a whole number");
    if (json_object_get_int64(from) < 0)
        return wrong(in, place, "expected a number of at least 0");
    uint64_t value = json_object_get_uint64(from);
    if (value > max)
        return wrong(in, place, "the number is too large");
    *out = value;
    return 0;
}

static int decode_int(const struct decoder *in, struct json_object *from, int64_t *out,
                      const struct place *place)
{
    if (!json_object_is_type(from, json_type_int))
        return wrong(in, place, "expected a whole number");
    int64_t value = json_object_get_int64(from);
    if (value >= 0 && json_object_get_uint64(from) > INT64_MAX)
        return wrong(in, place, "the number is too large");
    *out = value;
    return 0;
}

static int decode_word(const struct decoder *in, struct json_object *from,
                       const struct json_field *field, int *out, const struct place *place)
{
    const char *text;
    if (decode_text(in, from, &text, place) < 0)
        return -1;
    for (int i = 0; field->words[i] != NULL; i++)
        if (strcmp(field->words[i], text) == 0) {
            *out = i;
            return 0;
        }
    AUTO_BUF struct buf why;
    buf_init(&why, 600);
    buf_printf(&why, "\"%.80s\" is not one of", text);
    for (int i = 0; field->words[i] != NULL; i++)
        buf_printf(&why, "%s %s", i != 0 ? "," : "", field->words[i]);
    return wrong(in, place, buf_get(&why));
}

static const char *raw_text(const struct decoder *in, struct json_object *from)
{
    return arena_strdup(in->arena,
                        json_object_to_json_string_ext(from, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
}

// A scalar into `at`, which has the member's own type.
static int decode_scalar(const struct decoder *in, struct json_object *from,
                         const struct json_field *field, void *at, const struct place *place)
{
    uint64_t number = 0;
    switch ((enum json_kind)field->kind) {
    case JSON_STRING:
        return decode_text(in, from, at, place);
    case JSON_BOOL:
        if (!json_object_is_type(from, json_type_boolean))
            return wrong(in, place, "expected true or false");
        *(bool *)at = json_object_get_boolean(from) != 0;
        return 0;
    case JSON_INT:
        return decode_int(in, from, at, place);
    case JSON_UINT:
        return decode_uint(in, from, UINT64_MAX, at, place);
    case JSON_U32:
        if (decode_uint(in, from, UINT32_MAX, &number, place) < 0)
            return -1;
        *(uint32_t *)at = (uint32_t)number;
        return 0;
    case JSON_DOUBLE:
        if (!json_object_is_type(from, json_type_double) &&
            !json_object_is_type(from, json_type_int))
            return wrong(in, place, "expected a number");
        *(double *)at = json_object_get_double(from);
        return 0;
    case JSON_ENUM:
        return decode_word(in, from, field, at, place);
    case JSON_RAW:
        *(const char **)at = raw_text(in, from);
        return 0;
    case JSON_END:
    case JSON_STRINGS:
    case JSON_NUMBERS:
    case JSON_STRUCT:
    case JSON_STRUCTS:
    case JSON_MAP:
    case JSON_MAP_RAW:
    case JSON_MAP_STRUCTS:
        break;
    }
    abort(); // a table that a test has never read
}

static size_t scalar_size(enum json_kind kind)
{
    return kind == JSON_BOOL ? sizeof(bool) : kind == JSON_U32 ? sizeof(uint32_t) : sizeof(int64_t);
}

static int decode_list(const struct decoder *in, struct json_object *from,
                       const struct json_field *field, char *at, const struct place *place)
{
    if (!json_object_is_type(from, json_type_array))
        return wrong(in, place, "expected a list");
    size_t n = json_object_array_length(from);
    if (n == 0 && field->flags & JSON_NOT_EMPTY)
        return wrong(in, place, "must not be empty");
    size_t size = field->kind == JSON_STRINGS   ? sizeof(const char *)
                  : field->kind == JSON_NUMBERS ? sizeof(uint32_t)
                                                : field->size;
    char *elements = arena_array(in->arena, n, size);
    for (size_t i = 0; i < n; i++) {
        struct place here = {.outer = place, .index = i};
        struct json_object *element = json_object_array_get_idx(from, i);
        char *to = elements + i * size;
        uint64_t number = 0;
        if (field->kind == JSON_STRUCTS) {
            if (decode_object(in, element, field->fields, to, &here) < 0)
                return -1;
        } else if (field->kind == JSON_STRINGS) {
            if (decode_text(in, element, (const char **)to, &here) < 0)
                return -1;
        } else if (decode_uint(in, element, UINT32_MAX, &number, &here) < 0) {
            return -1;
        } else {
            *(uint32_t *)to = (uint32_t)number;
        }
    }
    *(void **)(at + field->offset) = elements;
    *(size_t *)(at + field->count_offset) = n;
    return 0;
}

static int decode_map(const struct decoder *in, struct json_object *from,
                      const struct json_field *field, char *at, const struct place *place)
{
    if (!json_object_is_type(from, json_type_object))
        return wrong(in, place, "expected an object");
    size_t size = field->kind == JSON_MAP_STRUCTS ? field->size : sizeof(struct json_pair);
    char *elements = arena_array(in->arena, (size_t)json_object_object_length(from), size);
    size_t n = 0;
    json_object_object_foreach(from, key, value)
    {
        struct place here = {.outer = place, .name = key};
        char *to = elements + n++ * size;
        if (field->kind == JSON_MAP_STRUCTS) {
            // Docker writes null for what has nothing in it: "80/tcp": null.
            if (value != NULL && decode_object(in, value, field->fields, to, &here) < 0)
                return -1;
        } else if (field->kind == JSON_MAP_RAW) {
            ((struct json_pair *)to)->value = raw_text(in, value);
        } else if (decode_text(in, value, &((struct json_pair *)to)->value, &here) < 0) {
            return -1;
        }
        *(const char **)to = arena_strdup(in->arena, key);
    }
    *(void **)(at + field->offset) = elements;
    *(size_t *)(at + field->count_offset) = n;
    return 0;
}

static int decode_member(const struct decoder *in, struct json_object *from,
                         const struct json_field *field, char *out, const struct place *place)
{
    char *at = out + field->offset;
    switch ((enum json_kind)field->kind) {
    case JSON_STRINGS:
    case JSON_NUMBERS:
    case JSON_STRUCTS:
        return decode_list(in, from, field, out, place);
    case JSON_MAP:
    case JSON_MAP_RAW:
    case JSON_MAP_STRUCTS:
        return decode_map(in, from, field, out, place);
    case JSON_STRUCT:
        if (field->flags & JSON_POINTER) {
            void *behind = arena_alloc(in->arena, field->size);
            *(void **)at = behind;
            at = behind;
        }
        return decode_object(in, from, field->fields, at, place);
    case JSON_END:
    case JSON_STRING:
    case JSON_BOOL:
    case JSON_INT:
    case JSON_UINT:
    case JSON_U32:
    case JSON_DOUBLE:
    case JSON_ENUM:
    case JSON_RAW:
        break;
    }
    if (field->flags & JSON_POINTER) {
        void *behind = arena_alloc(in->arena, scalar_size(field->kind));
        *(void **)at = behind;
        at = behind;
    }
    if (decode_scalar(in, from, field, at, place) < 0)
        return -1;
    if (field->flags & JSON_NOT_EMPTY && field->kind == JSON_STRING && **(const char **)at == '\0')
        return wrong(in, place, "must not be empty");
    return 0;
}

static int refuse_unknown(const struct decoder *in, struct json_object *from,
                          const struct json_field *fields, const struct place *place)
{
    json_object_object_foreach(from, key, value)
    {
        (void)value;
        const struct json_field *field = fields;
        while (field->name != NULL && strcmp(field->name, key) != 0)
            field++;
        struct place here = {.outer = place, .name = key};
        if (field->name == NULL)
            return wrong(in, &here, "unknown field");
    }
    return 0;
}

static int decode_object(const struct decoder *in, struct json_object *from,
                         const struct json_field *fields, void *out, const struct place *place)
{
    if (json_is_document(fields))
        return from != NULL ? decode_member(in, from, fields, out, place) : 0;
    if (!json_object_is_type(from, json_type_object))
        return wrong(in, place, "expected an object");
    if (in->flags & JSON_STRICT && refuse_unknown(in, from, fields, place) < 0)
        return -1;
    for (const struct json_field *field = fields; field->name != NULL; field++) {
        struct place here = {.outer = place, .name = field->name};
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(from, field->name, &value) || value == NULL) {
            if (field->flags & JSON_REQUIRED)
                return wrong(in, &here, "is required");
            continue;
        }
        if (decode_member(in, value, field, out, &here) < 0)
            return -1;
    }
    return 0;
}

static size_t struct_reach(const struct json_field *fields)
{
    size_t reach = 0;
    for (const struct json_field *field = fields; field->name != NULL; field++) {
        size_t end = field->offset + (field->kind == JSON_STRUCT && !(field->flags & JSON_POINTER)
                                          ? struct_reach(field->fields)
                                      : field->flags & JSON_POINTER ? sizeof(void *)
                                      : field->kind == JSON_ENUM    ? sizeof(int)
                                                                    : scalar_size(field->kind));
        size_t count = field->count_offset != 0 ? field->count_offset + sizeof(size_t) : 0;
        reach = end > reach ? end : reach;
        reach = count > reach ? count : reach;
    }
    return reach;
}

// Text and table in, struct out: a struct of arguments would say less.
// NOLINTNEXTLINE(readability-function-size): seven parameters
int json_decode(struct arena *arena, const char *text, size_t n, const struct json_field *fields,
                void *out, enum json_decode_flags flags, struct err *err)
{
    struct json_object *tree;
    if (json_parse(text, n, &tree, err) < 0)
        return -1;
    memset(out, 0, struct_reach(fields));
    struct decoder in = {arena, flags, err};
    int result = decode_object(&in, tree, fields, out, NULL);
    json_object_put(tree);
    return result;
}

// NOLINTNEXTLINE(readability-function-size): seven parameters, as json_decode
int json_decode_file(struct arena *arena, int dir, const char *name,
                     const struct json_field *fields, void *out, enum json_decode_flags flags,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, JSON_TEXT_MAX);
    if (file_read_at(dir, name, &text, err) < 0)
        return -1;
    if (json_decode(arena, buf_get(&text), text.n, fields, out, flags, err) < 0)
        return fail_in(err, "%s", name);
    return 0;
}
