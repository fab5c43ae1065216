// SPDX-License-Identifier: Apache-2.0
// align_test.c — columns as Go's tabwriter makes them of docker's lists.
#include "base/mem.h"
#include "base/test.h"
#include "cli/format.h"

TEST(cells_become_columns)
{
    static const struct {
        const char *text, *aligned;
    } rows[] = {
        {"A\tB\nlonger than ten\tx\n", "A                 B\nlonger than ten   x\n"},
        {"A\tB\tC\n1\t2\t3\n", "A         B         C\n1         2         3\n"},
        {"A…é\tB\nx\ty\n", "A…é       B\nx         y\n"}, // characters count, not bytes
        {"A\tB\n\nlonger than ten\tx\n", "A         B\n\nlonger than ten   x\n"}, // two runs
        {"A\t\tC\nx\t\ty\n", "A                   C\nx                   y\n"},
        {"A\tB\t\nx\ty\t\n", "A         B         \nx         y         \n"},
        {"A\nlonger\tB\n", "A\nlonger    B\n"},
        {"no columns\n", "no columns\n"},
        {"", ""},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_BUF struct buf out = {};
        buf_init(&out, 1000);
        align_columns(&out, rows[i].text);
        CHECK_STR(buf_get(&out), rows[i].aligned);
    }
}

TEST(labels_are_sorted)
{
    AUTO_ARENA struct arena arena = {};
    static const struct json_pair labels[] = {{"z", "1"}, {"a", ""}};
    CHECK_STR(labels_words(&arena, labels, 2), "a=,z=1");
    CHECK_STR(labels_words(&arena, NULL, 0), "");
}
