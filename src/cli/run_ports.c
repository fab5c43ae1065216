// SPDX-License-Identifier: Apache-2.0
// run_ports.c — options of run: published and exposed ports.
#include "cli/run_args.h"

const struct option run_ports_options[] = {
    {},
};

int run_ports(struct cli *, const struct run_ports_args *args, struct container_spec *spec)
{
    spec->host.publish_all_ports = args->publish_all;
    return 0;
}
