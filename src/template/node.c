// SPDX-License-Identifier: Apache-2.0
// node.c — a node as text, and its place: what an error shows of the template.
#include "template/parts.h"

static void print_names(struct buf *out, const struct node *node, const char *before)
{
    for (size_t i = 0; i < node->n_names; i++) {
        buf_text(out, i == 0 && node->kind == NODE_VARIABLE ? "" : before);
        buf_add(out, node->names[i].at, node->names[i].n);
    }
}

static void print_pipe(struct buf *out, const struct node *pipe)
{
    for (size_t i = 0; i < pipe->n_names; i++)
        buf_printf(out, "%s%.*s", i != 0 ? ", " : "", (int)pipe->names[i].n, pipe->names[i].at);
    if (pipe->n_names != 0)
        buf_text(out, pipe->is_assignment ? " = " : " := ");
    for (size_t i = 0; i < pipe->children.n; i++) {
        buf_text(out, i != 0 ? " | " : "");
        node_print(out, pipe->children.at[i]);
    }
}

static void print_operand(struct buf *out, const struct node *node)
{
    bool is_pipe = node->kind == NODE_PIPE;
    buf_text(out, is_pipe ? "(" : "");
    node_print(out, node);
    buf_text(out, is_pipe ? ")" : "");
}

static void print_block(struct buf *out, const char *word, const struct node *node)
{
    buf_printf(out, "{{%s ", word);
    node_print(out, node->pipe);
    buf_text(out, "}}");
    for (size_t i = 0; i < node->body.n; i++)
        node_print(out, node->body.at[i]);
    buf_text(out, "{{end}}");
}

// The trees of templates are no deeper than TEMPLATE_DEPTH_MAX.
void node_print(struct buf *out, const struct node *node)
{
    switch (node->kind) {
    case NODE_ACTION:
        buf_text(out, "{{");
        node_print(out, node->pipe);
        buf_text(out, "}}");
        break;
    case NODE_IF:
        print_block(out, "if", node);
        break;
    case NODE_RANGE:
        print_block(out, "range", node);
        break;
    case NODE_WITH:
        print_block(out, "with", node);
        break;
    case NODE_CALL:
        buf_text(out, "{{template ");
        quote(out, node->text);
        buf_text(out, node->pipe != NULL ? " " : "");
        if (node->pipe != NULL)
            node_print(out, node->pipe);
        buf_text(out, "}}");
        break;
    case NODE_BREAK:
        buf_text(out, "{{break}}");
        break;
    case NODE_CONTINUE:
        buf_text(out, "{{continue}}");
        break;
    case NODE_PIPE:
        print_pipe(out, node);
        break;
    case NODE_COMMAND:
        for (size_t i = 0; i < node->children.n; i++) {
            buf_text(out, i != 0 ? " " : "");
            print_operand(out, node->children.at[i]);
        }
        break;
    case NODE_FIELD:
    case NODE_VARIABLE:
        print_names(out, node, ".");
        break;
    case NODE_CHAIN:
        print_operand(out, node->children.at[0]);
        print_names(out, node, ".");
        break;
    case NODE_TEXT:
    case NODE_NAME:
    case NODE_DOT:
    case NODE_NIL:
    case NODE_BOOL:
    case NODE_NUMBER:
    case NODE_STRING:
        buf_add(out, node->text.at, node->text.n);
        break;
    }
}

void node_place(struct buf *out, const struct template *template, const struct node *node)
{
    unsigned line = 1, column = 0;
    for (unsigned i = 0; i < node->at && i < template->text.n; i++) {
        bool ends = template->text.at[i] == '\n';
        line += ends;
        column = ends ? 0 : column + 1;
    }
    buf_printf(out, "%s:%u:%u", template->name, line, column);
}
