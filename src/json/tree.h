// SPDX-License-Identifier: Apache-2.0
// tree.h — JSON that no table describes: a document as it is, for those who show it.
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum json_node_kind {
    TREE_NULL,
    TREE_FALSE,
    TREE_TRUE,
    TREE_NUMBER, // text: the number's
    TREE_TEXT,
    TREE_LIST,
    TREE_OBJECT,
};
struct json_node {
    enum json_node_kind kind;
    const char *key;  // of a member of an object
    const char *text; // n bytes and a NUL
    const struct json_node *children;
    size_t n; // children, or bytes of the text
};

// Reads one document; all of it lives in the arena. ERR_INVALID when it is no JSON, has more than
// JSON_DEPTH_MAX levels or a number of more than 64 bits.
[[nodiscard]] int json_tree(struct arena *arena, const char *text, size_t n, struct json_node *out,
                            struct err *err);
