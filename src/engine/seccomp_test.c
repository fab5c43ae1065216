// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "engine/process.h"
#include "engine/profiles.h"
#include "engine/security.h"
#include "linux/capability.h"

#include <string.h>

static const struct oci_seccomp_rule *find(const struct oci_seccomp *profile, const char *name,
                                           const char *action)
{
    for (size_t i = 0; i < profile->n_syscalls; i++) {
        const struct oci_seccomp_rule *rule = &profile->syscalls[i];
        for (size_t j = 0; j < rule->n_names; j++) {
            if (strcmp(rule->names[j], name) == 0 && strcmp(rule->action, action) == 0)
                return rule;
        }
    }
    return NULL;
}

static struct oci_seccomp *whole(struct arena *arena, uint64_t capabilities)
{
    struct oci_seccomp *out = NULL;
    struct err err;
    const struct str text = {seccomp_whole_profile, seccomp_whole_profile_size};
    CHECK_INT(seccomp_resolve(arena, text, capabilities, &out, &err), 0);
    return out;
}

static size_t count(const struct oci_seccomp *profile)
{
    size_t n = 0;
    for (size_t i = 0; i < profile->n_syscalls; i++)
        n += profile->syscalls[i].n_names;
    return n;
}

#ifdef __x86_64__
TEST(the_whole_profile_with_the_default_capabilities_is_the_resolved_one)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_seccomp resolved;
    struct err err;
    const struct oci_seccomp *made = whole(&arena, capabilities_default());
    CHECK_INT(json_decode(&arena, seccomp_profile, seccomp_profile_size, oci_seccomp_fields,
                          &resolved, JSON_STRICT, &err),
              0);
    CHECK_STR(made->defaultAction, resolved.defaultAction);
    CHECK_INT(made->n_architectures, resolved.n_architectures);
    CHECK_INT(count(made), count(&resolved));
    for (size_t i = 0; i < resolved.n_syscalls; i++) {
        const struct oci_seccomp_rule *rule = &resolved.syscalls[i];
        for (size_t j = 0; j < rule->n_names; j++)
            CHECK(find(made, rule->names[j], rule->action) != NULL);
    }
}
#endif

TEST(a_capability_opens_what_dockers_profile_opens_with_it)
{
    static const struct {
        const char *capability, *call;
    } rows[] = {{"CAP_SYS_ADMIN", "mount"},
                {"CAP_SYS_ADMIN", "unshare"},
                {"CAP_SYS_PTRACE", "kcmp"},
                {"CAP_SYS_TIME", "settimeofday"},
                {"CAP_SYS_MODULE", "init_module"},
                {"CAP_BPF", "bpf"},
                {"CAP_DAC_READ_SEARCH", "open_by_handle_at"}};
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        unsigned number = 0;
        CHECK(capability_find(rows[i].capability, &number));
        uint64_t with = capabilities_default() | UINT64_C(1) << number;
        CHECK(find(whole(&arena, capabilities_default()), rows[i].call, "SCMP_ACT_ALLOW") == NULL);
        CHECK(find(whole(&arena, with), rows[i].call, "SCMP_ACT_ALLOW") != NULL);
    }
}

TEST(without_a_capability_what_it_opens_is_closed)
{
    AUTO_ARENA struct arena arena = {};
    CHECK(find(whole(&arena, capabilities_default()), "chroot", "SCMP_ACT_ALLOW") != NULL);
    CHECK(find(whole(&arena, 0), "chroot", "SCMP_ACT_ALLOW") == NULL);
}

TEST(a_profile_that_makes_no_sense_is_refused)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"{", "Decoding seccomp profile failed"},
        {"{}", "defaultAction"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\"], "
         "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}]}",
         "use either 'architectures' or 'archMap'"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"name\": \"a\", \"names\": "
         "[\"b\"], \"action\": \"SCMP_ACT_ERRNO\"}]}",
         "use either 'name' or 'names'"},
    };
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct err err = {};
        struct oci_seccomp *out;
        CHECK_INT(seccomp_resolve(&arena, str_of(rows[i].text), 0, &out, &err), -1);
        CHECK_HAS(err.text, rows[i].error);
    }
}
