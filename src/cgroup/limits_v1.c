// SPDX-License-Identifier: Apache-2.0
// limits_v1.c — which value of the config goes to which file of cgroup v1.
//
// Kernel: Documentation/admin-guide/cgroup-v1/, Documentation/scheduler/sched-rt-group.rst.
#include "base/mem.h"
#include "cgroup/limits.h"

// clang-format off
static const struct limit_row rows[] = {
    // field                 controller   file                              where                               kind        zero             negative  other file
    {"cpu.cpus",             "cpuset",    "cpuset.cpus",                    LIMIT_AT(cpu, cpus),                LIMIT_TEXT, ZERO_IS_UNSET,   NULL,     NULL},
    {"cpu.mems",             "cpuset",    "cpuset.mems",                    LIMIT_AT(cpu, mems),                LIMIT_TEXT, ZERO_IS_UNSET,   NULL,     NULL},
    {"memory.limit",         "memory",    "memory.limit_in_bytes",          LIMIT_AT(memory, limit),            LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"memory.swap",          "memory",    "memory.memsw.limit_in_bytes",    LIMIT_AT(memory, swap),             LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"memory.reservation",   "memory",    "memory.soft_limit_in_bytes",     LIMIT_AT(memory, reservation),      LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"memory.kernel",        "memory",    "memory.kmem.limit_in_bytes",     LIMIT_AT(memory, kernel),           LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"memory.kernelTCP",     "memory",    "memory.kmem.tcp.limit_in_bytes", LIMIT_AT(memory, kernelTCP),        LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"memory.swappiness",    "memory",    "memory.swappiness",              LIMIT_AT(memory, swappiness),       LIMIT_U64,  ZERO_IS_A_VALUE, NULL,     NULL},
    {"cpu.shares",           "cpu",       "cpu.shares",                     LIMIT_AT(cpu, shares),              LIMIT_U64,  ZERO_IS_UNSET,   NULL,     NULL},
    {"cpu.period",           "cpu",       "cpu.cfs_period_us",              LIMIT_AT(cpu, period),              LIMIT_U64,  ZERO_IS_UNSET,   NULL,     NULL},
    {"cpu.quota",            "cpu",       "cpu.cfs_quota_us",               LIMIT_AT(cpu, quota),               LIMIT_I64,  ZERO_IS_UNSET,   "-1",     NULL},
    {"cpu.burst",            "cpu",       "cpu.cfs_burst_us",               LIMIT_AT(cpu, burst),               LIMIT_U64,  ZERO_IS_OFF,     NULL,     NULL},
    {"cpu.realtimePeriod",   "cpu",       "cpu.rt_period_us",               LIMIT_AT(cpu, realtimePeriod),      LIMIT_U64,  ZERO_IS_UNSET,   NULL,     NULL},
    {"cpu.realtimeRuntime",  "cpu",       "cpu.rt_runtime_us",              LIMIT_AT(cpu, realtimeRuntime),     LIMIT_I64,  ZERO_IS_UNSET,   NULL,     NULL},
    {"cpu.idle",             "cpu",       "cpu.idle",                       LIMIT_AT(cpu, idle),                LIMIT_I64,  ZERO_IS_OFF,     NULL,     NULL},
    {"pids.limit",           "pids",      "pids.max",                       LIMIT_AT(pids, limit),              LIMIT_I64,  ZERO_IS_MAX,     "max",    NULL},
    {"blockIO.weight",       "blkio",     "blkio.weight",                   LIMIT_AT(blockIO, weight),          LIMIT_U32,  ZERO_IS_UNSET,   NULL,     "blkio.bfq.weight"},
    {"blockIO.leafWeight",   "blkio",     "blkio.leaf_weight",              LIMIT_AT(blockIO, leafWeight),      LIMIT_U32,  ZERO_IS_UNSET,   NULL,     "blkio.bfq.leaf_weight"},
    {"network.classID",      "net_cls",   "net_cls.classid",                LIMIT_AT(network, classID),         LIMIT_U32,  ZERO_IS_A_VALUE, NULL,     NULL},
};
// clang-format on

static void add_memory(struct arena *arena, struct limit_list *list,
                       const struct oci_memory *memory, bool is_update)
{
    // Memory without limit under a limit of memory and swap makes no sense; the latter goes, too.
    if (memory->limit != NULL && *memory->limit < 0 && memory->swap == NULL)
        limits_add(arena, list,
                   &(struct limit_write){.field = "memory.swap",
                                         .controller = "memory",
                                         .file = "memory.memsw.limit_in_bytes",
                                         .value = "-1",
                                         .flags = LIMIT_OPTIONAL});
    // False is what a fresh cgroup has, and docker always says it: three calls saved.
    if (memory->disableOOMKiller != NULL && (*memory->disableOOMKiller || is_update))
        limits_add(arena, list,
                   &(struct limit_write){.field = "memory.disableOOMKiller",
                                         .controller = "memory",
                                         .file = "memory.oom_control",
                                         .value = *memory->disableOOMKiller ? "1" : "0",
                                         .flags = *memory->disableOOMKiller ? 0 : LIMIT_OPTIONAL});
}

static void add_throttle(struct arena *arena, struct limit_list *list, const char *name,
                         const struct oci_throttle_device *devices, size_t n)
{
    for (size_t i = 0; i < n; i++)
        limits_add(arena, list,
                   &(struct limit_write){.field = arena_printf(arena, "blockIO.%s[%zu]", name, i),
                                         .controller = "blkio",
                                         .file = arena_printf(arena, "blkio.throttle.%s", name),
                                         .value = arena_printf(arena, "%jd:%jd %ju",
                                                               (intmax_t)devices[i].major,
                                                               (intmax_t)devices[i].minor,
                                                               (uintmax_t)devices[i].rate)});
}

static void add_weights(struct arena *arena, struct limit_list *list,
                        const struct oci_block_io *block)
{
    for (size_t i = 0; i < block->n_weightDevice; i++) {
        const struct oci_weight_device *device = &block->weightDevice[i];
        struct limit_write write = {.field = arena_printf(arena, "blockIO.weightDevice[%zu]", i),
                                    .controller = "blkio"};
        if (device->weight != NULL && *device->weight != 0) {
            write.file = "blkio.weight_device";
            write.other_file = "blkio.bfq.weight_device";
            write.value = arena_printf(arena, "%jd:%jd %u", (intmax_t)device->major,
                                       (intmax_t)device->minor, *device->weight);
            limits_add(arena, list, &write);
        }
        if (device->leafWeight != NULL && *device->leafWeight != 0) {
            write.file = "blkio.leaf_weight_device";
            write.other_file = NULL;
            write.value = arena_printf(arena, "%jd:%jd %u", (intmax_t)device->major,
                                       (intmax_t)device->minor, *device->leafWeight);
            limits_add(arena, list, &write);
        }
    }
}

static void add_block_io(struct arena *arena, struct limit_list *list,
                         const struct oci_block_io *block)
{
    add_weights(arena, list, block);
    add_throttle(arena, list, "read_bps_device", block->throttleReadBpsDevice,
                 block->n_throttleReadBpsDevice);
    add_throttle(arena, list, "write_bps_device", block->throttleWriteBpsDevice,
                 block->n_throttleWriteBpsDevice);
    add_throttle(arena, list, "read_iops_device", block->throttleReadIOPSDevice,
                 block->n_throttleReadIOPSDevice);
    add_throttle(arena, list, "write_iops_device", block->throttleWriteIOPSDevice,
                 block->n_throttleWriteIOPSDevice);
}

static int add_network(struct arena *arena, struct limit_list *list,
                       const struct oci_network *network, struct err *err)
{
    for (size_t i = 0; i < network->n_priorities; i++) {
        const struct oci_interface_priority *priority = &network->priorities[i];
        if (limits_check_word(priority->name, "network.priorities.name", err) < 0)
            return -1;
        limits_add(arena, list,
                   &(struct limit_write){
                       .field = arena_printf(arena, "network.priorities[%zu]", i),
                       .controller = "net_prio",
                       .file = "net_prio.ifpriomap",
                       .value = arena_printf(arena, "%s %u", priority->name, priority->priority)});
    }
    return 0;
}

int limits_list_v1(struct arena *arena, const struct oci_resources *resources, bool is_update,
                   struct limit_list *out, struct err *err)
{
    struct limit_list list = {0};
    if (resources != NULL) {
        if (resources->n_unified != 0)
            return fail(err, ERR_UNAVAILABLE,
                        "resources.unified: this machine has cgroup v1, which has no \"%.60s\"",
                        resources->unified[0].key);
        limits_add_rows(arena, &list, resources, rows, N_ELEMENTS(rows));
        if (resources->memory != NULL)
            add_memory(arena, &list, resources->memory, is_update);
        if (resources->blockIO != NULL)
            add_block_io(arena, &list, resources->blockIO);
        if (resources->network != NULL && add_network(arena, &list, resources->network, err) < 0)
            return -1;
        if (limits_add_hugetlb(arena, &list, resources, "limit_in_bytes", err) < 0 ||
            limits_add_rdma(arena, &list, resources, err) < 0)
            return -1;
    }
    *out = list;
    return 0;
}
