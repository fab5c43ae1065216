// SPDX-License-Identifier: Apache-2.0
// man.c — the manual pages, from the same tables that help and the parser use: `dhow --man COMMAND`
// prints one, `make man` writes them all to docs/man.
#include "base/mem.h"
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

// Troff reads a backslash, a dash and a leading dot in its own way.
static void print_escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(*text);
    }
}

static void print_options(const struct option *table)
{
    AUTO_ARENA struct arena arena = {};
    const struct option **all = options_sorted(&arena, table);
    for (size_t i = 0; all[i]->name != NULL; i++) {
        const struct option *options = all[i];
        if (options->help == NULL)
            continue;
        printf(".TP\n\\fB");
        if (options->letter != 0)
            printf("\\-%c\\fR, \\fB", options->letter);
        printf("\\-\\-");
        print_escaped(options->name);
        printf("\\fR");
        if (options->value != NULL) {
            printf(" \\fI");
            print_escaped(options->value);
            printf("\\fR");
        }
        putchar('\n');
        print_escaped(options->help);
        puts(".");
    }
}

static void print_head(const char *page, const char *summary)
{
    printf(".\\\" SPDX-License-Identifier: Apache-2.0\n"
           ".\\\" Written by `make man` from the tables in src/cli: change those.\n"
           ".TH ");
    for (const char *letter = page; *letter != '\0'; letter++)
        putchar(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
    printf(" 1 \"\" \"dhow\" \"User commands\"\n.SH NAME\n");
    print_escaped(page);
    printf(" \\- ");
    print_escaped(summary);
    putchar('\n');
}

// "image inspect" is on the page dhow-image-inspect.
static void print_page_name(const char *name)
{
    for (; *name != '\0'; name++)
        putchar(*name == ' ' ? '-' : *name);
}

static void print_other_ways(const struct command *command)
{
    struct command_way ways[COMMAND_WAYS_MAX];
    size_t n = command_ways(command, ways);
    for (size_t i = 0; i < n; i++) {
        if (ways[i].group != NULL && n > 1)
            printf(".br\n\\fBdhow %s %s\\fR ...\n", ways[i].group, ways[i].name);
    }
}

static void print_examples(const struct command *command)
{
    const struct example *example = examples_of(command->name);
    if (example == NULL)
        return;
    puts(".SH EXAMPLES");
    for (; example->line != NULL; example++) {
        printf(".PP\n");
        print_escaped(example->what);
        printf(":\n.PP\n.RS\n.EX\n");
        print_escaped(example->line);
        printf("\n.EE\n.RE\n");
    }
}

static void print_command(const struct command *command)
{
    char page[64];
    snprintf(page, sizeof page, "dhow-%s", command->name);
    for (char *at = page; *at != '\0'; at++)
        *at = *at == ' ' ? '-' : *at;
    print_head(page, command->summary);
    printf(".SH SYNOPSIS\n\\fBdhow %s\\fR%s \\fI", command->name,
           command->options[0].name != NULL ? " [\\fIoptions\\fR]" : "");
    print_escaped(command->arguments);
    printf("\\fR\n");
    print_other_ways(command);
    if (command->more != NULL)
        printf(".SH DESCRIPTION\n%s", command->more);
    if (command->options[0].name != NULL) {
        puts(".SH OPTIONS");
        print_options(command->options);
    }
    print_examples(command);
    puts(".SH SEE ALSO\n\\fBdhow\\fR(1)");
}

static void print_group(const struct command_group *group)
{
    char page[64];
    snprintf(page, sizeof page, "dhow-%s", group->name);
    print_head(page, group->summary);
    printf(".SH SYNOPSIS\n\\fBdhow %s\\fR \\fIcommand\\fR [\\fIargument\\fR...]\n"
           ".SH COMMANDS\n",
           group->name);
    for (const struct subcommand *at = group->commands; at->name != NULL; at++) {
        if (subcommand_is_alias(group, at))
            continue;
        printf(".TP\n\\fB%s\\fR: \\fBdhow-", at->name);
        print_page_name(at->command->name);
        printf("\\fR(1)\n");
        print_escaped(at->command->summary);
        puts(".");
    }
    puts(".SH SEE ALSO\n\\fBdhow\\fR(1)");
}

static void print_program(void)
{
    print_head("dhow", "containers without a daemon");
    puts(
        ".SH SYNOPSIS\n\\fBdhow\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIargument\\fR...]\n"
        ".SH DESCRIPTION\n"
        "The commands, their options, what they print and their exit codes are docker's.\n"
        "Nothing has to run before: each container is looked after by a small process of its own,\n"
        "\\fBdhow-monitor\\fR, and made by \\fBdhow-runtime\\fR(8) or another OCI runtime.\n"
        ".SH COMMANDS");
    for (const struct command *const *at = commands; *at != NULL; at++) {
        printf(".TP\n\\fBdhow-%s\\fR(1)\n", (*at)->name);
        print_escaped((*at)->summary);
        puts(".");
    }
    for (const struct command_group *group = command_groups; group->name != NULL; group++) {
        printf(".TP\n\\fBdhow-%s\\fR(1)\n", group->name);
        print_escaped(group->summary);
        puts(".");
    }
    puts(".SH OPTIONS");
    print_options(global_options);
    puts(
        ".SH EXIT STATUS\n"
        "\\fBrun\\fR, \\fBstart \\-a\\fR, \\fBattach\\fR and \\fBexec\\fR end with the exit status "
        "of "
        "the container's\nprogram (128 and its number for a signal), or with 125 when dhow itself "
        "failed, 126 when the\nprogram cannot be run, 127 when there is no such program.\n"
        "The other commands end with 0, or 1 when something failed.\n"
        ".SH ENVIRONMENT\n"
        "\\fBDHOW_ROOT\\fR, \\fBDHOW_RUN_ROOT\\fR and \\fBDHOW_RUNTIME\\fR stand for "
        "\\fB\\-\\-root\\fR, \\fB\\-\\-run\\-root\\fR\nand \\fB\\-\\-runtime\\fR; "
        "\\fBDHOW_CONFIG\\fR is the configuration's place.\n"
        "\\fBDOCKER_CONFIG\\fR stands for \\fB\\-\\-config\\fR, "
        "\\fBDOCKER_DEFAULT_PLATFORM\\fR for \\fB\\-\\-platform\\fR of\n\\fBpull\\fR and "
        "\\fBrun\\fR; \\fBDOCKER_AUTH_CONFIG\\fR has logins as \\fIconfig.json\\fR has them.\n"
        ".SH FILES\n"
        "\\fI/etc/dhow/dhow.json\\fR: the configuration; it may be missing. It says where "
        "registries "
        "are\n(\\fBdhow.json\\fR(5)), and names runtimes for \\fB\\-\\-runtime\\fR "
        "\\fINAME\\fR, when no program is called so:\n.PP\n.RS\n.EX\n"
        "{\"runtimes\": {\"NAME\": {\"path\": \"crun\", \"runtimeArgs\": [\"\\-\\-debug\"]}}}\n"
        ".EE\n.RE\n.PP\n"
        "\\fI~/.docker/config.json\\fR: the user's own, shared with docker: logins and credential "
        "helpers (\\fBdhow-login\\fR(1)),\n\\fBpsFormat\\fR, \\fBimagesFormat\\fR and "
        "\\fBpruneFilters\\fR; beside it, \\fImanifests\\fR (\\fBdhow-manifest\\fR(1)).\n.PP\n"
        "\\fI/var/lib/dhow\\fR: images and containers; \\fI/run/dhow\\fR: the state of what runs.\n"
        ".SH SEE ALSO\n\\fBdhow.json\\fR(5), \\fBdhow-runtime\\fR(8)");
}

// "image-inspect": the first dash stands for a blank.
static const struct command *find_page(const char *name)
{
    const struct command *command = command_find(name);
    const char *dash = strchr(name, '-');
    if (command != NULL || dash == NULL)
        return command;
    AUTO_FREE char *first = xstrndup(name, (size_t)(dash - name));
    const struct command_group *group = command_group_find(first);
    return group != NULL ? subcommand_find(group, dash + 1) : NULL;
}

int man_print(const char *name)
{
    const struct command *command = find_page(name);
    const struct command_group *group = command_group_find(name);
    if (strcmp(name, "dhow") == 0)
        print_program();
    else if (command != NULL)
        print_command(command);
    else if (group != NULL)
        print_group(group);
    else
        return -1;
    return 0;
}
