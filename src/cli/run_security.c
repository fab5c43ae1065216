// SPDX-License-Identifier: Apache-2.0
// run_security.c — options of run: what it may do, and which namespaces it shares.
#include "cli/run_args.h"

// clang-format off
const struct option run_security_options[] = {
    OPTION_LIST(struct run_security_args, cap_add, "cap-add", 0, "list", "add Linux capabilities"),
    OPTION_LIST(struct run_security_args, cap_drop, "cap-drop", 0, "list", "drop Linux capabilities"),
    OPTION_LIST(struct run_security_args, sysctls, "sysctl", 0, "map", "set kernel parameters"),
    {},
};
// clang-format on

int run_security(struct cli *cli, const struct run_security_args *args, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    host->cap_add = args->cap_add.at;
    host->n_cap_add = args->cap_add.n;
    host->cap_drop = args->cap_drop.at;
    host->n_cap_drop = args->cap_drop.n;
    host->sysctls = run_pairs(&cli->arena, &args->sysctls);
    host->n_sysctls = args->sysctls.n;
    return 0;
}
