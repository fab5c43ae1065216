// SPDX-License-Identifier: Apache-2.0
// resources.c — checks of linux.resources (config-linux.md, "Control groups"). What a number means
// to a controller, and which of them exist, is cgroup/'s.
#include "base/mem.h"
#include "base/str.h"
#include "oci/check.h"

#include <string.h>

static int check_major_minor(int64_t major, int64_t minor, int64_t min, const struct place *at,
                             struct err *err)
{
    if (check_range(err, PLACE(at, "major"), major, min, OCI_DEVICE_MAJORS - 1) < 0)
        return -1;
    return check_range(err, PLACE(at, "minor"), minor, min, OCI_DEVICE_MINORS - 1);
}

static int check_device_rule(const struct oci_device_rule *rule, const struct place *at,
                             struct err *err)
{
    if (rule->type != NULL && (strlen(rule->type) != 1 || strchr("abc", *rule->type) == NULL))
        return check_fail(err, PLACE(at, "type"), "\"%.80s\" is not one of a, b, c", rule->type);
    if (rule->access != NULL &&
        (rule->access[strspn(rule->access, "rwm")] != '\0' || strlen(rule->access) > 3))
        return check_fail(err, PLACE(at, "access"), "must be of the letters r, w, m: \"%.80s\"",
                          rule->access);
    return check_major_minor(rule->major != NULL ? *rule->major : -1,
                             rule->minor != NULL ? *rule->minor : -1, -1, at, err);
}

static int check_unified(const struct oci_resources *resources, const struct place *at,
                         struct err *err)
{
    for (size_t i = 0; i < resources->n_unified; i++) {
        const char *key = resources->unified[i].key;
        const struct place *here = PLACE(at, key);
        if (*key == '\0' || strcmp(key, ".") == 0 || strcmp(key, "..") == 0 ||
            strchr(key, '/') != NULL)
            return check_fail(err, here, "must be the name of a file in the cgroup");
        if (check_line(err, here, key) < 0)
            return -1;
    }
    return 0;
}

static int check_memory(const struct oci_memory *memory, const struct place *at, struct err *err)
{
    const struct {
        const char *name;
        const int64_t *value;
    } limits[] = {
        {"limit", memory->limit},   {"reservation", memory->reservation}, {"swap", memory->swap},
        {"kernel", memory->kernel}, {"kernelTCP", memory->kernelTCP},
    };
    for (size_t i = 0; i < N_ELEMENTS(limits); i++)
        if (limits[i].value != NULL && *limits[i].value < -1)
            return check_fail(err, PLACE(at, limits[i].name),
                              "must be -1 (no limit) or a number of bytes: %jd",
                              (intmax_t)*limits[i].value);
    // "swap" is memory and swap together.
    if (memory->limit != NULL && memory->swap != NULL && *memory->limit > 0 && *memory->swap > 0 &&
        *memory->swap < *memory->limit)
        return check_fail(err, PLACE(at, "swap"),
                          "counts memory and swap, so must not be below limit: %jd < %jd",
                          (intmax_t)*memory->swap, (intmax_t)*memory->limit);
    if (memory->swappiness != NULL && *memory->swappiness > 100)
        return check_fail(err, PLACE(at, "swappiness"), "must be from 0 to 100: %ju",
                          (uintmax_t)*memory->swappiness);
    return 0;
}

static int check_cpu_time(const char *name, const int64_t *value, const struct place *at,
                          struct err *err)
{
    if (value == NULL || *value >= -1)
        return 0;
    return check_fail(err, PLACE(at, name), "must be -1 (no limit) or microseconds: %jd",
                      (intmax_t)*value);
}

static int check_cpu(const struct oci_cpu *cpu, const struct place *at, struct err *err)
{
    enum { PERIOD_MIN_US = 1000, PERIOD_MAX_US = 1'000'000 }; // the kernel's bounds
    if (check_cpu_time("quota", cpu->quota, at, err) < 0 ||
        check_cpu_time("realtimeRuntime", cpu->realtimeRuntime, at, err) < 0)
        return -1;
    if (cpu->period != NULL && *cpu->period != 0 &&
        (*cpu->period < PERIOD_MIN_US || *cpu->period > PERIOD_MAX_US))
        return check_fail(err, PLACE(at, "period"), "must be from %d to %d: %ju", PERIOD_MIN_US,
                          PERIOD_MAX_US, (uintmax_t)*cpu->period);
    if (cpu->realtimeRuntime != NULL && cpu->realtimePeriod != NULL && *cpu->realtimePeriod != 0 &&
        *cpu->realtimeRuntime > 0 && (uint64_t)*cpu->realtimeRuntime > *cpu->realtimePeriod)
        return check_fail(err, PLACE(at, "realtimeRuntime"),
                          "must not be above realtimePeriod: %jd > %ju",
                          (intmax_t)*cpu->realtimeRuntime, (uintmax_t)*cpu->realtimePeriod);
    if (cpu->idle != NULL && check_range(err, PLACE(at, "idle"), *cpu->idle, 0, 1) < 0)
        return -1;
    if (cpu->cpus != NULL && check_number_list(err, PLACE(at, "cpus"), cpu->cpus, OCI_CPUS_MAX) < 0)
        return -1;
    if (cpu->mems == NULL)
        return 0;
    return check_number_list(err, PLACE(at, "mems"), cpu->mems, OCI_NODES_MAX);
}

// 0 is what an engine writes for "not set".
static int check_weight(const char *name, const uint32_t *weight, const struct place *at,
                        struct err *err)
{
    if (weight == NULL || *weight == 0)
        return 0;
    return check_range(err, PLACE(at, name), *weight, 10, 1000);
}

static int check_weight_device(const struct oci_weight_device *device, const struct place *at,
                               struct err *err)
{
    if (device->weight == NULL && device->leafWeight == NULL)
        return check_fail(err, at, "needs weight or leafWeight");
    if (check_weight("weight", device->weight, at, err) < 0 ||
        check_weight("leafWeight", device->leafWeight, at, err) < 0)
        return -1;
    return check_major_minor(device->major, device->minor, 0, at, err);
}

static int check_block_io(const struct oci_block_io *io, const struct place *at, struct err *err)
{
    if (check_weight("weight", io->weight, at, err) < 0 ||
        check_weight("leafWeight", io->leafWeight, at, err) < 0)
        return -1;
    const struct place *weights = PLACE(at, "weightDevice");
    for (size_t i = 0; i < io->n_weightDevice; i++)
        if (check_weight_device(&io->weightDevice[i], PLACE_AT(weights, i), err) < 0)
            return -1;
    const struct {
        const char *name;
        const struct oci_throttle_device *devices;
        size_t n;
    } lists[] = {
        {"throttleReadBpsDevice", io->throttleReadBpsDevice, io->n_throttleReadBpsDevice},
        {"throttleWriteBpsDevice", io->throttleWriteBpsDevice, io->n_throttleWriteBpsDevice},
        {"throttleReadIOPSDevice", io->throttleReadIOPSDevice, io->n_throttleReadIOPSDevice},
        {"throttleWriteIOPSDevice", io->throttleWriteIOPSDevice, io->n_throttleWriteIOPSDevice},
    };
    for (size_t i = 0; i < N_ELEMENTS(lists); i++)
        for (size_t j = 0; j < lists[i].n; j++)
            if (check_major_minor(lists[i].devices[j].major, lists[i].devices[j].minor, 0,
                                  PLACE_AT(PLACE(at, lists[i].name), j), err) < 0)
                return -1;
    return 0;
}

// The schema's ^[1-9][0-9]*[KMG]B$, as in the names hugetlb.2MB.max of the kernel.
static int check_page_size(const char *size, const struct place *at, struct err *err)
{
    size_t digits = strspn(size, "0123456789");
    const char *unit = size + digits;
    if (digits == 0 || digits > 19 || *size == '0' || strchr("KMG", *unit) == NULL ||
        strlen(unit) != 2 || unit[1] != 'B')
        return check_fail(err, at, "must be a size as in \"2MB\" or \"64KB\": \"%.80s\"", size);
    return 0;
}

static int check_rdma(const struct oci_rdma *rdma, const struct place *at, struct err *err)
{
    if (*rdma->key == '\0' || strpbrk(rdma->key, "/ \t\n") != NULL)
        return check_fail(err, at, "must be a device's name");
    if (rdma->hcaHandles == NULL && rdma->hcaObjects == NULL)
        return check_fail(err, at, "needs hcaHandles or hcaObjects");
    return 0;
}

static int check_lists(const struct oci_resources *resources, const struct place *at,
                       struct err *err)
{
    const struct place *rules = PLACE(at, "devices"), *pages = PLACE(at, "hugepageLimits"),
                       *rdma = PLACE(at, "rdma");
    for (size_t i = 0; i < resources->n_devices; i++)
        if (check_device_rule(&resources->devices[i], PLACE_AT(rules, i), err) < 0)
            return -1;
    for (size_t i = 0; i < resources->n_hugepageLimits; i++)
        if (check_page_size(resources->hugepageLimits[i].pageSize,
                            PLACE(PLACE_AT(pages, i), "pageSize"), err) < 0)
            return -1;
    for (size_t i = 0; i < resources->n_rdma; i++)
        if (check_rdma(&resources->rdma[i], PLACE(rdma, resources->rdma[i].key), err) < 0)
            return -1;
    return 0;
}

static int check_network(const struct oci_network *network, const struct place *at, struct err *err)
{
    const struct place *priorities = PLACE(at, "priorities");
    for (size_t i = 0; i < network->n_priorities; i++)
        if (check_interface_name(err, PLACE(PLACE_AT(priorities, i), "name"),
                                 network->priorities[i].name) < 0)
            return -1;
    return 0;
}

int resources_check(const struct oci_resources *resources, const struct place *at, struct err *err)
{
    if (check_unified(resources, PLACE(at, "unified"), err) < 0 ||
        check_lists(resources, at, err) < 0)
        return -1;
    if (resources->memory != NULL && check_memory(resources->memory, PLACE(at, "memory"), err) < 0)
        return -1;
    if (resources->cpu != NULL && check_cpu(resources->cpu, PLACE(at, "cpu"), err) < 0)
        return -1;
    if (resources->pids != NULL && *resources->pids->limit < -1)
        return check_fail(err, PLACE(PLACE(at, "pids"), "limit"),
                          "must be -1 (no limit) or a number of tasks: %jd",
                          (intmax_t)*resources->pids->limit);
    if (resources->blockIO != NULL &&
        check_block_io(resources->blockIO, PLACE(at, "blockIO"), err) < 0)
        return -1;
    if (resources->network == NULL)
        return 0;
    return check_network(resources->network, PLACE(at, "network"), err);
}
