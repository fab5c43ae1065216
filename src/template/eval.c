// SPDX-License-Identifier: Apache-2.0
// eval.c — pipelines: commands, operands, fields and calls.
//
// `final` is what the command before gave: the last argument of this one, NULL for the first.
// "Arguments" of a command include its first word.
#include "base/mem.h"
#include "template/parts.h"

#include <string.h>

enum { ARGUMENTS_MAX = 256 };

static int eval_command(struct execution *in, struct value dot, const struct node *command,
                        const struct value *final, struct value *out);
static int eval_operand(struct execution *in, struct value dot, const struct node *node,
                        struct value *out);
static int eval_argument(struct execution *in, struct value dot, enum parameter parameter,
                         const struct node *node, struct value *out);
static int check_value(struct execution *in, enum parameter parameter, struct value *value);
static int call_function(struct execution *in, struct value dot, const struct node *name,
                         const struct node *command, const struct value *final, struct value *out);

int eval_pipeline(struct execution *in, struct value dot, const struct node *pipe,
                  struct value *out)
{
    struct value value = {};
    in->node = pipe;
    for (size_t i = 0; i < pipe->children.n; i++) {
        struct value final = value;
        if (step(in) < 0 ||
            eval_command(in, dot, pipe->children.at[i], i != 0 ? &final : NULL, &value) < 0)
            return -1;
        value.is_boxed = false;
        if (value.kind == VALUE_NULL)
            value.kind = VALUE_NONE;
    }
    for (size_t i = 0; i < pipe->n_names; i++) {
        if (!pipe->is_assignment)
            variable_push(in, pipe->names[i], value);
        else if (variable_set(in, pipe->names[i], value) < 0)
            return -1;
    }
    *out = value;
    return 0;
}

// What was made counts, or a short template could fill the memory.
static int charge(struct execution *in, size_t n_bytes)
{
    in->made_bytes += n_bytes;
    if (in->made_bytes > TEMPLATE_VALUES_MAX)
        return wrong(in, VALUES_TOO_LARGE, TEMPLATE_VALUES_MAX);
    return 0;
}

static size_t size_of(const struct value *value)
{
    if (value->kind == VALUE_TEXT)
        return value->text.n;
    return value->kind == VALUE_LIST || value->kind == VALUE_MAP ? value->n * sizeof *value : 0;
}

// --- fields ---

// What a field is called with, beside itself.
struct given {
    struct value dot;
    const struct node_list *args; // with the field itself in front; or NULL
    const struct value *final;
};

static bool has_args(const struct given *given)
{
    return given->final != NULL || (given->args != NULL && given->args->n > 1);
}

// .Label "x": one text.
static int method_argument(struct execution *in, const struct row_field *field,
                           const struct given *given, const char **out)
{
    size_t n = (given->args != NULL ? given->args->n - 1 : 0) + (given->final != NULL);
    size_t wanted = field == NULL || field->text_of != NULL ? 1 : 0;
    const char *name = field != NULL ? field->name : "Label";
    if (n != wanted)
        return wrong(in, "wrong number of args for %s: want %zu got %zu", name, wanted, n);
    if (n == 0)
        return 0;
    struct value value;
    if (given->final != NULL)
        value = *given->final;
    if ((given->final != NULL
             ? check_value(in, PARAMETER_TEXT, &value)
             : eval_argument(in, given->dot, PARAMETER_TEXT, given->args->at[1], &value)) < 0)
        return -1;
    *out = text_of(&in->arena, &value);
    return 0;
}

// 1: it is none of the row's.
static int row_get(struct execution *in, const struct value *row, struct str name,
                   const struct given *given, struct value *out)
{
    const char *argument = NULL;
    const struct row_field *field = row_field_find(row->row_type, name);
    if (field == NULL)
        return 1;
    if (method_argument(in, field, given, &argument) < 0)
        return -1;
    *out = field->text != NULL ? row_value(&in->arena, field, row->row)
                               : value_of_text(field->text_of(&in->arena, row->row, argument));
    return 0;
}

// The heading of .Label "com.example.some-name" is its last part, "some name".
static int label_heading(struct execution *in, const struct given *given, struct value *out)
{
    const char *argument = NULL;
    if (method_argument(in, NULL, given, &argument) < 0)
        return -1;
    struct str rest = str_of(argument), last = str_cut_last(&rest, '.');
    char *heading = arena_strndup(&in->arena, last.at, last.n);
    for (char *at = heading; *at != '\0'; at++)
        *at = *at == '-' || *at == '_' ? ' ' : *at;
    *out = value_of_text(heading);
    return 0;
}

static int map_field(struct execution *in, const struct value *map, struct str name,
                     const struct given *given, struct value *out)
{
    if (has_args(given))
        return wrong(in, "%.*s is not a method but has arguments", (int)name.n, name.at);
    const struct value *value = map_get(map, name);
    if (value == NULL && in->flags & TEMPLATE_STRICT)
        return wrong(in, "map has no entry for key \"%.*s\"", (int)name.n, name.at);
    *out = value != NULL ? *value : (struct value){};
    out->is_boxed = map->element == VALUE_NULL;
    return 0;
}

// The field of a struct or a row. 1: there is no such field.
static int member_get(struct execution *in, const struct value *from, struct str name,
                      const struct given *given, struct value *out)
{
    if (from->kind == VALUE_ROW)
        return row_get(in, from, name, given, out);
    if (from->kind != VALUE_STRUCT || !value_member(&in->arena, from, name, out))
        return 1;
    return has_args(given) ? wrong(in, "%.*s has arguments but cannot be invoked as function",
                                   (int)name.n, name.at)
                           : 0;
}

static int heading_get(struct execution *in, const struct value *from, struct str name,
                       const struct given *given, struct value *out)
{
    const struct row_field *field = row_field_find(from->row_type, name);
    if (field != NULL && field->text_of != NULL)
        return label_heading(in, given, out);
    const struct value map = headings_map(&in->arena, from->row_type);
    return charge(in, 2 * size_of(&map)) < 0 ? -1 : map_field(in, &map, name, given, out);
}

static int get_field(struct execution *in, struct value from, struct str name,
                     const struct given *given, struct value *out)
{
    if (from.kind == VALUE_NONE) {
        if (in->flags & TEMPLATE_STRICT)
            return wrong(in, "nil data; no entry for key \"%.*s\"", (int)name.n, name.at);
        *out = from;
        return 0;
    }
    if (from.kind == VALUE_NULL || from.kind == VALUE_NIL)
        return wrong(in, "nil pointer evaluating %s.%.*s", value_type(&in->arena, &from),
                     (int)name.n, name.at);
    if (from.kind == VALUE_HEADS)
        return heading_get(in, &from, name, given, out);
    if (from.kind == VALUE_MAP)
        return map_field(in, &from, name, given, out);
    int found = member_get(in, &from, name, given, out);
    if (found == 0)
        return charge(in, size_of(out));
    if (found > 0)
        return wrong(in, "can't evaluate field %.*s in type %s", (int)name.n, name.at,
                     from.is_boxed ? "interface {}" : value_type(&in->arena, &from));
    return -1;
}

// .A.B.C of a value; the arguments are the last one's.
static int get_fields(struct execution *in, struct value from, const struct node *node,
                      size_t first, const struct given *given, struct value *out)
{
    const struct given nothing = {.dot = given->dot};
    for (size_t i = first; i < node->n_names; i++) {
        const struct given *here = i + 1 == node->n_names ? given : &nothing;
        if (step(in) < 0 || get_field(in, from, node->names[i], here, &from) < 0)
            return -1;
    }
    *out = from;
    return 0;
}

// --- commands ---

static int refuse_args(struct execution *in, const struct node *node, const struct given *given)
{
    if (!has_args(given))
        return 0;
    AUTO_BUF struct buf shown;
    buf_init(&shown, sizeof in->err->text);
    node_print(&shown, node);
    return wrong(in, "can't give argument to non-function %s", buf_get(&shown));
}

static int eval_variable(struct execution *in, const struct node *node, const struct given *given,
                         struct value *out)
{
    in->node = node;
    size_t i = in->n_variables;
    while (i != 0 && !str_equal(in->variables[i - 1].name, node->names[0]))
        i--;
    if (i == 0)
        return wrong(in, "undefined variable: %.*s", (int)node->names[0].n, node->names[0].at);
    if (node->n_names > 1)
        return get_fields(in, in->variables[i - 1].value, node, 1, given, out);
    *out = in->variables[i - 1].value;
    return refuse_args(in, node, given);
}

static int eval_chain(struct execution *in, struct value dot, const struct node *node,
                      const struct given *given, struct value *out)
{
    struct value start;
    in->node = node;
    if (node->children.at[0]->kind == NODE_NIL)
        return wrong(in, "indirection through explicit nil in nil");
    if (eval_operand(in, dot, node->children.at[0], &start) < 0)
        return -1;
    return get_fields(in, start, node, 0, given, out);
}

// Any term with what it is given.
static int eval_term(struct execution *in, const struct node *node, const struct given *given,
                     struct value *out)
{
    if (node->kind == NODE_FIELD) {
        in->node = node;
        return get_fields(in, given->dot, node, 0, given, out);
    }
    if (node->kind == NODE_VARIABLE)
        return eval_variable(in, node, given, out);
    if (node->kind == NODE_CHAIN)
        return eval_chain(in, given->dot, node, given, out);
    in->node = node->kind == NODE_PIPE ? in->node : node;
    if (refuse_args(in, node, given) < 0)
        return -1;
    if (node->kind == NODE_PIPE)
        return eval_pipeline(in, given->dot, node, out);
    if (node->kind == NODE_NIL)
        return wrong(in, "nil is not a command");
    *out = node->kind == NODE_DOT ? given->dot : node->constant;
    if (node->kind == NODE_NUMBER && node->constant.kind == VALUE_UINT)
        return wrong(in, "%.*s overflows int", (int)node->text.n, node->text.at);
    return 0;
}

static int eval_command(struct execution *in, struct value dot, const struct node *command,
                        const struct value *final, struct value *out)
{
    const struct node *first = command->children.at[0];
    const struct given given = {dot, &command->children, final};
    if (first->kind == NODE_NAME)
        return call_function(in, dot, first, command, final, out);
    return eval_term(in, first, &given, out);
}

static int eval_operand(struct execution *in, struct value dot, const struct node *node,
                        struct value *out)
{
    const struct given nothing = {.dot = dot};
    in->node = node;
    if (node->kind == NODE_NAME)
        return call_function(in, dot, node, NULL, NULL, out);
    return eval_term(in, node, &nothing, out);
}

// --- calls ---

static const char *const parameter_names[] = {
    [PARAMETER_ANY] = "interface {}",
    [PARAMETER_VALUE] = "reflect.Value",
    [PARAMETER_TEXT] = "string",
    [PARAMETER_INT] = "int",
};

// A value that was computed must be of the parameter's kind.
static int check_value(struct execution *in, enum parameter parameter, struct value *value)
{
    if (parameter == PARAMETER_ANY || parameter == PARAMETER_VALUE) {
        if (value->kind == VALUE_NONE && parameter == PARAMETER_ANY)
            value->kind = VALUE_NULL;
        return 0;
    }
    const char *expected = parameter_names[parameter];
    if (value->kind == VALUE_NONE)
        return wrong(in, "invalid value; expected %s", expected);
    if (value->kind != (parameter == PARAMETER_TEXT ? VALUE_TEXT : VALUE_INT))
        return wrong(in, "wrong type for value; expected %s; got %s", expected,
                     value_type(&in->arena, value));
    return 0;
}

static int eval_argument(struct execution *in, struct value dot, enum parameter parameter,
                         const struct node *node, struct value *out)
{
    bool is_text = parameter == PARAMETER_TEXT, is_int = parameter == PARAMETER_INT;
    in->node = node;
    if (node->kind == NODE_NIL) {
        if (is_text || is_int)
            return wrong(in, "cannot assign nil to %s", parameter_names[parameter]);
        *out = (struct value){.kind = parameter == PARAMETER_VALUE ? VALUE_NONE : VALUE_NULL};
        return 0;
    }
    bool is_constant =
        node->kind == NODE_BOOL || node->kind == NODE_NUMBER || node->kind == NODE_STRING;
    if (is_constant &&
        ((is_text && node->kind != NODE_STRING) || (is_int && node->constant.kind != VALUE_INT)))
        return wrong(in, "expected %s; found %.*s", is_text ? "string" : "integer",
                     (int)node->text.n, node->text.at);
    if (eval_operand(in, dot, node, out) < 0)
        return -1;
    return check_value(in, parameter, out);
}

// and, or: arguments behind the one that decides are not looked at.
static int call_lazy(struct execution *in, struct value dot, const struct function *function,
                     const struct node_list *args, const struct value *final, struct value *out)
{
    bool is_or = str_is(str_of(function->name), "or");
    for (size_t i = 1; args != NULL && i < args->n; i++) {
        if (eval_argument(in, dot, PARAMETER_VALUE, args->at[i], out) < 0)
            return -1;
        if (value_truth(out) == is_or)
            return 0;
    }
    if (final != NULL)
        *out = *final;
    return 0;
}

static enum parameter parameter_at(const struct function *function, size_t i)
{
    return function->parameters[i < function->n_fixed ? i : function->n_fixed];
}

static int check_count(struct execution *in, const struct function *function, size_t n_words,
                       size_t n)
{
    if (function->is_variadic && n < function->n_fixed)
        return wrong(in, "wrong number of args for %s: want at least %d got %zu", function->name,
                     function->n_fixed, n_words);
    if (!function->is_variadic && n != function->n_fixed)
        return wrong(in, "wrong number of args for %s: want %d got %zu", function->name,
                     function->n_fixed, n);
    if (n > ARGUMENTS_MAX)
        return wrong(in, "more than %d arguments for %s", ARGUMENTS_MAX, function->name);
    return 0;
}

static int call_function(struct execution *in, struct value dot, const struct node *name,
                         const struct node *command, const struct value *final, struct value *out)
{
    const struct function *function = name->function;
    const struct node_list *args = command != NULL ? &command->children : NULL;
    size_t n_words = args != NULL ? args->n - 1 : 0, n = n_words + (final != NULL);
    in->node = name;
    if (check_count(in, function, n_words, n) < 0)
        return -1;
    if (function->call == NULL)
        return call_lazy(in, dot, function, args, final, out);
    struct value *values = arena_array(&in->arena, n + 1, sizeof *values);
    for (size_t i = 0; i < n_words; i++) {
        if (eval_argument(in, dot, parameter_at(function, i), args->at[i + 1], &values[i]) < 0)
            return -1;
    }
    if (final != NULL) {
        values[n_words] = *final;
        if (check_value(in, parameter_at(function, n_words), &values[n_words]) < 0)
            return -1;
    }
    if (charge(in, (n + 1) * sizeof *values) < 0)
        return -1;
    if (function->is_head && in->flags & TEMPLATE_HEADS) {
        *out = values[0];
        return 0;
    }
    if (function->call(in, values, n, out) >= 0)
        return 0;
    in->node = command != NULL ? command : name;
    return wrong(in, "error calling %s: %s", function->name, in->err->text);
}
