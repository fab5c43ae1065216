// SPDX-License-Identifier: Apache-2.0
// tree_test.c — a document as it is.
#include "base/mem.h"
#include "base/test.h"
#include "json/bind.h"
#include "json/tree.h"

#include <string.h>

TEST(a_document_keeps_its_order_and_its_digits)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct json_node node;
    static const char text[] = "{\"z\":[1.50,18446744073709551615,-3,1e3],\"a\":{\"b\":null},"
                               "\"t\":true,\"f\":false,\"s\":\"é\\u0000x\"}";
    CHECK_INT(json_tree(&arena, text, strlen(text), &node, &err), 0);
    CHECK_INT(node.kind, TREE_OBJECT);
    CHECK_INT(node.n, 5);
    CHECK_STR(node.children[0].key, "z");
    CHECK_STR(node.children[1].key, "a");
    const struct json_node *list = &node.children[0];
    CHECK_INT(list->kind, TREE_LIST);
    CHECK_STR(list->children[0].text, "1.50");
    CHECK_STR(list->children[1].text, "18446744073709551615");
    CHECK_STR(list->children[2].text, "-3");
    CHECK_STR(list->children[3].text, "1e3");
    CHECK_INT(node.children[1].children[0].kind, TREE_NULL);
    CHECK_INT(node.children[2].kind, TREE_TRUE);
    CHECK_INT(node.children[3].kind, TREE_FALSE);
    CHECK_INT(node.children[4].n, 4); // with the NUL
    CHECK(memcmp(node.children[4].text, "é\0x", 5) == 0);
}

TEST(what_is_no_document_is_refused)
{
    static const char *const texts[] = {"",    "{",          "[1,]",
                                        "nul", "{\"a\":1}x", "99999999999999999999"};
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct json_node node;
        CHECK_INT(json_tree(&arena, texts[i], strlen(texts[i]), &node, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, "not valid JSON");
    }
}

TEST(a_document_has_a_depth)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct json_node node;
    char text[2 * JSON_DEPTH_MAX + 2];
    memset(text, '[', sizeof text);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    CHECK_INT(json_tree(&arena, text, sizeof text, &node, &err), -1);
}
