// SPDX-License-Identifier: Apache-2.0
// run_life.c — options of run: names, environment, labels, how it starts and stops.
#include "cli/run_args.h"

#include <stdlib.h>
#include <string.h>

// clang-format off
const struct option run_life_options[] = {
    OPTION_TEXT(struct run_life_args, entrypoint, "entrypoint", 0, "string", "program to run in place of the image's"),
    OPTION_LIST(struct run_life_args, env, "env", 'e', "list", "set environment variables"),
    OPTION_TEXT(struct run_life_args, hostname, "hostname", 'h', "string", "the container's host name"),
    OPTION_TEXT(struct run_life_args, domainname, "domainname", 0, "string", "the container's NIS domain name"),
    OPTION_FLAG(struct run_life_args, init, "init", 0, "run a small init in it that passes signals on and reaps processes"),
    OPTION_LIST(struct run_life_args, labels, "label", 'l', "list", "set labels (KEY=VALUE)"),
    OPTION_TEXT(struct run_life_args, name, "name", 0, "string", "the container's name"),
    OPTION_FLAG(struct run_life_args, auto_remove, "rm", 0, "remove the container when it has ended"),
    OPTION_TEXT(struct run_life_args, stop_signal, "stop-signal", 0, "string", "signal that asks it to end"),
    OPTION_INT(struct run_life_args, stop_timeout, "stop-timeout", 0, "seconds from that signal to SIGKILL"),
    OPTION_TEXT(struct run_life_args, user, "user", 'u', "string", "user and group (NAME or UID[:GROUP or GID])"),
    OPTION_TEXT(struct run_life_args, working_dir, "workdir", 'w', "string", "working directory"),
    {},
};
// clang-format on

// A name without a value is the caller's own variable, or nothing when that is not set.
static void take_environment(struct arena *arena, const struct words *words, const char ***out,
                             size_t *n_out)
{
    const char **env = arena_array(arena, words->n + 1, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        const char *value = NULL;
        if (strchr(words->at[i], '=') == NULL && (value = getenv(words->at[i])) == NULL)
            continue;
        env[n++] = value == NULL ? words->at[i] : arena_printf(arena, "%s=%s", words->at[i], value);
    }
    *out = env;
    *n_out = n;
}

int run_life(struct cli *cli, const struct run_life_args *args,
             struct container_create_request *request)
{
    struct container_spec *spec = &request->spec;
    request->name = args->name;
    spec->hostname = args->hostname;
    spec->domainname = args->domainname;
    spec->user = args->user;
    spec->working_dir = args->working_dir;
    spec->stop_signal = args->stop_signal;
    spec->stop_timeout = args->stop_timeout;
    spec->host.init = args->init;
    spec->host.auto_remove = args->auto_remove;
    if (args->entrypoint != NULL) {
        spec->entrypoint = arena_array(&cli->arena, 1, sizeof *spec->entrypoint);
        spec->entrypoint[0] = args->entrypoint;
        spec->n_entrypoint = 1;
    }
    take_environment(&cli->arena, &args->env, &spec->env, &spec->n_env);
    spec->labels = run_pairs(&cli->arena, &args->labels);
    spec->n_labels = args->labels.n;
    return 0;
}
