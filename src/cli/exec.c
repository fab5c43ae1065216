// SPDX-License-Identifier: Apache-2.0
// exec.c — another process in a running container.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/exec_terminal.h"
#include "cli/run_args.h"
#include "cli/terminal.h"
#include "ops/container.h"

#include <errno.h>
#include <string.h>

struct exec_args {
    bool detach, interactive, tty, privileged;
    struct words env, env_files;
    const char *user, *working_dir, *detach_keys;
};
static const struct option exec_options[] = {
    OPTION_FLAG(struct exec_args, detach, "detach", 'd', "do not wait for it"),
    OPTION_TEXT(struct exec_args, detach_keys, "detach-keys", 0, "string",
                "keys that leave its terminal (ctrl-p,ctrl-q)"),
    OPTION_LIST(struct exec_args, env, "env", 'e', "list", "set environment variables"),
    OPTION_LIST(struct exec_args, env_files, "env-file", 0, "list",
                "read environment variables from a file"),
    OPTION_FLAG(struct exec_args, interactive, "interactive", 'i', "pass standard input on"),
    OPTION_FLAG(struct exec_args, privileged, "privileged", 0, "give it all capabilities"),
    OPTION_FLAG(struct exec_args, tty, "tty", 't', "give it a terminal"),
    OPTION_TEXT(struct exec_args, user, "user", 'u', "string",
                "user and group (NAME or UID[:GROUP or GID])"),
    OPTION_TEXT(struct exec_args, working_dir, "workdir", 'w', "string", "working directory"),
    {},
};

static int failed(struct cli *cli, const struct exec_args *args)
{
    bool is_runtimes = strstr(cli->err.text, "OCI runtime exec failed") != NULL;
    int status = !is_runtimes ? 1 : cli->err.kind == ERR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
    // Without a terminal the runtime has told the user by itself: it had the process's streams.
    return is_runtimes && !args->tty && !args->detach ? status : cli_fail(cli, status);
}

// The exit code, when the process has ended.
static int await_end(struct cli *cli, int end)
{
    int32_t code;
    ssize_t n;
    while ((n = read(end, &code, sizeof code)) < 0 && errno == EINTR)
        ;
    if (n == sizeof code)
        return code;
    (void)fail(&cli->err, ERR_UNAVAILABLE, "who waited for the process was killed");
    return cli_fail(cli, 1);
}

static int stay(struct cli *cli, const struct container_exec_response *it,
                const struct detach_keys *keys, bool wants_stdin)
{
    AUTO_FD int terminal = it->terminal, end = it->end;
    if (terminal < 0)
        return (int)it->exit_code;
    const struct exec_terminal session = {
        .terminal = terminal, .end = end, .keys = *keys, .wants_stdin = wants_stdin};
    int done = exec_terminal_run(&session, &cli->err);
    if (done < 0)
        return cli_fail(cli, 1);
    return done == EXEC_DETACHED ? 0 : await_end(cli, end);
}

static int exec_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct exec_args *args = at;
    struct detach_keys keys = {};
    bool has_keys = args->tty || args->detach_keys != NULL;
    if (has_keys && read_detach_keys(cli, args->detach_keys, &keys) < 0)
        return cli_fail(cli, 1);
    bool wants_stdin = args->interactive && !args->detach;
    if (args->tty && wants_stdin && !isatty(STDIN_FILENO)) {
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
    struct container_exec_request request = {
        .id = words->at[0],
        .attach_stdin = wants_stdin,
        .tty = args->tty,
        .detach = args->detach,
        .privileged = args->privileged,
        .detach_keys = args->detach_keys,
        .user = args->user,
        .working_dir = args->working_dir,
        .cmd = words->at + 1,
        .n_cmd = words->n - 1,
        .console_size = has_size ? size : NULL,
        .n_console_size = has_size ? 2 : 0,
    };
    if (read_environment(cli, &args->env_files, &args->env, &request.env, &request.n_env) < 0)
        return cli_fail(cli, 1);
    struct container_exec_response response = {.terminal = -1, .end = -1};
    if (cli_call(cli, CONTAINER_EXEC, &request, &response) < 0)
        return failed(cli, args);
    return args->detach ? 0 : stay(cli, &response, &keys, wants_stdin);
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
