// SPDX-License-Identifier: Apache-2.0
// parts.h — inside template/ only: tokens, the tree, and the state of an execution.
//
//     text ─ tokens_read ─▶ tokens ─ template_parse ─▶ tree ─ template_execute ─▶ output
//
// The words (action, pipeline, command, operand, chain) are those of Go's documentation.
#pragma once
#include "template/template.h"

// --- tokens.c ---
enum token_kind {
    TOKEN_EOF,
    TOKEN_ERROR, // text: what is wrong
    TOKEN_TEXT,
    TOKEN_LEFT,  // {{
    TOKEN_RIGHT, // }}
    TOKEN_SPACE,
    TOKEN_ASSIGN,
    TOKEN_DECLARE,
    TOKEN_PIPE,
    TOKEN_OPEN,  // (
    TOKEN_CLOSE, // )
    TOKEN_CHAR,  // any other sign
    TOKEN_STRING,
    TOKEN_RAW_STRING,
    TOKEN_RUNE, // 'a'
    TOKEN_NUMBER,
    TOKEN_BOOL,
    TOKEN_FIELD,    // .Name
    TOKEN_VARIABLE, // $name
    TOKEN_NAME,     // of a function
    // Words of the language, shown as <word> in errors.
    TOKEN_DOT,
    TOKEN_BLOCK,
    TOKEN_BREAK,
    TOKEN_CONTINUE,
    TOKEN_DEFINE,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_NIL,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};
struct token {
    enum token_kind kind;
    unsigned at, line; // byte, and line from 1
    struct str text;
};
// All tokens; the last is TOKEN_EOF or TOKEN_ERROR.
struct token *tokens_read(struct arena *arena, struct str text);

// --- literal.c ---
// The text of a quoted constant without quotes and escapes; false when it is none.
bool unquote(struct arena *arena, struct str quoted, struct str *out);
// A number or 'r': `out` is VALUE_INT, VALUE_UINT (too large for an int) or VALUE_FLOAT. Fails with
// the reason alone.
[[nodiscard]] int number_read(struct arena *arena, struct token token, struct value *out,
                              struct err *err);

// --- the tree ---
enum node_kind {
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_RANGE,
    NODE_WITH,
    NODE_CALL, // {{template "x" .}}
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_PIPE,
    NODE_COMMAND,
    NODE_FIELD,    // .A.B: names
    NODE_VARIABLE, // $x.A: names, the first with its $
    NODE_CHAIN,    // (…).A: names behind child
    NODE_NAME,     // of a function
    NODE_DOT,
    NODE_NIL,
    NODE_BOOL,
    NODE_NUMBER,
    NODE_STRING,
};
struct node_list {
    struct node **at;
    size_t n;
};
struct node {
    enum node_kind kind;
    unsigned at;     // its byte in the template
    struct str text; // as written: of a text, a constant, a name; the name of a NODE_CALL
    struct value constant;
    struct str *names; // of fields; of variables that a pipeline declares
    size_t n_names;
    struct node_list children; // commands of a pipeline, operands of a command, a chain's start
    bool is_assignment;        // a pipeline's names are set, not declared
    struct node *pipe;         // of an action, an if, a call; NULL: none
    struct node_list body, otherwise;
    bool has_otherwise;
    const struct function *function;
};
struct definition {
    struct definition *next;
    struct str name;
    struct node_list body;
};
struct template
{
    const char *name; // for errors
    struct str text;
    struct definition *definitions;
};
struct definition *definition_find(const struct template *template, struct str name);
// node.c: the node as it could have been written, and where it is: "name:line:column".
void node_print(struct buf *out, const struct node *node);
void node_place(struct buf *out, const struct template *template, const struct node *node);

// --- execution ---
struct variable {
    struct str name;
    struct value value;
};
struct execution {
    const struct template *template;
    struct str name; // of the definition that runs
    enum template_flags flags;
    struct buf *out;
    struct arena arena; // of the values made on the way
    size_t made_bytes;
    size_t steps;
    int depth;
    struct variable *variables;
    size_t n_variables, room;
    const struct node *node; // where errors are
    struct err *err;
};
// The error, with its place in front. Always -1.
[[nodiscard]] int wrong(struct execution *in, const char *fmt, ...) PRINTF(2, 3);
// Counts a step; < 0 when there were too many.
[[nodiscard]] int step(struct execution *in);
// eval.c: what a pipeline gives; its variables are declared.
[[nodiscard]] int eval_pipeline(struct execution *in, struct value dot, const struct node *pipe,
                                struct value *out);
void variable_push(struct execution *in, struct str name, struct value value);
[[nodiscard]] int variable_set(struct execution *in, struct str name, struct value value);

// --- functions ---
enum parameter { PARAMETER_ANY, PARAMETER_VALUE, PARAMETER_TEXT, PARAMETER_INT };
enum { PARAMETERS_MAX = 3 };
struct function {
    const char *name;
    // Fails with the reason alone.
    int (*call)(struct execution *in, const struct value *args, size_t n, struct value *out);
    unsigned char n_fixed; // parameters that must be there
    bool is_variadic;      // more of the kind of `parameters[n_fixed]`
    enum parameter parameters[PARAMETERS_MAX];
    bool is_head; // with TEMPLATE_HEADS the first argument is the result
};
// Without a C function: and, or, which are eval.c's own. The last words are the parameters.
#define FUNCTION(name_, call_, n_fixed_, is_variadic_, ...)                                        \
    {                                                                                              \
        .name = (name_), .call = (call_), .n_fixed = (n_fixed_), .is_variadic = (is_variadic_),    \
        .parameters = {                                                                            \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define FUNCTION_OF_HEADS(name_, call_, n_fixed_, ...)                                             \
    {                                                                                              \
        .name = (name_), .call = (call_), .n_fixed = (n_fixed_), .parameters = {__VA_ARGS__},      \
        .is_head = true                                                                            \
    }
const struct function *function_find(struct str name);
extern const struct function docker_functions[], compare_functions[], escape_functions[];

// A text that the execution keeps: copies what is in the buffer. Fails with the reason alone when
// it did not fit.
#define VALUES_TOO_LARGE "the values are larger than %d bytes"
[[nodiscard]] int make_text(struct execution *in, const struct buf *text, struct value *out);
// A buffer for such a text: its maximum is what may still be made.
void text_begin(const struct execution *in, struct buf *out);

// --- value.c ---
bool value_truth(const struct value *value);
const char *value_type(struct arena *arena, const struct value *value); // Go's name of it
// The member of a struct by its name; false when there is none.
bool value_member(struct arena *arena, const struct value *value, struct str name,
                  struct value *out);
struct value value_of_field(struct arena *arena, const struct json_field *field, const void *from);
// The entry of a map, or NULL.
const struct value *map_get(const struct value *map, struct str key);
const struct row_field *row_field_find(const struct row_type *type, struct str name);
// What the field says of the row: a text, or VALUE_NIL.
struct value row_value(struct arena *arena, const struct row_field *field, const void *row);
// The headings as a map.
struct value headings_map(struct arena *arena, const struct row_type *type);
const char *text_of(struct arena *arena, const struct value *text); // with a NUL behind

// --- format.c: fmt ---
void print_value(struct arena *arena, struct buf *out, const struct value *value);
void print_values(struct arena *arena, struct buf *out, const struct value *values, size_t n);
void print_line(struct arena *arena, struct buf *out, const struct value *values, size_t n);
void print_formatted(struct arena *arena, struct buf *out, struct str format,
                     const struct value *values, size_t n);
void quote(struct buf *out, struct str text); // strconv.Quote
// --- rune.c ---
// The first character of the text and its bytes; U+FFFD and 1 for what is no UTF-8; 0 at the end.
unsigned rune_read(struct str text, size_t *out_n);
void rune_write(struct buf *out, unsigned rune);
