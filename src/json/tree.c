// SPDX-License-Identifier: Apache-2.0
// tree.c — json-c's tree into one that lives in an arena.
#include "json/tree.h"

#include "json/parse.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static void node_of(struct arena *arena, struct json_object *from, struct json_node *out);

static void members_of(struct arena *arena, struct json_object *from, struct json_node *out)
{
    size_t n = (size_t)json_object_object_length(from), i = 0;
    struct json_node *children = arena_array(arena, n + 1, sizeof *children);
    json_object_object_foreach(from, key, value)
    {
        node_of(arena, value, &children[i]);
        children[i++].key = arena_strdup(arena, key);
    }
    *out = (struct json_node){.kind = TREE_OBJECT, .children = children, .n = n};
}

static void elements_of(struct arena *arena, struct json_object *from, struct json_node *out)
{
    size_t n = json_object_array_length(from);
    struct json_node *children = arena_array(arena, n + 1, sizeof *children);
    for (size_t i = 0; i < n; i++)
        node_of(arena, json_object_array_get_idx(from, i), &children[i]);
    *out = (struct json_node){.kind = TREE_LIST, .children = children, .n = n};
}

// No deeper than JSON_DEPTH_MAX: the parser has seen to it.
static void node_of(struct arena *arena, struct json_object *from, struct json_node *out)
{
    char *text;
    *out = (struct json_node){.kind = TREE_NULL};
    switch (json_object_get_type(from)) {
    case json_type_null:
        break;
    case json_type_boolean:
        out->kind = json_object_get_boolean(from) ? TREE_TRUE : TREE_FALSE;
        break;
    case json_type_double: // json-c keeps the digits as they were written
    case json_type_int:
        out->kind = TREE_NUMBER;
        out->text = arena_strdup(arena, json_object_to_json_string(from));
        out->n = strlen(out->text);
        break;
    case json_type_string:
        out->kind = TREE_TEXT;
        out->n = (size_t)json_object_get_string_len(from);
        text = arena_alloc(arena, out->n + 1); // it may have a NUL inside
        memcpy(text, json_object_get_string(from), out->n);
        out->text = text;
        break;
    case json_type_array:
        elements_of(arena, from, out);
        break;
    case json_type_object:
        members_of(arena, from, out);
        break;
    }
}

int json_tree(struct arena *arena, const char *text, size_t n, struct json_node *out,
              struct err *err)
{
    struct json_object *tree;
    if (json_parse(text, n, &tree, err) < 0)
        return -1;
    node_of(arena, tree, out);
    json_object_put(tree);
    return 0;
}
