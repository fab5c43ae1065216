// SPDX-License-Identifier: Apache-2.0
// dhow-monitor.c — the program that stays with one container from start to end.
//
// Started by the engine only (monitor/monitor.h says how and with what); whoever runs it by hand is
// told so.
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "monitor/server.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct arguments {
    const char *id, *runtime, *runtime_root;
    struct words runtime_flags, fds;
    int64_t *container_dir, *run_dir, *ready, *client;
    bool tty, open_stdin, stdin_stays, auto_remove;
};
static const struct option table[] = {
    OPTION_TEXT(struct arguments, id, "id", 0, "string", "the container"),
    OPTION_INT(struct arguments, container_dir, "container-dir", 0, "its directory's descriptor"),
    OPTION_INT(struct arguments, run_dir, "run-dir", 0, "its run directory's descriptor"),
    OPTION_INT(struct arguments, ready, "ready", 0, "descriptor that hears how the start went"),
    OPTION_INT(struct arguments, client, "client", 0, "socket of the client that started it"),
    OPTION_LIST(struct arguments, fds, "fd", 0, "fd", "one more descriptor that is meant for it"),
    OPTION_TEXT(struct arguments, runtime, "runtime", 0, "path", "the OCI runtime"),
    OPTION_TEXT(struct arguments, runtime_root, "runtime-root", 0, "path", "its --root"),
    OPTION_LIST(struct arguments, runtime_flags, "runtime-flag", 0, "flag", "one more for it"),
    OPTION_FLAG(struct arguments, tty, "tty", 0, "the container has a terminal"),
    OPTION_FLAG(struct arguments, open_stdin, "stdin", 0, "clients may feed its stdin"),
    OPTION_FLAG(struct arguments, stdin_stays, "stdin-stays", 0, "no client's end ends its stdin"),
    OPTION_FLAG(struct arguments, auto_remove, "auto-remove", 0, "run EXIT-COMMAND at the end"),
    {},
};

// From here on no child gets it but by our will.
static int take_fd(const int64_t *number, const char *option, struct err *err)
{
    if (number == NULL)
        return fail(err, ERR_INVALID, "--%s is missing", option);
    if (*number < 0 || *number > INT32_MAX || fcntl((int)*number, F_SETFD, FD_CLOEXEC) < 0)
        return fail(err, ERR_INVALID, "--%s is no open descriptor", option);
    return (int)*number;
}

static int take_fds(struct arena *arena, const struct words *words, struct monitor_options *out,
                    struct err *err)
{
    int *fds = arena_array(arena, words->n + 1, sizeof *fds);
    for (size_t i = 0; i < words->n; i++) {
        int64_t number;
        if (!str_to_i64(str_of(words->at[i]), &number))
            return fail(err, ERR_INVALID, "--fd %s is no number", words->at[i]);
        fds[i] = take_fd(&number, "fd", err);
        if (fds[i] < 0)
            return -1;
    }
    out->fds = fds;
    out->n_fds = words->n;
    return 0;
}

static int check(const struct arguments *arguments, struct monitor_options *out, struct err *err)
{
    struct monitor_options options = {
        .id = arguments->id,
        .runtime = arguments->runtime,
        .runtime_root = arguments->runtime_root,
        .runtime_flags = arguments->runtime_flags.at,
        .n_runtime_flags = arguments->runtime_flags.n,
        .client = -1,
        .tty = arguments->tty,
        .open_stdin = arguments->open_stdin,
        .stdin_stays = arguments->stdin_stays,
        .auto_remove = arguments->auto_remove,
    };
    if (options.id == NULL || options.runtime == NULL || options.runtime_root == NULL)
        return fail(err, ERR_INVALID, "--id, --runtime and --runtime-root are needed");
    options.container_dir = take_fd(arguments->container_dir, "container-dir", err);
    options.run_dir = options.container_dir < 0 ? -1 : take_fd(arguments->run_dir, "run-dir", err);
    options.ready = options.run_dir < 0 ? -1 : take_fd(arguments->ready, "ready", err);
    if (options.ready < 0)
        return -1;
    if (arguments->client != NULL) {
        options.client = take_fd(arguments->client, "client", err);
        if (options.client < 0)
            return -1;
    }
    *out = options;
    return 0;
}

int main(int argc, char **argv)
{
    AUTO_ARENA struct arena arena = {};
    struct arguments arguments = {};
    struct words rest = {};
    struct monitor_options options;
    struct err err;
    if (argc < 2)
        (void)fail(&err, ERR_INVALID, "started by dhow for each container; not to be run by hand");
    if (argc < 2 ||
        options_parse(&arena, table, argc - 1, argv + 1, OPTIONS_FIRST, &arguments, &rest, &err) <
            0 ||
        check(&arguments, &options, &err) < 0 ||
        take_fds(&arena, &arguments.fds, &options, &err) < 0 ||
        monitor_config_read(&arena, options.container_dir, &options.config, &err) < 0) {
        (void)fprintf(stderr, "dhow-monitor: %s\n", err.text);
        return 2;
    }
    words_add(&arena, &rest, NULL);
    options.exit_command = rest.at;
    return monitor_serve(&options);
}
