// SPDX-License-Identifier: Apache-2.0
// complete.c — which place of the command line is being typed: a command, an option, its value, a
// word.
#include "cli/complete.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/plugin.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 4 * 1024 * 1024 };

// The command line so far.
struct line {
    const struct option *options; // that may stand here
    const struct command_group *group;
    const struct command *command;
    const char *plugin;
    const struct option *pending; // wants its value next
    bool options_are_over, is_unknown;
    struct words globals, words;
};

void completion_add(struct completion *it, const char *word, const char *what)
{
    size_t n = strlen(it->prefix);
    if (text_is_empty(word) || !text_starts(word, it->current + n))
        return;
    buf_printf(&it->out, "%s%s", it->prefix, word);
    if (it->describes && !text_is_empty(what))
        buf_printf(&it->out, "\t%.*s", (int)strcspn(what, "\n"), what);
    buf_char(&it->out, '\n');
}

static const struct option *find_option(struct cli *cli, const struct option *table,
                                        struct str name, char letter)
{
    const struct option **all = options_sorted(&cli->arena, table);
    for (size_t i = 0; all[i]->name != NULL; i++) {
        if (letter != 0 ? all[i]->letter == letter : str_is(name, all[i]->name))
            return all[i];
    }
    return NULL;
}

static bool takes_value(const struct option *option)
{
    return option != NULL && option->kind != OPTION_SWITCH && option->kind != OPTION_SWITCH_OFF;
}

// An option that is complete: the one whose value comes next, or NULL.
static const struct option *pending_of(struct cli *cli, const struct option *table,
                                       const char *text)
{
    if (text[1] == '-') {
        struct str rest = str_of(text + 2), name = str_cut(&rest, '=');
        bool has_value = text[2 + name.n] == '=';
        const struct option *option = find_option(cli, table, name, 0);
        return !has_value && takes_value(option) ? option : NULL;
    }
    for (const char *letter = text + 1; *letter != '\0'; letter++) {
        const struct option *option = find_option(cli, table, (struct str){}, *letter);
        if (option == NULL || letter[1] == '=')
            return NULL;
        if (takes_value(option))
            return letter[1] == '\0' ? option : NULL;
    }
    return NULL;
}

static void take_command(struct completion *it, struct line *line, const char *word)
{
    if (line->group != NULL)
        line->command = subcommand_find(line->group, word);
    else if (strcmp(word, "help") != 0)
        line->command = command_find(word);
    if (line->group == NULL && line->command == NULL) {
        line->group = command_group_find(word);
        line->is_unknown = line->group == NULL && strcmp(word, "help") != 0 &&
                           plugin_find(it->cli, word, &line->plugin) == 0;
    } else {
        line->is_unknown = line->command == NULL;
    }
    if (line->command != NULL)
        line->options = line->command->options;
}

static void take_word(struct completion *it, struct line *line, const char *word)
{
    bool is_global = line->group == NULL && line->command == NULL;
    if (line->pending != NULL) {
        line->pending = NULL;
        if (is_global)
            words_add(&it->cli->arena, &line->globals, word);
    } else if (!line->options_are_over && strcmp(word, "--") == 0) {
        line->options_are_over = true;
    } else if (!line->options_are_over && word[0] == '-' && word[1] != '\0') {
        line->pending = pending_of(it->cli, line->options, word);
        if (is_global)
            words_add(&it->cli->arena, &line->globals, word);
    } else if (line->command == NULL) {
        take_command(it, line, word);
    } else {
        words_add(&it->cli->arena, &it->before, word);
        line->options_are_over =
            line->options_are_over || (line->command->flags & OPTIONS_FIRST) != 0;
    }
}

// --- what may come

static void complete_commands(struct completion *it)
{
    struct plugin plugins[PLUGINS_MAX];
    size_t n = plugins_list(it->cli, plugins);
    for (const struct command *const *at = commands; *at != NULL; at++)
        completion_add(it, (*at)->name, (*at)->summary);
    for (const struct command_group *group = command_groups; group->name != NULL; group++)
        completion_add(it, group->name, group->summary);
    for (size_t i = 0; i < n; i++)
        completion_add(it, plugins[i].name, plugins[i].summary);
    it->hints |= COMPLETE_NO_FILES;
}

static void complete_group(struct completion *it, const struct command_group *group)
{
    for (const struct subcommand *at = group->commands; at->name != NULL; at++) {
        if (!subcommand_is_alias(group, at))
            completion_add(it, at->name, at->command->summary);
    }
    it->hints |= COMPLETE_NO_FILES;
}

static void complete_options(struct completion *it, const struct option *table)
{
    struct cli *cli = it->cli;
    const struct option **all = options_sorted(&cli->arena, table);
    for (size_t i = 0; all[i]->name != NULL; i++) {
        if (all[i]->help == NULL)
            continue;
        completion_add(it, arena_printf(&cli->arena, "--%s", all[i]->name), all[i]->help);
        if (all[i]->letter != 0 && it->current[1] != '-')
            completion_add(it, arena_printf(&cli->arena, "-%c", all[i]->letter), all[i]->help);
    }
    completion_add(it, "--help", "say what there is");
    it->hints |= COMPLETE_NO_FILES;
}

static void complete_last(struct completion *it, const struct line *line)
{
    const char *current = it->current, *equals = strchr(current, '=');
    bool is_option = !line->options_are_over && current[0] == '-';
    if (line->is_unknown) {
        it->hints |= COMPLETE_NO_FILES;
    } else if (line->pending != NULL) {
        complete_option(it, line->command, line->pending);
    } else if (is_option && text_starts(current, "--") && equals != NULL) {
        const struct str name = {current + 2, (size_t)(equals - current - 2)};
        const struct option *option = find_option(it->cli, line->options, name, 0);
        it->prefix = arena_strndup(&it->cli->arena, current, (size_t)(equals + 1 - current));
        if (option != NULL)
            complete_option(it, line->command, option);
    } else if (is_option) {
        complete_options(it, line->options);
    } else if (line->command != NULL) {
        complete_word(it, line->command);
    } else if (line->group != NULL) {
        complete_group(it, line->group);
    } else {
        complete_commands(it);
    }
}

// Options before the command say where the engine and config.json are.
static int apply_globals(struct cli *cli, const struct line *line)
{
    struct words none;
    bool is_cut = line->pending != NULL && line->group == NULL && line->command == NULL;
    int n = (int)line->globals.n - is_cut; // an option whose value is being typed says nothing yet
    return options_parse(&cli->arena, global_options, n, (char **)(uintptr_t)line->globals.at,
                         OPTIONS_FIRST, &cli->globals, &none, &cli->err);
}

int complete_run(struct cli *cli, int argc, char **argv)
{
    struct completion it = {
        .cli = cli,
        .current = argc > 1 ? argv[argc - 1] : "",
        .prefix = "",
        .describes = strcmp(argv[0], COMPLETE) == 0,
    };
    struct line line = {.options = global_options};
    buf_init(&it.out, ANSWER_MAX);
    for (int i = 1; i + 1 < argc && line.plugin == NULL; i++)
        take_word(&it, &line, argv[i]);
    if (line.plugin != NULL) // it answers itself
        return plugin_run(cli, line.plugin, (const char *const *)(uintptr_t)argv, (size_t)argc) < 0
                   ? cli_fail(cli, 1)
                   : 0;
    if (apply_globals(cli, &line) == 0)
        complete_last(&it, &line);
    fputs(buf_get(&it.out), stdout);
    printf(":%d\n", it.hints);
    buf_done(&it.out);
    return 0;
}
