// SPDX-License-Identifier: Apache-2.0
// update.c — new limits for a container that lives: from a JSON file, from flags, or both.
//
// A flag overrides the file. Put together, the limits go through the same checks as a config.json's
// (oci_resources_parse), so that one place knows what is valid.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/resctrl.h"
#include "runtime/commands.h"

#include <fcntl.h>
#include <string.h>

struct update_options {
    const char *resources, *cpuset_cpus, *cpuset_mems, *l3_cache_schema, *mem_bw_schema;
    int64_t *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_rt_period, *cpu_rt_runtime,
        *cpu_share, *cpu_idle, *memory, *memory_reservation, *memory_swap, *kernel_memory,
        *kernel_memory_tcp, *pids_limit;
};

// "512m", "1073741824", "-1": bytes, with b k m g t for powers of 1024.
static int read_bytes(struct arena *arena, const char *text, void *member, struct err *err)
{
    static const char units[] = "bkmgt";
    struct str number = str_of(text);
    int shift = 0;
    if (number.n > 1 && strchr("bB", number.at[number.n - 1]) != NULL)
        number.n--; // "kb" as well as "k"
    const char *unit =
        number.n > 1 ? strchr(units, number.at[number.n - 1] | ' ') : NULL; // lower case
    if (unit != NULL && *unit != '\0') {
        shift = 10 * (int)(unit - units);
        number.n--;
    }
    int64_t value;
    if (!str_to_i64(number, &value) || value < -1 || (value == -1 && shift != 0) ||
        value > INT64_MAX >> shift)
        return fail(err, ERR_INVALID, "expected bytes like 512m, or -1 for no limit");
    int64_t *bytes = arena_new(arena, int64_t);
    *bytes = value == -1 ? -1 : value << shift;
    *(int64_t **)member = bytes;
    return 0;
}

// clang-format off: a table
static const struct option update_table[] = {
    OPTION_TEXT(struct update_options, resources, "resources", 'r', "file",
                "limits as JSON, as in config.json's linux.resources; - is standard input"),
    OPTION_INT(struct update_options, blkio_weight, "blkio-weight", 0,
               "share of the disks' time, 10 to 1000"),
    OPTION_INT(struct update_options, cpu_period, "cpu-period", 0,
               "microseconds of a period of --cpu-quota"),
    OPTION_INT(struct update_options, cpu_quota, "cpu-quota", 0,
               "microseconds of processor time in a period"),
    OPTION_INT(struct update_options, cpu_burst, "cpu-burst", 0,
               "microseconds that may be saved up for later periods"),
    OPTION_INT(struct update_options, cpu_rt_period, "cpu-rt-period", 0,
               "microseconds of a period of --cpu-rt-runtime"),
    OPTION_INT(struct update_options, cpu_rt_runtime, "cpu-rt-runtime", 0,
               "microseconds of realtime scheduling in a period"),
    OPTION_INT(struct update_options, cpu_share, "cpu-share", 0,
               "share of the processors, relative to others"),
    OPTION_INT(struct update_options, cpu_idle, "cpu-idle", 0,
               "1: runs only when nothing else does"),
    OPTION_TEXT(struct update_options, cpuset_cpus, "cpuset-cpus", 0, "list",
                "processors that may be used (0-3,7)"),
    OPTION_TEXT(struct update_options, cpuset_mems, "cpuset-mems", 0, "list",
                "memory nodes that may be used"),
    OPTION_READ(struct update_options, memory, "memory", 0, "bytes", read_bytes, "memory limit"),
    OPTION_READ(struct update_options, memory_reservation, "memory-reservation", 0, "bytes",
                read_bytes, "soft memory limit"),
    OPTION_READ(struct update_options, memory_swap, "memory-swap", 0, "bytes", read_bytes,
                "memory and swap together; -1: no limit"),
    OPTION_READ(struct update_options, kernel_memory, "kernel-memory", 0, "bytes", read_bytes,
                "kernel memory limit (cgroup v1)"),
    OPTION_READ(struct update_options, kernel_memory_tcp, "kernel-memory-tcp", 0, "bytes",
                read_bytes, "limit of TCP buffers (cgroup v1)"),
    OPTION_INT(struct update_options, pids_limit, "pids-limit", 0,
               "how many processes; -1: no limit"),
    OPTION_TEXT(struct update_options, l3_cache_schema, "l3-cache-schema", 0, "text",
                "Intel RDT: schema of the L3 cache"),
    OPTION_TEXT(struct update_options, mem_bw_schema, "mem-bw-schema", 0, "text",
                "Intel RDT: schema of the memory bandwidth"),
    {},
};
// clang-format on

static int read_resources(const struct command_call *call, const struct update_options *options,
                          struct oci_resources *out, struct err *err);
static int apply(const struct container *container, const struct update_options *options,
                 const struct oci_resources *resources, struct err *err);

static bool is_empty(const struct update_options *options)
{
    static const struct update_options nothing;
    return memcmp(options, &nothing, sizeof nothing) == 0;
}

static int update_run(struct command_call *call, struct err *err)
{
    const struct update_options *options = call->options;
    if (is_empty(options))
        return fail(err, ERR_INVALID, "update: name at least one limit, or --resources FILE");
    struct oci_resources resources = {};
    if (read_resources(call, options, &resources, err) < 0)
        return fail_in(err, "update");
    struct container container;
    if (container_open(call->runtime, call->arguments.at[0], CONTAINER_LOCK, &container, err) < 0)
        return -1;
    int r = apply(&container, options, &resources, err);
    container_close(&container);
    return r;
}

// The sub-document that a flag belongs to, made when the file has none.
#define PART(resources, arena, part, type)                                                         \
    ((resources)->part != NULL ? (resources)->part : ((resources)->part = arena_new((arena), type)))

// The flags' numbers become members; the sign that a member cannot hold is refused here.
struct assignment {
    const char *flag;
    const int64_t *given;
    int64_t **signed_member;
    uint64_t **unsigned_member;
};

static int assign(const struct assignment *all, size_t n, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct assignment *one = &all[i];
        if (one->given == NULL)
            continue;
        if (one->unsigned_member != NULL && *one->given < 0)
            return fail(err, ERR_INVALID, "--%s %lld: must not be negative", one->flag,
                        (long long)*one->given);
        if (one->unsigned_member != NULL) {
            *one->unsigned_member = arena_new(arena, uint64_t);
            **one->unsigned_member = (uint64_t)*one->given;
        } else {
            *one->signed_member = arena_new(arena, int64_t);
            **one->signed_member = *one->given;
        }
    }
    return 0;
}

static int merge_cpu(const struct update_options *options, struct arena *arena, struct oci_cpu *cpu,
                     struct err *err)
{
    const struct assignment all[] = {
        {"cpu-period", options->cpu_period, NULL, &cpu->period},
        {"cpu-quota", options->cpu_quota, &cpu->quota, NULL},
        {"cpu-burst", options->cpu_burst, NULL, &cpu->burst},
        {"cpu-rt-period", options->cpu_rt_period, NULL, &cpu->realtimePeriod},
        {"cpu-rt-runtime", options->cpu_rt_runtime, &cpu->realtimeRuntime, NULL},
        {"cpu-share", options->cpu_share, NULL, &cpu->shares},
        {"cpu-idle", options->cpu_idle, &cpu->idle, NULL},
    };
    if (options->cpuset_cpus != NULL)
        cpu->cpus = options->cpuset_cpus;
    if (options->cpuset_mems != NULL)
        cpu->mems = options->cpuset_mems;
    return assign(all, N_ELEMENTS(all), arena, err);
}

static int merge_memory(const struct update_options *options, struct arena *arena,
                        struct oci_memory *memory, struct err *err)
{
    const struct assignment all[] = {
        {"memory", options->memory, &memory->limit, NULL},
        {"memory-reservation", options->memory_reservation, &memory->reservation, NULL},
        {"memory-swap", options->memory_swap, &memory->swap, NULL},
        {"kernel-memory", options->kernel_memory, &memory->kernel, NULL},
        {"kernel-memory-tcp", options->kernel_memory_tcp, &memory->kernelTCP, NULL},
    };
    return assign(all, N_ELEMENTS(all), arena, err);
}

static int merge_weight(const int64_t *weight, struct arena *arena, struct oci_resources *out,
                        struct err *err)
{
    enum { WEIGHT_MIN = 10, WEIGHT_MAX = 1000 };
    if (*weight != 0 && (*weight < WEIGHT_MIN || *weight > WEIGHT_MAX))
        return fail(err, ERR_INVALID, "--blkio-weight %lld: expected %d to %d", (long long)*weight,
                    WEIGHT_MIN, WEIGHT_MAX);
    struct oci_block_io *io = PART(out, arena, blockIO, struct oci_block_io);
    io->weight = arena_new(arena, uint32_t);
    *io->weight = (uint32_t)*weight;
    return 0;
}

static bool has_memory(const struct update_options *options)
{
    return options->memory != NULL || options->memory_reservation != NULL ||
           options->memory_swap != NULL || options->kernel_memory != NULL ||
           options->kernel_memory_tcp != NULL;
}

static bool has_cpu(const struct update_options *options)
{
    return options->cpu_period != NULL || options->cpu_quota != NULL ||
           options->cpu_burst != NULL || options->cpu_rt_period != NULL ||
           options->cpu_rt_runtime != NULL || options->cpu_share != NULL ||
           options->cpu_idle != NULL || options->cpuset_cpus != NULL ||
           options->cpuset_mems != NULL;
}

static int merge(const struct update_options *options, struct arena *arena,
                 struct oci_resources *out, struct err *err)
{
    if (has_cpu(options) &&
        merge_cpu(options, arena, PART(out, arena, cpu, struct oci_cpu), err) < 0)
        return -1;
    if (has_memory(options) &&
        merge_memory(options, arena, PART(out, arena, memory, struct oci_memory), err) < 0)
        return -1;
    if (options->blkio_weight != NULL && merge_weight(options->blkio_weight, arena, out, err) < 0)
        return -1;
    if (options->pids_limit != NULL)
        PART(out, arena, pids, struct oci_pids)->limit = options->pids_limit;
    return 0;
}

static int read_file(const char *path, struct buf *out, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return file_read_fd(STDIN_FILENO, "standard input", out, err);
    return file_read_at(AT_FDCWD, path, out, err);
}

static int read_resources(const struct command_call *call, const struct update_options *options,
                          struct oci_resources *out, struct err *err)
{
    struct oci_resources resources = {};
    AUTO_BUF struct buf text;
    buf_init(&text, JSON_TEXT_MAX);
    if (options->resources != NULL &&
        (read_file(options->resources, &text, err) < 0 ||
         oci_resources_parse(call->arena, buf_get(&text), text.n, &resources, err) < 0))
        return fail_in(err, "--resources %s", options->resources);
    if (merge(options, call->arena, &resources, err) < 0)
        return -1;
    buf_clear(&text);
    json_encode(&text, oci_resources_fields, &resources, JSON_COMPACT);
    if (buf_check(&text, "the resources", err) < 0)
        return -1;
    return oci_resources_parse(call->arena, buf_get(&text), text.n, out, err);
}

static bool wants_schemas(const struct update_options *options)
{
    return options->l3_cache_schema != NULL || options->mem_bw_schema != NULL;
}

static int apply_schemas(const struct container *container, const struct update_options *options,
                         struct err *err)
{
    const struct oci_intel_rdt *rdt = container->record.intelRdt;
    if (rdt == NULL)
        return fail(err, ERR_CONFLICT, "it was made without linux.intelRdt");
    const char *group = rdt->closID != NULL ? rdt->closID : container->id;
    AUTO_FD int root = resctrl_open(err);
    if (root < 0)
        return -1;
    if (options->l3_cache_schema != NULL &&
        resctrl_limit(root, group, options->l3_cache_schema, err) < 0)
        return -1;
    return options->mem_bw_schema != NULL ? resctrl_limit(root, group, options->mem_bw_schema, err)
                                          : 0;
}

static int apply(const struct container *container, const struct update_options *options,
                 const struct oci_resources *resources, struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    if (status == CONTAINER_STOPPED || status == CONTAINER_CREATING)
        return fail(err, ERR_CONFLICT, "cannot update container \"%s\": it is %s", container->id,
                    container_status_name(status));
    if (wants_schemas(options) && apply_schemas(container, options, err) < 0)
        return fail_in(err, "update container \"%s\"", container->id);
    if (container->cgroup == NULL)
        return fail(err, ERR_CONFLICT, "cannot update container \"%s\": it has no cgroup",
                    container->id);
    if (cgroup_update(container->cgroup, resources, err) < 0)
        return fail_in(err, "update container \"%s\"", container->id);
    return 0;
}

const struct command update_command = {.name = "update",
                                       .arguments = "ID",
                                       .help = "Change the limits of a container",
                                       .options = update_table,
                                       .options_size = sizeof(struct update_options),
                                       .min = 1,
                                       .max = 1,
                                       .run = update_run};
