// SPDX-License-Identifier: Apache-2.0
// process.c — checks of "process" (config.md, "Process", "User", "Linux Process").
//
// Unknown capabilities are no error: the specification wants a warning, which the runtime gives
// when it maps them to the kernel's numbers.
#include "base/mem.h"
#include "oci/check.h"
#include "oci/words.h"

#include <string.h>

static int check_user(const struct oci_user *user, const struct place *at, struct err *err)
{
    if (check_id(err, PLACE(at, "uid"), user->uid) < 0 ||
        check_id(err, PLACE(at, "gid"), user->gid) < 0)
        return -1;
    if (user->umask != NULL && check_range(err, PLACE(at, "umask"), *user->umask, 0, 0777) < 0)
        return -1;
    const struct place *groups = PLACE(at, "additionalGids");
    if (user->n_additionalGids > OCI_GROUPS_MAX)
        return check_fail(err, groups, "more than %d groups", OCI_GROUPS_MAX);
    for (size_t i = 0; i < user->n_additionalGids; i++)
        if (check_id(err, PLACE_AT(groups, i), user->additionalGids[i]) < 0)
            return -1;
    return 0;
}

static int check_rlimits(const struct oci_process *process, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < process->n_rlimits; i++) {
        const struct oci_rlimit *limit = &process->rlimits[i];
        const struct place *here = PLACE_AT(at, i);
        if (check_word(err, PLACE(here, "type"), oci_rlimit_words, limit->type) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(process->rlimits[j].type, limit->type) == 0)
                return check_fail(err, PLACE(here, "type"), "%s is there twice", limit->type);
        if (limit->soft > limit->hard)
            return check_fail(err, PLACE(here, "soft"), "must not be above hard: %ju > %ju",
                              (uintmax_t)limit->soft, (uintmax_t)limit->hard);
    }
    return 0;
}

static int check_io_priority(const struct oci_io_priority *priority, const struct place *at,
                             struct err *err)
{
    if (check_word(err, PLACE(at, "class"), oci_io_class_words, priority->class_) < 0)
        return -1;
    return check_range(err, PLACE(at, "priority"), priority->priority, 0, 7);
}

// What each policy takes; sched_setattr(2) refuses the rest or forgets it.
struct policy {
    const char *name;
    bool takes_nice, takes_priority, takes_deadline;
};
static const struct policy policies[] = {
    {"SCHED_OTHER", .takes_nice = true},
    {"SCHED_BATCH", .takes_nice = true},
    {"SCHED_FIFO", .takes_priority = true},
    {"SCHED_RR", .takes_priority = true},
    {"SCHED_DEADLINE", .takes_deadline = true},
    {.name = "SCHED_ISO"},
    {.name = "SCHED_IDLE"},
};

static int check_deadline(const struct oci_scheduler *scheduler, const struct place *at,
                          struct err *err)
{
    enum { SHORTEST_NS = 1024 }; // the kernel's DL_SCALE
    uint64_t period = scheduler->period != 0 ? scheduler->period : scheduler->deadline;
    if (scheduler->runtime < SHORTEST_NS)
        return check_fail(err, PLACE(at, "runtime"), "must be at least %d: %ju", SHORTEST_NS,
                          (uintmax_t)scheduler->runtime);
    if (scheduler->deadline < scheduler->runtime)
        return check_fail(err, PLACE(at, "deadline"), "must not be below runtime: %ju < %ju",
                          (uintmax_t)scheduler->deadline, (uintmax_t)scheduler->runtime);
    if (period < scheduler->deadline)
        return check_fail(err, PLACE(at, "period"), "must not be below deadline: %ju < %ju",
                          (uintmax_t)period, (uintmax_t)scheduler->deadline);
    if (period > INT64_MAX)
        return check_fail(err, PLACE(at, "period"), "the number is too large: %ju",
                          (uintmax_t)period);
    return 0;
}

static int check_scheduler(const struct oci_scheduler *scheduler, const struct place *at,
                           struct err *err)
{
    if (check_word(err, PLACE(at, "policy"), oci_scheduler_words, scheduler->policy) < 0 ||
        check_words(err, PLACE(at, "flags"), oci_scheduler_flag_words, scheduler->flags,
                    scheduler->n_flags) < 0)
        return -1;
    const struct policy *policy = policies;
    while (strcmp(policy->name, scheduler->policy) != 0)
        policy++;
    const struct {
        const char *name;
        bool is_given, is_taken;
    } members[] = {
        {"nice", scheduler->nice != 0, policy->takes_nice},
        {"priority", scheduler->priority != 0, policy->takes_priority},
        {"runtime", scheduler->runtime != 0, policy->takes_deadline},
        {"deadline", scheduler->deadline != 0, policy->takes_deadline},
        {"period", scheduler->period != 0, policy->takes_deadline},
    };
    for (size_t i = 0; i < N_ELEMENTS(members); i++)
        if (members[i].is_given && !members[i].is_taken)
            return check_fail(err, PLACE(at, members[i].name), "%s has no such thing",
                              scheduler->policy);
    if (check_range(err, PLACE(at, "nice"), scheduler->nice, -20, 19) < 0)
        return -1;
    if (policy->takes_priority &&
        check_range(err, PLACE(at, "priority"), scheduler->priority, 1, 99) < 0)
        return -1;
    return policy->takes_deadline ? check_deadline(scheduler, at, err) : 0;
}

static int check_affinity(const struct oci_cpu_affinity *affinity, const struct place *at,
                          struct err *err)
{
    if (affinity->initial != NULL &&
        check_number_list(err, PLACE(at, "initial"), affinity->initial, OCI_CPUS_MAX) < 0)
        return -1;
    if (affinity->final == NULL)
        return 0;
    return check_number_list(err, PLACE(at, "final"), affinity->final, OCI_CPUS_MAX);
}

static int check_labels(const struct oci_process *process, const struct place *at, struct err *err)
{
    if (process->apparmorProfile != NULL &&
        check_line(err, PLACE(at, "apparmorProfile"), process->apparmorProfile) < 0)
        return -1;
    if (process->selinuxLabel != NULL)
        return check_line(err, PLACE(at, "selinuxLabel"), process->selinuxLabel);
    return 0;
}

// What is said of how the kernel shall run it.
static int check_running(const struct oci_process *process, const struct place *at, struct err *err)
{
    if (process->oomScoreAdj != NULL &&
        check_range(err, PLACE(at, "oomScoreAdj"), *process->oomScoreAdj, -1000, 1000) < 0)
        return -1;
    if (process->ioPriority != NULL &&
        check_io_priority(process->ioPriority, PLACE(at, "ioPriority"), err) < 0)
        return -1;
    if (process->scheduler != NULL &&
        check_scheduler(process->scheduler, PLACE(at, "scheduler"), err) < 0)
        return -1;
    if (process->execCPUAffinity != NULL &&
        check_affinity(process->execCPUAffinity, PLACE(at, "execCPUAffinity"), err) < 0)
        return -1;
    return check_labels(process, at, err);
}

int process_check(const struct oci_process *process, const struct place *at, struct err *err)
{
    if (process->n_args == 0)
        return check_fail(err, PLACE(at, "args"), "must not be empty");
    if (process->cwd == NULL)
        return check_fail(err, PLACE(at, "cwd"), "is required");
    if (check_absolute(err, PLACE(at, "cwd"), process->cwd) < 0 ||
        check_env(err, PLACE(at, "env"), process->env, process->n_env) < 0 ||
        check_user(&process->user, PLACE(at, "user"), err) < 0 ||
        check_rlimits(process, PLACE(at, "rlimits"), err) < 0)
        return -1;
    // Without a terminal its size is ignored, whatever it is (config.md, consoleSize).
    const struct oci_console_size *size = process->terminal ? process->consoleSize : NULL;
    if (size != NULL && (size->height > UINT16_MAX || size->width > UINT16_MAX))
        return check_fail(err, PLACE(at, "consoleSize"), "must not be above %d: %ju x %ju",
                          UINT16_MAX, (uintmax_t)size->width, (uintmax_t)size->height);
    return check_running(process, at, err);
}

int oci_process_check(const struct oci_process *process, struct err *err)
{
    return process_check(process, NULL, err);
}
