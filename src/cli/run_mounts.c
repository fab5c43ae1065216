// SPDX-License-Identifier: Apache-2.0
// run_mounts.c — options of run: volumes, bind mounts, tmpfs, images.
#include "cli/run_args.h"

// clang-format off
const struct option run_mounts_options[] = {
    OPTION_FLAG(struct run_mounts_args, read_only, "read-only", 0, "its root file system cannot be written"),
    {},
};
// clang-format on

int run_mounts(struct cli *, const struct run_mounts_args *args, struct container_spec *spec)
{
    spec->host.readonly_rootfs = args->read_only;
    return 0;
}
