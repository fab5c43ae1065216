// SPDX-License-Identifier: Apache-2.0
// secret.c — secret create, ls, inspect, rm, exists.
#include "ops/secret.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "cli/run_args.h"
#include "cli/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// --- create ---

struct create_args {
    const char *driver;
    struct words labels;
    bool env, replace;
};
static const struct option create_options[] = {
    OPTION_TEXT(struct create_args, driver, "driver", 'd', "string", "who keeps it (file)"),
    OPTION_FLAG(struct create_args, env, "env", 0, "the value is in an environment variable"),
    OPTION_LIST(struct create_args, labels, "label", 'l', "list", "set labels (KEY=VALUE)"),
    OPTION_FLAG(struct create_args, replace, "replace", 0, "give one of that name the new value"),
    {},
};

static int read_value(struct cli *cli, bool is_variable, const char *where, struct buf *out)
{
    if (is_variable) {
        const char *value = getenv(where);
        if (value == NULL)
            return fail(&cli->err, ERR_NOT_FOUND,
                        "cannot create store secret data: environment "
                        "variable %s is not set",
                        where);
        buf_text(out, value);
    } else if (strcmp(where, "-") == 0) {
        if (file_read_fd(STDIN_FILENO, "standard input", out, &cli->err) < 0)
            return -1;
    } else if (file_read_at(AT_FDCWD, where, out, &cli->err) < 0) {
        return fail_in(&cli->err, "error reading content from \"%s\"", where);
    }
    if (out->is_full || out->n == 0)
        return fail(&cli->err, ERR_INVALID,
                    "secret data must be larger than 0 and less than %d bytes", SECRET_MAX);
    return 0;
}

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct create_args *args = at;
    struct secret_driver driver = {.name = args->driver};
    AUTO_BUF struct buf value, text;
    buf_init(&value, SECRET_MAX);
    buf_init(&text, (size_t)2 * SECRET_MAX);
    if (read_value(cli, args->env, words->n > 1 ? words->at[1] : "-", &value) < 0)
        return cli_fail(cli, 1);
    base64_encode(value.at, value.n, &text);
    const struct secret_create_request request = {
        .spec = {.name = words->at[0],
                 .labels = run_pairs(&cli->arena, &args->labels),
                 .n_labels = args->labels.n,
                 .driver = args->driver != NULL ? &driver : NULL,
                 .data = buf_get(&text)},
        .replace = args->replace,
    };
    struct secret_create_response created;
    if (cli_call(cli, SECRET_CREATE, &request, &created) < 0)
        return cli_fail(cli, 1);
    puts(created.id);
    return 0;
}
const struct command secret_create_command = {
    "secret create",
    "SECRET [FILE|-]",
    "Keep a secret, read from a file or standard input",
    create_options,
    sizeof(struct create_args),
    OPTIONS_MIXED,
    1,
    2,
    create_run,
    ".PP\nContainers get it with \\fBrun \\-\\-secret\\fR, as a file below /run/secrets. The value"
    " is in a file that only root reads; no command shows it but \\fBsecret inspect "
    "\\-\\-showsecret\\fR.\n",
};

// --- list ---

struct list_args {
    bool quiet;
    const char *format;
    struct words filter;
};
static const struct option list_options[] = {
    OPTION_FILTER(struct list_args, filter),
    OPTION_FORMAT_LIST(struct list_args, format, 0),
    OPTION_FLAG(struct list_args, quiet, "quiet", 'q', "ids only"),
    {},
};

static const char *row_id(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct secret_info *)at)->id;
}
static const char *row_name(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct secret_info *)at)->spec.name;
}
static const char *row_driver(struct arena *arena, const void *at)
{
    (void)arena;
    const struct secret_driver *driver = ((const struct secret_info *)at)->spec.driver;
    return driver != NULL ? driver->name : "";
}
static const char *ago(struct arena *arena, const char *text)
{
    struct tm tm = {};
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ? text : ago_words(arena, timegm(&tm));
}
static const char *row_created(struct arena *arena, const void *at)
{
    return ago(arena, ((const struct secret_info *)at)->created_at);
}
static const char *row_updated(struct arena *arena, const void *at)
{
    return ago(arena, ((const struct secret_info *)at)->updated_at);
}
static const char *row_labels(struct arena *arena, const void *at)
{
    const struct secret_spec *it = &((const struct secret_info *)at)->spec;
    return labels_words(arena, it->labels, it->n_labels);
}
static const char *row_label(struct arena *arena, const void *at, const char *name)
{
    (void)arena;
    const struct secret_spec *it = &((const struct secret_info *)at)->spec;
    for (size_t i = 0; i < it->n_labels; i++) {
        if (strcmp(it->labels[i].key, name) == 0)
            return it->labels[i].value;
    }
    return "";
}
static const struct row_field secret_fields[] = {
    {.name = "ID", .heading = "ID", .text = row_id},
    {.name = "Name", .heading = "NAME", .text = row_name},
    {.name = "Driver", .heading = "DRIVER", .text = row_driver},
    {.name = "CreatedAt", .heading = "CREATED", .text = row_created},
    {.name = "UpdatedAt", .heading = "UPDATED", .text = row_updated},
    {.name = "Labels", .heading = "LABELS", .text = row_labels},
    {.name = "Label", .text_of = row_label},
    {},
};
static const struct row_type secret_rows = {"*formatter.secretContext", secret_fields};

static int list_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct list_args *args = at;
    struct secret_list_request request = {};
    struct secret_list_response response;
    if (filters_of(cli, &args->filter, &request.filters) < 0 ||
        cli_call(cli, SECRET_LIST, &request, &response) < 0)
        return cli_fail(cli, 1);
    const struct list_style style = {
        .format = args->format,
        .columns = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
        .quiet = args->quiet ? "{{.ID}}" : NULL,
    };
    if (list_print(cli, &secret_rows, &style, response.secrets, response.n_secrets,
                   sizeof *response.secrets) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command secret_ls_command = {
    "secret ls", "", "List secrets", list_options,  sizeof(struct list_args), OPTIONS_MIXED,
    0,           0,  list_run,       format_manual,
};

// --- remove, exists ---

struct rm_args {
    bool all, ignore;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, all, "all", 'a', "all of them"),
    OPTION_FLAG(struct rm_args, ignore, "ignore", 'i', "one that is not there is no mistake"),
    {},
};
static int rm_one(struct cli *cli, const void *at, const char *word)
{
    const struct rm_args *args = at;
    const struct secret_reference request = {.id = word};
    int removed = cli_call(cli, SECRET_REMOVE, &request, NULL);
    return removed < 0 && args->ignore && cli->err.kind == ERR_NOT_FOUND ? 0 : removed;
}
static int rm_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct rm_args *args = at;
    struct words all = *words;
    if (args->all) {
        const struct secret_list_request request = {};
        struct secret_list_response response;
        if (cli_call(cli, SECRET_LIST, &request, &response) < 0)
            return cli_fail(cli, 1);
        for (size_t i = 0; i < response.n_secrets; i++)
            words_add(&cli->arena, &all, response.secrets[i].id);
    } else if (words->n == 0) {
        (void)fail(&cli->err, ERR_INVALID, "name the secrets to remove, or say --all");
        return cli_fail(cli, 1);
    }
    return cli_for_each(cli, &all, rm_one, args);
}
const struct command secret_rm_command = {
    "secret rm",
    "SECRET [SECRET...]",
    "Remove secrets",
    rm_options,
    sizeof(struct rm_args),
    OPTIONS_MIXED,
    0,
    0,
    rm_run,
    NULL,
};

static const struct option no_options[] = {{}};
static int exists_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    const struct secret_reference request = {.id = words->at[0]};
    struct secret_info ignored;
    if (cli_call(cli, SECRET_INSPECT, &request, &ignored) == 0)
        return 0;
    return cli->err.kind == ERR_NOT_FOUND ? 1 : cli_fail(cli, EXIT_ENGINE);
}
const struct command secret_exists_command = {
    "secret exists",
    "SECRET",
    "Say by the exit status whether a secret is there",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    exists_run,
    NULL,
};
