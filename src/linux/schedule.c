// SPDX-License-Identifier: Apache-2.0
// schedule.c — names to numbers, and the system calls that glibc does not wrap.
#include "linux/schedule.h"

#include "base/mem.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// linux/sched/types.h, up to the utilisation clamps of 5.3.
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};

struct word {
    const char *name;
    uint64_t value;
};

static const struct word policies[] = {
    {"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2},       {"SCHED_BATCH", 3},
    {"SCHED_ISO", 4},   {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6}, {},
};

static const struct word flags_known[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
    {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
    {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
    {},
};

static const struct word io_classes[] = {
    {"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
    {"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
    {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
    {},
};

static const struct word *word_get(const struct word *words, const char *name)
{
    for (; words->name != NULL; words++) {
        if (strcmp(words->name, name) == 0)
            return words;
    }
    return NULL;
}

bool schedule_policy_find(const char *name, uint32_t *out)
{
    const struct word *word = word_get(policies, name);
    if (word != NULL)
        *out = (uint32_t)word->value;
    return word != NULL;
}

bool schedule_flag_find(const char *name, uint64_t *out)
{
    const struct word *word = word_get(flags_known, name);
    if (word != NULL)
        *out = word->value;
    return word != NULL;
}

int schedule_apply(const struct schedule *schedule, struct err *err)
{
    struct attributes attributes = {
        .size = sizeof attributes,
        .policy = schedule->policy,
        .flags = schedule->flags,
        .nice = schedule->nice,
        .priority = schedule->priority,
        .runtime = schedule->runtime_ns,
        .deadline = schedule->deadline_ns,
        .period = schedule->period_ns,
    };
    const char *policy = schedule->policy < N_ELEMENTS(policies) - 1
                             ? policies[schedule->policy].name
                             : "of that number";
    if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0)
        return 0;
    if (errno == EPERM)
        return fail_sys(err,
                        "set the scheduler %s: needs CAP_SYS_NICE, or limits (RLIMIT_NICE, "
                        "RLIMIT_RTPRIO) and a cgroup that allow it",
                        policy);
    return fail_sys(err, "set the scheduler %s", policy);
}

bool io_priority_class_find(const char *name, int *out)
{
    const struct word *word = word_get(io_classes, name);
    if (word != NULL)
        *out = (int)word->value;
    return word != NULL;
}

int io_priority_apply(int io_class, int64_t level, struct err *err)
{
    if (level < 0 || level >= IOPRIO_NR_LEVELS)
        return fail(err, ERR_INVALID, "I/O priority %jd is not 0 to %d", (intmax_t)level,
                    IOPRIO_NR_LEVELS - 1);
    int value = IOPRIO_PRIO_VALUE(io_class, (int)level);
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value) < 0)
        return fail_sys(err, "set the I/O priority to class %d, level %jd", io_class,
                        (intmax_t)level);
    return 0;
}

int cpu_affinity_apply(pid_t pid, const struct id_list *cpus, struct err *err)
{
    if (syscall(SYS_sched_setaffinity, pid, sizeof cpus->bits, cpus->bits) == 0)
        return 0;
    if (errno == EINVAL)
        return fail_sys(err,
                        "set the CPU affinity: none of these CPUs is online and in the cpuset");
    return fail_sys(err, "set the CPU affinity");
}

int cpu_affinity_reset(pid_t pid, struct err *err)
{
    struct id_list all;
    memset(&all, 0xff, sizeof all);
    return cpu_affinity_apply(pid, &all, err);
}
