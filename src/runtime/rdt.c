// SPDX-License-Identifier: Apache-2.0
// rdt.c — which resctrl group, and who made it.
#include "runtime/rdt.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/resctrl.h"

static const char *group_of(const struct oci_intel_rdt *rdt, const char *id)
{
    return text_is_empty(rdt->closID) ? id : rdt->closID;
}

static int limit(const struct oci_intel_rdt *rdt, int root, const char *group, struct err *err)
{
    const char *const named[] = {rdt->l3CacheSchema, rdt->memBwSchema};
    for (size_t i = 0; i < N_ELEMENTS(named); i++)
        if (!text_is_empty(named[i]) && resctrl_limit(root, group, named[i], err) < 0)
            return -1;
    for (size_t i = 0; i < rdt->n_schemata; i++)
        if (resctrl_limit(root, group, rdt->schemata[i], err) < 0)
            return -1;
    return 0;
}

int rdt_apply(const struct oci_intel_rdt *rdt, const char *id, pid_t pid, bool *out_is_own,
              struct err *err)
{
    AUTO_FD int root = resctrl_open(err);
    if (root < 0)
        return -1;
    const char *group = group_of(rdt, id);
    bool has_schema = !text_is_empty(rdt->l3CacheSchema) || !text_is_empty(rdt->memBwSchema) ||
                      rdt->n_schemata != 0;
    if (!text_is_empty(rdt->closID) && !has_schema) {
        int exists = resctrl_group_exists(root, group, err);
        if (exists < 0)
            return -1;
        if (exists == 0)
            return fail(err, ERR_NOT_FOUND,
                        "closID %s does not exist, and no schemata say how to make it", group);
    }
    int is_own = resctrl_group_make(root, group, err);
    if (is_own < 0 || limit(rdt, root, group, err) < 0 ||
        resctrl_enter(root, group, rdt->enableMonitoring ? id : NULL, pid, err) < 0) {
        struct err ignored;
        if (is_own > 0)
            (void)resctrl_remove(root, group, NULL, &ignored); // the first failure is the news
        return -1;
    }
    *out_is_own = is_own > 0;
    return 0;
}

int rdt_remove(const struct oci_intel_rdt *rdt, const char *id, bool is_own, struct err *err)
{
    AUTO_FD int root = resctrl_open(err);
    if (root < 0)
        return -1;
    const char *group = group_of(rdt, id);
    if (rdt->enableMonitoring && resctrl_remove(root, group, id, err) < 0)
        return -1;
    return is_own ? resctrl_remove(root, group, NULL, err) : 0;
}
