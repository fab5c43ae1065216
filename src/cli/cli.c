// SPDX-License-Identifier: Apache-2.0
// cli.c — which commands there are, what stands before them, help.
#include "cli/cli.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/context_store.h"
#include "cli/help.h"
#include "cli/plugin.h"

#include <stdio.h>
#include <string.h>

enum { HELP_MAX = 64 * 1024 };

static int read_log_level(struct arena *arena, const char *text, void *member, struct err *err)
{
    static const char *const levels[] = {"debug", "info",  "warn",  "warning",
                                         "error", "fatal", "panic", "trace"};
    (void)arena;
    for (size_t i = 0; i < N_ELEMENTS(levels); i++) {
        if (strcasecmp(levels[i], text) == 0) {
            *(const char **)member = levels[i];
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "Unable to parse logging level: %s", text);
}

const struct option global_options[] = {
    OPTION_TEXT(struct cli_globals, config, "config", 0, "directory",
                "where docker's config.json is (DOCKER_CONFIG; ~/.docker)"),
    OPTION_TEXT(struct cli_globals, context, "context", 'c', "string",
                "the context to use (DOCKER_CONTEXT; overrides DOCKER_HOST and \"context use\")"),
    OPTION_FLAG(struct cli_globals, debug, "debug", 'D', "tell more about what goes wrong"),
    OPTION_LIST(struct cli_globals, hosts, "host", 'H', "list",
                "the engine to talk to (DOCKER_HOST)"),
    OPTION_READ(struct cli_globals, log_level, "log-level", 'l', "string", read_log_level,
                "how much is told: debug, info, warn, error, fatal"),
    OPTION_FLAG(struct cli_globals, tls, "tls", 0, "use TLS; --tlsverify means it, too"),
    OPTION_TEXT(struct cli_globals, tls_ca, "tlscacert", 0, "string",
                "who may sign the certificate of an engine elsewhere"),
    OPTION_TEXT(struct cli_globals, tls_cert, "tlscert", 0, "string",
                "the certificate to show there"),
    OPTION_TEXT(struct cli_globals, tls_key, "tlskey", 0, "string", "its key"),
    OPTION_FLAG(struct cli_globals, tls_verify, "tlsverify", 0, "use TLS and verify the engine"),
    OPTION_TEXT(struct cli_globals, root, "root", 0, "directory",
                "where images and containers are kept (DHOW_ROOT; /var/lib/dhow)"),
    OPTION_TEXT(struct cli_globals, run_root, "run-root", 0, "directory",
                "where the state of what runs is kept (DHOW_RUN_ROOT; /run/dhow)"),
    OPTION_TEXT(struct cli_globals, runtime, "runtime", 0, "program",
                "OCI runtime to use in place of dhow-runtime (crun, runc, a path)"),
    OPTION_FLAG(struct cli_globals, version, "version", 'v', "print the version and quit"),
    OPTION_FLAG(struct cli_globals, help, "help", 'h', NULL),
    OPTION_TEXT(struct cli_globals, man, "man", 0, "command", NULL),
    {},
};

static int run_command_line(struct cli *cli, int argc, char **argv);
static int run_one(struct cli *cli, const struct command *command, int argc, char **argv);

int cli_main(const struct cli_setup *setup, int argc, char **argv)
{
    struct cli cli = {.setup = setup};
    int status = run_command_line(&cli, argc - 1, argv + 1);
    if (cli_settle(&cli) < 0 && cli_fail(&cli, 1) > status)
        status = 1;
    arena_done(&cli.arena);
    if (fflush(stdout) != 0 && status == 0) {
        perror("dhow: write the output");
        return 1;
    }
    return status;
}

int cli_connect(struct cli *cli)
{
    if (cli->operator_ == NULL)
        cli->operator_ = cli->setup->connect(&cli->globals, &cli->err);
    return cli->operator_ != NULL ? 0 : -1;
}

int cli_call(struct cli *cli, enum operation_id id, const void *request, void *response)
{
    if (cli->operator_ == NULL && (context_check_local(cli) < 0 || cli_connect(cli) < 0))
        return -1;
    return cli->operator_->call(cli->operator_->self, id, &cli->arena, request, response,
                                &cli->err);
}

int cli_settle(struct cli *cli)
{
    if (cli->operator_ == NULL)
        return 0;
    return cli->operator_->settle(cli->operator_->self, &cli->err);
}

const struct config_file *cli_config(struct cli *cli)
{
    if (cli->config != NULL)
        return cli->config;
    struct err err = {};
    const char *path = config_file_path(&cli->arena, cli->globals.config);
    cli->config = arena_new(&cli->arena, struct config_file);
    if (config_file_read(&cli->arena, path, cli->config, &err) < 0) {
        fprintf(stderr, "WARNING: Error loading config file: %s\n", err.text);
        *cli->config = (struct config_file){.path = path};
    }
    return cli->config;
}

const char *cli_config_dir(struct cli *cli)
{
    const char *path = cli_config(cli)->path, *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? arena_strndup(&cli->arena, path, (size_t)(slash - path)) : "";
}

int cli_fail(struct cli *cli, int status)
{
    (void)fflush(stdout); // what was done comes before what was not
    fprintf(stderr, "dhow: %s\n", cli->err.text);
    return status;
}

int cli_for_each(struct cli *cli, const struct words *words,
                 int (*one)(struct cli *cli, const void *args, const char *word), const void *args)
{
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        if (one(cli, args, words->at[i]) < 0)
            status = cli_fail(cli, 1);
        else
            puts(words->at[i]);
    }
    return status;
}

static int fail_unknown(struct cli *cli, const struct command_group *group, const char *name)
{
    const char *in = group != NULL ? group->name : "", *blank = group != NULL ? " " : "";
    const char *near = command_near(group, name);
    const char *hint = near == NULL ? "" : arena_printf(&cli->arena, " (did you mean %s?)", near);
    (void)fail(&cli->err, ERR_INVALID,
               "unknown command: dhow %s%s%s%s\n\nRun 'dhow %s%s--help' for the commands", in,
               blank, name, hint, in, blank);
    return cli_fail(cli, 1);
}

// What the first words name, and how many these are; NULL when that is no command.
static const struct command *find_command(struct cli *cli, const struct words *words,
                                          size_t *out_n_words)
{
    const struct command *command = command_find(words->at[0]);
    cli->called = words->at[0];
    *out_n_words = 1;
    const struct command_group *group = command == NULL ? command_group_find(words->at[0]) : NULL;
    if (group == NULL || words->n < 2)
        return command;
    cli->called = arena_printf(&cli->arena, "%s %s", words->at[0], words->at[1]);
    *out_n_words = 2;
    return subcommand_find(group, words->at[1]);
}

// No command: help for a group, or an unknown word.
static int run_no_command(struct cli *cli, const struct words *words)
{
    const struct command_group *group = command_group_find(words->at[0]);
    if (group == NULL)
        return fail_unknown(cli, NULL, words->at[0]);
    bool asks_for_help = words->n < 2 || strcmp(words->at[1], "--help") == 0;
    if (!asks_for_help)
        return fail_unknown(cli, group, words->at[1]);
    help_group(group);
    return 0;
}

// "aliases" of config.json: what stands for a word that is no command, in front of the rest.
static void expand_alias(struct cli *cli, struct words *words)
{
    const struct config_file *config = cli_config(cli);
    for (size_t i = 0; i < config->n_aliases; i++) {
        if (strcmp(config->aliases[i].key, words->at[0]) != 0)
            continue;
        struct words expanded = {};
        struct str rest = str_of(config->aliases[i].value);
        while (rest.n != 0) {
            struct str word = str_cut(&rest, ' ');
            if (word.n != 0)
                words_add(&cli->arena, &expanded, arena_strndup(&cli->arena, word.at, word.n));
        }
        for (size_t j = 1; j < words->n; j++)
            words_add(&cli->arena, &expanded, words->at[j]);
        if (expanded.n != 0)
            *words = expanded;
        return;
    }
}

// `globals` are the words before the command; a plugin reads them, too.
static int run_plugin(struct cli *cli, const char *path, const struct words *globals,
                      const struct words *words)
{
    struct words all = {};
    for (size_t i = 0; i < globals->n; i++)
        words_add(&cli->arena, &all, globals->at[i]);
    for (size_t i = 0; i < words->n; i++)
        words_add(&cli->arena, &all, words->at[i]);
    if (cli->globals.help)
        words_add(&cli->arena, &all, "--help");
    return plugin_run(cli, path, all.at, all.n) < 0 ? cli_fail(cli, 1) : 0;
}

static int run_words(struct cli *cli, const struct words *globals, struct words *words)
{
    const char *plugin;
    bool is_ours = command_find(words->at[0]) != NULL || command_group_find(words->at[0]) != NULL;
    if (!is_ours)
        expand_alias(cli, words);
    size_t n_words;
    const struct command *command = find_command(cli, words, &n_words);
    if (command == NULL && command_group_find(words->at[0]) == NULL &&
        plugin_find(cli, words->at[0], &plugin) > 0)
        return run_plugin(cli, plugin, globals, words);
    if (command == NULL)
        return run_no_command(cli, words);
    if (cli->globals.help) {
        help_command(cli, command);
        return 0;
    }
    return run_one(cli, command, (int)(words->n - n_words),
                   (char **)(uintptr_t)(words->at + n_words));
}

static int run_command_line(struct cli *cli, int argc, char **argv)
{
    struct words rest;
    if (argc > 0 && text_starts(argv[0], COMPLETE))
        return complete_run(cli, argc, argv);
    if (options_parse(&cli->arena, global_options, argc, argv, OPTIONS_FIRST, &cli->globals, &rest,
                      &cli->err) < 0)
        return cli_fail(cli, EXIT_USAGE);
    const struct words globals = {(const char **)(uintptr_t)argv, (size_t)argc - rest.n};
    if (cli->globals.man != NULL)
        return man_print(cli->globals.man) < 0;
    if (cli->globals.version) {
        const struct words none = {};
        return version_command.run(cli, NULL, &none);
    }
    if (rest.n != 0 && strcmp(rest.at[0], "help") == 0) {
        cli->globals.help = true;
        rest.at++;
        rest.n--;
    }
    if (rest.n == 0) {
        help_program(cli);
        return cli->globals.help ? 0 : 1;
    }
    return run_words(cli, &globals, &rest);
}

static bool asks_for_help(const struct command *command, int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return true;
        if ((command->flags & OPTIONS_FIRST) && argv[i][0] != '-')
            return false;
    }
    return false;
}

static int fail_usage(struct cli *cli, const struct command *command, int status)
{
    AUTO_BUF struct buf usage;
    buf_init(&usage, HELP_MAX);
    help_usage(cli, command, &usage);
    fprintf(stderr, "dhow: %s\n\n%s\nRun 'dhow %s --help' for more information\n", cli->err.text,
            buf_get(&usage), cli->called);
    return status;
}

// docker's sentences for too few or too many words.
static int check_count(struct cli *cli, const struct command *command, size_t n)
{
    size_t least = command->least, most = command->most;
    bool takes_none = command->arguments[0] == '\0';
    if (n >= least && (takes_none ? n == 0 : most == 0 || n <= most))
        return 0;
    if (takes_none)
        return fail(&cli->err, ERR_INVALID, "'dhow %s' accepts no arguments", cli->called);
    if (least == most)
        return fail(&cli->err, ERR_INVALID, "'dhow %s' requires %zu argument%s", cli->called, least,
                    least == 1 ? "" : "s");
    if (most == 0)
        return fail(&cli->err, ERR_INVALID, "'dhow %s' requires at least %zu argument%s",
                    cli->called, least, least == 1 ? "" : "s");
    if (least == 0)
        return fail(&cli->err, ERR_INVALID, "'dhow %s' requires at most %zu argument%s",
                    cli->called, most, most == 1 ? "" : "s");
    return fail(&cli->err, ERR_INVALID, "'dhow %s' requires at least %zu and at most %zu arguments",
                cli->called, least, most);
}

static int run_one(struct cli *cli, const struct command *command, int argc, char **argv)
{
    if (asks_for_help(command, argc, argv)) {
        help_command(cli, command);
        return 0;
    }
    struct words words;
    void *args = arena_alloc(&cli->arena, command->args_size + 1);
    if (options_parse(&cli->arena, command->options, argc, argv, command->flags, args, &words,
                      &cli->err) < 0)
        return fail_usage(cli, command, EXIT_USAGE);
    if (check_count(cli, command, words.n) < 0)
        return fail_usage(cli, command, 1); // docker's
    return command->run(cli, args, &words);
}
