// SPDX-License-Identifier: Apache-2.0
// schedule.h — which CPU, when, with which I/O priority, and memory of which node: the properties
// that the kernel's schedulers see of a process.
//
// Everything is read from text before the clone (…_parse) and applied in the child with one system
// call each (…_apply), to the calling thread. Kernel: sched(7), ioprio_set(2), set_mempolicy(2).
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
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

enum { ID_LIST_MAX = 8192 }; // CPUs or nodes
// A set of CPU or node numbers, as the kernel's bitmaps are.
struct id_list {
    unsigned long bits[ID_LIST_MAX / (8 * sizeof(unsigned long))];
};
// "0-3,7": ranges ascend, blanks around items are fine, empty text is an error.
[[nodiscard]] int id_list_parse(const char *text, struct id_list *out, struct err *err);
bool id_list_has(const struct id_list *list, unsigned id);

// The CPUs a process (0: the calling thread) may use.
[[nodiscard]] int cpu_affinity_apply(pid_t pid, const struct id_list *cpus, struct err *err);
// All CPUs that its cpuset allows: undoes what the caller's own affinity would hand down.
[[nodiscard]] int cpu_affinity_reset(pid_t pid, struct err *err);

struct memory_policy {
    int mode; // with flags, as set_mempolicy wants it
    bool has_nodes;
    struct id_list nodes;
};
// mode "MPOL_BIND" …; nodes "0-3,7" or NULL; flags "MPOL_F_STATIC_NODES" …
[[nodiscard]] int memory_policy_parse(const char *mode, const char *nodes, const char *const *flags,
                                      size_t n_flags, struct memory_policy *out, struct err *err);
[[nodiscard]] int memory_policy_apply(const struct memory_policy *policy, struct err *err);
// Names for `features`: NULL-terminated.
const char *const *memory_policy_modes(void);
const char *const *memory_policy_flags(void);
