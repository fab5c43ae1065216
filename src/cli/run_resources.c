// SPDX-License-Identifier: Apache-2.0
// run_resources.c — options of run: what it may use of the machine.
#include "cli/run_args.h"

// clang-format off
#define LIMIT(member, name_, letter_, value_, reader, help_) OPTION_READ(struct run_resources_args, member, name_, letter_, value_, reader, help_)
const struct option run_resources_options[] = {
    OPTION_INT(struct run_resources_args, cpu_shares, "cpu-shares", 'c', "share of the CPUs, relative to other containers"),
    LIMIT(nano_cpus, "cpus", 0, "decimal", read_cpus, "how many CPUs it may use"),
    OPTION_TEXT(struct run_resources_args, cpuset_cpus, "cpuset-cpus", 0, "string", "which CPUs it may use (0-3, 0,1)"),
    OPTION_TEXT(struct run_resources_args, cpuset_mems, "cpuset-mems", 0, "string", "which memory nodes it may use"),
    LIMIT(memory, "memory", 'm', "bytes", read_bytes, "memory limit"),
    LIMIT(memory_reservation, "memory-reservation", 0, "bytes", read_bytes, "memory to keep when the machine is short of it"),
    LIMIT(memory_swap, "memory-swap", 0, "bytes", read_signed_bytes, "limit of memory and swap together; -1 for no limit"),
    OPTION_INT(struct run_resources_args, oom_score_adj, "oom-score-adj", 0, "how soon the kernel ends it when memory runs out (-1000 to 1000)"),
    OPTION_INT(struct run_resources_args, pids_limit, "pids-limit", 0, "how many processes it may have"),
    LIMIT(shm_size, "shm-size", 0, "bytes", read_bytes, "size of /dev/shm"),
    {},
};
// clang-format on

int run_resources(struct cli *, const struct run_resources_args *args, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    host->memory = args->memory;
    host->memory_reservation = args->memory_reservation;
    host->memory_swap = args->memory_swap;
    host->nano_cpus = args->nano_cpus;
    host->cpuset_cpus = args->cpuset_cpus;
    host->cpuset_mems = args->cpuset_mems;
    host->shm_size = args->shm_size;
    host->pids_limit = args->pids_limit;
    host->cpu_shares = args->cpu_shares != NULL ? *args->cpu_shares : 0;
    host->oom_score_adj = args->oom_score_adj != NULL ? *args->oom_score_adj : 0;
    return 0;
}
