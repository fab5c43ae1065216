// SPDX-License-Identifier: Apache-2.0
// context.c — context create, inspect, ls, rm, show, update, use.
#include "cli/context.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/context_store.h"
#include "cli/format.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int done(struct cli *cli, int result)
{
    return result < 0 ? cli_fail(cli, 1) : 0;
}

// --- create, update ---

struct change_args {
    const char *description, *from;
    struct words docker; // key=value
};
static const struct option create_options[] = {
    OPTION_TEXT(struct change_args, description, "description", 0, "string", "what it is"),
    OPTION_READ(struct change_args, docker, "docker", 0, "stringToString", read_list,
                "where its engine is (host=, ca=, cert=, key=, skip-tls-verify=, from=)"),
    OPTION_TEXT(struct change_args, from, "from", 0, "string", "a copy of this context"),
    {},
};
static const struct option update_options[] = {
    OPTION_TEXT(struct change_args, description, "description", 0, "string", "what it is"),
    OPTION_READ(struct change_args, docker, "docker", 0, "stringToString", read_list,
                "where its engine is (host=, ca=, cert=, key=, skip-tls-verify=, from=)"),
    {},
};

static int fail_endpoint(struct cli *cli)
{
    return fail_in(&cli->err, "unable to create docker endpoint config");
}

static int read_certificate(struct cli *cli, const char *path, const char **out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTEXT_FILE_MAX);
    if (file_read_at(AT_FDCWD, path, &text, &cli->err) < 0)
        return -1;
    *out = arena_strdup(&cli->arena, buf_get(&text));
    return 0;
}

// A word of --docker.
static int take_word(struct cli *cli, const char *word, struct context *context,
                     struct context_tls *tls)
{
    static const char *const files[CONTEXT_TLS_FILES] = {"ca", "cert", "key"};
    struct str rest = str_of(word), key = str_cut(&rest, '=');
    if (str_is(key, "host")) {
        context->host = rest.at;
        if (strstr(rest.at, "://") == NULL)
            return fail(&cli->err, ERR_INVALID, "unable to parse docker host `%s`", rest.at);
        return 0;
    }
    if (str_is(key, "skip-tls-verify")) {
        context->skip_tls_verify = str_is(rest, "true") || str_is(rest, "1");
        return 0;
    }
    for (size_t i = 0; i < CONTEXT_TLS_FILES; i++) {
        if (str_is(key, files[i]))
            return read_certificate(cli, rest.at, &tls->text[i]);
    }
    if (!str_is(key, "from"))
        return fail(&cli->err, ERR_INVALID, "unrecognized config key: %.*s", (int)key.n, key.at);
    struct context other;
    if (context_read(cli, rest.at, &other) < 0 || context_read_tls(cli, &other, tls) < 0)
        return -1;
    context->host = other.host;
    context->skip_tls_verify = other.skip_tls_verify;
    return 0;
}

static int take_words(struct cli *cli, const struct words *words, struct context *context,
                      struct context_tls *tls)
{
    context->host = NULL;
    context->skip_tls_verify = false;
    *tls = (struct context_tls){};
    for (size_t i = 0; i < words->n; i++) {
        if (take_word(cli, words->at[i], context, tls) < 0)
            return fail_endpoint(cli);
    }
    if (context->host == NULL)
        context->host = CONTEXT_HOST;
    return 0;
}

static int create(struct cli *cli, const struct change_args *args, const char *name)
{
    struct context context = {};
    struct context_tls tls = {};
    if (context_name_check(name, &cli->err) < 0)
        return -1;
    int there = context_exists(cli, name);
    if (there != 0)
        return there < 0 ? -1
                         : fail(&cli->err, ERR_CONFLICT, "context \"%s\" already exists", name);
    if (args->from != NULL && args->docker.n != 0)
        return fail(&cli->err, ERR_INVALID,
                    "cannot use --docker or --kubernetes flags when --from is set");
    const char *from = args->from != NULL ? args->from : context_current(cli);
    if (from == NULL)
        return -1;
    if (args->docker.n != 0
            ? take_words(cli, &args->docker, &context, &tls) < 0
            : context_read(cli, from, &context) < 0 || context_read_tls(cli, &context, &tls) < 0)
        return -1;
    if (args->docker.n == 0 && strcmp(from, CONTEXT_DEFAULT) == 0)
        context.description = NULL; // it says what `default` is
    context.name = name;
    if (args->description != NULL)
        context.description = args->description;
    context_encode(&cli->arena, &context);
    if (context_write(cli, &context, &tls) < 0)
        return -1;
    puts(name);
    (void)fflush(stdout);
    fprintf(stderr, "Successfully created context \"%s\"\n", name);
    return 0;
}
static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    return done(cli, create(cli, at, words->at[0]));
}
const struct command context_create_command = {
    "context create",
    "CONTEXT",
    "Create a context",
    create_options,
    sizeof(struct change_args),
    OPTIONS_MIXED,
    1,
    1,
    create_run,
    ".PP\nWithout \\fB\\-\\-docker\\fR and \\fB\\-\\-from\\fR it is a copy of the current one. "
    "Contexts are docker's own, beside its \\fIconfig.json\\fR. dhow keeps them, but cannot talk "
    "to other engines yet: with such a context in force, commands say so and do nothing.",
};

static int update(struct cli *cli, const struct change_args *args, const char *name)
{
    struct context context;
    struct context_tls tls;
    if (context_name_check(name, &cli->err) < 0 || context_read(cli, name, &context) < 0)
        return -1;
    if (args->docker.n != 0 && take_words(cli, &args->docker, &context, &tls) < 0)
        return -1;
    if (args->description != NULL)
        context.description = args->description;
    context_encode(&cli->arena, &context);
    if (context_write(cli, &context, args->docker.n != 0 ? &tls : NULL) < 0)
        return -1;
    puts(name);
    (void)fflush(stdout);
    fprintf(stderr, "Successfully updated context \"%s\"\n", name);
    return 0;
}
static int update_run(struct cli *cli, const void *at, const struct words *words)
{
    return done(cli, update(cli, at, words->at[0]));
}
const struct command context_update_command = {
    "context update",
    "CONTEXT",
    "Change a context",
    update_options,
    sizeof(struct change_args),
    OPTIONS_MIXED,
    1,
    1,
    update_run,
    NULL,
};

// --- ls ---

struct row {
    const struct context *context;
    bool is_current;
    const char *error;
};
static const char *row_name(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct row *)at)->context->name;
}
static const char *row_marked_name(struct arena *arena, const void *at)
{
    const struct row *row = at;
    return arena_printf(arena, "%s%s", row->context->name, row->is_current ? " *" : "");
}
static const char *row_description(struct arena *arena, const void *at)
{
    const char *text = ((const struct row *)at)->context->description;
    return text != NULL ? shorten(arena, text, 60) : "";
}
static const char *row_endpoint(struct arena *arena, const void *at)
{
    (void)arena;
    const char *host = ((const struct row *)at)->context->host;
    return host != NULL ? host : "";
}
static const char *row_error(struct arena *arena, const void *at)
{
    const char *error = ((const struct row *)at)->error;
    return error != NULL ? shorten(arena, error, 45) : "";
}
static const char *row_current(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct row *)at)->is_current ? "true" : "false";
}
static const struct row_field row_fields[] = {
    {.name = "Current", .heading = "CURRENT", .text = row_current},
    {.name = "Description", .heading = "DESCRIPTION", .text = row_description},
    {.name = "DockerEndpoint", .heading = "DOCKER ENDPOINT", .text = row_endpoint},
    {.name = "Error", .heading = "ERROR", .text = row_error},
    {.name = "Name", .heading = "NAME", .text = row_name},
    {},
};
// Of the table: docker's has a mark at the current one.
static const struct row_field table_fields[] = {
    {.name = "Current", .heading = "CURRENT", .text = row_current},
    {.name = "Description", .heading = "DESCRIPTION", .text = row_description},
    {.name = "DockerEndpoint", .heading = "DOCKER ENDPOINT", .text = row_endpoint},
    {.name = "Error", .heading = "ERROR", .text = row_error},
    {.name = "Name", .heading = "NAME", .text = row_marked_name},
    {},
};
static const struct row_type rows_type = {"*formatter.clientContextContext", row_fields};
static const struct row_type table_type = {"*formatter.clientContextContext", table_fields};

struct ls_args {
    const char *format;
    bool quiet;
};
static const struct option ls_options[] = {
    OPTION_FORMAT_LIST(struct ls_args, format, 0),
    OPTION_FLAG(struct ls_args, quiet, "quiet", 'q', "names only"),
    {},
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    return strverscmp(one->context->name, other->context->name);
}

// All of them, "default", and a current one that is not there.
static int collect(struct cli *cli, struct row **out, size_t *n_out)
{
    struct context *all, *made_up = arena_array(&cli->arena, 2, sizeof *made_up);
    size_t n;
    const char *current = context_current(cli);
    if (current == NULL || context_list(cli, &all, &n) < 0 ||
        context_read(cli, CONTEXT_DEFAULT, &made_up[0]) < 0)
        return -1;
    struct row *rows = arena_array(&cli->arena, n + 2, sizeof *rows);
    bool is_there = false;
    for (size_t i = 0; i <= n; i++) {
        rows[i].context = i < n ? &all[i] : &made_up[0];
        rows[i].is_current = strcmp(rows[i].context->name, current) == 0;
        is_there = is_there || rows[i].is_current;
    }
    *n_out = n + 1;
    if (!is_there && context_read(cli, current, &made_up[1]) < 0) {
        made_up[1] = (struct context){.name = current};
        rows[(*n_out)++] =
            (struct row){&made_up[1], true, arena_strdup(&cli->arena, cli->err.text)};
    }
    qsort(rows, *n_out, sizeof *rows, compare_rows);
    *out = rows;
    return 0;
}

// As lines of JSON: docker's have a bool there.
static int print_json(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf line;
        buf_init(&line, CONTEXT_FILE_MAX);
        buf_printf(&line, "{\"Current\":%s", row_current(&arena, &rows[i]));
        for (const struct row_field *field = row_fields + 1; field->name != NULL; field++) {
            buf_printf(&line, ",\"%s\":", field->name);
            json_quote(&line, field->text(&arena, &rows[i]));
        }
        buf_char(&line, '}');
        puts(buf_get(&line));
    }
    return 0;
}

static int ls_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct ls_args *args = at;
    struct row *rows;
    size_t n;
    const struct list_style style = {
        .format = args->format,
        .columns = "{{.Name}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
        .quiet = args->quiet ? "{{.Name}}" : NULL,
    };
    bool is_table = text_is_empty(args->format) || text_starts(args->format, "table");
    bool is_json = text_equal(args->format, "json") && !args->quiet;
    if (collect(cli, &rows, &n) < 0)
        return cli_fail(cli, 1);
    if (is_json ? print_json(rows, n) < 0
                : list_print(cli, is_table && !args->quiet ? &table_type : &rows_type, &style, rows,
                             n, sizeof *rows) < 0)
        return cli_fail(cli, 1);
    if (!args->quiet && !text_is_empty(getenv("DOCKER_HOST"))) {
        (void)fflush(stdout);
        fputs("Warning: DOCKER_HOST environment variable overrides the active context. To use a "
              "context, either set the global --context flag, or unset DOCKER_HOST environment "
              "variable.\n",
              stderr);
    }
    return 0;
}
const struct command context_ls_command = {
    "context ls",
    "",
    "List contexts",
    ls_options,
    sizeof(struct ls_args),
    OPTIONS_MIXED,
    0,
    0,
    ls_run,
    format_manual,
};

// --- rm, show, use ---

struct rm_args {
    bool force;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, force, "force", 'f', "the current one, too"),
    {},
};

static int put_current(struct cli *cli, const char *name)
{
    return config_file_put_text(cli_config(cli)->path, "currentContext", name, &cli->err);
}

static int rm_one(struct cli *cli, const void *at, const char *name)
{
    const struct rm_args *args = at;
    if (strcmp(name, CONTEXT_DEFAULT) == 0)
        return fail(&cli->err, ERR_INVALID, "context \"" CONTEXT_DEFAULT "\" cannot be removed");
    int there = context_exists(cli, name);
    if (there < 0)
        return -1;
    if (there == 0)
        return args->force ? 0
                           : fail(&cli->err, ERR_NOT_FOUND, "context \"%s\" does not exist", name);
    const char *current = context_current(cli);
    bool is_current = text_equal(current, name);
    if (is_current && !args->force)
        return fail(&cli->err, ERR_CONFLICT,
                    "context \"%s\" is in use, set -f flag to force remove", name);
    if (text_equal(cli_config(cli)->current_context, name) && put_current(cli, NULL) < 0)
        return -1;
    return context_remove(cli, name);
}
static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, rm_one, args);
}
const struct command context_rm_command = {
    "context rm",
    "CONTEXT [CONTEXT...]",
    "Remove contexts",
    rm_options,
    sizeof(struct rm_args),
    OPTIONS_MIXED,
    1,
    0,
    rm_run,
    NULL,
};

static const struct option no_options[] = {{}};
static int show_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    (void)words;
    const char *name = context_current(cli);
    if (name == NULL)
        return cli_fail(cli, 1);
    puts(name);
    return 0;
}
const struct command context_show_command = {
    "context show",
    "",
    "Print the name of the current context",
    no_options,
    0,
    OPTIONS_MIXED,
    0,
    0,
    show_run,
    NULL,
};

static int use(struct cli *cli, const char *name)
{
    struct context context;
    bool is_default = strcmp(name, CONTEXT_DEFAULT) == 0;
    if (!is_default &&
        (context_name_check(name, &cli->err) < 0 || context_read(cli, name, &context) < 0))
        return -1;
    if (put_current(cli, is_default ? NULL : name) < 0)
        return -1;
    puts(name);
    (void)fflush(stdout);
    fprintf(stderr, "Current context is now \"%s\"\n", name);
    if (!is_default && !text_is_empty(getenv("DOCKER_HOST")))
        fprintf(stderr,
                "Warning: DOCKER_HOST environment variable overrides the active context. To use "
                "\"%s\", either set the global --context flag, or unset DOCKER_HOST environment "
                "variable.\n",
                name);
    return 0;
}
static int use_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    return done(cli, use(cli, words->at[0]));
}
const struct command context_use_command = {
    "context use", "CONTEXT", "Set the current context", no_options, 0, OPTIONS_MIXED, 1, 1,
    use_run,       NULL,
};
