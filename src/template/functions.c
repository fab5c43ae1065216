// SPDX-License-Identifier: Apache-2.0
// functions.c — Go's own functions on values: not, len, index, slice, print and kin, call.
#include "base/mem.h"
#include "template/parts.h"

#include <string.h>

static int call_not(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_len(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_index(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_slice(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_print(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_println(struct execution *in, const struct value *args, size_t n,
                        struct value *out);
static int call_printf(struct execution *in, const struct value *args, size_t n, struct value *out);
static int call_call(struct execution *in, const struct value *args, size_t n, struct value *out);

// clang-format off
static const struct function value_functions[] = {
    FUNCTION("and", NULL, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("or", NULL, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("not", call_not, 1, false, PARAMETER_VALUE),
    FUNCTION("len", call_len, 1, false, PARAMETER_VALUE),
    FUNCTION("index", call_index, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("slice", call_slice, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("print", call_print, 0, true, PARAMETER_ANY),
    FUNCTION("println", call_println, 0, true, PARAMETER_ANY),
    FUNCTION("printf", call_printf, 1, true, PARAMETER_TEXT, PARAMETER_ANY),
    FUNCTION("call", call_call, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    {},
};
// clang-format on

const struct function *function_find(struct str name)
{
    static const struct function *const tables[] = {value_functions, docker_functions,
                                                    compare_functions, escape_functions};
    for (size_t i = 0; i < N_ELEMENTS(tables); i++) {
        for (const struct function *function = tables[i]; function->name != NULL; function++) {
            if (str_is(name, function->name))
                return function;
        }
    }
    return NULL;
}

static int call_not(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)in;
    (void)n;
    *out = (struct value){.kind = VALUE_BOOL, .truth = !value_truth(&args[0])};
    return 0;
}

static int call_len(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    size_t length;
    switch (args[0].kind) {
    case VALUE_TEXT:
    case VALUE_NUMBER:
        length = args[0].text.n;
        break;
    case VALUE_LIST:
    case VALUE_MAP:
        length = args[0].n;
        break;
    case VALUE_HEADS:
        length = headings_map(&in->arena, args[0].row_type).n;
        break;
    case VALUE_NULL:
    case VALUE_NIL:
        return fail(in->err, ERR_INVALID, "len of nil pointer");
    case VALUE_NONE:
        return fail(in->err, ERR_INVALID, "reflect: call of reflect.Value.Type on zero Value");
    default:
        return fail(in->err, ERR_INVALID, "len of type %s", value_type(&in->arena, &args[0]));
    }
    *out = (struct value){.kind = VALUE_INT, .whole = (int64_t)length};
    return 0;
}

// A whole number from 0 to `most`.
static int index_read(struct execution *in, const struct value *index, size_t most, size_t *out)
{
    if (index->kind == VALUE_NONE || index->kind == VALUE_NULL)
        return fail(in->err, ERR_INVALID, "cannot index slice/array with nil");
    if (index->kind != VALUE_INT && index->kind != VALUE_UINT)
        return fail(in->err, ERR_INVALID, "cannot index slice/array with type %s",
                    value_type(&in->arena, index));
    if (index->whole < 0 || index->natural > most)
        return fail(in->err, ERR_INVALID, "index out of range: %jd", (intmax_t)index->whole);
    *out = (size_t)index->natural;
    return 0;
}

static int index_map(struct execution *in, const struct value *map, const struct value *index,
                     struct value *out)
{
    if (index->kind == VALUE_NONE || index->kind == VALUE_NULL)
        return fail(in->err, ERR_INVALID, "value is nil; should be of type string");
    if (index->kind != VALUE_TEXT)
        return fail(in->err, ERR_INVALID, "value has type %s; should be string",
                    value_type(&in->arena, index));
    const struct value *found = map_get(map, index->text);
    *out = found != NULL ? *found : (struct value){.kind = map->element};
    return 0;
}

static int index_one(struct execution *in, const struct value *from, const struct value *index,
                     struct value *out)
{
    size_t at;
    switch (from->kind) {
    case VALUE_MAP:
        return index_map(in, from, index, out);
    case VALUE_LIST:
        if (index_read(in, index, from->n, &at) < 0)
            return -1;
        if (at == from->n)
            return fail(in->err, ERR_INVALID, "reflect: slice index out of range");
        *out = from->values[at];
        return 0;
    case VALUE_TEXT:
    case VALUE_NUMBER:
        if (index_read(in, index, from->text.n, &at) < 0)
            return -1;
        if (at == from->text.n)
            return fail(in->err, ERR_INVALID, "reflect: string index out of range");
        *out = (struct value){.kind = VALUE_UINT, .natural = (unsigned char)from->text.at[at]};
        return 0;
    case VALUE_NULL:
    case VALUE_NIL:
        return fail(in->err, ERR_INVALID, "index of nil pointer");
    default:
        return fail(in->err, ERR_INVALID, "can't index item of type %s",
                    value_type(&in->arena, from));
    }
}

static int call_index(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    struct value item = args[0];
    if (item.kind == VALUE_NONE || item.kind == VALUE_NULL)
        return fail(in->err, ERR_INVALID, "index of untyped nil");
    for (size_t i = 1; i < n; i++) {
        struct value from = item;
        if (index_one(in, &from, &args[i], &item) < 0)
            return -1;
    }
    *out = item;
    return 0;
}

static int check_slice(struct execution *in, const struct value *item, size_t n)
{
    bool is_text = item->kind == VALUE_TEXT || item->kind == VALUE_NUMBER;
    if (item->kind == VALUE_NONE || item->kind == VALUE_NULL)
        return fail(in->err, ERR_INVALID, "slice of untyped nil");
    if (item->kind == VALUE_NIL)
        return fail(in->err, ERR_INVALID, "slice of nil pointer");
    if (n > 4)
        return fail(in->err, ERR_INVALID, "too many slice indexes: %zu", n - 1);
    if (is_text && n == 4)
        return fail(in->err, ERR_INVALID, "cannot 3-index slice a string");
    if (!is_text && item->kind != VALUE_LIST)
        return fail(in->err, ERR_INVALID, "can't slice item of type %s",
                    value_type(&in->arena, item));
    return 0;
}

static int call_slice(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    struct value item = args[0];
    if (check_slice(in, &item, n) < 0)
        return -1;
    size_t most = item.kind == VALUE_LIST ? item.n : item.text.n, bounds[3] = {0, most};
    for (size_t i = 1; i < n; i++) {
        if (index_read(in, &args[i], most, &bounds[i - 1]) < 0)
            return -1;
    }
    for (size_t i = 0; i + 1 < (n == 4 ? 3 : 2); i++) {
        if (bounds[i] > bounds[i + 1])
            return fail(in->err, ERR_INVALID, "invalid slice index: %zu > %zu", bounds[i],
                        bounds[i + 1]);
    }
    if (item.kind != VALUE_LIST) {
        item.text = (struct str){item.text.at + bounds[0], bounds[1] - bounds[0]};
    } else {
        item.values += bounds[0];
        item.n = bounds[1] - bounds[0];
    }
    *out = item;
    return 0;
}

static int call_print(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    print_values(&in->arena, &text, args, n);
    return make_text(in, &text, out);
}

static int call_println(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    print_line(&in->arena, &text, args, n);
    return make_text(in, &text, out);
}

static int call_printf(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    AUTO_BUF struct buf text;
    text_begin(in, &text);
    print_formatted(&in->arena, &text, args[0].text, args + 1, n - 1);
    return make_text(in, &text, out);
}

// No value is a function.
static int call_call(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    (void)out;
    if (args[0].kind == VALUE_NONE || args[0].kind == VALUE_NULL)
        return fail(in->err, ERR_INVALID, "call of nil");
    return fail(in->err, ERR_INVALID, "non-function of type %s", value_type(&in->arena, &args[0]));
}
