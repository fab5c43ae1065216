// SPDX-License-Identifier: Apache-2.0
// stats.h — what a container uses: docker's JSON statistics.
#pragma once
#include "json/bind.h"

struct cpu_usage {
    uint64_t total_usage, usage_in_kernelmode, usage_in_usermode; // nanoseconds
};
struct cpu_throttling {
    uint64_t periods, throttled_periods, throttled_time;
};
struct cpu_stats {
    struct cpu_usage usage;
    uint64_t system_cpu_usage; // of all processors, nanoseconds; 0: not looked at
    uint64_t online_cpus;
    struct cpu_throttling throttling;
};
struct memory_stats {
    uint64_t usage, max_usage, failcnt, limit; // bytes; limit: the host's memory when there is none
    struct json_pair *stats;                   // the kernel's own names; numbers
    size_t n_stats;
};
struct blkio_entry {
    uint64_t major, minor;
    const char *op; // read, write …
    uint64_t value;
};
struct blkio_stats {
    struct blkio_entry *bytes, *ops;
    size_t n_bytes, n_ops;
};
struct pids_stats {
    uint64_t current, limit;
};
struct network_stats {
    const char *interface;
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, tx_packets, tx_errors,
        tx_dropped;
};
struct container_stats {
    const char *id, *name, *os_type;
    const char *read, *preread; // when
    struct cpu_stats cpu, precpu;
    struct memory_stats memory;
    struct blkio_stats blkio;
    struct pids_stats pids;
    struct network_stats *networks;
    size_t n_networks;
    int64_t num_procs;
};
extern const struct json_field container_stats_fields[];

struct container_stats_request {
    const char *id;
    // In the API a stream is the surface's doing: each message is one call.
    bool stream;
    bool one_shot; // the numbers of now; else two looks a second apart, for precpu_stats
    const struct container_stats *before; // in process: the look before this one; NULL: none
};
