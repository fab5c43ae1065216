// SPDX-License-Identifier: Apache-2.0
// exec.c — walks the tree and writes what it says.
#include "base/mem.h"
#include "template/parts.h"

#include <string.h>

// Go stops at 100,000 templates in templates; a stack of 8 MiB is deep enough for these.
enum { WALK_DEPTH_MAX = 1000 };
enum walked { WALKED, WALK_BREAKS, WALK_CONTINUES };

static int walk_list(struct execution *in, struct value dot, const struct node_list *list);
static int walk(struct execution *in, struct value dot, const struct node *node);

int template_execute(const struct template *template, struct value data, enum template_flags flags,
                     struct buf *out, struct err *err)
{
    const struct definition *root = definition_find(template, str_of(template->name));
    struct execution in = {
        .template = template,
        .name = str_of(template->name),
        .flags = flags,
        .out = out,
        .err = err,
    };
    if (data.kind == VALUE_NULL)
        data.kind = VALUE_NONE;
    variable_push(&in, STR("$"), data);
    int result = walk_list(&in, data, &root->body);
    arena_done(&in.arena);
    free(in.variables);
    if (result < 0)
        return -1;
    return buf_check(out, "the template's output", err);
}

int wrong(struct execution *in, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *why = str_vprintf(fmt, args);
    va_end(args);
    AUTO_BUF struct buf text;
    buf_init(&text, sizeof in->err->text);
    buf_text(&text, "template: ");
    node_place(&text, in->template, in->node);
    buf_text(&text, ": executing ");
    quote(&text, in->name);
    buf_text(&text, " at <");
    node_print(&text, in->node);
    return fail(in->err, ERR_INVALID, "%s>: %s", buf_get(&text), why);
}

int step(struct execution *in)
{
    if (in->out->is_full)
        return wrong(in, "the output is larger than %zu bytes", in->out->max);
    if (++in->steps > TEMPLATE_STEPS_MAX)
        return wrong(in, "more than %d steps", TEMPLATE_STEPS_MAX);
    return 0;
}

void text_begin(const struct execution *in, struct buf *out)
{
    buf_init(out, TEMPLATE_VALUES_MAX - in->made_bytes);
}

int make_text(struct execution *in, const struct buf *text, struct value *out)
{
    if (text->is_full)
        return fail(in->err, ERR_INVALID, VALUES_TOO_LARGE, TEMPLATE_VALUES_MAX);
    in->made_bytes += text->n;
    char *copy = arena_alloc(&in->arena, text->n + 1);
    memcpy(copy, buf_get(text), text->n);
    *out = (struct value){.kind = VALUE_TEXT, .text = {copy, text->n}};
    return 0;
}

// --- variables ---

void variable_push(struct execution *in, struct str name, struct value value)
{
    if (in->n_variables == in->room) {
        in->room = 2 * in->room + 8;
        in->variables = xreallocarray(in->variables, in->room, sizeof *in->variables);
    }
    in->variables[in->n_variables++] = (struct variable){name, value};
}

int variable_set(struct execution *in, struct str name, struct value value)
{
    for (size_t i = in->n_variables; i-- > 0;) {
        if (str_equal(in->variables[i].name, name)) {
            in->variables[i].value = value;
            return 0;
        }
    }
    return wrong(in, "undefined variable: %.*s", (int)name.n, name.at);
}

// --- actions ---

static int walk_list(struct execution *in, struct value dot, const struct node_list *list)
{
    int how = WALKED;
    for (size_t i = 0; i < list->n && how == WALKED; i++)
        how = walk(in, dot, list->at[i]);
    return how;
}

static int walk_choice(struct execution *in, struct value dot, const struct node *node)
{
    struct value value;
    size_t mark = in->n_variables;
    if (eval_pipeline(in, dot, node->pipe, &value) < 0)
        return -1;
    bool is_true = value_truth(&value);
    int how = walk_list(in, is_true && node->kind == NODE_WITH ? value : dot,
                        is_true ? &node->body : &node->otherwise);
    in->n_variables = mark;
    return how;
}

// One turn: the pipeline's variables have what goes around.
static int walk_turn(struct execution *in, const struct node *node, struct value index,
                     struct value element)
{
    const struct node *pipe = node->pipe;
    size_t mark = in->n_variables;
    const struct value values[] = {pipe->n_names > 1 ? index : element, element};
    for (size_t i = 0; i < pipe->n_names; i++) {
        if (!pipe->is_assignment)
            in->variables[mark - pipe->n_names + i].value = values[i];
        else if (variable_set(in, pipe->names[i], values[i]) < 0)
            return -1;
    }
    int how = step(in) < 0 ? -1 : walk_list(in, element, &node->body);
    in->n_variables = mark;
    return how == WALK_CONTINUES ? WALKED : how;
}

// 1 when there was nothing to go around.
static int walk_number(struct execution *in, const struct node *node, const struct value *value)
{
    uint64_t n = value->natural;
    if (node->pipe->n_names > 1) {
        AUTO_BUF struct buf shown;
        buf_init(&shown, 100);
        print_value(&in->arena, &shown, value);
        return wrong(in, "can't use %s to iterate over more than one variable", buf_get(&shown));
    }
    if (value->kind == VALUE_INT && value->whole < 0)
        n = 0;
    int how = WALKED;
    struct value element = *value;
    for (element.natural = 0; element.natural < n && how == WALKED; element.natural++)
        how = walk_turn(in, node, (struct value){}, element);
    return how < 0 ? -1 : n == 0;
}

static int walk_elements(struct execution *in, const struct node *node, const struct value *value)
{
    int how = WALKED;
    for (size_t i = 0; i < value->n && how == WALKED; i++) {
        struct value index = {.kind = VALUE_INT, .whole = (int64_t)i};
        if (value->kind == VALUE_MAP)
            index = (struct value){.kind = VALUE_TEXT, .text = value->keys[i]};
        struct value element = value->values[i];
        element.is_boxed = value->element == VALUE_NULL;
        how = walk_turn(in, node, index, element);
    }
    return how < 0 ? -1 : value->n == 0;
}

static int walk_over(struct execution *in, const struct node *node, struct value value)
{
    if (value.kind == VALUE_HEADS)
        value = headings_map(&in->arena, value.row_type);
    switch (value.kind) {
    case VALUE_NONE:
    case VALUE_NULL:
        return 1;
    case VALUE_INT:
    case VALUE_UINT:
        return walk_number(in, node, &value);
    case VALUE_LIST:
    case VALUE_MAP:
        return walk_elements(in, node, &value);
    case VALUE_NIL:
    case VALUE_BOOL:
    case VALUE_FLOAT:
    case VALUE_TEXT:
    case VALUE_NUMBER:
    case VALUE_STRUCT:
    case VALUE_ROW:
    case VALUE_HEADS:
        break;
    }
    AUTO_BUF struct buf shown;
    buf_init(&shown, sizeof in->err->text);
    print_value(&in->arena, &shown, &value);
    return wrong(in, "range can't iterate over %s", buf_get(&shown));
}

static int walk_range(struct execution *in, struct value dot, const struct node *node)
{
    struct value value;
    size_t mark = in->n_variables;
    if (eval_pipeline(in, dot, node->pipe, &value) < 0)
        return -1;
    int is_empty = walk_over(in, node, value);
    if (is_empty < 0)
        return -1;
    int how = is_empty ? walk_list(in, dot, &node->otherwise) : WALKED;
    in->n_variables = mark;
    return how;
}

// A template sees no variable of its caller; $ is what it was given.
static int walk_call(struct execution *in, struct value dot, const struct node *node)
{
    const struct definition *definition = definition_find(in->template, node->text);
    struct value data = {};
    if (definition == NULL)
        return wrong(in, "template \"%.*s\" not defined", (int)node->text.n, node->text.at);
    if (node->pipe != NULL && eval_pipeline(in, dot, node->pipe, &data) < 0)
        return -1;
    struct str name = in->name;
    struct variable *variables = in->variables;
    size_t n = in->n_variables, room = in->room;
    in->name = definition->name;
    in->variables = NULL;
    in->n_variables = in->room = 0;
    variable_push(in, STR("$"), data);
    int how = walk_list(in, data, &definition->body);
    free(in->variables);
    in->variables = variables;
    in->n_variables = n;
    in->room = room;
    if (how >= 0)
        in->name = name;
    return how;
}

static int walk_action(struct execution *in, struct value dot, const struct node *node)
{
    struct value value;
    if (eval_pipeline(in, dot, node->pipe, &value) < 0)
        return -1;
    in->node = node;
    if (node->pipe->n_names == 0)
        print_value(&in->arena, in->out, &value);
    return WALKED;
}

static int walk_node(struct execution *in, struct value dot, const struct node *node)
{
    switch (node->kind) {
    case NODE_TEXT:
        buf_add(in->out, node->text.at, node->text.n);
        return WALKED;
    case NODE_ACTION:
        return walk_action(in, dot, node);
    case NODE_IF:
    case NODE_WITH:
        return walk_choice(in, dot, node);
    case NODE_RANGE:
        return walk_range(in, dot, node);
    case NODE_CALL:
        return walk_call(in, dot, node);
    case NODE_BREAK:
        return WALK_BREAKS;
    case NODE_CONTINUE:
        return WALK_CONTINUES;
    case NODE_PIPE:
    case NODE_COMMAND:
    case NODE_FIELD:
    case NODE_VARIABLE:
    case NODE_CHAIN:
    case NODE_NAME:
    case NODE_DOT:
    case NODE_NIL:
    case NODE_BOOL:
    case NODE_NUMBER:
    case NODE_STRING:
        break;
    }
    abort(); // not in a list
}

static int walk(struct execution *in, struct value dot, const struct node *node)
{
    in->node = node;
    if (in->depth >= WALK_DEPTH_MAX)
        return wrong(in, "exceeded maximum template depth (%d)", WALK_DEPTH_MAX);
    if (step(in) < 0)
        return -1;
    in->depth++;
    int how = walk_node(in, dot, node);
    in->depth--;
    return how;
}
