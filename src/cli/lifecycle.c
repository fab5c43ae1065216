// SPDX-License-Identifier: Apache-2.0
// lifecycle.c — stop, kill, rm, wait: one operation for each word.
#include "base/mem.h"
#include "cli/command.h"
#include "ops/container.h"

#include <inttypes.h>
#include <stdio.h>

// --- stop ---
struct stop_args {
    int64_t *time;
    const char *signal;
};
static const struct option stop_options[] = {
    OPTION_TEXT(struct stop_args, signal, "signal", 's', "string", "signal to ask with"),
    OPTION_INT(struct stop_args, time, "timeout", 't', "seconds until SIGKILL; -1 for never"),
    OPTION_INT(struct stop_args, time, "time", 0, NULL),
    {},
};
static int stop_one(struct cli *cli, const void *at, const char *word)
{
    const struct stop_args *args = at;
    const struct container_stop_request request = {word, args->signal, args->time};
    return cli_call(cli, CONTAINER_STOP, &request, NULL);
}
static int stop_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, stop_one, args);
}
const struct command stop_command = {
    "stop",
    "CONTAINER [CONTAINER...]",
    "Stop running containers",
    stop_options,
    sizeof(struct stop_args),
    OPTIONS_MIXED,
    1,
    0,
    stop_run,
    NULL,
};

// --- kill ---
struct kill_args {
    const char *signal;
};
static const struct option kill_options[] = {
    OPTION_TEXT(struct kill_args, signal, "signal", 's', "string", "signal to send (KILL)"),
    {},
};
static int kill_one(struct cli *cli, const void *at, const char *word)
{
    const struct kill_args *args = at;
    const struct container_kill_request request = {word, args->signal};
    return cli_call(cli, CONTAINER_KILL, &request, NULL);
}
static int kill_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, kill_one, args);
}
const struct command kill_command = {
    "kill",
    "CONTAINER [CONTAINER...]",
    "Send a signal to running containers",
    kill_options,
    sizeof(struct kill_args),
    OPTIONS_MIXED,
    1,
    0,
    kill_run,
    NULL,
};

// --- rm ---
struct rm_args {
    bool force, volumes, ended;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, force, "force", 'f', "also when it runs: SIGKILL first"),
    OPTION_FLAG(struct rm_args, volumes, "volumes", 'v', "with its anonymous volumes"),
    OPTION_FLAG(struct rm_args, ended, "ended", 0, NULL), // a monitor's exit command
    {},
};
static int rm_one(struct cli *cli, const void *at, const char *word)
{
    const struct rm_args *args = at;
    const struct container_remove_request request = {
        .id = word, .force = args->force, .v = args->volumes, .only_ended = args->ended};
    if (cli_call(cli, CONTAINER_REMOVE, &request, NULL) == 0)
        return 0;
    return -1;
}
static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, rm_one, args);
}
const struct command rm_command = {
    "rm",
    "CONTAINER [CONTAINER...]",
    "Remove containers",
    rm_options,
    sizeof(struct rm_args),
    OPTIONS_MIXED,
    1,
    0,
    rm_run,
    NULL,
};

// --- wait ---
static const struct option no_options[] = {{}};
static int wait_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct container_reference request = {words->at[i]};
        struct container_wait_response response;
        if (cli_call(cli, CONTAINER_WAIT, &request, &response) < 0)
            status = cli_fail(cli, 1);
        else
            printf("%" PRId64 "\n", response.status_code);
    }
    return status;
}
const struct command wait_command = {
    "wait",
    "CONTAINER [CONTAINER...]",
    "Wait until containers have ended and print their exit codes",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    wait_run,
    NULL,
};
