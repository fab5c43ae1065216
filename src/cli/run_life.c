// SPDX-License-Identifier: Apache-2.0
// run_life.c — options of run: names, environment, labels, how it starts, stops and is watched.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/envfile.h"
#include "cli/run_args.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// clang-format off
const struct option run_life_options[] = {
    OPTION_LIST(struct run_life_args, annotations, "annotation", 0, "map", "annotations for the OCI runtime (KEY=VALUE)"),
    OPTION_TEXT(struct run_life_args, cidfile, "cidfile", 0, "string", "write the container's id to this file"),
    OPTION_TEXT(struct run_life_args, entrypoint, "entrypoint", 0, "string", "program to run in place of the image's"),
    OPTION_LIST(struct run_life_args, env, "env", 'e', "list", "set environment variables"),
    OPTION_LIST(struct run_life_args, env_files, "env-file", 0, "list", "read environment variables from a file"),
    OPTION_TEXT(struct run_life_args, health_cmd, "health-cmd", 0, "string", "command that checks its health"),
    OPTION_READ(struct run_life_args, health_interval, "health-interval", 0, "duration", read_duration, "time between two checks (30s)"),
    OPTION_INT(struct run_life_args, health_retries, "health-retries", 0, "failures in a row that make it unhealthy (3)"),
    OPTION_READ(struct run_life_args, health_start_interval, "health-start-interval", 0, "duration", read_duration, "time between two checks in the start period (5s)"),
    OPTION_READ(struct run_life_args, health_start_period, "health-start-period", 0, "duration", read_duration, "time in which failures do not count yet (0s)"),
    OPTION_READ(struct run_life_args, health_timeout, "health-timeout", 0, "duration", read_duration, "time that one check may take (30s)"),
    OPTION_TEXT(struct run_life_args, hostname, "hostname", 'h', "string", "the container's host name"),
    OPTION_TEXT(struct run_life_args, domainname, "domainname", 0, "string", "the container's NIS domain name"),
    OPTION_FLAG(struct run_life_args, init, "init", 0, "run a small init in it that passes signals on and reaps processes"),
    OPTION_LIST(struct run_life_args, labels, "label", 'l', "list", "set labels (KEY=VALUE)"),
    OPTION_LIST(struct run_life_args, label_files, "label-file", 0, "list", "read labels from a file"),
    OPTION_TEXT(struct run_life_args, name, "name", 0, "string", "the container's name"),
    OPTION_FLAG(struct run_life_args, no_healthcheck, "no-healthcheck", 0, "without the image's health check"),
    OPTION_TEXT(struct run_life_args, on_unhealthy, "on-unhealthy", 0, "string", "what an unhealthy container is given: none, kill, restart, stop"),
    OPTION_TEXT(struct run_life_args, on_unhealthy, "health-on-failure", 0, NULL, NULL),
    OPTION_TEXT(struct run_life_args, pidfile, "pidfile", 0, "string", "write the process id of its first process to this file"),
    OPTION_TEXT(struct run_life_args, restart, "restart", 0, "string", "when to run it again: no, on-failure[:max-retries], always, unless-stopped"),
    OPTION_FLAG(struct run_life_args, auto_remove, "rm", 0, "remove the container when it has ended"),
    OPTION_TEXT(struct run_life_args, stop_signal, "stop-signal", 0, "string", "signal that asks it to end"),
    OPTION_INT(struct run_life_args, stop_timeout, "stop-timeout", 0, "seconds from that signal to SIGKILL"),
    OPTION_TEXT(struct run_life_args, user, "user", 'u', "string", "user and group (NAME or UID[:GROUP or GID])"),
    OPTION_TEXT(struct run_life_args, working_dir, "workdir", 'w', "string", "working directory"),
    {},
};
// clang-format on

int restart_policy_read(struct arena *arena, const char *text, struct restart_policy *out,
                        struct err *err)
{
    struct str rest = str_of(text), name = str_cut(&rest, ':');
    struct restart_policy policy = {.name = arena_strndup(arena, name.at, name.n)};
    bool has_count = name.n != strlen(text);
    if (has_count && name.n == 0)
        return fail(err, ERR_INVALID,
                    "invalid restart policy format: no policy provided before colon");
    if (has_count && !str_to_i64(rest, &policy.maximum_retry_count))
        return fail(err, ERR_INVALID,
                    "invalid restart policy format: maximum retry count must be an integer");
    *out = policy;
    return 0;
}

// --- environment, labels ---

// A name without a value is the caller's own variable, or nothing when that is not set.
static void take_variable(struct arena *arena, const char *word, const char **env, size_t *n)
{
    const char *value = NULL;
    if (strchr(word, '=') == NULL && (value = getenv(word)) == NULL)
        return;
    env[(*n)++] = value == NULL ? word : arena_printf(arena, "%s=%s", word, value);
}

// Files first: what stands on the command line counts more.
static int gather(struct cli *cli, const struct words *files, const struct words *words,
                  struct words *out)
{
    for (size_t i = 0; i < files->n; i++) {
        if (envfile_read(&cli->arena, files->at[i], out, &cli->err) < 0)
            return -1;
    }
    for (size_t i = 0; i < words->n; i++)
        words_add(&cli->arena, out, words->at[i]);
    return 0;
}

int read_environment(struct cli *cli, const struct words *files, const struct words *words,
                     const char ***out, size_t *n_out)
{
    struct words all = {};
    if (gather(cli, files, words, &all) < 0)
        return -1;
    const char **env = arena_array(&cli->arena, all.n + 1, sizeof *env);
    for (size_t i = 0; i < all.n; i++)
        take_variable(&cli->arena, all.at[i], env, n_out);
    *out = env;
    return 0;
}

// A later one of the same key takes the place of an earlier.
static void take_pairs(struct arena *arena, const struct words *words, struct json_pair **out,
                       size_t *n_out)
{
    struct json_pair *pairs = run_pairs(arena, words);
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        size_t at = 0;
        while (at < n && strcmp(pairs[at].key, pairs[i].key) != 0)
            at++;
        pairs[at] = pairs[i];
        n += at == n;
    }
    *out = pairs;
    *n_out = n;
}

static int check_annotations(struct cli *cli, const struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->at[i];
        if (*word == '=' || strchr(word, '=') == NULL)
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"--annotation\" flag: KEY=VALUE is needed",
                        word);
    }
    return 0;
}

// --- the health check ---

static int take_health(struct cli *cli, const struct run_life_args *args,
                       struct container_spec *spec)
{
    bool has_other = args->health_cmd != NULL || args->health_interval != 0 ||
                     args->health_timeout != 0 || args->health_start_period != 0 ||
                     args->health_start_interval != 0 || args->health_retries != NULL;
    if (args->no_healthcheck && has_other)
        return fail(&cli->err, ERR_INVALID, "--no-healthcheck conflicts with --health-* options");
    if (!args->no_healthcheck && !has_other && args->on_unhealthy == NULL)
        return 0;
    struct health_config *health = arena_new(&cli->arena, struct health_config);
    *health = (struct health_config){
        .interval = args->health_interval,
        .timeout = args->health_timeout,
        .start_period = args->health_start_period,
        .start_interval = args->health_start_interval,
        .retries = args->health_retries != NULL ? *args->health_retries : 0,
        .on_unhealthy = args->on_unhealthy,
    };
    if (args->no_healthcheck || args->health_cmd != NULL) {
        health->test = arena_array(&cli->arena, 2, sizeof *health->test);
        health->test[0] = args->no_healthcheck ? "NONE" : "CMD-SHELL";
        health->test[1] = args->health_cmd;
        health->n_test = args->no_healthcheck ? 1 : 2;
    }
    spec->healthcheck = health;
    return 0;
}

// --- all of it ---

int run_life(struct cli *cli, const struct run_life_args *args,
             struct container_create_request *request)
{
    struct arena *arena = &cli->arena;
    struct container_spec *spec = &request->spec;
    struct words labels = {};
    request->name = args->name;
    spec->hostname = args->hostname;
    spec->domainname = args->domainname;
    spec->user = args->user;
    spec->working_dir = args->working_dir;
    spec->stop_signal = args->stop_signal;
    spec->stop_timeout = args->stop_timeout;
    spec->host.init = args->init;
    spec->host.auto_remove = args->auto_remove;
    spec->host.container_id_file = args->cidfile;
    if (args->entrypoint != NULL) {
        spec->entrypoint = arena_array(arena, 1, sizeof *spec->entrypoint);
        spec->entrypoint[0] = args->entrypoint;
        spec->n_entrypoint = 1;
    }
    if (args->restart != NULL &&
        restart_policy_read(arena, args->restart, &spec->host.restart_policy, &cli->err) < 0)
        return -1;
    bool restarts = args->restart != NULL && strcmp(args->restart, "no") != 0;
    if (restarts && *args->restart != '\0' && args->auto_remove)
        return fail(&cli->err, ERR_INVALID,
                    "conflicting options: cannot specify both --restart and "
                    "--rm");
    if (check_annotations(cli, &args->annotations) < 0 ||
        read_environment(cli, &args->env_files, &args->env, &spec->env, &spec->n_env) < 0 ||
        gather(cli, &args->label_files, &args->labels, &labels) < 0 ||
        take_health(cli, args, spec) < 0)
        return -1;
    take_pairs(arena, &labels, &spec->labels, &spec->n_labels);
    take_pairs(arena, &args->annotations, &spec->host.annotations, &spec->host.n_annotations);
    return 0;
}

// --- files that say which container it is ---

int run_life_check(struct cli *cli, const struct run_life_args *args)
{
    if (args->cidfile != NULL && access(args->cidfile, F_OK) == 0)
        return fail(&cli->err, ERR_CONFLICT,
                    "container ID file found, make sure the other container isn't running or "
                    "delete %s",
                    args->cidfile);
    return 0;
}

static int write_new(const char *path, const char *text, int flags, struct err *err)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
        return fail_sys(err, "write %s", path);
    return 0;
}

int run_life_created(struct cli *cli, const struct run_life_args *args, const char *id)
{
    return args->cidfile == NULL ? 0 : write_new(args->cidfile, id, O_EXCL, &cli->err);
}

int run_life_started(struct cli *cli, const struct run_life_args *args, const char *id)
{
    if (args->pidfile == NULL)
        return 0;
    const struct container_inspect_request request = {.id = id};
    struct container_inspection it;
    if (cli_call(cli, CONTAINER_INSPECT, &request, &it) < 0)
        return -1;
    return write_new(args->pidfile, arena_printf(&cli->arena, "%" PRId64 "\n", it.state.pid),
                     O_TRUNC, &cli->err);
}
