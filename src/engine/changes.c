// SPDX-License-Identifier: Apache-2.0
// changes.c — Dockerfile instructions that change an image's config: `import -c`, `commit -c`.
//
//     CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR
//
// One instruction is one text. A list in JSON is taken as it is; anything else is, for CMD and
// ENTRYPOINT, a line for /bin/sh, and else words, in which quotes and backslashes work as in
// Dockerfiles. Variables are not expanded: there is no build around that would give them values.
#include "engine/changes.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/signal.h"

#include <ctype.h>
#include <string.h>

enum { CHANGE_MAX = 64 * 1024, PORT_MAX = 65535, PORTS_MAX = 1000 };

struct change {
    struct arena *arena;
    const char *name; // of the instruction
    struct str rest;  // what follows it
    struct image_config *config;
};

// --- words

static void skip_blanks(struct str *rest)
{
    while (rest->n != 0 && isspace((unsigned char)rest->at[0])) {
        rest->at++;
        rest->n--;
    }
}

static char take(struct str *rest)
{
    char c = rest->at[0];
    rest->at++;
    rest->n--;
    return c;
}

// The next word without its quotes; NULL at the end. 'a b', "a \"b", a\ b.
static const char *next_word(struct arena *arena, struct str *rest)
{
    skip_blanks(rest);
    if (rest->n == 0)
        return NULL;
    AUTO_BUF struct buf word;
    buf_init(&word, CHANGE_MAX);
    char quote = '\0';
    while (rest->n != 0 && (quote != '\0' || !isspace((unsigned char)rest->at[0]))) {
        char c = take(rest);
        bool is_escaped = c == '\\' && quote != '\'' && rest->n != 0;
        if (is_escaped && (quote == '\0' || strchr("\"\\$", rest->at[0]) != NULL))
            buf_char(&word, take(rest));
        else if (c == quote)
            quote = '\0';
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else
            buf_char(&word, c);
    }
    return arena_strndup(arena, buf_get(&word), word.n);
}

static void append(struct arena *arena, const char ***list, size_t *n, const char *word)
{
    const char **longer = arena_array(arena, *n + 1, sizeof *longer);
    if (*n != 0)
        memcpy(longer, *list, *n * sizeof *longer);
    longer[(*n)++] = word;
    *list = longer;
}

struct word_list {
    const char **words;
    size_t n_words;
};
static const struct json_field word_list_fields[] = {
    JSON_ARRAY(struct word_list, words, JSON_REQUIRED),
    {},
};

// ["a", "b"]: 1; anything else: 0.
static int read_list(struct change *in, const char ***out, size_t *n_out)
{
    struct err ignored; // then it is no list
    struct word_list list;
    if (in->rest.n == 0 || in->rest.at[0] != '[')
        return 0;
    AUTO_FREE char *text = str_printf("{\"words\":%.*s}", (int)in->rest.n, in->rest.at);
    if (json_decode(in->arena, text, strlen(text), word_list_fields, &list, JSON_LENIENT,
                    &ignored) < 0)
        return 0;
    *out = list.words;
    *n_out = list.n_words;
    return 1;
}

static void read_words(struct change *in, const char ***out, size_t *n_out)
{
    if (read_list(in, out, n_out))
        return;
    struct str rest = in->rest;
    for (const char *word; (word = next_word(in->arena, &rest)) != NULL;)
        append(in->arena, out, n_out, word);
}

// A list, or a line for the shell.
static void read_command(struct change *in, const char ***out, size_t *n_out)
{
    *out = NULL;
    *n_out = 0;
    if (read_list(in, out, n_out))
        return;
    const struct image_config *config = in->config;
    for (size_t i = 0; i < config->n_shell; i++)
        append(in->arena, out, n_out, config->shell[i]);
    if (config->n_shell == 0) {
        append(in->arena, out, n_out, "/bin/sh");
        append(in->arena, out, n_out, "-c");
    }
    append(in->arena, out, n_out, arena_strndup(in->arena, in->rest.at, in->rest.n));
}

static int wants_value(const struct change *in, struct err *err)
{
    return in->rest.n != 0 ? 0
                           : fail(err, ERR_INVALID, "%s requires at least one argument", in->name);
}

// --- instructions

static int change_cmd(struct change *in, struct err *err)
{
    (void)err;
    read_command(in, &in->config->cmd, &in->config->n_cmd);
    return 0;
}

static int change_entrypoint(struct change *in, struct err *err)
{
    (void)err;
    read_command(in, &in->config->entrypoint, &in->config->n_entrypoint);
    return 0;
}

// KEY=VALUE …, or one KEY and all the rest as its value.
static int each_pair(struct change *in, void (*put)(struct change *, const char *, const char *),
                     struct err *err)
{
    struct str rest = in->rest;
    bool is_first = true;
    for (const char *word; (word = next_word(in->arena, &rest)) != NULL; is_first = false) {
        const char *equals = strchr(word, '=');
        if (equals == word)
            return fail(err, ERR_INVALID, "%s names can not be blank", in->name);
        if (equals == NULL && !is_first)
            return fail(err, ERR_INVALID,
                        "Syntax error - can't find = in \"%s\". Must be of the "
                        "form: name=value",
                        word);
        if (equals == NULL) {
            skip_blanks(&rest);
            if (rest.n == 0)
                return fail(err, ERR_INVALID, "%s must have two arguments", in->name);
            put(in, word, arena_strndup(in->arena, rest.at, rest.n));
            return 0;
        }
        put(in, arena_strndup(in->arena, word, (size_t)(equals - word)), equals + 1);
    }
    return 0;
}

static void put_env(struct change *in, const char *key, const char *value)
{
    struct image_config *config = in->config;
    const char *text = arena_printf(in->arena, "%s=%s", key, value);
    size_t n = strlen(key);
    for (size_t i = 0; i < config->n_env; i++) {
        if (strncmp(config->env[i], key, n) == 0 && config->env[i][n] == '=') {
            config->env[i] = text;
            return;
        }
    }
    append(in->arena, &config->env, &config->n_env, text);
}

static int change_env(struct change *in, struct err *err)
{
    return each_pair(in, put_env, err);
}

static void put_label(struct change *in, const char *key, const char *value)
{
    struct image_config *config = in->config;
    struct json_pair *longer = arena_array(in->arena, config->n_labels + 1, sizeof *longer);
    size_t n = 0;
    for (size_t i = 0; i < config->n_labels; i++) {
        if (strcmp(config->labels[i].key, key) != 0)
            longer[n++] = config->labels[i];
    }
    longer[n++] = (struct json_pair){key, value};
    config->labels = longer;
    config->n_labels = n;
}

static int change_label(struct change *in, struct err *err)
{
    return each_pair(in, put_label, err);
}

static void put_key(struct arena *arena, struct image_empty **list, size_t *n, const char *key)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp((*list)[i].key, key) == 0)
            return;
    }
    struct image_empty *longer = arena_array(arena, *n + 1, sizeof *longer);
    if (*n != 0)
        memcpy(longer, *list, *n * sizeof *longer);
    longer[(*n)++].key = key;
    *list = longer;
}

// "80", "80/udp", "8000-8010".
static int expose(struct change *in, const char *word, struct err *err)
{
    static const char *const protocols[] = {"tcp", "udp", "sctp"};
    struct str ports = str_of(word), protocol = {}, last;
    if (strchr(word, '/') != NULL)
        protocol = str_cut_last(&ports, '/');
    last = ports;
    struct str first = str_cut(&last, '-');
    uint32_t from, to;
    const char *name = protocol.n == 0 ? protocols[0] : NULL;
    for (size_t i = 0; i < N_ELEMENTS(protocols) && name == NULL; i++)
        name = str_is(protocol, protocols[i]) ? protocols[i] : NULL;
    bool is_good = name != NULL && str_to_u32(first, &from);
    if (is_good && last.n == 0)
        to = from;
    else
        is_good = is_good && str_to_u32(last, &to);
    if (!is_good || from == 0 || to > PORT_MAX || to < from || to - from > PORTS_MAX)
        return fail(err, ERR_INVALID, "invalid containerPort: %s", word);
    for (uint32_t port = from; port <= to; port++)
        put_key(in->arena, &in->config->exposed_ports, &in->config->n_exposed_ports,
                arena_printf(in->arena, "%u/%s", port, name));
    return 0;
}

static int change_expose(struct change *in, struct err *err)
{
    const char **words = NULL;
    size_t n = 0;
    read_words(in, &words, &n);
    for (size_t i = 0; i < n; i++) {
        if (expose(in, words[i], err) < 0)
            return -1;
    }
    return 0;
}

static int change_volume(struct change *in, struct err *err)
{
    const char **words = NULL;
    size_t n = 0;
    read_words(in, &words, &n);
    for (size_t i = 0; i < n; i++) {
        if (words[i][0] == '\0')
            return fail(err, ERR_INVALID, "VOLUME specified can not be an empty string");
        put_key(in->arena, &in->config->volumes, &in->config->n_volumes, words[i]);
    }
    return 0;
}

static int change_user(struct change *in, struct err *err)
{
    struct str rest = in->rest;
    in->config->user = next_word(in->arena, &rest);
    skip_blanks(&rest);
    return rest.n == 0 ? 0 : fail(err, ERR_INVALID, "USER requires exactly one argument");
}

static int change_workdir(struct change *in, struct err *err)
{
    (void)err;
    struct str rest = in->rest;
    const char *path = next_word(in->arena, &rest), *before = in->config->working_dir;
    bool is_relative = path[0] != '/';
    in->config->working_dir =
        is_relative
            ? arena_printf(in->arena, "%s/%s",
                           text_is_empty(before) || text_equal(before, "/") ? "" : before, path)
            : path;
    return 0;
}

static int change_stop_signal(struct change *in, struct err *err)
{
    int signal;
    struct str rest = in->rest;
    in->config->stop_signal = next_word(in->arena, &rest);
    return signal_parse(in->config->stop_signal, &signal, err);
}

static int change_on_build(struct change *in, struct err *err)
{
    static const char *const refused[] = {"ONBUILD", "FROM", "MAINTAINER"};
    struct str rest = in->rest;
    const char *inner = next_word(in->arena, &rest);
    for (size_t i = 0; i < N_ELEMENTS(refused); i++) {
        if (strcasecmp(inner, refused[i]) == 0)
            return fail(err, ERR_INVALID, "%s isn't allowed as an ONBUILD trigger", refused[i]);
    }
    append(in->arena, &in->config->on_build, &in->config->n_on_build,
           arena_strndup(in->arena, in->rest.at, in->rest.n));
    return 0;
}

// --- HEALTHCHECK

// "1m30s", "500ms": whole numbers with units.
static bool read_duration(const char *text, int64_t *out_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ms", 1'000'000},       {"us", 1'000},         {"ns", 1},
                 {"h", 3600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000}};
    struct str rest = str_of(text);
    int64_t sum = 0;
    while (rest.n != 0) {
        size_t n = 0, unit = 0;
        while (n < rest.n && isdigit((unsigned char)rest.at[n]))
            n++;
        uint32_t number;
        struct str digits = {rest.at, n};
        rest.at += n;
        rest.n -= n;
        while (unit < N_ELEMENTS(units) && !str_starts(rest, units[unit].name))
            unit++;
        if (unit == N_ELEMENTS(units) || !str_to_u32(digits, &number))
            return false;
        rest.at += strlen(units[unit].name);
        rest.n -= strlen(units[unit].name);
        if (__builtin_add_overflow(sum, (int64_t)number * units[unit].ns, &sum))
            return false;
    }
    *out_ns = sum;
    return *text != '\0';
}

static int health_option(struct image_health *health, const char *word, struct err *err)
{
    const struct {
        const char *name;
        int64_t *to;
    } durations[] = {{"--interval=", &health->interval},
                     {"--timeout=", &health->timeout},
                     {"--start-period=", &health->start_period},
                     {"--start-interval=", &health->start_interval}};
    for (size_t i = 0; i < N_ELEMENTS(durations); i++) {
        if (!text_starts(word, durations[i].name))
            continue;
        if (!read_duration(word + strlen(durations[i].name), durations[i].to))
            return fail(err, ERR_INVALID, "HEALTHCHECK: invalid duration in %s", word);
        return 0;
    }
    uint32_t retries;
    if (!text_starts(word, "--retries=") ||
        !str_to_u32(str_of(word + strlen("--retries=")), &retries))
        return fail(err, ERR_INVALID, "HEALTHCHECK: unknown flag %s", word);
    health->retries = retries;
    return 0;
}

static int change_health(struct change *in, struct err *err)
{
    struct image_health *health = arena_new(in->arena, struct image_health);
    const char *word = next_word(in->arena, &in->rest);
    while (word != NULL && text_starts(word, "--")) {
        if (health_option(health, word, err) < 0)
            return -1;
        word = next_word(in->arena, &in->rest);
    }
    skip_blanks(&in->rest);
    if (word != NULL && strcasecmp(word, "NONE") == 0 && in->rest.n == 0) {
        append(in->arena, &health->test, &health->n_test, "NONE");
    } else if (word != NULL && strcasecmp(word, "CMD") == 0 && in->rest.n != 0) {
        const char **list = NULL;
        size_t n = 0;
        bool is_list = read_list(in, &list, &n);
        append(in->arena, &health->test, &health->n_test, is_list ? "CMD" : "CMD-SHELL");
        for (size_t i = 0; i < n; i++)
            append(in->arena, &health->test, &health->n_test, list[i]);
        if (!is_list)
            append(in->arena, &health->test, &health->n_test,
                   arena_strndup(in->arena, in->rest.at, in->rest.n));
    } else {
        return fail(err, ERR_INVALID, "HEALTHCHECK: want NONE, or [OPTIONS] CMD and a command");
    }
    in->config->health = health;
    return 0;
}

// --- all of them

static const struct {
    const char *name;
    int (*apply)(struct change *, struct err *);
} instructions[] = {
    {"CMD", change_cmd},          {"ENTRYPOINT", change_entrypoint},  {"ENV", change_env},
    {"EXPOSE", change_expose},    {"HEALTHCHECK", change_health},     {"LABEL", change_label},
    {"ONBUILD", change_on_build}, {"STOPSIGNAL", change_stop_signal}, {"USER", change_user},
    {"VOLUME", change_volume},    {"WORKDIR", change_workdir},
};

int changes_apply(struct arena *arena, const char *const *changes, size_t n,
                  struct image_config *config, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct change change = {
            .arena = arena, .rest = str_trim(str_of(changes[i])), .config = config};
        if (change.rest.n > CHANGE_MAX)
            return fail(err, ERR_INVALID, "a change has more than %d bytes", CHANGE_MAX);
        size_t length = 0, known = 0;
        while (length < change.rest.n && !isspace((unsigned char)change.rest.at[length]))
            length++;
        const char *name =
            arena_strndup(arena, change.rest.at != NULL ? change.rest.at : "", length);
        change.rest.at += length;
        change.rest.n -= length;
        skip_blanks(&change.rest);
        while (known < N_ELEMENTS(instructions) && strcasecmp(instructions[known].name, name) != 0)
            known++;
        if (known == N_ELEMENTS(instructions))
            return fail(err, ERR_INVALID, "%s is not a valid change command", name);
        change.name = instructions[known].name;
        if (wants_value(&change, err) < 0 || instructions[known].apply(&change, err) < 0)
            return fail_in(err, "change \"%.100s\"", changes[i]);
    }
    return 0;
}
