// SPDX-License-Identifier: Apache-2.0
// option.c — the pflag grammar over a table.
#include "base/option.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { LONGEST_NAME = 64, NEAR = 2 };

struct parser {
    struct arena *arena;
    const struct option *options;
    int argc, at;
    char **argv;
    void *out;
    struct err *err;
};

struct found { // an option, and the struct that it is of
    const struct option *option;
    char *base;
};

static int set(const struct parser *in, const struct found *found, const char *text);
static bool is_switch(const struct option *option);
static int long_option(struct parser *in, const char *text);
static int short_options(struct parser *in, const char *text);

// NOLINTNEXTLINE(readability-function-size): two inputs, two outputs, and what all functions have
int options_parse(struct arena *arena, const struct option *options, int argc, char **argv,
                  enum options_flags flags, void *out, struct words *arguments, struct err *err)
{
    struct parser in = {arena, options, argc, 0, argv, out, err};
    struct words rest = {};
    while (in.at < argc) {
        const char *text = argv[in.at++];
        if (strcmp(text, "--") == 0)
            break;
        if (text[0] != '-' || text[1] == '\0') {
            words_add(arena, &rest, text);
            if (flags & OPTIONS_FIRST)
                break;
            continue;
        }
        if ((text[1] == '-' ? long_option(&in, text + 2) : short_options(&in, text + 1)) < 0)
            return -1;
    }
    while (in.at < argc)
        words_add(arena, &rest, argv[in.at++]);
    *arguments = rest;
    return 0;
}

void words_add(struct arena *arena, struct words *words, const char *text)
{
    if ((words->n & (words->n - 1)) == 0) { // full at each power of two
        const char **grown = arena_array(arena, words->n != 0 ? words->n * 2 : 1, sizeof *grown);
        if (words->n != 0)
            memcpy(grown, words->at, words->n * sizeof *grown);
        words->at = grown;
    }
    words->at[words->n++] = text;
}

static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[LONGEST_NAME + 1];
    if (n > LONGEST_NAME || m > LONGEST_NAME)
        return LONGEST_NAME;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

const char *suggest_near(const char *text, const char *const *candidates)
{
    const char *near = NULL;
    size_t nearest = NEAR + 1;
    for (; *candidates != NULL; candidates++) {
        size_t d = distance(text, *candidates);
        if (d < nearest && d < strlen(*candidates)) {
            nearest = d;
            near = *candidates;
        }
    }
    return near;
}

// By name, or by letter when there is no name. False: there is none.
static bool find(const struct option *options, char *base, struct str name, char letter,
                 struct found *out)
{
    for (const struct option *option = options; option->name != NULL; option++) {
        if (option->kind == OPTION_TABLE) {
            if (find(option->options, base + option->offset, name, letter, out))
                return true;
            continue;
        }
        bool is_it = letter != 0 ? option->letter == letter : str_is(name, option->name);
        if (is_it) {
            *out = (struct found){option, base};
            return true;
        }
    }
    return false;
}

static size_t count(const struct option *options)
{
    size_t n = 0;
    for (const struct option *option = options; option->name != NULL; option++)
        n += option->kind == OPTION_TABLE ? count(option->options) : 1;
    return n;
}

static size_t collect(const struct option *options, const struct option **out)
{
    size_t n = 0;
    for (const struct option *option = options; option->name != NULL; option++) {
        if (option->kind == OPTION_TABLE)
            n += collect(option->options, out + n);
        else
            out[n++] = option;
    }
    return n;
}

static int by_name(const void *a, const void *b)
{
    const struct option *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

const struct option **options_sorted(struct arena *arena, const struct option *options)
{
    static const struct option end = {};
    size_t n = count(options);
    const struct option **all = arena_array(arena, n + 1, sizeof *all);
    (void)collect(options, all); // n of them
    qsort(all, n, sizeof *all, by_name);
    all[n] = &end;
    return all;
}

static int unknown(const struct parser *in, struct str name)
{
    const struct option **all = options_sorted(in->arena, in->options);
    size_t n = count(in->options);
    const char **names = arena_array(in->arena, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i]->name;
    AUTO_FREE char *text = xstrndup(name.at, name.n);
    const char *near = suggest_near(text, names);
    if (near != NULL)
        return fail(in->err, ERR_INVALID, "unknown flag: --%s (did you mean --%s?)", text, near);
    return fail(in->err, ERR_INVALID, "unknown flag: --%s", text);
}

static int long_option(struct parser *in, const char *text)
{
    struct str rest = str_of(text), name = str_cut(&rest, '=');
    bool has_value = text[name.n] == '=';
    struct found found;
    if (!find(in->options, in->out, name, 0, &found))
        return unknown(in, name);
    if (has_value)
        return set(in, &found, rest.at);
    if (is_switch(found.option))
        return set(in, &found, "true");
    if (in->at == in->argc)
        return fail(in->err, ERR_INVALID, "flag needs an argument: --%s", found.option->name);
    return set(in, &found, in->argv[in->at++]);
}

static int short_options(struct parser *in, const char *text)
{
    for (const char *letter = text; *letter != '\0'; letter++) {
        struct found found;
        if (!find(in->options, in->out, (struct str){}, *letter, &found))
            return fail(in->err, ERR_INVALID, "unknown shorthand flag: '%c' in -%s", *letter, text);
        if (is_switch(found.option) && letter[1] == '=')
            return set(in, &found, letter + 2);
        if (is_switch(found.option)) {
            if (set(in, &found, "true") < 0)
                return -1;
            continue;
        }
        if (letter[1] != '\0')
            return set(in, &found, letter + 1 + (letter[1] == '='));
        if (in->at == in->argc)
            return fail(in->err, ERR_INVALID, "flag needs an argument: '%c' in -%s", *letter, text);
        return set(in, &found, in->argv[in->at++]);
    }
    return 0;
}

static int bad_value(const struct parser *in, const struct option *option, const char *text,
                     const char *why)
{
    char letter[5] = "";
    if (option->letter != 0)
        memcpy(letter, (char[]){'-', option->letter, ',', ' ', '\0'}, sizeof letter);
    return fail(in->err, ERR_INVALID, "invalid argument \"%s\" for \"%s--%s\" flag: %s", text,
                letter, option->name, why);
}

// The words that Go's strconv.ParseBool takes.
static int read_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return -1;
}

static bool is_switch(const struct option *option)
{
    return option->kind == OPTION_SWITCH || option->kind == OPTION_SWITCH_OFF;
}

static int set(const struct parser *in, const struct found *found, const char *text)
{
    const struct option *option = found->option;
    char *member = found->base + option->offset;
    int64_t number;
    switch ((enum option_kind)option->kind) {
    case OPTION_SWITCH:
    case OPTION_SWITCH_OFF:
        if (read_bool(text, (bool *)member) < 0)
            return bad_value(in, option, text, "expected true or false");
        *(bool *)member ^= option->kind == OPTION_SWITCH_OFF;
        return 0;
    case OPTION_WORD:
        *(const char **)member = text;
        return 0;
    case OPTION_WORDS:
        words_add(in->arena, (struct words *)member, text);
        return 0;
    case OPTION_NUMBER:
        if (!str_to_i64(str_of(text), &number))
            return bad_value(in, option, text, "expected a whole number");
        *(int64_t **)member = arena_alloc(in->arena, sizeof number);
        **(int64_t **)member = number;
        return 0;
    case OPTION_PARSED: {
        struct err why = {};
        if (option->parse(in->arena, text, member, &why) < 0)
            return bad_value(in, option, text, why.text);
        return 0;
    }
    case OPTION_END:
    case OPTION_TABLE:
        break;
    }
    abort();
}

void options_help(const struct option *options, struct buf *out)
{
    AUTO_ARENA struct arena arena = {};
    const struct option **all = options_sorted(&arena, options);
    size_t width = 0;
    for (size_t i = 0; all[i]->name != NULL; i++) {
        const struct option *option = all[i];
        size_t n = strlen(option->name) + (option->value != NULL ? strlen(option->value) + 1 : 0);
        width = n > width ? n : width;
    }
    for (size_t i = 0; all[i]->name != NULL; i++) {
        const struct option *option = all[i];
        if (option->help == NULL) // accepted, not advertised
            continue;
        AUTO_FREE char *name = str_printf("%s%s%s", option->name, option->value != NULL ? " " : "",
                                          option->value != NULL ? option->value : "");
        buf_printf(out, "  %c%c%c --%-*s   %s\n", option->letter != 0 ? '-' : ' ',
                   option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ',' : ' ',
                   (int)width, name, option->help);
    }
}
