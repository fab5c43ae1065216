// SPDX-License-Identifier: Apache-2.0
// checkpoint.c — checkpoint create, ls, rm.
#include "ops/checkpoint.h"

#include "cli/command.h"
#include "cli/format.h"

#include <stdio.h>

struct checkpoint_args {
    const char *dir;
    bool leave_running;
};
#define DIR_OPTION                                                                                 \
    OPTION_TEXT(struct checkpoint_args, dir, "checkpoint-dir", 0, "string",                        \
                "where checkpoints are, in place of with the container")
static const struct option create_options[] = {
    DIR_OPTION,
    OPTION_FLAG(struct checkpoint_args, leave_running, "leave-running", 0,
                "let the container go on afterwards"),
    {},
};
static const struct option dir_options[] = {DIR_OPTION, {}};

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct checkpoint_args *args = at;
    const struct checkpoint_create_request request = {
        .id = words->at[0],
        .checkpoint_id = words->at[1],
        .checkpoint_dir = args->dir,
        .exit = !args->leave_running,
    };
    if (cli_call(cli, CHECKPOINT_CREATE, &request, NULL) < 0)
        return cli_fail(cli, 1);
    puts(words->at[1]);
    return 0;
}
const struct command checkpoint_create_command = {
    "checkpoint create",
    "CONTAINER CHECKPOINT",
    "Save the state of a running container's processes",
    create_options,
    sizeof(struct checkpoint_args),
    OPTIONS_MIXED,
    2,
    2,
    create_run,
    "criu, which must be installed, does it. \\fBdhow start \\-\\-checkpoint\\fR goes on where "
    "the container was.\nFiles that it wrote are not saved, nor is a terminal.\n",
};

static const char *row_name(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct checkpoint_summary *)at)->name;
}
static const struct row_field checkpoint_fields[] = {
    {.name = "Name", .heading = "CHECKPOINT NAME", .text = row_name},
    {},
};
static const struct row_type checkpoint_rows = {"*formatter.checkpointContext", checkpoint_fields};

static int ls_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct checkpoint_args *args = at;
    const struct checkpoint_reference request = {.id = words->at[0], .dir = args->dir};
    struct checkpoint_list_response list;
    if (cli_call(cli, CHECKPOINT_LIST, &request, &list) < 0)
        return cli_fail(cli, 1);
    const struct list_style style = {.columns = "{{.Name}}"};
    if (list_print(cli, &checkpoint_rows, &style, list.checkpoints, list.n_checkpoints,
                   sizeof *list.checkpoints) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command checkpoint_ls_command = {
    "checkpoint ls",
    "CONTAINER",
    "List a container's checkpoints",
    dir_options,
    sizeof(struct checkpoint_args),
    OPTIONS_MIXED,
    1,
    1,
    ls_run,
    NULL,
};

static int rm_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct checkpoint_args *args = at;
    const struct checkpoint_reference request = {words->at[0], words->at[1], args->dir};
    return cli_call(cli, CHECKPOINT_REMOVE, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command checkpoint_rm_command = {
    "checkpoint rm",
    "CONTAINER CHECKPOINT",
    "Remove a checkpoint",
    dir_options,
    sizeof(struct checkpoint_args),
    OPTIONS_MIXED,
    2,
    2,
    rm_run,
    NULL,
};
