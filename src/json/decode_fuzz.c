// SPDX-License-Identifier: Apache-2.0
// decode_fuzz.c — any bytes through a table that has every kind of field: refused with a reason, or
// accepted and then the same after a round trip.
#include "json/bind.h"
#include "json/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct leaf {
    const char *key;
    bool flag;
    uint32_t small;
};
struct tree {
    const char *text;
    bool is_on, *maybe_on;
    int64_t whole, *maybe_whole;
    uint64_t natural, *maybe_natural;
    uint32_t small, *maybe_small;
    double fraction;
    int word;
    const char *raw;
    const char **texts;
    size_t n_texts;
    uint32_t *numbers;
    size_t n_numbers;
    struct leaf inside, *behind, *list, *map;
    size_t n_list, n_map;
    struct json_pair *pairs;
    size_t n_pairs;
};
static const char *const words[] = {"red", "green", NULL};
static const struct json_field leaf_fields[] = {
    JSON_FIELD(struct leaf, flag, JSON_OPTIONAL),
    JSON_FIELD(struct leaf, small, JSON_ALWAYS),
    {},
};
static const struct json_field tree_fields[] = {
    JSON_FIELD(struct tree, text, JSON_OPTIONAL | JSON_NOT_EMPTY),
    JSON_FIELD(struct tree, is_on, JSON_OPTIONAL),
    JSON_FIELD(struct tree, maybe_on, JSON_OPTIONAL),
    JSON_FIELD(struct tree, whole, JSON_OPTIONAL),
    JSON_FIELD(struct tree, maybe_whole, JSON_OPTIONAL),
    JSON_FIELD(struct tree, natural, JSON_OPTIONAL),
    JSON_FIELD(struct tree, maybe_natural, JSON_OPTIONAL),
    JSON_FIELD(struct tree, small, JSON_OPTIONAL),
    JSON_FIELD(struct tree, maybe_small, JSON_OPTIONAL),
    JSON_WORD(struct tree, word, words, JSON_OPTIONAL),
    JSON_ARRAY(struct tree, texts, JSON_OPTIONAL),
    JSON_ARRAY(struct tree, numbers, JSON_OPTIONAL),
    JSON_INSIDE(struct tree, inside, leaf_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct tree, behind, leaf_fields, JSON_OPTIONAL),
    JSON_LIST(struct tree, list, leaf_fields, JSON_OPTIONAL),
    JSON_OBJECTS(struct tree, map, leaf_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct tree, pairs, JSON_OPTIONAL),
    {},
};
// Read only: a number may have more digits than 17, raw text may be written in another way.
static const struct json_field loose_fields[] = {
    JSON_FIELD(struct tree, fraction, JSON_OPTIONAL),
    JSON_TEXT_OF(struct tree, raw, JSON_OPTIONAL),
    {},
};

static void check(bool is_right)
{
    if (!is_right)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { TEXT_MAX = 8 * 1024 * 1024 };
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct tree tree;
    struct json_node node;
    if (json_tree(&arena, (const char *)bytes, n, &node, &err) < 0)
        check(err.kind == ERR_INVALID && err.text[0] != '\0');
    if (json_decode(&arena, (const char *)bytes, n, loose_fields, &tree, JSON_LENIENT, &err) < 0)
        check(err.kind == ERR_INVALID && err.text[0] != '\0');
    if (json_decode(&arena, (const char *)bytes, n, tree_fields, &tree, JSON_STRICT, &err) < 0)
        check(err.kind == ERR_INVALID && err.text[0] != '\0');
    if (json_decode(&arena, (const char *)bytes, n, tree_fields, &tree, JSON_LENIENT, &err) < 0)
        return 0;
    AUTO_BUF struct buf first, second;
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    json_encode(&first, tree_fields, &tree, JSON_PRETTY);
    if (first.is_full)
        return 0;
    check(json_decode(&arena, first.at, first.n, tree_fields, &tree, JSON_STRICT, &err) == 0);
    json_encode(&second, tree_fields, &tree, JSON_PRETTY);
    check(first.n == second.n && memcmp(first.at, second.at, first.n) == 0);
    return 0;
}
