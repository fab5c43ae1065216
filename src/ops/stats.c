// SPDX-License-Identifier: Apache-2.0
// stats.c — the JSON tables of a container's statistics.
#include "ops/stats.h"

#include "ops/tables.h"

// clang-format off
const struct json_field container_stats_parameters[] = {
    JSON_FIELD(struct container_stats_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_stats_request, stream, JSON_OPTIONAL),
    JSON_NAMED(struct container_stats_request, one_shot, "one-shot", JSON_OPTIONAL),
    {},
};
static const struct json_field usage_fields[] = {
    JSON_FIELD(struct cpu_usage, total_usage, JSON_ALWAYS),
    JSON_FIELD(struct cpu_usage, usage_in_kernelmode, JSON_ALWAYS),
    JSON_FIELD(struct cpu_usage, usage_in_usermode, JSON_ALWAYS),
    {},
};
static const struct json_field throttling_fields[] = {
    JSON_FIELD(struct cpu_throttling, periods, JSON_ALWAYS),
    JSON_FIELD(struct cpu_throttling, throttled_periods, JSON_ALWAYS),
    JSON_FIELD(struct cpu_throttling, throttled_time, JSON_ALWAYS),
    {},
};
static const struct json_field cpu_fields[] = {
    JSON_INSIDE_NAMED(struct cpu_stats, usage, "cpu_usage", usage_fields, JSON_ALWAYS),
    JSON_FIELD(struct cpu_stats, system_cpu_usage, JSON_OPTIONAL),
    JSON_FIELD(struct cpu_stats, online_cpus, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct cpu_stats, throttling, "throttling_data", throttling_fields, JSON_ALWAYS),
    {},
};
static const struct json_field memory_fields[] = {
    JSON_FIELD(struct memory_stats, usage, JSON_OPTIONAL),
    JSON_FIELD(struct memory_stats, max_usage, JSON_OPTIONAL),
    JSON_ANY_NAMED(struct memory_stats, stats, "stats", JSON_OPTIONAL),
    JSON_FIELD(struct memory_stats, failcnt, JSON_OPTIONAL),
    JSON_FIELD(struct memory_stats, limit, JSON_OPTIONAL),
    {},
};
static const struct json_field entry_fields[] = {
    JSON_FIELD(struct blkio_entry, major, JSON_ALWAYS),
    JSON_FIELD(struct blkio_entry, minor, JSON_ALWAYS),
    JSON_FIELD(struct blkio_entry, op, JSON_ALWAYS),
    JSON_FIELD(struct blkio_entry, value, JSON_ALWAYS),
    {},
};
static const struct json_field blkio_fields[] = {
    JSON_LIST_NAMED(struct blkio_stats, bytes, "io_service_bytes_recursive", entry_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct blkio_stats, ops, "io_serviced_recursive", entry_fields, JSON_ALWAYS),
    {},
};
static const struct json_field pids_fields[] = {
    JSON_FIELD(struct pids_stats, current, JSON_OPTIONAL),
    JSON_FIELD(struct pids_stats, limit, JSON_OPTIONAL),
    {},
};
static const struct json_field network_stats_fields[] = {
    JSON_FIELD(struct network_stats, rx_bytes, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, rx_packets, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, rx_errors, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, rx_dropped, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, tx_bytes, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, tx_packets, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, tx_errors, JSON_ALWAYS),
    JSON_FIELD(struct network_stats, tx_dropped, JSON_ALWAYS),
    {},
};
// Of Windows; every client expects it.
static const struct json_field storage_stats_fields[] = {{}};
const struct json_field container_stats_fields[] = {
    JSON_FIELD(struct container_stats, id, JSON_OPTIONAL),
    JSON_FIELD(struct container_stats, name, JSON_OPTIONAL),
    JSON_FIELD(struct container_stats, os_type, JSON_OPTIONAL),
    JSON_FIELD(struct container_stats, read, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_stats, cpu, "cpu_stats", cpu_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_stats, memory, "memory_stats", memory_fields, JSON_ALWAYS),
    OPS_MAP(struct container_stats, networks, "networks", network_stats_fields, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct container_stats, pids, "pids_stats", pids_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_stats, blkio, "blkio_stats", blkio_fields, JSON_ALWAYS),
    JSON_NAMED(struct container_stats, num_procs, "num_procs", JSON_ALWAYS),
    OPS_SAME("storage_stats", storage_stats_fields),
    JSON_FIELD(struct container_stats, preread, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_stats, precpu, "precpu_stats", cpu_fields, JSON_ALWAYS),
    {},
};
