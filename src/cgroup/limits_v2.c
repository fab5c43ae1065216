// SPDX-License-Identifier: Apache-2.0
// limits_v2.c — which value of the config, which speaks cgroup v1, goes to which file of cgroup v2.
//
// Kernel: Documentation/admin-guide/cgroup-v2.rst. Conversions:
//   cpu.shares 2…262144 → cpu.weight 1…10000, linearly: the formula that runc, crun and systemd had
//     for years, 1 + (shares - 2) * 9999 / 262142. (Newer ones bend it so that 1024 becomes 100.)
//   blockIO.weight 10…1000 → io.weight 1…10000, linearly; io.bfq.weight takes it as it is.
//   memory.swap counts memory and swap together, memory.swap.max swap alone.
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/limits.h"

#include <string.h>

// clang-format off
static const struct limit_row rows[] = {
    // field                 controller   file                 where                          kind        zero           negative  other file
    {"cpu.cpus",             "cpuset",    "cpuset.cpus",       LIMIT_AT(cpu, cpus),           LIMIT_TEXT, ZERO_IS_UNSET, NULL,     NULL},
    {"cpu.mems",             "cpuset",    "cpuset.mems",       LIMIT_AT(cpu, mems),           LIMIT_TEXT, ZERO_IS_UNSET, NULL,     NULL},
    {"memory.limit",         "memory",    "memory.max",        LIMIT_AT(memory, limit),       LIMIT_I64,  ZERO_IS_UNSET, "max",    NULL},
    {"memory.reservation",   "memory",    "memory.low",        LIMIT_AT(memory, reservation), LIMIT_I64,  ZERO_IS_UNSET, "max",    NULL},
    {"cpu.idle",             "cpu",       "cpu.idle",          LIMIT_AT(cpu, idle),           LIMIT_I64,  ZERO_IS_OFF,   NULL,     NULL},
    {"cpu.burst",            "cpu",       "cpu.max.burst",     LIMIT_AT(cpu, burst),          LIMIT_U64,  ZERO_IS_OFF,   NULL,     NULL},
    {"pids.limit",           "pids",      "pids.max",          LIMIT_AT(pids, limit),         LIMIT_I64,  ZERO_IS_MAX,   "max",    NULL},
};
// clang-format on

// What cgroup v2 has no word for. Asked for, it is an error: a limit is never dropped in silence.
static int check_expressible(const struct oci_resources *resources, struct err *err)
{
    const struct oci_memory *memory = resources->memory;
    const struct oci_cpu *cpu = resources->cpu;
    const struct oci_block_io *block = resources->blockIO;
    const struct {
        bool is_asked;
        const char *field;
    } lacking[] = {
        {memory && memory->kernel && *memory->kernel > 0, "memory.kernel"},
        {memory && memory->kernelTCP && *memory->kernelTCP > 0, "memory.kernelTCP"},
        {memory && memory->swappiness, "memory.swappiness"},
        {memory && memory->disableOOMKiller && *memory->disableOOMKiller,
         "memory.disableOOMKiller"},
        {cpu && cpu->realtimeRuntime && *cpu->realtimeRuntime != 0, "cpu.realtimeRuntime"},
        {cpu && cpu->realtimePeriod && *cpu->realtimePeriod != 0, "cpu.realtimePeriod"},
        {block && block->leafWeight && *block->leafWeight != 0, "blockIO.leafWeight"},
        {resources->network && resources->network->classID && *resources->network->classID != 0,
         "network.classID"},
        {resources->network && resources->network->n_priorities != 0, "network.priorities"},
    };
    for (size_t i = 0; i < N_ELEMENTS(lacking); i++)
        if (lacking[i].is_asked)
            return fail(err, ERR_UNAVAILABLE,
                        "set %s: this machine has cgroup v2, which has no such limit",
                        lacking[i].field);
    return 0;
}

static int add_swap(struct arena *arena, struct limit_list *list, const struct oci_memory *memory,
                    struct err *err)
{
    struct limit_write write = {
        .field = "memory.swap", .controller = "memory", .file = "memory.swap.max"};
    bool is_unlimited = memory->limit != NULL && *memory->limit < 0;
    bool is_given = memory->swap != NULL && *memory->swap != 0;
    if (!is_given && !is_unlimited)
        return 0;
    if (!is_given || *memory->swap < 0) {
        write.value = "max";
        write.flags = LIMIT_OPTIONAL;
    } else {
        if (memory->limit == NULL || *memory->limit <= 0)
            return fail(err, ERR_INVALID,
                        "memory.swap %jd: it counts memory and swap together, so cgroup v2 needs "
                        "memory.limit with it",
                        (intmax_t)*memory->swap);
        if (*memory->swap < *memory->limit)
            return fail(err, ERR_INVALID,
                        "memory.swap %jd is less than memory.limit %jd: it counts both together",
                        (intmax_t)*memory->swap, (intmax_t)*memory->limit);
        write.value = arena_printf(arena, "%jd", (intmax_t)(*memory->swap - *memory->limit));
    }
    limits_add(arena, list, &write);
    return 0;
}

static void add_shares(struct arena *arena, struct limit_list *list, uint64_t shares)
{
    if (shares == 0)
        return;
    shares = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
    limits_add(
        arena, list,
        &(struct limit_write){
            .field = "cpu.shares",
            .controller = "cpu",
            .file = "cpu.weight",
            .value = arena_printf(arena, "%ju", (uintmax_t)(1 + (shares - 2) * 9999 / 262142))});
}

// cpu.max is "quota period"; written alone, a quota keeps the period.
static void add_quota(struct arena *arena, struct limit_list *list, int64_t quota, uint64_t period)
{
    struct limit_write write = {.field = "cpu.quota", .controller = "cpu", .file = "cpu.max"};
    if (quota == 0 && period == 0)
        return;
    if (quota == 0) {
        write.field = "cpu.period";
        write.value = arena_printf(arena, "%ju", (uintmax_t)period);
        write.flags = LIMIT_KEEP_FIRST;
    } else {
        const char *first = quota < 0 ? "max" : arena_printf(arena, "%jd", (intmax_t)quota);
        write.value = period == 0 ? first : arena_printf(arena, "%s %ju", first, (uintmax_t)period);
        write.flags = quota < 0 ? LIMIT_OPTIONAL : 0;
    }
    limits_add(arena, list, &write);
}

static void add_cpu(struct arena *arena, struct limit_list *list, const struct oci_cpu *cpu)
{
    add_shares(arena, list, cpu->shares != NULL ? *cpu->shares : 0);
    add_quota(arena, list, cpu->quota != NULL ? *cpu->quota : 0,
              cpu->period != NULL ? *cpu->period : 0);
}

static uint32_t io_weight(uint32_t weight)
{
    return 1 + (weight - 10) * 9999 / 990;
}

static int check_weight(uint32_t weight, const char *field, struct err *err)
{
    return weight >= 10 && weight <= 1000
               ? 0
               : fail(err, ERR_INVALID, "%s: %u is not from 10 to 1000", field, weight);
}

static int add_weights(struct arena *arena, struct limit_list *list,
                       const struct oci_block_io *block, struct err *err)
{
    struct limit_write write = {.field = "blockIO.weight",
                                .controller = "io",
                                .file = "io.bfq.weight",
                                .other_file = "io.weight"};
    if (block->weight != NULL && *block->weight != 0) {
        if (check_weight(*block->weight, write.field, err) < 0)
            return -1;
        write.value = arena_printf(arena, "%u", *block->weight);
        write.other_value = arena_printf(arena, "default %u", io_weight(*block->weight));
        limits_add(arena, list, &write);
    }
    for (size_t i = 0; i < block->n_weightDevice; i++) {
        const struct oci_weight_device *device = &block->weightDevice[i];
        write.field = arena_printf(arena, "blockIO.weightDevice[%zu]", i);
        if (device->leafWeight != NULL && *device->leafWeight != 0)
            return fail(err, ERR_UNAVAILABLE,
                        "set %s.leafWeight: this machine has cgroup v2, which has no such limit",
                        write.field);
        if (device->weight == NULL || *device->weight == 0)
            continue;
        if (check_weight(*device->weight, write.field, err) < 0)
            return -1;
        const char *numbers =
            arena_printf(arena, "%jd:%jd", (intmax_t)device->major, (intmax_t)device->minor);
        write.value = arena_printf(arena, "%s %u", numbers, *device->weight);
        write.other_value = arena_printf(arena, "%s %u", numbers, io_weight(*device->weight));
        limits_add(arena, list, &write);
    }
    return 0;
}

static void add_throttle(struct arena *arena, struct limit_list *list,
                         const struct oci_block_io *block)
{
    const struct {
        const char *field, *key;
        const struct oci_throttle_device *devices;
        size_t n;
    } kinds[] = {
        {"throttleReadBpsDevice", "rbps", block->throttleReadBpsDevice,
         block->n_throttleReadBpsDevice},
        {"throttleWriteBpsDevice", "wbps", block->throttleWriteBpsDevice,
         block->n_throttleWriteBpsDevice},
        {"throttleReadIOPSDevice", "riops", block->throttleReadIOPSDevice,
         block->n_throttleReadIOPSDevice},
        {"throttleWriteIOPSDevice", "wiops", block->throttleWriteIOPSDevice,
         block->n_throttleWriteIOPSDevice},
    };
    for (size_t k = 0; k < N_ELEMENTS(kinds); k++) {
        for (size_t i = 0; i < kinds[k].n; i++) {
            const struct oci_throttle_device *device = &kinds[k].devices[i];
            const char *rate =
                device->rate == 0 ? "max" : arena_printf(arena, "%ju", (uintmax_t)device->rate);
            limits_add(arena, list,
                       &(struct limit_write){
                           .field = arena_printf(arena, "blockIO.%s[%zu]", kinds[k].field, i),
                           .controller = "io",
                           .file = "io.max",
                           .value = arena_printf(arena, "%jd:%jd %s=%s", (intmax_t)device->major,
                                                 (intmax_t)device->minor, kinds[k].key, rate)});
        }
    }
}

// Files by which the runtime itself steers the cgroup, and their reasons.
static const char *const reserved_keys[] = {"cgroup.procs", "cgroup.threads", "cgroup.kill",
                                            "cgroup.freeze", "cgroup.type"};

static int add_unified(struct arena *arena, struct limit_list *list,
                       const struct oci_resources *resources, struct err *err)
{
    for (size_t i = 0; i < resources->n_unified; i++) {
        const struct json_pair *pair = &resources->unified[i];
        if (limits_check_word(pair->key, "unified", err) < 0)
            return -1;
        const char *dot = strchr(pair->key, '.');
        if (dot == NULL || dot == pair->key)
            return fail(err, ERR_INVALID, "unified: \"%.60s\" is no file of a controller",
                        pair->key);
        for (size_t k = 0; k < N_ELEMENTS(reserved_keys); k++)
            if (text_equal(pair->key, reserved_keys[k]))
                return fail(err, ERR_INVALID, "unified: %s is the runtime's own to write",
                            pair->key);
        // A file that takes one device or size at a time takes one line at a time.
        struct str rest = str_of(pair->value != NULL ? pair->value : "");
        do {
            struct str line = str_cut(&rest, '\n');
            limits_add(arena, list,
                       &(struct limit_write){
                           .field = arena_printf(arena, "unified.%s", pair->key),
                           .controller = arena_strndup(arena, pair->key, (size_t)(dot - pair->key)),
                           .file = pair->key,
                           .value = arena_strndup(arena, line.at, line.n)});
        } while (rest.n != 0);
    }
    return 0;
}

int limits_list_v2(struct arena *arena, const struct oci_resources *resources, bool,
                   struct limit_list *out, struct err *err)
{
    struct limit_list list = {0};
    if (resources != NULL) {
        if (check_expressible(resources, err) < 0)
            return -1;
        if (resources->cpu != NULL)
            add_cpu(arena, &list, resources->cpu); // before cpu.max.burst, which the quota bounds
        limits_add_rows(arena, &list, resources, rows, N_ELEMENTS(rows));
        if (resources->memory != NULL && add_swap(arena, &list, resources->memory, err) < 0)
            return -1;
        if (resources->blockIO != NULL) {
            if (add_weights(arena, &list, resources->blockIO, err) < 0)
                return -1;
            add_throttle(arena, &list, resources->blockIO);
        }
        if (limits_add_hugetlb(arena, &list, resources, "max", err) < 0 ||
            limits_add_rdma(arena, &list, resources, err) < 0 ||
            add_unified(arena, &list, resources, err) < 0)
            return -1;
    }
    *out = list;
    return 0;
}
