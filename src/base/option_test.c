// SPDX-License-Identifier: Apache-2.0
// option_test.c — the command line grammar, row by row.
#include "base/option.h"
#include "base/test.h"

#include <string.h>

struct args {
    bool detach, tty;
    const char *name;
    struct words env;
    int64_t *tail;
};
static const struct option table[] = {
    OPTION_FLAG(struct args, detach, "detach", 'd', "run in the background"),
    OPTION_FLAG(struct args, tty, "tty", 't', "allocate a terminal"),
    OPTION_TEXT(struct args, name, "name", 0, "string", "name it"),
    OPTION_LIST(struct args, env, "env", 'e', "list", "set variables"),
    OPTION_INT(struct args, tail, "tail", 'n', "lines"),
    {},
};

#define PARSE(flags, ...)                                                                          \
    ({                                                                                             \
        const char *argv_[] = {__VA_ARGS__};                                                       \
        args = (struct args){};                                                                    \
        options_parse(&arena, table, sizeof argv_ / sizeof *argv_, (char **)argv_, flags, &args,   \
                      &rest, &err);                                                                \
    })

TEST(option_forms_of_a_value_are_equal)
{
    AUTO_ARENA struct arena arena = {};
    struct args args;
    struct words rest;
    struct err err = {};
    CHECK_INT(PARSE(OPTIONS_MIXED, "-e", "A=1", "-eB=2", "--env", "C=3", "--env=D=4"), 0);
    CHECK_INT(args.env.n, 4);
    CHECK_STR(args.env.at[1], "B=2");
    CHECK_STR(args.env.at[3], "D=4");
    CHECK_INT(PARSE(OPTIONS_MIXED, "-dtn5", "--name="), 0);
    CHECK(args.detach && args.tty);
    CHECK_INT(*args.tail, 5);
    CHECK_STR(args.name, "");
    CHECK_INT(PARSE(OPTIONS_MIXED, "--detach=false", "-d=0"), 0);
    CHECK(!args.detach);
}

TEST(option_first_argument_ends_them_where_asked)
{
    AUTO_ARENA struct arena arena = {};
    struct args args;
    struct words rest;
    struct err err = {};
    CHECK_INT(PARSE(OPTIONS_FIRST, "-d", "image", "-t", "--nonsense"), 0);
    CHECK(args.detach && !args.tty);
    CHECK_INT(rest.n, 3);
    CHECK_INT(PARSE(OPTIONS_MIXED, "a", "-d", "--", "-t"), 0);
    CHECK(args.detach && !args.tty);
    CHECK_INT(rest.n, 2);
    CHECK_STR(rest.at[1], "-t");
}

TEST(option_errors_say_what_and_suggest)
{
    AUTO_ARENA struct arena arena = {};
    struct args args;
    struct words rest;
    struct err err = {};
    CHECK(PARSE(OPTIONS_MIXED, "--detahc") < 0);
    CHECK_STR(err.text, "unknown flag: --detahc (did you mean --detach?)");
    CHECK(PARSE(OPTIONS_MIXED, "-dx") < 0);
    CHECK_STR(err.text, "unknown shorthand flag: 'x' in -dx");
    CHECK(PARSE(OPTIONS_MIXED, "--name") < 0);
    CHECK_STR(err.text, "flag needs an argument: --name");
    CHECK(PARSE(OPTIONS_MIXED, "-n", "ten") < 0);
    CHECK_STR(err.text,
              "invalid argument \"ten\" for \"-n, --tail\" flag: expected a whole number");
    CHECK(PARSE(OPTIONS_MIXED, "--tty=maybe") < 0);
    CHECK_HAS(err.text, "expected true or false");
}

TEST(option_that_is_on_by_itself_is_turned_off_by_false)
{
    struct human {
        bool is_raw;
    };
    static const struct option human_table[] = {
        OPTION_FLAG_OFF(struct human, is_raw, "human", 'H', "for people"),
        {},
    };
    static const struct {
        const char *word;
        bool is_raw;
    } cases[] = {{"--human", false}, {"--human=false", true}, {"-H=false", true}, {"-H", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_ARENA struct arena arena = {};
        struct human human = {};
        struct words rest;
        struct err err = {};
        const char *argv[] = {cases[i].word};
        CHECK_INT(options_parse(&arena, human_table, 1, (char **)argv, OPTIONS_MIXED, &human, &rest,
                                &err),
                  0);
        CHECK(human.is_raw == cases[i].is_raw);
    }
}
