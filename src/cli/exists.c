// SPDX-License-Identifier: Apache-2.0
// exists.c — is there such a container? The exit status says it, and nothing else is said.
#include "cli/command.h"
#include "ops/container.h"

static int exists_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct container_inspect_request request = {.id = words->at[0]};
    struct container_inspection inspection;
    if (cli_call(cli, CONTAINER_INSPECT, &request, &inspection) == 0)
        return 0;
    return cli->err.kind == ERR_NOT_FOUND ? 1 : cli_fail(cli, EXIT_ENGINE);
}
static const struct option exists_options[] = {{}};
const struct command container_exists_command = {
    "container exists",
    "CONTAINER",
    "Say by the exit status whether there is such a container: 0 there is, 1 there is not",
    exists_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    exists_run,
    NULL,
};
