// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "cli/envfile.h"

TEST(lines_are_variables_but_for_comments_and_empty_ones)
{
    AUTO_ARENA struct arena arena = {};
    struct words words = {};
    struct err err;
    const struct str text = str_of("\xEF\xBB\xBF"
                                   "A=1\r\n# no\n\n  B= two words \nC\nD==x\n");
    CHECK(envfile_parse(&arena, "f", text, &words, &err) == 0);
    CHECK(words.n == 4);
    CHECK_STR(words.at[0], "A=1");
    CHECK_STR(words.at[1], "B= two words ");
    CHECK_STR(words.at[2], "C");
    CHECK_STR(words.at[3], "D==x");
}

TEST(what_is_no_variable_is_named_by_its_line)
{
    AUTO_ARENA struct arena arena = {};
    struct words words = {};
    struct err err;
    CHECK(envfile_parse(&arena, "f", str_of("A=1\n=2\n"), &words, &err) < 0);
    CHECK_STR(err.text, "f, line 2: no variable name on line '=2'");
    CHECK(envfile_parse(&arena, "f", str_of("A B=1\n"), &words, &err) < 0);
    CHECK_STR(err.text, "f, line 1: variable 'A B' contains whitespaces");
}
