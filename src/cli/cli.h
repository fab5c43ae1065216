// SPDX-License-Identifier: Apache-2.0
// cli.h — the command line: words become operations, answers become docker's tables and exit codes.
#pragma once
#include "base/option.h"
#include "ops/operation.h"

struct cli_globals { // what stands before the command
    struct words hosts;
    const char *context, *log_level, *tls_ca, *tls_cert, *tls_key;
    bool debug, tls, tls_verify; // kept for the engines elsewhere that dhow will talk to
    const char *root, *run_root, *runtime;
    const char *config; // directory of docker's config.json
    const char *man;    // print this manual page
    bool version, help;
};

struct cli_setup {
    // Makes the operator that the commands call, when the first one is needed; NULL: err says why.
    struct operator* (*connect)(const struct cli_globals *globals, struct err *err);
    const char *version, *commit;
};

// Runs the command line and gives the program's exit status.
int cli_main(const struct cli_setup *setup, int argc, char **argv);
