// SPDX-License-Identifier: Apache-2.0
// cli.c — which commands there are, what stands before them, help.
#include "cli/cli.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

enum { HELP_MAX = 64 * 1024 };

const struct command *const commands[] = {
    &run_command,     &create_command, &start_command,
    &attach_command,  &ps_command,     &logs_command,
    &exec_command,    &stop_command,   &kill_command,
    &rm_command,      &wait_command,   &inspect_command,
    &import_command,  &images_command, &rmi_command,
    &version_command, &info_command,   NULL,
};

static const struct option global_options[] = {
    OPTION_TEXT(struct cli_globals, root, "root", 0, "directory",
                "where images and containers are kept (DHOW_ROOT; /var/lib/dhow)"),
    OPTION_TEXT(struct cli_globals, run_root, "run-root", 0, "directory",
                "where the state of what runs is kept (DHOW_RUN_ROOT; /run/dhow)"),
    OPTION_TEXT(struct cli_globals, runtime, "runtime", 0, "program",
                "OCI runtime to use in place of dhow-runtime (crun, runc, a path)"),
    OPTION_FLAG(struct cli_globals, version, "version", 'v', "print the version and quit"),
    OPTION_FLAG(struct cli_globals, help, "help", 0, NULL),
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

int cli_call(struct cli *cli, enum operation_id id, const void *request, void *response)
{
    if (cli->operator_ == NULL)
        cli->operator_ = cli->setup->connect(&cli->globals);
    return cli->operator_->call(cli->operator_->self, id, &cli->arena, request, response,
                                &cli->err);
}

int cli_settle(struct cli *cli)
{
    if (cli->operator_ == NULL)
        return 0;
    return cli->operator_->settle(cli->operator_->self, &cli->err);
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

static void print_commands(void)
{
    AUTO_BUF struct buf text;
    buf_init(&text, HELP_MAX);
    buf_text(&text, "Usage:  dhow [OPTIONS] COMMAND\n\n"
                    "Containers without a daemon.\n\nCommands:\n");
    for (const struct command *const *at = commands; *at != NULL; at++)
        buf_printf(&text, "  %-11s %s\n", (*at)->name, (*at)->summary);
    buf_text(&text, "\nGlobal options:\n");
    options_help(global_options, &text);
    buf_text(&text, "\nRun 'dhow COMMAND --help' for more about a command.\n");
    fputs(buf_get(&text), stdout);
}

static void print_help(const struct command *command)
{
    AUTO_BUF struct buf text;
    buf_init(&text, HELP_MAX);
    buf_printf(&text, "Usage:  dhow %s%s %s\n\n%s\n", command->name,
               command->options[0].name != NULL ? " [OPTIONS]" : "", command->arguments,
               command->summary);
    if (command->options[0].name != NULL) {
        buf_text(&text, "\nOptions:\n");
        options_help(command->options, &text);
    }
    fputs(buf_get(&text), stdout);
}

static const struct command *find_command(struct cli *cli, const char *name)
{
    const char *names[64] = {};
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        names[i] = commands[i]->name;
    }
    const char *near = suggest_near(name, names);
    if (near != NULL)
        (void)fail(&cli->err, ERR_INVALID, "unknown command: dhow %s (did you mean %s?)\n\n%s",
                   name, near, "Run 'dhow --help' for the commands");
    else
        (void)fail(&cli->err, ERR_INVALID, "unknown command: dhow %s\n\n%s", name,
                   "Run 'dhow --help' for the commands");
    return NULL;
}

static int run_command_line(struct cli *cli, int argc, char **argv)
{
    struct words rest;
    if (options_parse(&cli->arena, global_options, argc, argv, OPTIONS_FIRST, &cli->globals, &rest,
                      &cli->err) < 0)
        return cli_fail(cli, EXIT_USAGE);
    char **command_argv = argv + argc - rest.n;
    if (cli->globals.man != NULL)
        return man_print(global_options, cli->globals.man) < 0;
    if (cli->globals.version) {
        const struct words none = {};
        return version_command.run(cli, NULL, &none);
    }
    if (rest.n != 0 && strcmp(rest.at[0], "help") == 0) {
        cli->globals.help = true;
        command_argv++;
        rest.n--;
    }
    if (rest.n == 0) {
        print_commands();
        return cli->globals.help ? 0 : 1;
    }
    const struct command *command = find_command(cli, command_argv[0]);
    if (command == NULL)
        return cli_fail(cli, 1);
    if (cli->globals.help) {
        print_help(command);
        return 0;
    }
    return run_one(cli, command, (int)rest.n - 1, command_argv + 1);
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

static int fail_usage(struct cli *cli, const struct command *command)
{
    fprintf(stderr,
            "dhow: %s\n\nUsage:  dhow %s%s %s\n\nRun 'dhow %s --help' for more information\n",
            cli->err.text, command->name, command->options[0].name != NULL ? " [OPTIONS]" : "",
            command->arguments, command->name);
    return command->failure;
}

static int run_one(struct cli *cli, const struct command *command, int argc, char **argv)
{
    if (asks_for_help(command, argc, argv)) {
        print_help(command);
        return 0;
    }
    struct words words;
    void *args = arena_alloc(&cli->arena, command->args_size + 1);
    if (options_parse(&cli->arena, command->options, argc, argv, command->flags, args, &words,
                      &cli->err) < 0)
        return fail_usage(cli, command);
    if (words.n < command->least || (command->most != 0 && words.n > command->most)) {
        const char *how = command->most == command->least ? "" : "at least ";
        if (words.n > command->most && command->most != 0 && command->most != command->least)
            (void)fail(&cli->err, ERR_INVALID, "'dhow %s' accepts at most %zu argument%s",
                       command->name, command->most, command->most == 1 ? "" : "s");
        else
            (void)fail(&cli->err, ERR_INVALID, "'dhow %s' requires %s%zu argument%s", command->name,
                       how, command->least, command->least == 1 ? "" : "s");
        return fail_usage(cli, command);
    }
    return command->run(cli, args, &words);
}
