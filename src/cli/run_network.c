// SPDX-License-Identifier: Apache-2.0
// run_network.c — options of run: networks, names and addresses on them.
#include "cli/run_args.h"

// clang-format off
const struct option run_network_options[] = {
    OPTION_LIST(struct run_network_args, networks, "network", 0, "network", "none (loopback only; the default so far) or host"),
    OPTION_LIST(struct run_network_args, networks, "net", 0, "network", NULL),
    {},
};
// clang-format on

int run_network(struct cli *, const struct run_network_args *args, struct container_spec *spec)
{
    if (args->networks.n != 0)
        spec->host.network_mode = args->networks.at[args->networks.n - 1];
    return 0;
}
