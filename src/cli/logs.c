// SPDX-License-Identifier: Apache-2.0
// logs.c — what a container has written: its stdout on ours, its stderr on ours.
#include "base/mem.h"
#include "cli/command.h"
#include "ops/container.h"

struct logs_args {
    bool follow, timestamps, details;
    const char *tail, *since, *until;
};
static const struct option logs_options[] = {
    OPTION_FLAG(struct logs_args, details, "details", 0,
                "show the labels and variables that --log-opt chose"),
    OPTION_FLAG(struct logs_args, follow, "follow", 'f', "go on until the container ends"),
    OPTION_TEXT(struct logs_args, since, "since", 0, "string",
                "only from then on (2026-01-02T13:23:37Z, 42m)"),
    OPTION_TEXT(struct logs_args, tail, "tail", 'n', "string", "lines from the end (all)"),
    OPTION_FLAG(struct logs_args, timestamps, "timestamps", 't', "show when each was written"),
    OPTION_TEXT(struct logs_args, until, "until", 0, "string",
                "only until then (2026-01-02T13:23:37Z, 42m)"),
    {},
};

static int logs_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct logs_args *args = at;
    const struct container_logs_request request = {
        .id = words->at[0],
        .follow = args->follow,
        .timestamps = args->timestamps,
        .details = args->details,
        .tail = args->tail,
        .since = args->since,
        .until = args->until,
        .wants_stdout = true,
        .wants_stderr = true,
        .out = STDOUT_FILENO,
        .err = STDERR_FILENO,
    };
    return cli_call(cli, CONTAINER_LOGS, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}

const struct command logs_command = {
    "logs",
    "CONTAINER",
    "Show what a container has written",
    logs_options,
    sizeof(struct logs_args),
    OPTIONS_MIXED,
    1,
    1,
    logs_run,
    NULL,
};
