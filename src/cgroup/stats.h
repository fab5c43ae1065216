// SPDX-License-Identifier: Apache-2.0
// stats.h — what a container's cgroup has used: the numbers behind `events --stats`.
#pragma once
#include "cgroup/cgroup.h"

struct cgroup_blkio_entry {
    int64_t major, minor;
    const char *op; // Read Write Sync Async Discard Total
    uint64_t value;
};
struct cgroup_hugetlb {
    const char *key; // the page size
    uint64_t usage, max, failcnt;
};
struct cgroup_stats {
    uint64_t cpu_total_ns, cpu_user_ns, cpu_kernel_ns;
    uint64_t *cpu_percpu_ns; // v1 only
    size_t n_cpu_percpu_ns;
    uint64_t throttle_periods, throttled_periods, throttled_ns;
    uint64_t memory_usage, memory_max_usage, memory_limit, memory_failcnt, memory_cache;
    uint64_t swap_usage, swap_max_usage, swap_limit, swap_failcnt;
    uint64_t kernel_usage, kernel_limit, kernel_failcnt, kernel_tcp_usage, kernel_tcp_limit,
        kernel_tcp_failcnt;
    struct json_pair *memory_raw; // memory.stat, numbers as text
    size_t n_memory_raw;
    uint64_t pids_current, pids_limit; // limit 0: none
    struct cgroup_blkio_entry *blkio_bytes, *blkio_ops;
    size_t n_blkio_bytes, n_blkio_ops;
    struct cgroup_hugetlb *hugetlb;
    size_t n_hugetlb;
    uint64_t oom_kills;
};
// Everything lives in the arena; a controller that is not there leaves its numbers 0.
[[nodiscard]] int cgroup_stats_read(const struct cgroup *cgroup, struct arena *arena,
                                    struct cgroup_stats *out, struct err *err);
