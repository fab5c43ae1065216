// SPDX-License-Identifier: Apache-2.0
// schedule.h — when a process runs, on which CPUs, and with which I/O priority.
//
// Names are read before the clone, the …_apply functions are one system call each, in the child,
// for the calling thread. Kernel: sched(7), sched_setattr(2), ioprio_set(2).
#pragma once
#include "base/err.h"
#include "base/idlist.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct schedule {
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};
// "SCHED_FIFO", "SCHED_FLAG_RECLAIM" …: true and *out, or false.
bool schedule_policy_find(const char *name, uint32_t *out);
bool schedule_flag_find(const char *name, uint64_t *out);
[[nodiscard]] int schedule_apply(const struct schedule *schedule, struct err *err);

// "IOPRIO_CLASS_RT", "…_BE", "…_IDLE".
bool io_priority_class_find(const char *name, int *out);
// level: 0 (highest) … 7.
[[nodiscard]] int io_priority_apply(int io_class, int64_t level, struct err *err);

// The CPUs a process (0: the calling thread) may use.
[[nodiscard]] int cpu_affinity_apply(pid_t pid, const struct id_list *cpus, struct err *err);
// All CPUs that its cpuset allows: undoes what the caller's own affinity would hand down.
[[nodiscard]] int cpu_affinity_reset(pid_t pid, struct err *err);
