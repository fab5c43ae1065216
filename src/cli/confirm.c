// SPDX-License-Identifier: Apache-2.0
// confirm.c — "Are you sure you want to continue? [y/N]".
#include "cli/command.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 };

bool cli_confirms(const char *warning)
{
    AUTO_BUF struct buf answer;
    struct err ignored; // an interrupt or the end of input: no
    buf_init(&answer, ANSWER_MAX);
    puts(warning);
    bool is_answered =
        terminal_ask("Are you sure you want to continue? [y/N] ", false, &answer, &ignored) == 0;
    if (!isatty(STDIN_FILENO) || !is_answered)
        puts("");
    return is_answered && answer.n == 1 && strchr("yY", answer.at[0]) != NULL;
}
