// SPDX-License-Identifier: Apache-2.0
// resources_tables.c — the fields of config-linux.md's "resources".
#include "oci/config.h"

static const struct json_field device_rule_fields[] = {
    JSON_FIELD(struct oci_device_rule, allow, JSON_REQUIRED),
    JSON_FIELD(struct oci_device_rule, type, JSON_OPTIONAL),
    JSON_FIELD(struct oci_device_rule, major, JSON_OPTIONAL),
    JSON_FIELD(struct oci_device_rule, minor, JSON_OPTIONAL),
    JSON_FIELD(struct oci_device_rule, access, JSON_OPTIONAL),
    {},
};
static const struct json_field memory_fields[] = {
    JSON_FIELD(struct oci_memory, limit, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, reservation, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, swap, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, kernel, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, kernelTCP, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, swappiness, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, disableOOMKiller, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, useHierarchy, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory, checkBeforeUpdate, JSON_OPTIONAL),
    {},
};
static const struct json_field cpu_fields[] = {
    JSON_FIELD(struct oci_cpu, shares, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, quota, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, burst, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, period, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, realtimeRuntime, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, realtimePeriod, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, cpus, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, mems, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu, idle, JSON_OPTIONAL),
    {},
};
static const struct json_field pids_fields[] = {
    JSON_FIELD(struct oci_pids, limit, JSON_REQUIRED),
    {},
};
static const struct json_field throttle_device_fields[] = {
    JSON_FIELD(struct oci_throttle_device, major, JSON_REQUIRED),
    JSON_FIELD(struct oci_throttle_device, minor, JSON_REQUIRED),
    JSON_FIELD(struct oci_throttle_device, rate, JSON_ALWAYS),
    {},
};
static const struct json_field weight_device_fields[] = {
    JSON_FIELD(struct oci_weight_device, major, JSON_REQUIRED),
    JSON_FIELD(struct oci_weight_device, minor, JSON_REQUIRED),
    JSON_FIELD(struct oci_weight_device, weight, JSON_OPTIONAL),
    JSON_FIELD(struct oci_weight_device, leafWeight, JSON_OPTIONAL),
    {},
};
static const struct json_field block_io_fields[] = {
    JSON_FIELD(struct oci_block_io, weight, JSON_OPTIONAL),
    JSON_FIELD(struct oci_block_io, leafWeight, JSON_OPTIONAL),
    JSON_LIST(struct oci_block_io, weightDevice, weight_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_block_io, throttleReadBpsDevice, throttle_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_block_io, throttleWriteBpsDevice, throttle_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_block_io, throttleReadIOPSDevice, throttle_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_block_io, throttleWriteIOPSDevice, throttle_device_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field hugepage_limit_fields[] = {
    JSON_FIELD(struct oci_hugepage_limit, pageSize, JSON_REQUIRED),
    JSON_FIELD(struct oci_hugepage_limit, limit, JSON_REQUIRED),
    {},
};
static const struct json_field interface_priority_fields[] = {
    JSON_FIELD(struct oci_interface_priority, name, JSON_REQUIRED),
    JSON_FIELD(struct oci_interface_priority, priority, JSON_REQUIRED),
    {},
};
static const struct json_field network_fields[] = {
    JSON_FIELD(struct oci_network, classID, JSON_OPTIONAL),
    JSON_LIST(struct oci_network, priorities, interface_priority_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field rdma_fields[] = {
    JSON_FIELD(struct oci_rdma, hcaHandles, JSON_OPTIONAL),
    JSON_FIELD(struct oci_rdma, hcaObjects, JSON_OPTIONAL),
    {},
};

const struct json_field oci_resources_fields[] = {
    JSON_PAIRS(struct oci_resources, unified, JSON_OPTIONAL),
    JSON_LIST(struct oci_resources, devices, device_rule_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_resources, memory, memory_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_resources, cpu, cpu_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_resources, pids, pids_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_resources, blockIO, block_io_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_resources, hugepageLimits, hugepage_limit_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_resources, network, network_fields, JSON_OPTIONAL),
    JSON_OBJECTS(struct oci_resources, rdma, rdma_fields, JSON_OPTIONAL),
    {},
};
