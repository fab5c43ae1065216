// SPDX-License-Identifier: Apache-2.0
// run_log.c — options of run: log drivers, what is attached, which keys detach.
#include "base/mem.h"
#include "base/str.h"
#include "cli/run_args.h"

#include <string.h>
#include <strings.h>

// clang-format off
const struct option run_log_options[] = {
    OPTION_LIST(struct run_log_args, attach, "attach", 'a', "list", "attach to STDIN, STDOUT or STDERR"),
    OPTION_TEXT(struct run_log_args, detach_keys, "detach-keys", 0, "string", "keys that leave the container's terminal (ctrl-p,ctrl-q)"),
    OPTION_TEXT(struct run_log_args, log_driver, "log-driver", 0, "string", "what becomes of its output: local, json-file, journald, syslog, gelf, fluentd, none"),
    OPTION_LIST(struct run_log_args, log_opts, "log-opt", 0, "list", "options of the log driver (max-size=10m)"),
    OPTION_FLAG_OFF(struct run_log_args, no_sig_proxy, "sig-proxy", 0, "pass signals on to it (on by itself)"),
    {},
};
// clang-format on

static int read_attach(struct cli *cli, const struct words *words)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    int attached = 0;
    for (size_t i = 0; i < words->n; i++) {
        int bit = 0;
        for (int j = 0; j < 3; j++) {
            if (strcasecmp(words->at[i], names[j]) == 0)
                bit = 1 << j;
        }
        if (bit == 0)
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"-a, --attach\" flag: valid streams are "
                        "STDIN, STDOUT and STDERR",
                        words->at[i]);
        attached |= bit;
    }
    return attached;
}

static int read_log_opts(struct cli *cli, const struct words *words, struct log_config *out)
{
    for (size_t i = 0; i < words->n; i++) {
        if (strchr(words->at[i], '=') == NULL)
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"--log-opt\" flag: "
                        "expected NAME=VALUE",
                        words->at[i]);
    }
    out->config = run_pairs(&cli->arena, words);
    out->n_config = words->n;
    return 0;
}

int run_attached(struct cli *cli, const struct run_args *args)
{
    int attached = read_attach(cli, &args->log.attach);
    if (attached > 0 && args->detach)
        return fail(&cli->err, ERR_INVALID,
                    "conflicting options: cannot specify both --attach and --detach");
    if (attached == 0 && !args->detach)
        attached = ATTACH_STDOUT | ATTACH_STDERR | (args->interactive ? ATTACH_STDIN : 0);
    return attached;
}

int read_detach_keys(struct cli *cli, const char *option, struct detach_keys *out)
{
    return detach_keys_parse(option != NULL ? option : cli_config(cli)->detach_keys, out,
                             &cli->err);
}

int run_log(struct cli *cli, const struct run_args *args, struct container_spec *spec)
{
    int attached = run_attached(cli, args);
    if (attached < 0 || read_log_opts(cli, &args->log.log_opts, &spec->host.log_config) < 0)
        return -1;
    spec->host.log_config.type = args->log.log_driver;
    spec->open_stdin = args->interactive;
    spec->attach_stdin = (attached & ATTACH_STDIN) != 0;
    spec->attach_stdout = (attached & ATTACH_STDOUT) != 0;
    spec->attach_stderr = (attached & ATTACH_STDERR) != 0;
    spec->stdin_once = args->interactive && spec->attach_stdin;
    return 0;
}
