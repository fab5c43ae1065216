// SPDX-License-Identifier: Apache-2.0
// rdt.c — which resctrl group a container is in, and with which limits (config-linux.md,
// "IntelRdt").
//
// l3CacheSchema and memBwSchema describe a group: one that exists must have these limits, or the
// container would be given others than it asked for. schemata is an order, and is written. A group
// named by closID is never removed: the kernel would move the processes of other containers in it
// to the default group without a word.
#include "runtime/rdt.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/resctrl.h"

enum { SCHEMATA_MAX = 64 * 1024 };

static const char *group_of(const struct oci_intel_rdt *rdt, const char *id)
{
    return text_is_empty(rdt->closID) ? id : rdt->closID;
}

// The two older members as lines; a line for MB within l3CacheSchema gives way to memBwSchema.
static void described_limits(const struct oci_intel_rdt *rdt, struct buf *out)
{
    struct str rest = str_of(rdt->l3CacheSchema);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        if (line.n != 0 && !str_starts(line, "MB:"))
            buf_printf(out, "%.*s\n", (int)line.n, line.at);
    }
    if (!text_is_empty(rdt->memBwSchema))
        buf_printf(out, "%s\n", rdt->memBwSchema);
}

// "0ff" is "ff", " 20" is "20".
static struct str without_padding(struct str value)
{
    value = str_trim(value);
    while (value.n > 1 && *value.at == '0') {
        value.at++;
        value.n--;
    }
    return value;
}

// The value that lines such as "    L3:0=0ff;1=0ff" give a resource for a cache; empty when none.
static struct str find_value(const char *lines, struct str resource, struct str cache)
{
    struct str rest = str_of(lines);
    while (rest.n != 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (!str_equal(str_cut(&line, ':'), resource))
            continue;
        while (line.n != 0) {
            struct str value = str_cut(&line, ';');
            if (str_equal(str_trim(str_cut(&value, '=')), cache))
                return without_padding(value);
        }
    }
    return STR("");
}

// Every value that is asked for is the one that the group has.
static int compare(const char *asked, const char *existing, const char *group, struct err *err)
{
    struct str rest = str_of(asked);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        struct str whole = line;
        struct str resource = str_trim(str_cut(&line, ':'));
        while (line.n != 0) {
            struct str value = str_cut(&line, ';');
            struct str cache = str_trim(str_cut(&value, '='));
            struct str has = find_value(existing, resource, cache);
            if (!str_equal(has, without_padding(value)))
                return fail(err, ERR_CONFLICT,
                            "closID %s exists and has other limits than \"%.*s\": it has \"%.*s\" "
                            "for %.*s",
                            group, (int)whole.n, whole.at, (int)has.n, has.at, (int)cache.n,
                            cache.at);
        }
    }
    return 0;
}

static int limit(const struct oci_intel_rdt *rdt, int root, const char *group, bool is_new,
                 struct err *err)
{
    AUTO_BUF struct buf described, ordered, existing;
    buf_init(&described, SCHEMATA_MAX);
    buf_init(&ordered, SCHEMATA_MAX);
    buf_init(&existing, SCHEMATA_MAX);
    described_limits(rdt, &described);
    for (size_t i = 0; i < rdt->n_schemata; i++)
        buf_printf(&ordered, "%s\n", rdt->schemata[i]);
    if (buf_check(&described, "l3CacheSchema", err) < 0 || buf_check(&ordered, "schemata", err) < 0)
        return -1;
    if (described.n != 0 && is_new && resctrl_limit(root, group, buf_get(&described), err) < 0)
        return -1;
    if (described.n != 0 && !is_new &&
        (resctrl_limits_read(root, group, &existing, err) < 0 ||
         compare(buf_get(&described), buf_get(&existing), group, err) < 0))
        return -1;
    return ordered.n != 0 ? resctrl_limit(root, group, buf_get(&ordered), err) : 0;
}

static int check_exists(const struct oci_intel_rdt *rdt, int root, const char *group,
                        struct err *err)
{
    bool has_schema = !text_is_empty(rdt->l3CacheSchema) || !text_is_empty(rdt->memBwSchema) ||
                      rdt->n_schemata != 0;
    if (text_is_empty(rdt->closID) || has_schema)
        return 0;
    int exists = resctrl_group_exists(root, group, err);
    if (exists != 0)
        return exists < 0 ? -1 : 0;
    return fail(err, ERR_NOT_FOUND, "closID %s does not exist, and no schemata say how to make it",
                group);
}

int rdt_apply_in(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
                 struct err *err)
{
    const char *group = group_of(rdt, id);
    if (check_exists(rdt, root, group, err) < 0)
        return -1;
    int made = resctrl_group_make(root, group, err);
    if (made < 0)
        return -1;
    bool is_own = text_is_empty(rdt->closID);
    if (limit(rdt, root, group, made > 0 || is_own, err) < 0 ||
        resctrl_enter(root, group, rdt->enableMonitoring ? id : NULL, pid, err) < 0) {
        struct err ignored;
        if (made > 0)
            (void)resctrl_remove(root, group, NULL, &ignored); // the first failure is the news
        return -1;
    }
    return 0;
}

int rdt_remove_in(int root, const struct oci_intel_rdt *rdt, const char *id, struct err *err)
{
    const char *group = group_of(rdt, id);
    if (rdt->enableMonitoring && resctrl_remove(root, group, id, err) < 0)
        return -1;
    return text_is_empty(rdt->closID) ? resctrl_remove(root, group, NULL, err) : 0;
}

int rdt_apply(const struct oci_intel_rdt *rdt, const char *id, pid_t pid, struct err *err)
{
    AUTO_FD int root = resctrl_open(err);
    return root < 0 ? -1 : rdt_apply_in(root, rdt, id, pid, err);
}

int rdt_remove(const struct oci_intel_rdt *rdt, const char *id, struct err *err)
{
    AUTO_FD int root = resctrl_open(err);
    return root < 0 ? -1 : rdt_remove_in(root, rdt, id, err);
}
