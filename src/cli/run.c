// SPDX-License-Identifier: Apache-2.0
// run.c — run, create, start, attach: the commands that bring a container to life and stay with it.
#include "base/mem.h"
#include "base/str.h"
#include "cli/attach.h"
#include "cli/command.h"
#include "cli/pull.h"
#include "cli/run_args.h"
#include "cli/terminal.h"
#include "ops/container.h"

#include <stdio.h>
#include <string.h>

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

// clang-format off
#define CREATE_OPTIONS                                                                             \
    OPTION_FLAG(struct run_args, interactive, "interactive", 'i', "keep standard input open"),      \
    OPTION_FLAG(struct run_args, no_trust, "disable-content-trust", 0, NULL),                      \
    OPTION_TEXT(struct run_args, platform, "platform", 0, "string", "the image's variant for this os/architecture[/variant]"), \
    OPTION_READ(struct run_args, pull, "pull", 0, "string", read_pull_policy, "get the image from its registry: always, missing (the default), never"), \
    OPTION_FLAG(struct run_args, quiet, "quiet", 'q', "do not show how the pull goes on"),          \
    OPTION_TEXT(struct run_args, runtime, "runtime", 0, "string", "OCI runtime for this container: a name or a path"), \
    OPTION_FLAG(struct run_args, tty, "tty", 't', "give it a terminal"),                            \
    OPTION_TABLE_OF(struct run_args, life, run_life_options),                                       \
    OPTION_TABLE_OF(struct run_args, log, run_log_options),                                         \
    OPTION_TABLE_OF(struct run_args, network, run_network_options),                                 \
    OPTION_TABLE_OF(struct run_args, ports, run_ports_options),                                     \
    OPTION_TABLE_OF(struct run_args, mounts, run_mounts_options),                                   \
    OPTION_TABLE_OF(struct run_args, resources, run_resources_options),                             \
    OPTION_TABLE_OF(struct run_args, security, run_security_options)

static const struct option run_options[] = {
    OPTION_FLAG(struct run_args, detach, "detach", 'd', "run in the background and print the id"),
    CREATE_OPTIONS,
    {},
};
static const struct option create_options[] = {CREATE_OPTIONS, {}};
// clang-format on

// --- from options to the request ---

struct json_pair *run_pairs(struct arena *arena, const struct words *words)
{
    struct json_pair *pairs = arena_array(arena, words->n + 1, sizeof *pairs);
    for (size_t i = 0; i < words->n; i++) {
        struct str rest = str_of(words->at[i]), key = str_cut(&rest, '=');
        pairs[i].key = arena_strndup(arena, key.at, key.n);
        pairs[i].value = rest.n != 0 ? rest.at : "";
    }
    return pairs;
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

static int build_request(struct cli *cli, const struct run_args *args, const struct words *words,
                         struct container_create_request *out)
{
    struct container_create_request request = {.platform = platform_or_default(args->platform)};
    struct container_spec *spec = &request.spec;
    spec->image = words->at[0];
    spec->cmd = words->at + 1;
    spec->n_cmd = words->n - 1;
    spec->tty = args->tty;
    spec->host.runtime = args->runtime;
    if (args->tty)
        take_console_size(&cli->arena, &spec->host.console_size, &spec->host.n_console_size);
    if (run_life(cli, &args->life, &request) < 0 || run_log(cli, args, spec) < 0 ||
        run_network(cli, &args->network, spec) < 0 || run_ports(cli, &args->ports, spec) < 0 ||
        run_mounts(cli, &args->mounts, spec) < 0 ||
        run_resources(cli, &args->resources, spec) < 0 ||
        run_security(cli, &args->security, spec) < 0)
        return -1;
    run_proxies(cli, spec);
    *out = request;
    return 0;
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
    struct container_create_request request;
    if (build_request(cli, args, words, &request) < 0)
        return -1;
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
    if (run_life_check(cli, &args->life) < 0 || create_or_pull(cli, args, words, out) < 0 ||
        run_life_created(cli, &args->life, out->id) < 0)
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

static int start(struct cli *cli, const struct container_start_request *request,
                 int *out_attachment)
{
    struct container_start_response response = {.attachment = -1};
    if (cli_call(cli, CONTAINER_START, request, &response) < 0)
        return -1;
    *out_attachment = response.attachment;
    return 0;
}

// And at the end releases what the container held, which its monitor leaves to us.
static int stay(struct cli *cli, const struct attach *attach, const char *id)
{
    if (cli_settle(cli) < 0) // it runs meanwhile
        (void)cli_fail(cli, 0);
    int status = attach_run(attach, &cli->err);
    if (status == ATTACH_DETACHED)
        return 0;
    if (status < 0)
        status = cli_fail(cli, EXIT_ENGINE);
    const struct container_remove_request request = {.id = id, .only_ended = true};
    if (cli_call(cli, CONTAINER_REMOVE, &request, NULL) < 0)
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
    struct detach_keys keys;
    int attached = run_attached(cli, args);
    bool wants_stdin = args->interactive && (attached & ATTACH_STDIN) != 0;
    if (attached < 0 || read_detach_keys(cli, args->log.detach_keys, &keys) < 0)
        return cli_fail(cli, EXIT_USAGE);
    if (!args->detach && check_terminal(cli, args->tty, wants_stdin) < 0)
        return cli_fail(cli, 1);
    AUTO_FD int signals = args->detach ? -1 : attach_signals(&cli->err), attachment = -1;
    if (signals < 0 && !args->detach)
        return cli_fail(cli, EXIT_ENGINE);
    struct container_create_response created;
    if (create(cli, args, words, &created) < 0)
        return cli_fail(cli, EXIT_ENGINE);
    const struct container_start_request request = {.id = created.id,
                                                    .wants_attachment = !args->detach};
    if (start(cli, &request, &attachment) < 0) {
        if (args->life.auto_remove)
            remove_unstarted(cli, created.id);
        return cli_fail(cli, start_failure(cli));
    }
    if (run_life_started(cli, &args->life, created.id) < 0)
        (void)cli_fail(cli, 0); // it runs all the same
    if (args->detach) {
        puts(created.id);
        return 0;
    }
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = args->tty,
        .keys = keys,
        .wants_stdin = wants_stdin,
        .hides_stdout = (attached & ATTACH_STDOUT) == 0,
        .hides_stderr = (attached & ATTACH_STDERR) == 0,
        .proxies_signals = !args->tty && !args->log.no_sig_proxy,
    };
    if (attach.hides_stdout && attach.hides_stderr)
        puts(created.id); // docker's: nothing else is said
    return stay(cli, &attach, created.id);
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
    bool attach, interactive, restarted, no_sig_proxy;
    const char *detach_keys;
    const char *checkpoint, *checkpoint_dir;
};
static const struct option start_options[] = {
    OPTION_FLAG(struct start_args, attach, "attach", 'a', "show its output and pass signals on"),
    OPTION_TEXT(struct start_args, checkpoint, "checkpoint", 0, "string",
                "go on from this checkpoint"),
    OPTION_TEXT(struct start_args, checkpoint_dir, "checkpoint-dir", 0, "string",
                "where checkpoints are, in place of with the container"),
    OPTION_TEXT(struct start_args, detach_keys, "detach-keys", 0, "string",
                "keys that leave the container's terminal (ctrl-p,ctrl-q)"),
    OPTION_FLAG(struct start_args, interactive, "interactive", 'i', "pass standard input on"),
    OPTION_FLAG_OFF(struct start_args, no_sig_proxy, "sig-proxy", 0,
                    "pass signals on to it (on by itself)"),
    OPTION_FLAG(struct start_args, restarted, "restarted", 0, NULL), // a monitor's, or the engine's
    {},
};

static struct container_start_request start_request(const struct start_args *args, const char *id)
{
    return (struct container_start_request){.id = id,
                                            .checkpoint = args->checkpoint,
                                            .checkpoint_dir = args->checkpoint_dir,
                                            .restarted = args->restarted};
}

static int start_one(struct cli *cli, const void *args, const char *word)
{
    int none;
    const struct container_start_request request = start_request(args, word);
    return start(cli, &request, &none);
}

// Each as far as it goes; the last line names those that did not start.
static int start_each(struct cli *cli, const void *args, const struct words *words)
{
    const char *failed = NULL;
    for (size_t i = 0; i < words->n; i++) {
        if (start_one(cli, args, words->at[i]) == 0) {
            puts(words->at[i]);
            continue;
        }
        (void)cli_fail(cli, 1);
        failed = failed == NULL ? words->at[i]
                                : arena_printf(&cli->arena, "%s, %s", failed, words->at[i]);
    }
    if (failed == NULL)
        return 0;
    (void)fail(&cli->err, ERR_SYSTEM, "failed to start containers: %s", failed);
    return cli_fail(cli, 1);
}

static int start_attached(struct cli *cli, const struct start_args *args, const char *word)
{
    const struct container_inspect_request reference = {.id = word};
    struct container_inspection it;
    struct detach_keys keys;
    AUTO_FD int signals = attach_signals(&cli->err), attachment = -1;
    if (signals < 0 || read_detach_keys(cli, args->detach_keys, &keys) < 0 ||
        cli_call(cli, CONTAINER_INSPECT, &reference, &it) < 0)
        return cli_fail(cli, 1);
    bool wants_stdin = args->interactive && it.spec.open_stdin;
    if (check_terminal(cli, it.spec.tty, wants_stdin) < 0)
        return cli_fail(cli, 1);
    struct container_start_request request = start_request(args, it.id);
    request.wants_attachment = true;
    if (start(cli, &request, &attachment) < 0)
        return cli_fail(cli, start_failure(cli));
    if (attachment < 0) { // it ran already
        (void)fail(&cli->err, ERR_CONFLICT, "container %s is running: use dhow attach", word);
        return cli_fail(cli, 1);
    }
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = it.spec.tty,
        .keys = keys,
        .wants_stdin = wants_stdin,
        .proxies_signals = !it.spec.tty && !args->no_sig_proxy,
    };
    return stay(cli, &attach, it.id);
}

static int start_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct start_args *args = at;
    if (!args->attach && !args->interactive)
        return start_each(cli, args, words);
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
    bool no_stdin, no_sig_proxy;
    const char *detach_keys;
};
static const struct option attach_options[] = {
    OPTION_TEXT(struct attach_args, detach_keys, "detach-keys", 0, "string",
                "keys that leave the container's terminal (ctrl-p,ctrl-q)"),
    OPTION_FLAG(struct attach_args, no_stdin, "no-stdin", 0, "do not pass standard input on"),
    OPTION_FLAG_OFF(struct attach_args, no_sig_proxy, "sig-proxy", 0,
                    "pass signals on to it (on by itself)"),
    {},
};

static int attach_to(struct cli *cli, const void *at, const struct words *words)
{
    const struct attach_args *args = at;
    const struct container_reference reference = {words->at[0]};
    struct container_attach_response there;
    struct detach_keys keys;
    AUTO_FD int signals = attach_signals(&cli->err), attachment = -1;
    if (signals < 0 || read_detach_keys(cli, args->detach_keys, &keys) < 0 ||
        cli_call(cli, CONTAINER_ATTACH, &reference, &there) < 0)
        return cli_fail(cli, 1);
    attachment = there.attachment;
    if (check_terminal(cli, there.tty, there.open_stdin && !args->no_stdin) < 0)
        return cli_fail(cli, 1);
    const struct attach attach = {
        .connection = attachment,
        .signals = signals,
        .is_tty = there.tty,
        .keys = keys,
        .wants_stdin = there.open_stdin && !args->no_stdin,
        .proxies_signals = !there.tty && !args->no_sig_proxy,
        // The monitor waits for who has started the container, even if they read nothing.
        .leaves_early = true,
    };
    return stay(cli, &attach, words->at[0]);
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
