// SPDX-License-Identifier: Apache-2.0
// help.c — help as wide as the terminal: sections, options by name, examples.
#include "cli/help.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/plugin.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    HELP_MAX = 256 * 1024,
    WIDTH = 80,        // where there is no terminal
    WIDTH_LEAST = 40,  // of a text, however narrow the terminal is
    OPTIONS_MOST = 34, // columns; a longer option has its text on the next line
};

static size_t width_now(void)
{
    uint16_t rows, columns;
    return isatty(STDOUT_FILENO) && terminal_size(&rows, &columns) && columns > 0 ? columns : WIDTH;
}

// Appends words, from `column` on; lines that follow begin there, too.
static void put_wrapped(struct buf *out, const char *text, size_t column, size_t width)
{
    size_t room = width > column + WIDTH_LEAST ? width - column : WIDTH_LEAST, at = 0;
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ' ');
        if (at != 0 && at + 1 + word.n > room) {
            buf_printf(out, "\n%*s", (int)column, "");
            at = 0;
        }
        buf_printf(out, "%s%.*s", at != 0 ? " " : "", (int)word.n, word.at);
        at += word.n + (at != 0);
    }
    buf_char(out, '\n');
}

static const char *option_words(struct arena *arena, const struct option *option)
{
    const char *value = option->value != NULL ? option->value : "";
    const char *letter = option->letter != 0 ? arena_printf(arena, "-%c,", option->letter) : "   ";
    return arena_printf(arena, "  %s --%s%s%s", letter, option->name, *value != '\0' ? " " : "",
                        value);
}

static void put_options(struct buf *out, const struct option *table)
{
    AUTO_ARENA struct arena arena = {};
    const struct option **all = options_sorted(&arena, table);
    size_t column = 0, width = width_now();
    for (size_t i = 0; all[i]->name != NULL; i++) {
        size_t n = all[i]->help != NULL ? strlen(option_words(&arena, all[i])) + 3 : 0;
        column = n > column && n <= OPTIONS_MOST ? n : column;
    }
    column = column != 0 ? column : OPTIONS_MOST;
    for (size_t i = 0; all[i]->name != NULL; i++) {
        if (all[i]->help == NULL) // accepted, not advertised
            continue;
        const char *words = option_words(&arena, all[i]);
        if (strlen(words) + 2 > column)
            buf_printf(out, "%s\n%*s", words, (int)column, "");
        else
            buf_printf(out, "%-*s", (int)column, words);
        put_wrapped(out, all[i]->help, column, width);
    }
}

static bool has_help(const struct option *table)
{
    AUTO_ARENA struct arena arena = {};
    const struct option **all = options_sorted(&arena, table);
    for (size_t i = 0; all[i]->name != NULL; i++) {
        if (all[i]->help != NULL)
            return true;
    }
    return false;
}

// --- lists of commands

struct line {
    const char *name, *summary;
};
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

static void put_lines(struct buf *out, const char *heading, struct line *lines, size_t n,
                      bool is_sorted)
{
    size_t column = 0, width = width_now();
    if (n == 0)
        return;
    if (is_sorted)
        qsort(lines, n, sizeof *lines, by_name);
    for (size_t i = 0; i < n; i++)
        column = strlen(lines[i].name) > column ? strlen(lines[i].name) : column;
    column = (column > 11 ? column : 11) + 3;
    buf_printf(out, "\n%s:\n", heading);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "  %-*s", (int)column - 2, lines[i].name);
        put_wrapped(out, lines[i].summary, column, width);
    }
}

// docker's choice and order.
static const char *const common[] = {"run",    "exec",  "ps",     "build",  "pull",    "push",
                                     "images", "login", "logout", "search", "version", "info"};
static bool is_common(const char *name)
{
    for (size_t i = 0; i < N_ELEMENTS(common); i++) {
        if (strcmp(common[i], name) == 0)
            return true;
    }
    return false;
}

static void put_common(struct buf *out)
{
    struct line lines[N_ELEMENTS(common)];
    size_t n = 0;
    for (size_t i = 0; i < N_ELEMENTS(common); i++) {
        const struct command *command = command_find(common[i]);
        if (command != NULL)
            lines[n++] = (struct line){command->name, command->summary};
    }
    put_lines(out, "Common Commands", lines, n, false);
}

static void put_management(struct cli *cli, struct buf *out)
{
    struct line lines[COMMANDS_MAX + PLUGINS_MAX];
    struct plugin plugins[PLUGINS_MAX];
    size_t n = 0, n_plugins = plugins_list(cli, plugins);
    for (const struct command_group *group = command_groups; group->name != NULL; group++)
        lines[n++] = (struct line){group->name, group->summary};
    for (size_t i = 0; i < n_plugins; i++)
        lines[n++] =
            (struct line){arena_printf(&cli->arena, "%s*", plugins[i].name), plugins[i].summary};
    put_lines(out, "Management Commands", lines, n, true);
}

static void put_others(struct buf *out)
{
    struct line lines[COMMANDS_MAX];
    size_t n = 0;
    for (const struct command *const *at = commands; *at != NULL; at++) {
        if (!is_common((*at)->name))
            lines[n++] = (struct line){(*at)->name, (*at)->summary};
    }
    put_lines(out, "Commands", lines, n, true);
}

void help_program(struct cli *cli)
{
    AUTO_BUF struct buf text;
    buf_init(&text, HELP_MAX);
    buf_text(&text, "Usage:  dhow [OPTIONS] COMMAND\n\nContainers without a daemon\n");
    put_common(&text);
    put_management(cli, &text);
    put_others(&text);
    buf_text(&text, "\nGlobal Options:\n");
    put_options(&text, global_options);
    buf_text(&text, "\nRun 'dhow COMMAND --help' for more information on a command.\n"
                    "Every command has a manual page, too: man dhow-run\n");
    fputs(buf_get(&text), stdout);
}

void help_group(const struct command_group *group)
{
    AUTO_BUF struct buf text;
    struct line lines[COMMANDS_MAX];
    size_t n = 0;
    buf_init(&text, HELP_MAX);
    buf_printf(&text, "Usage:  dhow %s COMMAND\n\n%s\n", group->name, group->summary);
    for (const struct subcommand *at = group->commands; at->name != NULL; at++) {
        if (!subcommand_is_alias(group, at))
            lines[n++] = (struct line){at->name, at->command->summary};
    }
    put_lines(&text, "Commands", lines, n, true);
    buf_printf(&text, "\nRun 'dhow %s COMMAND --help' for more information on a command.\n",
               group->name);
    fputs(buf_get(&text), stdout);
}

// --- one command

void help_usage(const struct cli *cli, const struct command *command, struct buf *out)
{
    const char *options = has_help(command->options) ? " [OPTIONS]" : "";
    const char *rest = command->arguments, *other; // one way, or two: "A | B"
    for (const char *head = "Usage:";; head = "      ", rest = other + strlen(" | ")) {
        other = strstr(rest, " | ");
        size_t n = other != NULL ? (size_t)(other - rest) : strlen(rest);
        buf_printf(out, "%s  dhow %s%s%s%.*s\n", head, cli->called, options, n != 0 ? " " : "",
                   (int)n, rest);
        if (other == NULL)
            return;
    }
}

static void put_ways(const struct command *command, struct buf *out)
{
    struct command_way ways[COMMAND_WAYS_MAX];
    size_t n = command_ways(command, ways);
    if (n < 2)
        return;
    buf_text(out, "\nAliases:\n  ");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%sdhow %s%s%s", i != 0 ? ", " : "",
                   ways[i].group != NULL ? ways[i].group : "", ways[i].group != NULL ? " " : "",
                   ways[i].name);
    buf_char(out, '\n');
}

static void put_examples(const struct command *command, struct buf *out)
{
    const struct example *example = examples_of(command->name);
    if (example == NULL)
        return;
    buf_text(out, "\nExamples:\n");
    for (; example->line != NULL; example++)
        buf_printf(out, "  # %s\n  %s\n", example->what, example->line);
}

void help_command(const struct cli *cli, const struct command *command)
{
    AUTO_BUF struct buf text;
    buf_init(&text, HELP_MAX);
    help_usage(cli, command, &text);
    buf_char(&text, '\n');
    put_wrapped(&text, command->summary, 0, width_now());
    put_ways(command, &text);
    if (has_help(command->options)) {
        buf_text(&text, "\nOptions:\n");
        put_options(&text, command->options);
    }
    put_examples(command, &text);
    fputs(buf_get(&text), stdout);
}
