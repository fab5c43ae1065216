// SPDX-License-Identifier: Apache-2.0
// parse.c — tokens into a tree, by recursive descent.
//
//     list      = { text | "{{" action "}}" }
//     action    = pipeline | if | range | with | template | block | define | break | continue
//     pipeline  = [ $x [, $y] ( := | = ) ] command { "|" command }
//     command   = operand { blank operand }
//     operand   = term { .Field }
//
// A list ends with {{end}} or {{else}}, which whoever began it expects. How deep it goes is bounded
// by TEMPLATE_DEPTH_MAX, here once for the parser and everybody who walks the tree.
#include "base/mem.h"
#include "template/parts.h"

#include <string.h>

struct parser {
    struct arena *arena;
    struct template *template;
    const struct token *tokens;
    size_t at, furthest;   // token; errors are in the line that was read last
    struct str *variables; // declared so far
    size_t n_variables, room;
    int depth, ranges;
    unsigned action_line; // where the action began, 0 outside
    struct err *err;
};

enum ending { ENDS_WITH_END, ENDS_WITH_ELSE, ENDS_WITH_TEXT };

static int parse_list(struct parser *in, struct node_list *out, enum ending *ending);
static int parse_action(struct parser *in, struct node **out, enum ending *ending);
static int parse_pipeline(struct parser *in, const char *context, enum token_kind end,
                          struct node **out);
static int parse_command(struct parser *in, struct node **out);
static int parse_control(struct parser *in, enum node_kind kind, struct node **out);
static int parse_definition(struct parser *in);

static int parse_template(struct parser *in)
{
    struct definition *root = arena_new(in->arena, struct definition);
    enum ending ending;
    if (parse_list(in, &root->body, &ending) < 0)
        return -1;
    root->name = str_of(in->template->name);
    root->next = in->template->definitions;
    in->template->definitions = root;
    return 0;
}

int template_parse(struct arena *arena, const char *name, const char *text, struct template **out,
                   struct err *err)
{
    size_t n = strlen(text);
    if (n > TEMPLATE_TEXT_MAX)
        return fail(err, ERR_INVALID, "template: %s: the template is larger than %d bytes", name,
                    TEMPLATE_TEXT_MAX);
    struct template *template = arena_new(arena, struct template);
    *template = (struct template){.name = name, .text = {text, n}};
    struct parser in = {.arena = arena, .template = template, .err = err};
    in.tokens = tokens_read(arena, template->text);
    if (parse_template(&in) < 0)
        return -1;
    *out = template;
    return 0;
}

struct definition *definition_find(const struct template *template, struct str name)
{
    struct definition *at = template->definitions;
    while (at != NULL && !str_equal(at->name, name))
        at = at->next;
    return at;
}

// --- errors ---

static int PRINTF(2, 3) fail_parse(struct parser *in, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *why = str_vprintf(fmt, args);
    va_end(args);
    return fail(in->err, ERR_INVALID, "template: %s:%u: %s", in->template->name,
                in->tokens[in->furthest].line, why);
}

static const char *token_words(struct parser *in, struct token token)
{
    enum { SHOWN = 10 };
    if (token.kind == TOKEN_EOF)
        return "EOF";
    if (token.kind == TOKEN_ERROR || token.kind >= TOKEN_DOT)
        return arena_printf(in->arena, token.kind == TOKEN_ERROR ? "%.*s" : "<%.*s>",
                            (int)token.text.n, token.text.at);
    AUTO_BUF struct buf words;
    buf_init(&words, 200);
    bool is_long = token.text.n > SHOWN;
    quote(&words, (struct str){token.text.at, is_long ? SHOWN : token.text.n});
    buf_text(&words, is_long ? "..." : "");
    return arena_strdup(in->arena, buf_get(&words));
}

static int unexpected(struct parser *in, struct token token, const char *context)
{
    const char *words = token_words(in, token);
    if (token.kind != TOKEN_ERROR)
        return fail_parse(in, "unexpected %s in %s", words, context);
    if (in->action_line == 0 || in->action_line == token.line)
        return fail_parse(in, "%s", words);
    return fail_parse(in, "%s%s started at %s:%u", words,
                      text_ends(words, " action") ? "" : " in action", in->template->name,
                      in->action_line);
}

// --- tokens ---

static struct token peek(struct parser *in)
{
    in->furthest = in->at > in->furthest ? in->at : in->furthest;
    return in->tokens[in->at];
}

static struct token next(struct parser *in)
{
    struct token token = peek(in);
    in->at += token.kind > TOKEN_ERROR;
    return token;
}

static struct token peek_solid(struct parser *in)
{
    while (peek(in).kind == TOKEN_SPACE)
        in->at++;
    return peek(in);
}

static struct token next_solid(struct parser *in)
{
    (void)peek_solid(in);
    return next(in);
}

static int expect(struct parser *in, enum token_kind kind, const char *context)
{
    struct token token = next_solid(in);
    return token.kind == kind ? 0 : unexpected(in, token, context);
}

static struct node *node_new(struct parser *in, enum node_kind kind, struct token token)
{
    struct node *node = arena_new(in->arena, struct node);
    *node = (struct node){.kind = kind, .at = token.at, .text = token.text};
    return node;
}

// A list's room doubles whenever its length is a power of two.
static void list_add(struct parser *in, struct node_list *list, struct node *node)
{
    if ((list->n & (list->n - 1)) == 0) {
        struct node **more = arena_array(in->arena, 2 * list->n + 1, sizeof(struct node *));
        if (list->n != 0)
            memcpy(more, list->at, list->n * sizeof *more);
        list->at = more;
    }
    list->at[list->n++] = node;
}

static void name_add(struct parser *in, struct node *node, struct str name)
{
    if ((node->n_names & (node->n_names - 1)) == 0) {
        struct str *more = arena_array(in->arena, 2 * node->n_names + 1, sizeof *more);
        if (node->n_names != 0)
            memcpy(more, node->names, node->n_names * sizeof *more);
        node->names = more;
    }
    node->names[node->n_names++] = name;
}

static void declare(struct parser *in, struct str name)
{
    if (in->n_variables == in->room) {
        in->room = 2 * in->room + 8;
        struct str *more = arena_array(in->arena, in->room, sizeof *more);
        if (in->n_variables != 0)
            memcpy(more, in->variables, in->n_variables * sizeof *more);
        in->variables = more;
    }
    in->variables[in->n_variables++] = name;
}

static int deeper(struct parser *in)
{
    if (in->depth >= TEMPLATE_DEPTH_MAX)
        return fail_parse(in, "max expression depth exceeded");
    in->depth++;
    return 0;
}

// --- lists and actions ---

// A definition ends, or a text does.
static int check_top(struct parser *in, enum ending ending, bool is_inner)
{
    static const char *const shown[] = {"{{end}}", "{{else}}"};
    if (ending == ENDS_WITH_TEXT)
        return is_inner ? fail_parse(in, "unexpected EOF") : 0;
    return is_inner ? 0 : fail_parse(in, "unexpected %s", shown[ending]);
}

static int parse_item(struct parser *in, struct node_list *out, enum ending *ending)
{
    struct token token = next(in);
    struct node *node = NULL;
    if (token.kind == TOKEN_TEXT) {
        list_add(in, out, node_new(in, NODE_TEXT, token));
        return 0;
    }
    if (token.kind != TOKEN_LEFT)
        return unexpected(in, token, "input");
    if (in->depth == 0 && peek_solid(in).kind == TOKEN_DEFINE) {
        (void)next(in);
        return parse_definition(in);
    }
    in->action_line = token.line;
    if (parse_action(in, &node, ending) < 0)
        return -1;
    in->action_line = 0;
    if (node != NULL)
        list_add(in, out, node);
    return 0;
}

// *ending says what came behind it: {{end}} is read, of {{else}} only the word.
static int parse_list(struct parser *in, struct node_list *out, enum ending *ending)
{
    bool is_inner = in->depth != 0;
    *ending = ENDS_WITH_TEXT;
    while (*ending == ENDS_WITH_TEXT && peek(in).kind != TOKEN_EOF) {
        if (parse_item(in, out, ending) < 0)
            return -1;
    }
    return check_top(in, *ending, is_inner);
}

static int parse_jump(struct parser *in, struct token token, struct node **out)
{
    bool is_break = token.kind == TOKEN_BREAK;
    const char *shown = is_break ? "{{break}}" : "{{continue}}";
    if (expect(in, TOKEN_RIGHT, shown) < 0)
        return -1;
    if (in->ranges == 0)
        return fail_parse(in, "%s outside {{range}}", shown);
    *out = node_new(in, is_break ? NODE_BREAK : NODE_CONTINUE, token);
    return 0;
}

static int parse_name(struct parser *in, const char *context, struct token *token, struct str *out)
{
    *token = next_solid(in);
    if (token->kind != TOKEN_STRING && token->kind != TOKEN_RAW_STRING)
        return unexpected(in, *token, context);
    if (!unquote(in->arena, token->text, out))
        return fail_parse(in, "invalid syntax");
    return 0;
}

static bool is_empty(struct node_list list)
{
    for (size_t i = 0; i < list.n; i++) {
        if (list.at[i]->kind != NODE_TEXT || str_trim(list.at[i]->text).n != 0)
            return false;
    }
    return true;
}

static int define(struct parser *in, struct str name, struct node_list body)
{
    struct definition *old = definition_find(in->template, name);
    if (old != NULL && !is_empty(old->body)) {
        if (is_empty(body))
            return 0;
        return fail_parse(in, "template: multiple definition of template \"%.*s\"", (int)name.n,
                          name.at);
    }
    struct definition *it = old != NULL ? old : arena_new(in->arena, struct definition);
    if (old == NULL) {
        it->next = in->template->definitions;
        in->template->definitions = it;
    }
    it->name = name;
    it->body = body;
    return 0;
}

// A body that sees no variable from outside but $.
static int parse_body(struct parser *in, const char *context, struct str name)
{
    struct node_list body = {};
    enum ending ending;
    size_t n_variables = in->n_variables, room = in->room;
    struct str *variables = in->variables;
    int ranges = in->ranges;
    in->variables = NULL;
    in->n_variables = in->room = 0;
    in->ranges = 0;
    if (deeper(in) < 0 || parse_list(in, &body, &ending) < 0)
        return -1;
    in->depth--;
    in->ranges = ranges;
    in->variables = variables;
    in->n_variables = n_variables;
    in->room = room;
    if (ending != ENDS_WITH_END)
        return fail_parse(in, "unexpected {{else}} in %s", context);
    return define(in, name, body);
}

static int parse_definition(struct parser *in)
{
    struct token token;
    struct str name = {};
    if (parse_name(in, "define clause", &token, &name) < 0 ||
        expect(in, TOKEN_RIGHT, "define clause") < 0)
        return -1;
    return parse_body(in, "define clause", name);
}

// {{template "name" pipeline}} and {{block "name" pipeline}}.
static int parse_call(struct parser *in, bool is_block, struct node **out)
{
    const char *context = is_block ? "block clause" : "template clause";
    struct token token;
    struct str name = {};
    if (parse_name(in, context, &token, &name) < 0)
        return -1;
    struct node *node = node_new(in, NODE_CALL, token);
    node->text = name;
    if (!is_block && peek_solid(in).kind == TOKEN_RIGHT)
        (void)next(in);
    else if (parse_pipeline(in, context, TOKEN_RIGHT, &node->pipe) < 0)
        return -1;
    if (is_block && parse_body(in, context, name) < 0)
        return -1;
    *out = node;
    return 0;
}

// *out stays NULL when it is an end or else.
static int parse_action(struct parser *in, struct node **out, enum ending *ending)
{
    struct token token = peek_solid(in);
    enum token_kind kind = token.kind;
    if (kind < TOKEN_BLOCK || kind == TOKEN_NIL || kind == TOKEN_DEFINE) {
        struct node *node = node_new(in, NODE_ACTION, token);
        if (parse_pipeline(in, "command", TOKEN_RIGHT, &node->pipe) < 0)
            return -1;
        *out = node;
        return 0;
    }
    (void)next(in);
    if (kind == TOKEN_BLOCK || kind == TOKEN_TEMPLATE)
        return parse_call(in, kind == TOKEN_BLOCK, out);
    if (kind == TOKEN_BREAK || kind == TOKEN_CONTINUE)
        return parse_jump(in, token, out);
    if (kind == TOKEN_END) {
        *ending = ENDS_WITH_END;
        return expect(in, TOKEN_RIGHT, "end");
    }
    if (kind == TOKEN_ELSE) {
        *ending = ENDS_WITH_ELSE;
        enum token_kind behind = peek_solid(in).kind;
        return behind == TOKEN_IF || behind == TOKEN_WITH ? 0 : expect(in, TOKEN_RIGHT, "else");
    }
    return parse_control(in,
                         kind == TOKEN_IF      ? NODE_IF
                         : kind == TOKEN_RANGE ? NODE_RANGE
                                               : NODE_WITH,
                         out);
}

static int parse_else(struct parser *in, struct node *node)
{
    enum token_kind behind = peek(in).kind;
    enum ending ending;
    node->has_otherwise = true;
    if ((node->kind == NODE_IF && behind == TOKEN_IF) ||
        (node->kind == NODE_WITH && behind == TOKEN_WITH)) {
        struct node *inner;
        (void)next(in);
        if (parse_control(in, node->kind, &inner) < 0)
            return -1;
        list_add(in, &node->otherwise, inner);
        return 0;
    }
    if (parse_list(in, &node->otherwise, &ending) < 0)
        return -1;
    return ending == ENDS_WITH_END ? 0 : fail_parse(in, "expected end; found {{else}}");
}

static int parse_control(struct parser *in, enum node_kind kind, struct node **out)
{
    static const char *const words[] = {
        [NODE_IF] = "if", [NODE_RANGE] = "range", [NODE_WITH] = "with"};
    struct node *node = node_new(in, kind, peek_solid(in));
    size_t n_variables = in->n_variables;
    enum ending ending;
    if (deeper(in) < 0 || parse_pipeline(in, words[kind], TOKEN_RIGHT, &node->pipe) < 0)
        return -1;
    in->ranges += kind == NODE_RANGE;
    if (parse_list(in, &node->body, &ending) < 0)
        return -1;
    in->ranges -= kind == NODE_RANGE;
    if (ending == ENDS_WITH_ELSE && parse_else(in, node) < 0)
        return -1;
    in->n_variables = n_variables;
    in->depth--;
    *out = node;
    return 0;
}

// --- pipelines ---

static int check_pipeline(struct parser *in, const struct node *pipe, const char *context)
{
    if (pipe->children.n == 0)
        return fail_parse(in, "missing value for %s", context);
    for (size_t i = 1; i < pipe->children.n; i++) {
        enum node_kind kind = pipe->children.at[i]->children.at[0]->kind;
        if (kind == NODE_BOOL || kind == NODE_DOT || kind == NODE_NIL || kind == NODE_NUMBER ||
            kind == NODE_STRING)
            return fail_parse(in, "non executable command in pipeline stage %zu", i + 1);
    }
    return 0;
}

// $x :=, $x =, $i, $x := in front of a pipeline; a variable that is none of it is left alone.
static int parse_declaration(struct parser *in, struct node *pipe, const char *context)
{
    while (peek_solid(in).kind == TOKEN_VARIABLE) {
        size_t before = in->at;
        struct token variable = next(in), token = peek_solid(in);
        bool is_comma = token.kind == TOKEN_CHAR && str_is(token.text, ",");
        if (token.kind != TOKEN_ASSIGN && token.kind != TOKEN_DECLARE && !is_comma) {
            in->at = before;
            return 0;
        }
        (void)next(in);
        name_add(in, pipe, variable.text);
        declare(in, variable.text);
        pipe->is_assignment = token.kind == TOKEN_ASSIGN;
        if (!is_comma)
            return 0;
        if (strcmp(context, "range") != 0 || pipe->n_names > 1)
            return fail_parse(in, "too many declarations in %s", context);
        enum token_kind behind = peek_solid(in).kind;
        if (behind != TOKEN_VARIABLE && behind != TOKEN_RIGHT && behind != TOKEN_CLOSE)
            return fail_parse(in, "range can only initialize variables");
    }
    return 0;
}

static bool begins_operand(enum token_kind kind)
{
    return kind == TOKEN_OPEN || (kind >= TOKEN_STRING && kind <= TOKEN_DOT) || kind == TOKEN_NIL;
}

static int parse_pipeline(struct parser *in, const char *context, enum token_kind end,
                          struct node **out)
{
    struct node *pipe = node_new(in, NODE_PIPE, peek_solid(in));
    if (parse_declaration(in, pipe, context) < 0)
        return -1;
    for (;;) {
        struct token token = peek_solid(in);
        if (token.kind == end)
            break;
        if (!begins_operand(token.kind))
            return unexpected(in, token, context);
        struct node *command = NULL;
        if (parse_command(in, &command) < 0)
            return -1;
        list_add(in, &pipe->children, command);
    }
    (void)next(in);
    if (check_pipeline(in, pipe, context) < 0)
        return -1;
    *out = pipe;
    return 0;
}

static int use_variable(struct parser *in, struct token token, struct node **out)
{
    bool is_known = str_is(token.text, "$");
    for (size_t i = 0; i < in->n_variables && !is_known; i++)
        is_known = str_equal(in->variables[i], token.text);
    if (!is_known)
        return fail_parse(in, "undefined variable \"%.*s\"", (int)token.text.n, token.text.at);
    *out = node_new(in, NODE_VARIABLE, token);
    name_add(in, *out, token.text);
    return 0;
}

static int use_function(struct parser *in, struct token token, struct node **out)
{
    *out = node_new(in, NODE_NAME, token);
    (*out)->function = function_find(token.text);
    if ((*out)->function == NULL)
        return fail_parse(in, "function \"%.*s\" not defined", (int)token.text.n, token.text.at);
    return 0;
}

static int parse_constant(struct parser *in, struct token token, struct node **out)
{
    struct node *node = node_new(in, NODE_STRING, token);
    if (token.kind == TOKEN_BOOL) {
        node->kind = NODE_BOOL;
        node->constant = (struct value){.kind = VALUE_BOOL, .truth = str_is(token.text, "true")};
    } else if (token.kind == TOKEN_NUMBER || token.kind == TOKEN_RUNE) {
        struct err why;
        node->kind = NODE_NUMBER;
        if (number_read(in->arena, token, &node->constant, &why) < 0)
            return fail_parse(in, "%s", why.text);
    } else {
        node->constant.kind = VALUE_TEXT;
        if (!unquote(in->arena, token.text, &node->constant.text))
            return fail_parse(in, "invalid syntax");
    }
    *out = node;
    return 0;
}

// *out stays as it was when no term stands here.
static int parse_term(struct parser *in, struct node **out)
{
    struct token token = peek_solid(in);
    if (!begins_operand(token.kind))
        return 0;
    (void)next(in);
    if (token.kind == TOKEN_OPEN) {
        if (deeper(in) < 0 || parse_pipeline(in, "parenthesized pipeline", TOKEN_CLOSE, out) < 0)
            return -1;
        in->depth--;
        return 0;
    }
    if (token.kind == TOKEN_NAME)
        return use_function(in, token, out);
    if (token.kind == TOKEN_VARIABLE)
        return use_variable(in, token, out);
    if (token.kind == TOKEN_DOT || token.kind == TOKEN_NIL) {
        *out = node_new(in, token.kind == TOKEN_DOT ? NODE_DOT : NODE_NIL, token);
        return 0;
    }
    if (token.kind != TOKEN_FIELD)
        return parse_constant(in, token, out);
    *out = node_new(in, NODE_FIELD, token);
    name_add(in, *out, (struct str){token.text.at + 1, token.text.n - 1});
    return 0;
}

static int fail_field(struct parser *in, struct str term)
{
    AUTO_BUF struct buf shown;
    buf_init(&shown, 400);
    quote(&shown, term);
    return fail_parse(in, "unexpected . after term %s", buf_get(&shown));
}

static int parse_operand(struct parser *in, struct node **out)
{
    struct node *node = NULL;
    if (parse_term(in, &node) < 0)
        return -1;
    if (node == NULL || peek(in).kind != TOKEN_FIELD) {
        *out = node;
        return 0;
    }
    if (node->kind >= NODE_DOT)
        return fail_field(in, node->text);
    struct node *chain = node;
    if (node->kind != NODE_FIELD && node->kind != NODE_VARIABLE) {
        chain = node_new(in, NODE_CHAIN, peek(in));
        list_add(in, &chain->children, node);
    }
    chain->at = peek(in).at; // as Go has it: where the second name stands
    while (peek(in).kind == TOKEN_FIELD) {
        struct token token = next(in);
        name_add(in, chain, (struct str){token.text.at + 1, token.text.n - 1});
    }
    *out = chain;
    return 0;
}

static int parse_command(struct parser *in, struct node **out)
{
    struct node *command = node_new(in, NODE_COMMAND, peek_solid(in));
    for (;;) {
        struct node *operand = NULL;
        if (parse_operand(in, &operand) < 0)
            return -1;
        if (operand != NULL)
            list_add(in, &command->children, operand);
        struct token token = peek(in);
        if (token.kind == TOKEN_RIGHT || token.kind == TOKEN_CLOSE)
            break;
        (void)next(in);
        if (token.kind == TOKEN_PIPE)
            break;
        if (token.kind != TOKEN_SPACE)
            return unexpected(in, token, "operand");
    }
    if (command->children.n == 0)
        return fail_parse(in, "empty command");
    *out = command;
    return 0;
}
