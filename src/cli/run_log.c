// SPDX-License-Identifier: Apache-2.0
// run_log.c — options of run: log drivers, what is attached.
#include "cli/run_args.h"

const struct option run_log_options[] = {
    {},
};

int run_log(struct cli *, const struct run_args *args, struct container_spec *spec)
{
    spec->open_stdin = spec->stdin_once = args->interactive;
    spec->attach_stdout = spec->attach_stderr = !args->detach;
    spec->attach_stdin = args->interactive && !args->detach;
    return 0;
}
