// SPDX-License-Identifier: Apache-2.0
// option_fuzz.c — any command line (its words end with NUL): an error that says why, or values and
// words that are the line's own.
#include "base/mem.h"
#include "base/option.h"

#include <assert.h>
#include <string.h>

enum { WORDS_MAX = 64 };

struct values {
    bool all, tty;
    const char *name;
    struct words env;
    int64_t *tail;
};
static const struct option table[] = {
    OPTION_FLAG(struct values, all, "all", 'a', "a switch"),
    OPTION_FLAG(struct values, tty, "tty", 't', "another, for clusters"),
    OPTION_TEXT(struct values, name, "name", 0, "string", "a text"),
    OPTION_LIST(struct values, env, "env", 'e', "list", "a list"),
    OPTION_INT(struct values, tail, "tail", 'n', "a number"),
    {},
};

static bool is_one_of(const char *text, char **argv, int argc)
{
    for (int i = 0; i < argc; i++) {
        if (text >= argv[i] && text <= argv[i] + strlen(argv[i]))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    char *line = arena_strndup(&arena, (const char *)bytes, n), *argv[WORDS_MAX];
    int argc = 0;
    for (char *at = line; at < line + n && argc < WORDS_MAX; at += strlen(at) + 1)
        argv[argc++] = at;
    struct values values = {};
    struct words rest = {};
    struct err err = {};
    enum options_flags flags = n % 2 == 0 ? OPTIONS_MIXED : OPTIONS_FIRST;
    if (options_parse(&arena, table, argc, argv, flags, &values, &rest, &err) < 0) {
        assert(err.kind == ERR_INVALID && err.text[0] != '\0');
        return 0;
    }
    assert(rest.n <= (size_t)argc && values.env.n <= (size_t)argc);
    for (size_t i = 0; i < rest.n; i++)
        assert(is_one_of(rest.at[i], argv, argc));
    for (size_t i = 0; i < values.env.n; i++)
        assert(strlen(values.env.at[i]) <= n);
    assert(values.name == NULL || strlen(values.name) <= n);
    return 0;
}
