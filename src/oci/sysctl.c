// SPDX-License-Identifier: Apache-2.0
// sysctl.c — checks of linux.sysctl: only what belongs to one of the container's own namespaces.
//
// A key becomes a path below /proc/sys and is written by root: dots separate, and neither a slash
// nor an empty or ".." part may get through (CVE-2022-0811's `+` and `=` fall with the alphabet).
#include "base/mem.h"
#include "base/str.h"
#include "oci/check.h"

#include <string.h>

static const struct owner {
    const char *key; // ends with a dot: everything below it
    const char *namespace;
    const char *member; // of the configuration that says the same
} owners[] = {
    {"net.", "network", NULL},
    {"fs.mqueue.", "ipc", NULL},
    {"kernel.msgmax", "ipc", NULL},
    {"kernel.msgmnb", "ipc", NULL},
    {"kernel.msgmni", "ipc", NULL},
    {"kernel.sem", "ipc", NULL},
    {"kernel.shmall", "ipc", NULL},
    {"kernel.shmmax", "ipc", NULL},
    {"kernel.shmmni", "ipc", NULL},
    {"kernel.shm_rmid_forced", "ipc", NULL},
    {"kernel.domainname", "uts", "domainname"},
    {"kernel.hostname", "uts", "hostname"},
};

static const struct owner *find_owner(const char *key)
{
    for (size_t i = 0; i < N_ELEMENTS(owners); i++)
        if (text_ends(owners[i].key, ".") ? text_starts(key, owners[i].key)
                                          : strcmp(key, owners[i].key) == 0)
            return &owners[i];
    return NULL;
}

static bool is_member_given(const struct oci_config *config, const char *member)
{
    if (member == NULL)
        return false;
    return strcmp(member, "hostname") == 0 ? config->hostname != NULL : config->domainname != NULL;
}

static int check_key(const struct oci_config *config, const char *key, const struct place *at,
                     struct err *err)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-.";
    if (key[strspn(key, alphabet)] != '\0' || strstr(key, "..") != NULL || *key == '.' ||
        text_ends(key, ".") || *key == '\0')
        return check_fail(err, at, "must be names with dots between them");
    const struct owner *owner = find_owner(key);
    if (owner == NULL)
        return check_fail(err, at, "belongs to the whole system, not to a namespace");
    if (oci_namespace_get(config, owner->namespace) == NULL)
        return check_fail(err, at, "needs a namespace of type \"%s\" in linux.namespaces",
                          owner->namespace);
    if (is_member_given(config, owner->member))
        return check_fail(err, at, "conflicts with \"%s\"", owner->member);
    return 0;
}

int sysctl_check(const struct oci_config *config, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < config->linux_.n_sysctl; i++) {
        const struct json_pair *pair = &config->linux_.sysctl[i];
        const struct place *here = PLACE(at, pair->key);
        if (check_key(config, pair->key, here, err) < 0)
            return -1;
        // Tabs are what the kernel itself puts between several numbers.
        for (const char *c = pair->value; *c != '\0'; c++)
            if ((unsigned char)*c < ' ' && *c != '\t')
                return check_fail(err, here, "the value must be one line");
    }
    return 0;
}
