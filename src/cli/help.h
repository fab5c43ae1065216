// SPDX-License-Identifier: Apache-2.0
// help.h — what --help prints, and the examples that it shares with the manual pages.
#pragma once
#include "cli/command.h"

extern const struct option global_options[]; // of struct cli_globals (cli.c)

// All commands, in docker's sections, with plugins.
void help_program(struct cli *cli);
void help_group(const struct command_group *group);
void help_command(const struct cli *cli, const struct command *command);
// "Usage:  dhow image ls [OPTIONS] [REPOSITORY[:TAG]]" and a line end.
void help_usage(const struct cli *cli, const struct command *command, struct buf *out);

// --- examples.c ---
struct example {
    const char *what, *line; // "keep its data in a volume", "dhow run -v …"
};
// Of the command of that name; ends with a row of NULLs. NULL: there are none.
const struct example *examples_of(const char *command);
