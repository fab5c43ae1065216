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
// All are asked before the first is waited for.
static int stop_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct stop_args *args = at;
    int status = 0;
    struct container_stop_response *begun = arena_array(&cli->arena, words->n, sizeof *begun);
    bool *has_begun = arena_array(&cli->arena, words->n, sizeof *has_begun);
    for (size_t i = 0; i < words->n; i++) {
        const struct container_stop_request request = {
            .id = words->at[i], .signal = args->signal, .t = args->time, .only_begins = true};
        has_begun[i] = cli_call(cli, CONTAINER_STOP, &request, &begun[i]) == 0;
        if (!has_begun[i])
            status = cli_fail(cli, 1);
        else if (begun[i].note != NULL)
            fprintf(stderr, "%s\n", begun[i].note);
    }
    for (size_t i = 0; i < words->n; i++) {
        struct container_stop_response done;
        const struct container_stop_request request = {
            .id = words->at[i], .signal = args->signal, .t = args->time, .begun = &begun[i].begun};
        if (!has_begun[i])
            continue;
        if (cli_call(cli, CONTAINER_STOP, &request, &done) < 0)
            status = cli_fail(cli, 1);
        else
            puts(words->at[i]);
    }
    return status;
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
    bool force, volumes, link, ended;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, force, "force", 'f', "also when it runs: SIGKILL first"),
    OPTION_FLAG(struct rm_args, link, "link", 'l', "only the link of CONTAINER/ALIAS (run --link)"),
    OPTION_FLAG(struct rm_args, volumes, "volumes", 'v', "with its anonymous volumes"),
    OPTION_FLAG(struct rm_args, ended, "ended", 0, NULL), // a monitor's exit command
    {},
};
static int rm_one(struct cli *cli, const struct rm_args *args, const char *word)
{
    const struct container_remove_request request = {.id = word,
                                                     .force = args->force,
                                                     .v = args->volumes,
                                                     .link = args->link,
                                                     .only_ended = args->ended};
    return cli_call(cli, CONTAINER_REMOVE, &request, NULL);
}
// With --force, one that is not there is as it should be: said, and no failure.
static int rm_each(struct cli *cli, const struct rm_args *args, const struct words *words)
{
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        if (rm_one(cli, args, words->at[i]) == 0) {
            puts(words->at[i]);
            continue;
        }
        bool is_gone = args->force && !args->link && cli->err.kind == ERR_NOT_FOUND;
        int failed = cli_fail(cli, 1);
        status = is_gone ? status : failed;
    }
    return status;
}
static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    const struct rm_args *rm = args;
    for (size_t i = 0; rm->force && !rm->link && words->n > 1 && i < words->n; i++) {
        const struct container_remove_request request = {
            .id = words->at[i], .force = true, .only_begins = true};
        (void)cli_call(cli, CONTAINER_REMOVE, &request, NULL); // what is wrong, the second says
    }
    return rm_each(cli, rm, words);
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
struct wait_args {
    const char *condition;
};
static const struct option wait_options[] = {
    OPTION_TEXT(struct wait_args, condition, "condition", 0, "string",
                "what to wait for: not-running (the default), next-exit, removed"),
    {},
};
static int wait_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct wait_args *args = at;
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct container_wait_request request = {words->at[i], args->condition};
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
    wait_options,
    sizeof(struct wait_args),
    OPTIONS_MIXED,
    1,
    0,
    wait_run,
    NULL,
};
