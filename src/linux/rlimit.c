// SPDX-License-Identifier: Apache-2.0
// rlimit.c — the table of limits, and what to do when a hard limit may not rise.
#include "linux/rlimit.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static const char *const names[] = {
    [RLIMIT_CPU] = "RLIMIT_CPU",
    [RLIMIT_FSIZE] = "RLIMIT_FSIZE",
    [RLIMIT_DATA] = "RLIMIT_DATA",
    [RLIMIT_STACK] = "RLIMIT_STACK",
    [RLIMIT_CORE] = "RLIMIT_CORE",
    [RLIMIT_RSS] = "RLIMIT_RSS",
    [RLIMIT_NPROC] = "RLIMIT_NPROC",
    [RLIMIT_NOFILE] = "RLIMIT_NOFILE",
    [RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
    [RLIMIT_AS] = "RLIMIT_AS",
    [RLIMIT_LOCKS] = "RLIMIT_LOCKS",
    [RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
    [RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
    [RLIMIT_NICE] = "RLIMIT_NICE",
    [RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
    [RLIMIT_RTTIME] = "RLIMIT_RTTIME",
    NULL,
};
static_assert(N_ELEMENTS(names) == RLIM_NLIMITS + 1, "a name for each limit");

const char *const *rlimit_names(void)
{
    return names;
}

bool rlimit_find(const char *name, int *out_resource)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out_resource = i;
        return true;
    }
    return false;
}

// The hard limit stays what it is, the soft one comes as close as it may.
static int apply_clamped(pid_t pid, int resource, struct rlimit wanted, struct err *err)
{
    struct rlimit now;
    if (prlimit(pid, (__rlimit_resource_t)resource, NULL, &now) < 0)
        return fail_sys(err, "read %s", names[resource]);
    wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max)
        wanted.rlim_cur = wanted.rlim_max;
    if (prlimit(pid, (__rlimit_resource_t)resource, &wanted, NULL) < 0)
        return fail_sys(err, "set %s", names[resource]);
    return 0;
}

int rlimit_apply(pid_t pid, const char *name, uint64_t soft, uint64_t hard, bool *out_was_clamped,
                 struct err *err)
{
    int resource;
    if (!rlimit_find(name, &resource))
        return fail(err, ERR_INVALID, "no such resource limit: \"%s\"", name);
    if (soft > hard)
        return fail(err, ERR_INVALID, "%s: the soft limit is above the hard one", name);
    struct rlimit wanted = {.rlim_cur = soft, .rlim_max = hard};
    bool is_set = prlimit(pid, (__rlimit_resource_t)resource, &wanted, NULL) == 0;
    if (!is_set && errno != EPERM)
        return fail_sys(err, "set %s", name);
    if (!is_set && apply_clamped(pid, resource, wanted, err) < 0)
        return -1;
    *out_was_clamped = !is_set;
    return 0;
}
