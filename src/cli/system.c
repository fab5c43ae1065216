// SPDX-License-Identifier: Apache-2.0
// system.c — version and info.
#include "ops/system.h"

#include "base/mem.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>

static const struct option no_options[] = {{}};

// Needs no engine: it must work where nothing else does.
static int version_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    (void)words;
    printf("dhow version %s, build %s\n", cli->setup->version, cli->setup->commit);
    return 0;
}
const struct command version_command = {
    "version",   "",   "Show which dhow this is", no_options, 0, OPTIONS_MIXED, 0, 0, 1,
    version_run, NULL,
};

static int info_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    (void)words;
    struct system_info it;
    if (cli_call(cli, SYSTEM_INFO, NULL, &it) < 0)
        return cli_fail(cli, 1);
    printf("Containers: %" PRId64 "\n Running: %" PRId64 "\n Stopped: %" PRId64 "\n", it.containers,
           it.containers_running, it.containers_stopped);
    printf("Images: %" PRId64 "\n", it.images);
    printf("Server Version: %s\n", it.server_version);
    printf("Storage Driver: %s\n", it.driver);
    printf("Cgroup Version: %s\n", it.cgroup_version);
    printf("Default Runtime: %s\n", it.default_runtime);
    printf("Kernel Version: %s\n", it.kernel_version);
    printf("Architecture: %s\n", it.architecture);
    printf("CPUs: %" PRId64 "\n", it.ncpu);
    printf("Total Memory: %s\n", size_words(&cli->arena, (uint64_t)it.mem_total));
    printf("Name: %s\n", it.name);
    printf("Data Root: %s\n", it.root_dir);
    printf("Run Root: %s\n", it.run_root);
    return 0;
}
const struct command info_command = {
    "info",     "",   "Show how much there is of what, and where",
    no_options, 0,    OPTIONS_MIXED,
    0,          0,    1,
    info_run,   NULL,
};
