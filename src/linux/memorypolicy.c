// SPDX-License-Identifier: Apache-2.0
// memorypolicy.c — the modes with what each allows, in one table.
#include "linux/memorypolicy.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/syscall.h>

#define WEIGHTED_INTERLEAVE 6 // Linux 6.9; not in Debian 12's header

struct mode {
    const char *name;
    int value;
    enum { NODES_NONE, NODES_OPTIONAL, NODES_REQUIRED } nodes;
};
static const struct mode modes[] = {
    {"MPOL_DEFAULT", MPOL_DEFAULT, NODES_NONE},
    {"MPOL_BIND", MPOL_BIND, NODES_REQUIRED},
    {"MPOL_INTERLEAVE", MPOL_INTERLEAVE, NODES_REQUIRED},
    {"MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE, NODES_REQUIRED},
    {"MPOL_PREFERRED", MPOL_PREFERRED, NODES_OPTIONAL}, // without nodes it is MPOL_LOCAL
    {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY, NODES_REQUIRED},
    {"MPOL_LOCAL", MPOL_LOCAL, NODES_NONE},
};
static const struct {
    const char *name;
    int value;
} flags_known[] = {
    {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
};

const char *const *memory_policy_modes(void)
{
    static const char *names[N_ELEMENTS(modes) + 1];
    for (size_t i = 0; i < N_ELEMENTS(modes); i++)
        names[i] = modes[i].name;
    return names;
}

const char *const *memory_policy_flags(void)
{
    static const char *names[N_ELEMENTS(flags_known) + 1];
    for (size_t i = 0; i < N_ELEMENTS(flags_known); i++)
        names[i] = flags_known[i].name;
    return names;
}

static const struct mode *mode_get(const char *name)
{
    for (size_t i = 0; i < N_ELEMENTS(modes); i++) {
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    }
    return NULL;
}

static int flags_parse(const char *const *flags, size_t n, int *out, struct err *err)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        int before = value;
        for (size_t j = 0; j < N_ELEMENTS(flags_known); j++)
            value |= strcmp(flags_known[j].name, flags[i]) == 0 ? flags_known[j].value : 0;
        if (value == before)
            return fail(err, ERR_INVALID, "memoryPolicy.flags[%zu]: unknown or repeated: \"%s\"", i,
                        flags[i]);
    }
    *out = value;
    return 0;
}

// What set_mempolicy(2) answers with a bare EINVAL.
static int combination_check(const struct mode *mode, bool has_nodes, int flags, struct err *err)
{
    const int both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
    if (mode->nodes == NODES_REQUIRED && !has_nodes)
        return fail(err, ERR_INVALID, "memoryPolicy.nodes: %s needs them", mode->name);
    if (mode->nodes == NODES_NONE && has_nodes)
        return fail(err, ERR_INVALID, "memoryPolicy.nodes: %s takes none", mode->name);
    if (flags != 0 && !has_nodes)
        return fail(err, ERR_INVALID, "memoryPolicy.flags: they mean something only with nodes");
    if ((flags & both) == both)
        return fail(err, ERR_INVALID,
                    "memoryPolicy.flags: MPOL_F_STATIC_NODES and "
                    "MPOL_F_RELATIVE_NODES exclude each other");
    if ((flags & MPOL_F_NUMA_BALANCING) != 0 && mode->value != MPOL_BIND &&
        mode->value != MPOL_PREFERRED_MANY)
        return fail(err, ERR_INVALID,
                    "memoryPolicy.flags: MPOL_F_NUMA_BALANCING needs MPOL_BIND or "
                    "MPOL_PREFERRED_MANY");
    return 0;
}

int memory_policy_parse(const char *mode, const char *nodes, const char *const *flags,
                        size_t n_flags, struct memory_policy *out, struct err *err)
{
    struct memory_policy policy = {.has_nodes = !text_is_empty(nodes)};
    const struct mode *found = mode_get(mode);
    int flag_bits = 0;
    if (found == NULL)
        return fail(err, ERR_INVALID, "memoryPolicy.mode: unknown: \"%s\"", mode);
    if (flags_parse(flags, n_flags, &flag_bits, err) < 0 ||
        combination_check(found, policy.has_nodes, flag_bits, err) < 0)
        return -1;
    if (policy.has_nodes && id_list_parse(nodes, &policy.nodes, err) < 0)
        return fail_in(err, "memoryPolicy.nodes");
    policy.mode = found->value | flag_bits;
    *out = policy;
    return 0;
}

int memory_policy_apply(const struct memory_policy *policy, struct err *err)
{
    // The kernel takes one bit less than it is told.
    const unsigned long *nodes = policy->has_nodes ? policy->nodes.bits : NULL;
    unsigned long n_bits = policy->has_nodes ? ID_LIST_MAX + 1 : 0;
    if (syscall(SYS_set_mempolicy, policy->mode, nodes, n_bits) == 0)
        return 0;
    if (errno == EINVAL)
        return fail_sys(err, "set the memory policy: this kernel lacks the mode, or none of the "
                             "nodes has memory and is in the cpuset");
    return fail_sys(err, "set the memory policy");
}
