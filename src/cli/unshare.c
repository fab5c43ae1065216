// SPDX-License-Identifier: Apache-2.0
// unshare.c — unshare: a program where a user's containers are, to look at what belongs to them.
#include "base/str.h"
#include "cli/command.h"
#include "linux/rootless.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int unshare_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    if (!rootless_is_needed() && !rootless_is_entered()) {
        (void)fail(&cli->err, ERR_INVALID,
                   "you are root: there is no other user namespace to be in");
        return cli_fail(cli, EXIT_ENGINE);
    }
    char *run = rootless_run_dir(&cli->err);
    if (run == NULL || (!rootless_is_entered() && rootless_enter(run, NULL, &cli->err) < 0))
        return cli_fail(cli, EXIT_ENGINE);
    const char *shell = getenv("SHELL");
    const char **argv = arena_array(&cli->arena, words->n + 2, sizeof *argv);
    for (size_t i = 0; i < words->n; i++)
        argv[i] = words->at[i];
    if (words->n == 0)
        argv[0] = text_is_empty(shell) ? "/bin/sh" : shell;
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    int status = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
    (void)fail_sys(&cli->err, "run %s", argv[0]);
    return cli_fail(cli, status);
}

static const struct option no_options[] = {{}};
const struct command unshare_command = {
    "unshare",
    "[COMMAND [ARG...]]",
    "Run a program in the user namespace of your containers",
    no_options,
    0,
    OPTIONS_FIRST,
    0,
    0,
    unshare_run,
    "Without root, files that containers make belong to other users than you: to those of your\n"
    "ranges in \\fI/etc/subuid\\fR. In their user namespace you are root, and can read, change\n"
    "and remove them. Without a command it is your shell.\n",
};
