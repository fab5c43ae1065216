// SPDX-License-Identifier: Apache-2.0
// compare.c — eq, ne, lt, le, gt, ge.
#include "template/parts.h"

enum basic { BASIC_NONE, BASIC_BOOL, BASIC_INT, BASIC_UINT, BASIC_FLOAT, BASIC_TEXT };

static enum basic basic_of(const struct value *value)
{
    static const enum basic basics[] = {
        [VALUE_BOOL] = BASIC_BOOL,   [VALUE_INT] = BASIC_INT,   [VALUE_UINT] = BASIC_UINT,
        [VALUE_FLOAT] = BASIC_FLOAT, [VALUE_TEXT] = BASIC_TEXT, [VALUE_NUMBER] = BASIC_TEXT,
        [VALUE_HEADS] = BASIC_NONE,
    };
    return basics[value->kind];
}

static bool is_nil(const struct value *value)
{
    return value->kind == VALUE_NONE || value->kind == VALUE_NULL || value->kind == VALUE_NIL;
}

static int incompatible(struct execution *in, const struct value *a, const struct value *b)
{
    return fail(in->err, ERR_INVALID, "incompatible types for comparison: %s and %s",
                value_type(&in->arena, a), value_type(&in->arena, b));
}

// Negative, 0 or positive, of two numbers or texts of one kind.
static int order_of(const struct value *a, const struct value *b)
{
    switch (basic_of(a)) {
    case BASIC_BOOL:
        return a->truth - b->truth;
    case BASIC_INT:
        return (a->whole > b->whole) - (a->whole < b->whole);
    case BASIC_UINT:
        return (a->natural > b->natural) - (a->natural < b->natural);
    case BASIC_FLOAT: // NaN is not equal to anything
        return a->fraction < b->fraction ? -1
               : a->fraction > b->fraction
                   ? 1
                   : a->fraction != a->fraction || b->fraction != b->fraction;
    case BASIC_TEXT: {
        size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
        int order = __builtin_memcmp(a->text.at, b->text.at, n);
        return order != 0 ? order : (a->text.n > b->text.n) - (a->text.n < b->text.n);
    }
    case BASIC_NONE:
        break;
    }
    return 0;
}

// A signed and an unsigned number; 2 when it is something else.
static int mixed_order(const struct value *a, const struct value *b)
{
    enum basic left = basic_of(a), right = basic_of(b);
    if (left == BASIC_INT && right == BASIC_UINT)
        return a->whole < 0 ? -1 : (a->natural > b->natural) - (a->natural < b->natural);
    if (left == BASIC_UINT && right == BASIC_INT)
        return b->whole < 0 ? 1 : (a->natural > b->natural) - (a->natural < b->natural);
    return 2;
}

static int equal_one(struct execution *in, const struct value *a, const struct value *b)
{
    enum basic left = basic_of(a), right = basic_of(b);
    bool is_any_missing = a->kind == VALUE_NONE || a->kind == VALUE_NULL || b->kind == VALUE_NONE ||
                          b->kind == VALUE_NULL;
    if (left != right) {
        int order = mixed_order(a, b);
        if (order != 2)
            return order == 0;
        return is_any_missing ? 0 : incompatible(in, a, b);
    }
    if (left != BASIC_NONE)
        return order_of(a, b) == 0;
    if (is_nil(a) || is_nil(b))
        return is_nil(a) == is_nil(b);
    AUTO_BUF struct buf shown;
    buf_init(&shown, sizeof in->err->text);
    print_value(&in->arena, &shown, b);
    return fail(in->err, ERR_INVALID, "non-comparable type %s: %s", buf_get(&shown),
                value_type(&in->arena, b));
}

// Is the first equal to any of the others?
static int call_eq(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    int equal = 0;
    if (n < 2)
        return fail(in->err, ERR_INVALID, "missing argument for comparison");
    for (size_t i = 1; i < n && equal == 0; i++) {
        equal = equal_one(in, &args[0], &args[i]);
        if (equal < 0)
            return -1;
    }
    *out = (struct value){.kind = VALUE_BOOL, .truth = equal};
    return 0;
}

static int call_ne(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    if (call_eq(in, args, n, out) < 0)
        return -1;
    out->truth = !out->truth;
    return 0;
}

static int order_read(struct execution *in, const struct value *args, int *out)
{
    enum basic left = basic_of(&args[0]), right = basic_of(&args[1]);
    int order = mixed_order(&args[0], &args[1]);
    if (left == BASIC_NONE || right == BASIC_NONE || (left == right && left == BASIC_BOOL))
        return fail(in->err, ERR_INVALID, "invalid type for comparison");
    if (left != right && order == 2)
        return incompatible(in, &args[0], &args[1]);
    *out = left == right ? order_of(&args[0], &args[1]) : order;
    return 0;
}

static int call_lt(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    int order;
    if (order_read(in, args, &order) < 0)
        return -1;
    *out = (struct value){.kind = VALUE_BOOL, .truth = order < 0};
    return 0;
}

static int call_le(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    (void)n;
    int order;
    if (order_read(in, args, &order) < 0)
        return -1;
    *out = (struct value){.kind = VALUE_BOOL, .truth = order <= 0};
    return 0;
}

static int call_gt(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    if (call_le(in, args, n, out) < 0)
        return -1;
    out->truth = !out->truth;
    return 0;
}

static int call_ge(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    if (call_lt(in, args, n, out) < 0)
        return -1;
    out->truth = !out->truth;
    return 0;
}

// clang-format off
const struct function compare_functions[] = {
    FUNCTION("eq", call_eq, 1, true, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("ne", call_ne, 2, false, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("lt", call_lt, 2, false, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("le", call_le, 2, false, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("gt", call_gt, 2, false, PARAMETER_VALUE, PARAMETER_VALUE),
    FUNCTION("ge", call_ge, 2, false, PARAMETER_VALUE, PARAMETER_VALUE),
    {},
};
// clang-format on
