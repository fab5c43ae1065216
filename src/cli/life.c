// SPDX-License-Identifier: Apache-2.0
// life.c — pause, unpause, restart, rename, cleanup, boot: one operation for each word.
#include "ops/life.h"

#include "base/mem.h"
#include "cli/command.h"
#include "ops/container.h"

#include <stdio.h>
#include <string.h>

static const struct option no_options[] = {{}};

// --- pause, unpause ---
struct pause_args {
    bool all;
};
static const struct option pause_options[] = {
    OPTION_FLAG(struct pause_args, all, "all", 'a', "every one that this can be done to"),
    {},
};

// The containers in that state, for --all.
static int find_all(struct cli *cli, const char *state, struct words *out)
{
    const struct container_list_request request = {.all = true};
    struct container_list_response list;
    if (cli_call(cli, CONTAINER_LIST, &request, &list) < 0)
        return -1;
    for (size_t i = 0; i < list.n_containers; i++) {
        if (strcmp(list.containers[i].state, state) == 0)
            words_add(&cli->arena, out, list.containers[i].id);
    }
    return 0;
}

static int freeze_or_thaw(struct cli *cli, const struct pause_args *args, const struct words *words,
                          const char *state, int (*one)(struct cli *, const void *, const char *))
{
    struct words all = {};
    if (!args->all && words->n == 0)
        (void)fail(&cli->err, ERR_INVALID, "'dhow %s' requires at least 1 argument, or --all",
                   cli->called);
    else if (args->all && words->n != 0)
        (void)fail(&cli->err, ERR_INVALID, "either --all or containers, not both");
    else if (!args->all)
        return cli_for_each(cli, words, one, NULL);
    else if (find_all(cli, state, &all) == 0)
        return cli_for_each(cli, &all, one, NULL);
    return cli_fail(cli, 1);
}

static int pause_one(struct cli *cli, const void *at, const char *word)
{
    (void)at;
    const struct container_reference request = {word};
    return cli_call(cli, CONTAINER_PAUSE, &request, NULL);
}
static int pause_run(struct cli *cli, const void *args, const struct words *words)
{
    return freeze_or_thaw(cli, args, words, "running", pause_one);
}
const struct command pause_command = {
    "pause",
    "CONTAINER [CONTAINER...]",
    "Pause all processes of running containers",
    pause_options,
    sizeof(struct pause_args),
    OPTIONS_MIXED,
    0,
    0,
    pause_run,
    NULL,
};

static int unpause_one(struct cli *cli, const void *at, const char *word)
{
    (void)at;
    const struct container_reference request = {word};
    return cli_call(cli, CONTAINER_UNPAUSE, &request, NULL);
}
static int unpause_run(struct cli *cli, const void *args, const struct words *words)
{
    return freeze_or_thaw(cli, args, words, "paused", unpause_one);
}
const struct command unpause_command = {
    "unpause",
    "CONTAINER [CONTAINER...]",
    "Let paused containers go on",
    pause_options,
    sizeof(struct pause_args),
    OPTIONS_MIXED,
    0,
    0,
    unpause_run,
    NULL,
};

// --- restart ---
struct restart_args {
    int64_t *time;
    const char *signal;
};
static const struct option restart_options[] = {
    OPTION_TEXT(struct restart_args, signal, "signal", 's', "string", "signal to ask with"),
    OPTION_INT(struct restart_args, time, "timeout", 't', "seconds until SIGKILL; -1 for never"),
    OPTION_INT(struct restart_args, time, "time", 0, NULL),
    {},
};
static int restart_one(struct cli *cli, const void *at, const char *word)
{
    const struct restart_args *args = at;
    const struct container_restart_request request = {word, args->signal, args->time};
    return cli_call(cli, CONTAINER_RESTART, &request, NULL);
}
static int restart_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, restart_one, args);
}
const struct command restart_command = {
    "restart",
    "CONTAINER [CONTAINER...]",
    "Stop containers, if they run, and start them",
    restart_options,
    sizeof(struct restart_args),
    OPTIONS_MIXED,
    1,
    0,
    restart_run,
    NULL,
};

// --- rename ---
static int rename_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct container_rename_request request = {words->at[0], words->at[1]};
    return cli_call(cli, CONTAINER_RENAME, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command rename_command = {
    "rename",
    "CONTAINER NEW_NAME",
    "Give a container another name",
    no_options,
    0,
    OPTIONS_MIXED,
    2,
    2,
    rename_run,
    NULL,
};

// --- container cleanup ---
static int cleanup_one(struct cli *cli, const void *args, const char *word)
{
    (void)args;
    const struct container_remove_request request = {.id = word, .only_ended = true};
    return cli_call(cli, CONTAINER_REMOVE, &request, NULL);
}
static int cleanup_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, cleanup_one, args);
}
const struct command container_cleanup_command = {
    "container cleanup",
    "CONTAINER [CONTAINER...]",
    "Release what ended containers hold: networks, ports, mounts; remove those with --rm",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    cleanup_run,
    NULL,
};

// --- boot ---
struct boot_args {
    bool stop;
};
static const struct option boot_options[] = {
    OPTION_FLAG(struct boot_args, stop, "stop", 0,
                "the machine goes down: end all; what is to run again does at the next boot"),
    {},
};
static int boot_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct boot_args *args = at;
    const struct system_boot_request request = {.stop = args->stop};
    struct system_boot_response response;
    int status = 0;
    if (cli_call(cli, SYSTEM_BOOT, &request, &response) < 0)
        return cli_fail(cli, 1);
    for (size_t i = 0; i < response.n_containers; i++) {
        const struct system_boot_result *it = &response.containers[i];
        if (*it->error == '\0') {
            puts(it->name);
            continue;
        }
        (void)fail(&cli->err, ERR_SYSTEM, "%s: %s", it->name, it->error);
        status = cli_fail(cli, 1);
    }
    return status;
}
const struct command boot_command = {
    "boot",
    "",
    "Start the containers that are to run after a boot, what others need first",
    boot_options,
    sizeof(struct boot_args),
    OPTIONS_MIXED,
    0,
    0,
    boot_run,
    NULL,
};

// --- healthcheck run ---
static int healthcheck_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct container_inspect_request reference = {.id = words->at[0]};
    struct container_inspection it;
    struct container_exec_response done;
    if (cli_call(cli, CONTAINER_INSPECT, &reference, &it) < 0)
        return cli_fail(cli, EXIT_ENGINE);
    const struct health_config *health = it.spec.healthcheck;
    if (health == NULL || health->n_test < 2) {
        (void)fail(&cli->err, ERR_INVALID, "container %s has no health check", words->at[0]);
        return cli_fail(cli, EXIT_ENGINE);
    }
    bool is_shell = strcmp(health->test[0], "CMD-SHELL") == 0;
    const char **command =
        arena_array(&cli->arena, health->n_test + it.spec.n_shell + 3, sizeof *command);
    size_t n = 0;
    for (size_t i = 0; is_shell && i < it.spec.n_shell; i++)
        command[n++] = it.spec.shell[i];
    if (is_shell && it.spec.n_shell == 0) {
        command[n++] = "/bin/sh";
        command[n++] = "-c";
    }
    for (size_t i = 1; i < health->n_test; i++)
        command[n++] = health->test[i];
    const struct container_exec_request request = {.id = it.id, .cmd = command, .n_cmd = n};
    if (cli_call(cli, CONTAINER_EXEC, &request, &done) < 0)
        return cli_fail(cli, EXIT_ENGINE);
    puts(done.exit_code == 0 ? "healthy" : "unhealthy");
    return done.exit_code == 0 ? 0 : 1;
}
const struct command healthcheck_run_command = {
    "healthcheck run",
    "CONTAINER",
    "Run a container's health check now: exit status 0 healthy, 1 not",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    healthcheck_run,
    NULL,
};
