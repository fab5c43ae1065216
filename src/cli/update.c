// SPDX-License-Identifier: Apache-2.0
// update.c — `dhow update`: other limits and another restart policy for containers that may run,
// another environment and other labels for their next start.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/run_args.h"
#include "ops/life.h"
#include "ops/network.h"
#include "ops/portspec.h"
#include "ops/volume.h"

#include <stdio.h>

struct update_args {
    int64_t memory, memory_reservation, memory_swap, nano_cpus;
    int64_t *pids_limit, *cpu_shares, *cpu_period, *cpu_quota, *cpu_rt_period, *cpu_rt_runtime,
        *blkio_weight;
    const char *cpuset_cpus, *cpuset_mems, *restart;
    struct words env, unset_env, labels, unset_labels;
    struct mount_words add_mounts;
    struct words remove_mounts;
    struct words add_ports, remove_ports;
};

// clang-format off
static const struct option update_options[] = {
    OPTION_INT(struct update_args, blkio_weight, "blkio-weight", 0, "share of the disks, 10 to 1000"),
    OPTION_INT(struct update_args, cpu_period, "cpu-period", 0, "the CFS period in microseconds"),
    OPTION_INT(struct update_args, cpu_quota, "cpu-quota", 0, "the CFS quota in microseconds"),
    OPTION_INT(struct update_args, cpu_rt_period, "cpu-rt-period", 0, "the real-time period in microseconds"),
    OPTION_INT(struct update_args, cpu_rt_runtime, "cpu-rt-runtime", 0, "the real-time share in microseconds"),
    OPTION_INT(struct update_args, cpu_shares, "cpu-shares", 'c', "share of the processors among others"),
    OPTION_READ(struct update_args, nano_cpus, "cpus", 0, "decimal", read_cpus, "how many processors' worth it may use"),
    OPTION_TEXT(struct update_args, cpuset_cpus, "cpuset-cpus", 0, "string", "processors to run on (0-3, 0,1)"),
    OPTION_TEXT(struct update_args, cpuset_mems, "cpuset-mems", 0, "string", "memory nodes to use (0-3, 0,1)"),
    OPTION_LIST(struct update_args, env, "env", 'e', "list", "set environment variables, for the next start"),
    OPTION_LIST(struct update_args, labels, "label", 'l', "list", "set labels"),
    OPTION_READ(struct update_args, memory, "memory", 'm', "bytes", read_bytes, "memory limit"),
    OPTION_READ(struct update_args, memory_reservation, "memory-reservation", 0, "bytes", read_bytes, "soft memory limit"),
    OPTION_READ(struct update_args, memory_swap, "memory-swap", 0, "bytes", read_signed_bytes, "limit of memory and swap together; -1: unlimited swap"),
    OPTION_READ(struct update_args, add_mounts, "mount-add", 0, "mount", read_mount, "mount something in it now (as run --mount)"),
    OPTION_LIST(struct update_args, remove_mounts, "mount-rm", 0, "target", "take away what is mounted there"),
    OPTION_INT(struct update_args, pids_limit, "pids-limit", 0, "limit of processes; -1: none"),
    OPTION_LIST(struct update_args, add_ports, "publish-add", 0, "list", "publish one more port now (as run --publish)"),
    OPTION_LIST(struct update_args, remove_ports, "publish-rm", 0, "list", "take a published port back: as it was published, or its own number"),
    OPTION_TEXT(struct update_args, restart, "restart", 0, "string", "when to run it again: no, on-failure[:max-retries], always, unless-stopped"),
    OPTION_LIST(struct update_args, unset_env, "unsetenv", 0, "list", "take environment variables away, for the next start"),
    OPTION_LIST(struct update_args, unset_labels, "unset-label", 0, "list", "take labels away"),
    {},
};
// clang-format on

static int64_t value_of(const int64_t *number)
{
    return number != NULL ? *number : 0;
}

// What stands in HostConfig, as its JSON; NULL: nothing of that.
static int host_json(struct cli *cli, const struct update_args *args, const char **out)
{
    struct host_config host = {
        .memory = args->memory,
        .memory_reservation = args->memory_reservation,
        .memory_swap = args->memory_swap,
        .nano_cpus = args->nano_cpus,
        .cpu_shares = value_of(args->cpu_shares),
        .cpu_period = value_of(args->cpu_period),
        .cpu_quota = value_of(args->cpu_quota),
        .cpu_realtime_period = value_of(args->cpu_rt_period),
        .cpu_realtime_runtime = value_of(args->cpu_rt_runtime),
        .blkio_weight = value_of(args->blkio_weight),
        .cpuset_cpus = args->cpuset_cpus,
        .cpuset_mems = args->cpuset_mems,
        .pids_limit = args->pids_limit,
    };
    bool has_any = host.memory != 0 || host.memory_reservation != 0 || host.memory_swap != 0 ||
                   host.nano_cpus != 0 || args->cpu_shares != NULL || args->cpu_period != NULL ||
                   args->cpu_quota != NULL || args->cpu_rt_period != NULL ||
                   args->cpu_rt_runtime != NULL || args->blkio_weight != NULL ||
                   host.cpuset_cpus != NULL || host.cpuset_mems != NULL ||
                   args->pids_limit != NULL || args->restart != NULL;
    *out = NULL;
    if (!has_any)
        return 0;
    if (args->restart != NULL &&
        restart_policy_read(&cli->arena, args->restart, &host.restart_policy, &cli->err) < 0)
        return -1;
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    json_encode(&text, host_config_fields, &host, JSON_COMPACT);
    *out = arena_strdup(&cli->arena, buf_get(&text));
    return 0;
}

struct changes {
    struct container_update_request request;
    struct container_mounts_request mounts;
    struct container_ports_request ports;
    bool has_request;
};

static int port_changes(struct cli *cli, const struct update_args *args,
                        struct container_ports_request *out)
{
    struct port_list add = {}, remove = {};
    for (size_t i = 0; i < args->add_ports.n; i++) {
        if (portspec_publish(&cli->arena, args->add_ports.at[i], &add, &cli->err) < 0)
            return -1;
    }
    for (size_t i = 0; i < args->remove_ports.n; i++) {
        if (portspec_publish(&cli->arena, args->remove_ports.at[i], &remove, &cli->err) < 0)
            return -1;
    }
    *out = (struct container_ports_request){
        .add = add.maps, .n_add = add.n, .remove = remove.maps, .n_remove = remove.n};
    return 0;
}

static int update_one(struct cli *cli, const void *at, const char *word)
{
    const struct changes *changes = at;
    struct container_update_request request = changes->request;
    struct container_mounts_request mounts = changes->mounts;
    struct container_update_response response = {};
    struct container_ports_request ports = changes->ports;
    request.id = mounts.id = ports.id = word;
    bool has_mounts = mounts.n_add + mounts.n_remove != 0;
    if (has_mounts && cli_call(cli, CONTAINER_MOUNTS, &mounts, NULL) < 0)
        return -1;
    if (ports.n_add + ports.n_remove != 0 && cli_call(cli, CONTAINER_PORTS, &ports, NULL) < 0)
        return -1;
    if (!changes->has_request)
        return 0;
    if (cli_call(cli, CONTAINER_UPDATE, &request, &response) < 0)
        return -1;
    for (size_t i = 0; i < response.n_warnings; i++)
        fprintf(stderr, "WARNING: %s\n", response.warnings[i]);
    return 0;
}

static int update_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct update_args *args = at;
    struct changes changes = {
        .mounts =
            {
                .add = args->add_mounts.at,
                .n_add = args->add_mounts.n,
                .remove = args->remove_mounts.at,
                .n_remove = args->remove_mounts.n,
            },
    };
    changes.request = (struct container_update_request){
        .env = args->env.at,
        .n_env = args->env.n,
        .unset_env = args->unset_env.at,
        .n_unset_env = args->unset_env.n,
        .labels = run_pairs(&cli->arena, &args->labels),
        .n_labels = args->labels.n,
        .unset_labels = args->unset_labels.at,
        .n_unset_labels = args->unset_labels.n,
    };
    const struct container_update_request *request = &changes.request;
    if (port_changes(cli, args, &changes.ports) < 0 ||
        host_json(cli, args, &changes.request.host) < 0)
        return cli_fail(cli, 1);
    changes.has_request =
        request->host != NULL ||
        request->n_env + request->n_unset_env + request->n_labels + request->n_unset_labels != 0;
    size_t n_live = changes.mounts.n_add + changes.mounts.n_remove + changes.ports.n_add +
                    changes.ports.n_remove;
    if (!changes.has_request && n_live == 0) {
        (void)fail(&cli->err, ERR_INVALID,
                   "you must provide one or more flags when using this "
                   "command");
        return cli_fail(cli, 1);
    }
    return cli_for_each(cli, words, update_one, &changes);
}

const struct command update_command = {
    "update",
    "CONTAINER [CONTAINER...]",
    "Change limits, restart policy, mounts, environment and labels of containers",
    update_options,
    sizeof(struct update_args),
    OPTIONS_MIXED,
    1,
    0,
    update_run,
    NULL,
};
