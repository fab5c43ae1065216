// SPDX-License-Identifier: Apache-2.0
// exec.c — another process in a running container.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "ops/container.h"

#include <string.h>

struct exec_args {
    bool detach, interactive, tty;
    struct words env;
    const char *user, *working_dir;
};
static const struct option exec_options[] = {
    OPTION_FLAG(struct exec_args, detach, "detach", 'd', "do not wait for it"),
    OPTION_LIST(struct exec_args, env, "env", 'e', "list", "set environment variables"),
    OPTION_FLAG(struct exec_args, interactive, "interactive", 'i', "pass standard input on"),
    OPTION_FLAG(struct exec_args, tty, "tty", 't', "give it a terminal"),
    OPTION_TEXT(struct exec_args, user, "user", 'u', "string",
                "user and group (NAME or UID[:GROUP or GID])"),
    OPTION_TEXT(struct exec_args, working_dir, "workdir", 'w', "string", "working directory"),
    {},
};

static int exec_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct exec_args *args = at;
    if (args->tty && args->interactive && !args->detach && !isatty(STDIN_FILENO)) {
        (void)fail(&cli->err, ERR_INVALID,
                   "the input device is not a TTY: leave -t out, or run this in a terminal");
        return cli_fail(cli, 1);
    }
    uint16_t rows, columns;
    uint32_t size[2];
    bool has_size = args->tty && terminal_size(&rows, &columns);
    if (has_size) {
        size[0] = rows;
        size[1] = columns;
    }
    const struct container_exec_request request = {
        .id = words->at[0],
        .attach_stdin = args->interactive && !args->detach,
        .tty = args->tty,
        .detach = args->detach,
        .user = args->user,
        .working_dir = args->working_dir,
        .env = args->env.at,
        .n_env = args->env.n,
        .cmd = words->at + 1,
        .n_cmd = words->n - 1,
        .console_size = has_size ? size : NULL,
        .n_console_size = has_size ? 2 : 0,
    };
    struct container_exec_response response;
    if (cli_call(cli, CONTAINER_EXEC, &request, &response) < 0)
        return cli_fail(cli, 1);
    return (int)response.exit_code;
}

const struct command exec_command = {
    "exec",
    "CONTAINER COMMAND [ARG...]",
    "Run another process in a running container",
    exec_options,
    sizeof(struct exec_args),
    OPTIONS_FIRST,
    2,
    0,
    exec_run,
    NULL,
};
