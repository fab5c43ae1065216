// SPDX-License-Identifier: Apache-2.0
// complete.h — completion in shells, by the protocol that docker's scripts speak (cobra's).
//
//     dhow __complete WORD... LAST      LAST is what is being typed, perhaps empty
//
// answers with a line for each candidate ("name<tab>what it is") and a last line ":N", N being the
// sum of what the shell shall do: see enum complete_hint. __completeNoDesc leaves the descriptions
// out.
#pragma once
#include "cli/command.h"

#define COMPLETE "__complete"

enum complete_hint {
    COMPLETE_FILES = 0, // files, when there is no candidate
    COMPLETE_ERROR = 1,
    COMPLETE_NO_SPACE = 2, // the word goes on
    COMPLETE_NO_FILES = 4,
    COMPLETE_DIRECTORIES = 16,
};

// argv[0] is __complete or __completeNoDesc. Gives the exit status.
int complete_run(struct cli *cli, int argc, char **argv);

// Candidates, for complete_values.c.
struct completion {
    struct cli *cli;
    const char *current; // what is typed so far
    const char *prefix;  // of it, what is before the value: "--network="
    bool describes;
    int hints;
    struct words before; // the command's words so far
    struct buf out;
};
// Adds it if it begins with what is typed.
void completion_add(struct completion *it, const char *word, const char *what);
// What a value of the option may be.
void complete_option(struct completion *it, const struct command *command,
                     const struct option *option);
// What the command's next word may be.
void complete_word(struct completion *it, const struct command *command);
