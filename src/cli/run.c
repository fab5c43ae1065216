// SPDX-License-Identifier: Apache-2.0
// run.c — run, create, start, attach: the commands that bring a container to life and stay with it.
#include "base/mem.h"
#include "base/str.h"
#include "cli/attach.h"
#include "cli/command.h"
#include "cli/pull.h"
#include "cli/terminal.h"
#include "ops/container.h"

#include <stdio.h>
#include <string.h>

struct run_args {
    struct container_spec spec;
    bool detach, interactive, quiet;
    int pull; // enum pull_policy
    const char *name, *entrypoint, *platform;
    struct words env, labels, cap_add, cap_drop, sysctls;
    int64_t *stop_timeout, *pids_limit, *cpu_shares, *oom_score_adj;
};

enum pull_policy { PULL_MISSING, PULL_ALWAYS, PULL_NEVER };
static int read_pull_policy(struct arena *arena, const char *text, void *member, struct err *err)
{
    (void)arena;
    static const char *const names[] = {"missing", "always", "never"};
    for (int i = 0; i < (int)N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *(int *)member = i;
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "must be one of \"always\", \"missing\" or \"never\"");
}

#define SPEC_TEXT(member, name_, letter_, value_, help_)                                           \
    OPTION_TEXT(struct run_args, spec.member, name_, letter_, value_, help_)
#define CREATE_OPTIONS                                                                             \
    OPTION_LIST(struct run_args, cap_add, "cap-add", 0, "list", "add Linux capabilities"),         \
        OPTION_LIST(struct run_args, cap_drop, "cap-drop", 0, "list", "drop Linux capabilities"),  \
        OPTION_INT(struct run_args, cpu_shares, "cpu-shares", 'c',                                 \
                   "share of the CPUs, relative to other containers"),                             \
        OPTION_READ(struct run_args, spec.host.nano_cpus, "cpus", 0, "decimal", read_cpus,         \
                    "how many CPUs it may use"),                                                   \
        SPEC_TEXT(host.cpuset_cpus, "cpuset-cpus", 0, "string",                                    \
                  "which CPUs it may use (0-3, 0,1)"),                                             \
        SPEC_TEXT(host.cpuset_mems, "cpuset-mems", 0, "string", "which memory nodes it may use"),  \
        OPTION_TEXT(struct run_args, entrypoint, "entrypoint", 0, "string",                        \
                    "program to run in place of the image's"),                                     \
        OPTION_LIST(struct run_args, env, "env", 'e', "list", "set environment variables"),        \
        SPEC_TEXT(hostname, "hostname", 'h', "string", "the container's host name"),               \
        OPTION_FLAG(struct run_args, spec.host.init, "init", 0,                                    \
                    "run a small init in it that passes signals on and reaps processes"),          \
        OPTION_FLAG(struct run_args, interactive, "interactive", 'i', "keep standard input open"), \
        OPTION_LIST(struct run_args, labels, "label", 'l', "list", "set labels (KEY=VALUE)"),      \
        OPTION_READ(struct run_args, spec.host.memory, "memory", 'm', "bytes", read_bytes,         \
                    "memory limit"),                                                               \
        OPTION_READ(struct run_args, spec.host.memory_reservation, "memory-reservation", 0,        \
                    "bytes", read_bytes, "memory to keep when the machine is short of it"),        \
        OPTION_READ(struct run_args, spec.host.memory_swap, "memory-swap", 0, "bytes",             \
                    read_signed_bytes, "limit of memory and swap together; -1 for no limit"),      \
        OPTION_TEXT(struct run_args, name, "name", 0, "string", "the container's name"),           \
        SPEC_TEXT(host.network_mode, "network", 0, "string",                                       \
                  "none (loopback only; the default so far) or host"),                             \
        SPEC_TEXT(host.network_mode, "net", 0, "string", NULL),                                    \
        OPTION_INT(struct run_args, oom_score_adj, "oom-score-adj", 0,                             \
                   "how soon the kernel ends it when memory runs out (-1000 to 1000)"),            \
        OPTION_INT(struct run_args, pids_limit, "pids-limit", 0,                                   \
                   "how many processes it may have"),                                              \
        OPTION_TEXT(struct run_args, platform, "platform", 0, "string",                            \
                    "the image's variant for this os/architecture[/variant]"),                     \
        OPTION_READ(struct run_args, pull, "pull", 0, "string", read_pull_policy,                  \
                    "get the image from its registry: always, missing (the default), never"),      \
        OPTION_FLAG(struct run_args, quiet, "quiet", 'q', "do not show how the pull goes on"),     \
        OPTION_FLAG(struct run_args, spec.host.readonly_rootfs, "read-only", 0,                    \
                    "its root file system cannot be written"),                                     \
        OPTION_FLAG(struct run_args, spec.host.auto_remove, "rm", 0,                               \
                    "remove the container when it has ended"),                                     \
        SPEC_TEXT(host.runtime, "runtime", 0, "string",                                            \
                  "OCI runtime for this container: a name or a path"),                             \
        OPTION_READ(struct run_args, spec.host.shm_size, "shm-size", 0, "bytes", read_bytes,       \
                    "size of /dev/shm"),                                                           \
        SPEC_TEXT(stop_signal, "stop-signal", 0, "string", "signal that asks it to end"),          \
        OPTION_INT(struct run_args, stop_timeout, "stop-timeout", 0,                               \
                   "seconds from that signal to SIGKILL"),                                         \
        OPTION_LIST(struct run_args, sysctls, "sysctl", 0, "list", "set kernel parameters"),       \
        OPTION_FLAG(struct run_args, spec.tty, "tty", 't', "give it a terminal"),                  \
        SPEC_TEXT(user, "user", 'u', "string", "user and group (NAME or UID[:GROUP or GID])"),     \
        SPEC_TEXT(working_dir, "workdir", 'w', "string", "working directory")

// clang-format off
static const struct option run_options[] = {
    OPTION_FLAG(struct run_args, detach, "detach", 'd', "run in the background and print the id"),
    CREATE_OPTIONS,
    {},
};
static const struct option create_options[] = {CREATE_OPTIONS, {}};
// clang-format on

// --- from options to the request ---

static void take_words(const struct words *from, const char ***at, size_t *n)
{
    *at = from->at;
    *n = from->n;
}

// "KEY=VALUE" or "KEY": pairs.
static struct json_pair *split_pairs(struct arena *arena, const struct words *words)
{
    struct json_pair *pairs = arena_array(arena, words->n + 1, sizeof *pairs);
    for (size_t i = 0; i < words->n; i++) {
        struct str rest = str_of(words->at[i]), key = str_cut(&rest, '=');
        pairs[i].key = arena_strndup(arena, key.at, key.n);
        pairs[i].value = rest.n != 0 ? rest.at : "";
    }
    return pairs;
}

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

static void take_console_size(struct arena *arena, uint32_t **out, size_t *n_out)
{
    uint16_t rows, columns;
    if (!terminal_size(&rows, &columns))
        return;
    *out = arena_array(arena, 2, sizeof **out);
    (*out)[0] = rows;
    (*out)[1] = columns;
    *n_out = 2;
}

static struct container_create_request build_request(struct cli *cli, const struct run_args *args,
                                                     const struct words *words)
{
    struct container_spec spec = args->spec;
    spec.image = words->at[0];
    spec.cmd = words->at + 1;
    spec.n_cmd = words->n - 1;
    spec.open_stdin = spec.stdin_once = args->interactive;
    spec.attach_stdout = spec.attach_stderr = !args->detach;
    spec.attach_stdin = args->interactive && !args->detach;
    spec.stop_timeout = args->stop_timeout;
    spec.host.pids_limit = args->pids_limit;
    spec.host.cpu_shares = args->cpu_shares != NULL ? *args->cpu_shares : 0;
    spec.host.oom_score_adj = args->oom_score_adj != NULL ? *args->oom_score_adj : 0;
    if (args->entrypoint != NULL) {
        spec.entrypoint = arena_array(&cli->arena, 1, sizeof *spec.entrypoint);
        spec.entrypoint[0] = args->entrypoint;
        spec.n_entrypoint = 1;
    }
    take_environment(&cli->arena, &args->env, &spec.env, &spec.n_env);
    take_words(&args->cap_add, &spec.host.cap_add, &spec.host.n_cap_add);
    take_words(&args->cap_drop, &spec.host.cap_drop, &spec.host.n_cap_drop);
    spec.labels = split_pairs(&cli->arena, &args->labels);
    spec.n_labels = args->labels.n;
    spec.host.sysctls = split_pairs(&cli->arena, &args->sysctls);
    spec.host.n_sysctls = args->sysctls.n;
    if (spec.tty)
        take_console_size(&cli->arena, &spec.host.console_size, &spec.host.n_console_size);
    return (struct container_create_request){args->name, platform_or_default(args->platform), spec};
}

// --- creating ---

static int pull_for(struct cli *cli, const struct run_args *args, const char *image)
{
    struct image_pull_response ignored;
    const struct pull pull = {
        .reference = image,
        .platform = args->platform,
        .quiet = args->quiet,
        .progress_fd = STDERR_FILENO,
    };
    return pull_image(cli, &pull, &ignored);
}

// Makes the container; its image is fetched first when it has to be.
static int create_or_pull(struct cli *cli, const struct run_args *args, const struct words *words,
                          struct container_create_response *out)
{
    const struct container_create_request request = build_request(cli, args, words);
    const char *image = request.spec.image;
    if (args->pull == PULL_ALWAYS && pull_for(cli, args, image) < 0)
        return -1;
    if (cli_call(cli, CONTAINER_CREATE, &request, out) == 0)
        return 0;
    bool is_missing = cli->err.kind == ERR_NOT_FOUND &&
                      (strcasestr(cli->err.text, "no such image") != NULL ||
                       strstr(cli->err.text, "was found but does not provide") != NULL);
    if (!is_missing || args->pull != PULL_MISSING)
        return -1;
    fprintf(stderr, "Unable to find image '%s%s' locally\n", image,
            reference_has_tag(image) ? "" : ":latest");
    if (pull_for(cli, args, image) < 0)
        return -1;
    return cli_call(cli, CONTAINER_CREATE, &request, out);
}

static int create(struct cli *cli, const struct run_args *args, const struct words *words,
                  struct container_create_response *out)
{
    if (create_or_pull(cli, args, words, out) < 0)
        return -1;
    for (size_t i = 0; i < out->n_warnings; i++)
        fprintf(stderr, "WARNING: %s\n", out->warnings[i]);
    return 0;
}

// --- starting and staying ---

// docker's reading of why a program could not be run.
static int start_failure(const struct cli *cli)
{
    static const struct {
        const char *part;
        int status;
    } signs[] = {
        {"permission denied", EXIT_NOT_RUN},           {"is a directory", EXIT_NOT_RUN},
        {"exec format error", EXIT_NOT_RUN},           {"executable file", EXIT_NOT_FOUND},
        {"no such file or directory", EXIT_NOT_FOUND},
    };
    for (size_t i = 0; i < N_ELEMENTS(signs); i++) {
        if (strcasestr(cli->err.text, signs[i].part) != NULL)
            return signs[i].status;
    }
    return EXIT_ENGINE;
}

// A --rm container that did not come to run.
static void remove_unstarted(struct cli *cli, const char *id)
{
    struct err first = cli->err;
    const struct container_remove_request request = {.id = id, .force = true};
    if (cli_call(cli, CONTAINER_REMOVE, &request, NULL) < 0)
        (void)cli_fail(cli, 0);
    cli->err = first;
}

static int start(struct cli *cli, const char *id, bool wants_attachment, int *out_attachment)
{
    const struct container_start_request request = {.id = id, .wants_attachment = wants_attachment};
    struct container_start_response response = {.attachment = -1};
    if (cli_call(cli, CONTAINER_START, &request, &response) < 0)
        return -1;
    *out_attachment = response.attachment;
    return 0;
}

static int stay(struct cli *cli, const struct attach *attach, const char *id, bool auto_remove)
{
    if (cli_settle(cli) < 0) // it runs meanwhile
        (void)cli_fail(cli, 0);
    int status = attach_run(attach, &cli->err);
    if (status == ATTACH_DETACHED)
        return 0;
    if (status < 0)
        status = cli_fail(cli, EXIT_ENGINE);
    const struct container_remove_request request = {.id = id, .only_ended = true};
    if (auto_remove && cli_call(cli, CONTAINER_REMOVE, &request, NULL) < 0)
        (void)cli_fail(cli, 0);
    return status;
}

static int check_terminal(struct cli *cli, bool tty, bool interactive)
{
    if (tty && interactive && !isatty(STDIN_FILENO))
        return fail(&cli->err, ERR_INVALID,
                    "the input device is not a TTY: leave -t out, or run this in a terminal");
    return 0;
}

static int run_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct run_args *args = at;
    if (!args->detach && check_terminal(cli, args->spec.tty, args->interactive) < 0)
        return cli_fail(cli, 1);
    AUTO_FD int signals = args->detach ? -1 : attach_signals(&cli->err), attachment = -1;
    if (signals < 0 && !args->detach)
        return cli_fail(cli, EXIT_ENGINE);
    struct container_create_response created;
    if (create(cli, args, words, &created) < 0)
        return cli_fail(cli, EXIT_ENGINE);
    if (start(cli, created.id, !args->detach, &attachment) < 0) {
        if (args->spec.host.auto_remove)
            remove_unstarted(cli, created.id);
        return cli_fail(cli, start_failure(cli));
    }
    if (args->detach) {
        puts(created.id);
        return 0;
    }
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = args->spec.tty,
        .wants_stdin = args->interactive,
        .proxies_signals = !args->spec.tty,
    };
    return stay(cli, &attach, created.id, args->spec.host.auto_remove);
}

const struct command run_command = {
    "run",
    "IMAGE [COMMAND] [ARG...]",
    "Create and run a new container from an image",
    run_options,
    sizeof(struct run_args),
    OPTIONS_FIRST,
    1,
    0,
    run_run,
    NULL,
};

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    struct container_create_response created;
    if (create(cli, at, words, &created) < 0)
        return cli_fail(cli, 1);
    puts(created.id);
    return 0;
}

const struct command create_command = {
    "create",
    "IMAGE [COMMAND] [ARG...]",
    "Create a container without starting it",
    create_options,
    sizeof(struct run_args),
    OPTIONS_FIRST,
    1,
    0,
    create_run,
    NULL,
};

// --- start, attach ---

struct start_args {
    bool attach, interactive;
};
static const struct option start_options[] = {
    OPTION_FLAG(struct start_args, attach, "attach", 'a', "show its output and pass signals on"),
    OPTION_FLAG(struct start_args, interactive, "interactive", 'i', "pass standard input on"),
    {},
};

static int start_one(struct cli *cli, const void *args, const char *word)
{
    (void)args;
    int none;
    return start(cli, word, false, &none);
}

static int start_attached(struct cli *cli, const struct start_args *args, const char *word)
{
    const struct container_reference reference = {word};
    struct container_inspection it;
    AUTO_FD int signals = attach_signals(&cli->err), attachment = -1;
    if (signals < 0 || cli_call(cli, CONTAINER_INSPECT, &reference, &it) < 0)
        return cli_fail(cli, 1);
    bool wants_stdin = args->interactive && it.spec.open_stdin;
    if (check_terminal(cli, it.spec.tty, wants_stdin) < 0)
        return cli_fail(cli, 1);
    if (start(cli, it.id, true, &attachment) < 0)
        return cli_fail(cli, start_failure(cli));
    if (attachment < 0) { // it ran already
        (void)fail(&cli->err, ERR_CONFLICT, "container %s is running: use dhow attach", word);
        return cli_fail(cli, 1);
    }
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = it.spec.tty,
        .wants_stdin = wants_stdin,
        .proxies_signals = !it.spec.tty,
    };
    return stay(cli, &attach, it.id, it.spec.host.auto_remove);
}

static int start_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct start_args *args = at;
    if (!args->attach && !args->interactive)
        return cli_for_each(cli, words, start_one, NULL);
    if (words->n > 1) {
        (void)fail(&cli->err, ERR_INVALID,
                   "you cannot start and attach multiple containers at once");
        return cli_fail(cli, 1);
    }
    return start_attached(cli, args, words->at[0]);
}

const struct command start_command = {
    "start",
    "CONTAINER [CONTAINER...]",
    "Start containers that were created or have ended",
    start_options,
    sizeof(struct start_args),
    OPTIONS_MIXED,
    1,
    0,
    start_run,
    NULL,
};

struct attach_args {
    bool no_stdin, sig_proxy;
};
static const struct option attach_options[] = {
    OPTION_FLAG(struct attach_args, no_stdin, "no-stdin", 0, "do not pass standard input on"),
    {},
};

static int attach_to(struct cli *cli, const void *at, const struct words *words)
{
    const struct attach_args *args = at;
    const struct container_reference reference = {words->at[0]};
    struct container_attach_response there;
    AUTO_FD int signals = attach_signals(&cli->err), attachment = -1;
    if (signals < 0 || cli_call(cli, CONTAINER_ATTACH, &reference, &there) < 0)
        return cli_fail(cli, 1);
    attachment = there.attachment;
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = there.tty,
        .wants_stdin = there.open_stdin && !args->no_stdin,
        .proxies_signals = !there.tty,
        // The monitor waits for who has started the container, even if they read nothing.
        .leaves_early = true,
    };
    return stay(cli, &attach, words->at[0], false);
}

const struct command attach_command = {
    "attach",
    "CONTAINER",
    "Connect to a running container's input and output",
    attach_options,
    sizeof(struct attach_args),
    OPTIONS_MIXED,
    1,
    1,
    attach_to,
    NULL,
};
