// SPDX-License-Identifier: Apache-2.0
// seccomp.c — which seccomp profile a container gets, resolved from docker's format.
//
// docker's profiles have rules for certain architectures, capabilities and kernels only; the
// runtime wants those that hold here. The common case (default capabilities on x86_64) is resolved
// already and is text (profiles.c). Format: docs.docker.com/engine/security/seccomp.
#include "base/mem.h"
#include "base/str.h"
#include "engine/process.h"
#include "engine/profiles.h"
#include "engine/security.h"
#include "linux/capability.h"

#include <string.h>
#include <sys/utsname.h>

#ifdef __x86_64__
enum { IS_RESOLVED_HERE = true }; // seccomp-docker.json
#else
enum { IS_RESOLVED_HERE = false };
#endif

// --- docker's format ---

struct condition {
    const char **caps, **arches;
    size_t n_caps, n_arches;
    const char *minKernel;
};
struct rule {
    const char *name, *action, *comment;
    const char **names;
    size_t n_names;
    uint32_t *errnoRet;
    struct oci_seccomp_arg *args;
    size_t n_args;
    struct condition includes, excludes;
};
struct architecture {
    const char *architecture;
    const char **subArchitectures;
    size_t n_subArchitectures;
};
struct profile {
    const char *defaultAction, *listenerPath, *listenerMetadata;
    uint32_t *defaultErrnoRet;
    const char **architectures, **flags;
    size_t n_architectures, n_flags;
    struct architecture *archMap;
    size_t n_archMap;
    struct rule *syscalls;
    size_t n_syscalls;
};

static const struct json_field condition_fields[] = {
    JSON_ARRAY(struct condition, caps, JSON_OPTIONAL),
    JSON_ARRAY(struct condition, arches, JSON_OPTIONAL),
    JSON_FIELD(struct condition, minKernel, JSON_OPTIONAL),
    {},
};
static const struct json_field arg_fields[] = {
    JSON_FIELD(struct oci_seccomp_arg, index, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp_arg, value, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp_arg, valueTwo, JSON_OPTIONAL),
    JSON_FIELD(struct oci_seccomp_arg, op, JSON_REQUIRED),
    {},
};
static const struct json_field rule_fields[] = {
    JSON_FIELD(struct rule, name, JSON_OPTIONAL),
    JSON_ARRAY(struct rule, names, JSON_OPTIONAL),
    JSON_FIELD(struct rule, action, JSON_REQUIRED),
    JSON_FIELD(struct rule, errnoRet, JSON_OPTIONAL),
    JSON_LIST(struct rule, args, arg_fields, JSON_OPTIONAL),
    JSON_FIELD(struct rule, comment, JSON_OPTIONAL),
    JSON_INSIDE(struct rule, includes, condition_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct rule, excludes, condition_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field architecture_fields[] = {
    JSON_FIELD(struct architecture, architecture, JSON_REQUIRED),
    JSON_ARRAY(struct architecture, subArchitectures, JSON_OPTIONAL),
    {},
};
static const struct json_field profile_fields[] = {
    JSON_FIELD(struct profile, defaultAction, JSON_REQUIRED),
    JSON_FIELD(struct profile, defaultErrnoRet, JSON_OPTIONAL),
    JSON_ARRAY(struct profile, architectures, JSON_OPTIONAL),
    JSON_ARRAY(struct profile, flags, JSON_OPTIONAL),
    JSON_FIELD(struct profile, listenerPath, JSON_OPTIONAL),
    JSON_FIELD(struct profile, listenerMetadata, JSON_OPTIONAL),
    JSON_LIST(struct profile, archMap, architecture_fields, JSON_OPTIONAL),
    JSON_LIST(struct profile, syscalls, rule_fields, JSON_OPTIONAL),
    {},
};

// --- what is here ---

// This program's architecture in the words of docker, of seccomp and of the kernel.
static const struct machine {
    const char *kernel, *docker, *seccomp;
} machines[] = {
    {"x86_64", "amd64", "SCMP_ARCH_X86_64"},
    {"aarch64", "arm64", "SCMP_ARCH_AARCH64"},
    {"riscv64", "riscv64", "SCMP_ARCH_RISCV64"},
    {"s390x", "s390x", "SCMP_ARCH_S390X"},
    {"ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE"},
    {"loongarch64", "loong64", "SCMP_ARCH_LOONGARCH64"},
};

struct here {
    const struct machine *machine; // NULL: one that the table does not know
    uint64_t capabilities;
    struct utsname system;
};

static void look(uint64_t capabilities, struct here *out)
{
    *out = (struct here){.capabilities = capabilities};
    (void)uname(&out->system); // it cannot fail
    for (size_t i = 0; i < N_ELEMENTS(machines); i++) {
        if (strcmp(machines[i].kernel, out->system.machine) == 0)
            out->machine = &machines[i];
    }
}

static bool has_arch(const struct here *here, const char *const *arches, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (here->machine != NULL && strcmp(arches[i], here->machine->docker) == 0)
            return true;
    }
    return false;
}

static bool has_capability(const struct here *here, const char *name)
{
    unsigned number;
    return capability_find(name, &number) && (here->capabilities & UINT64_C(1) << number) != 0;
}

// "4.8": this kernel or an older one.
static bool has_kernel(const struct here *here, const char *version)
{
    struct str wanted = str_of(version), own = str_of(here->system.release);
    for (int i = 0; i < 2; i++) {
        struct str a = str_cut(&wanted, '.'), b = str_cut(&own, '.');
        uint64_t least, is = 0;
        size_t digits = 0;
        while (digits < b.n && b.at[digits] >= '0' && b.at[digits] <= '9')
            digits++;
        if (!str_to_u64(a, &least) || !str_to_u64((struct str){b.at, digits}, &is))
            return false;
        if (is != least)
            return is > least;
    }
    return true;
}

static bool holds(const struct here *here, const struct rule *rule)
{
    const struct condition *in = &rule->includes, *out = &rule->excludes;
    if (in->n_arches != 0 && !has_arch(here, in->arches, in->n_arches))
        return false;
    for (size_t i = 0; i < in->n_caps; i++) {
        if (!has_capability(here, in->caps[i]))
            return false;
    }
    if (in->minKernel != NULL && !has_kernel(here, in->minKernel))
        return false;
    if (has_arch(here, out->arches, out->n_arches))
        return false;
    for (size_t i = 0; i < out->n_caps; i++) {
        if (has_capability(here, out->caps[i]))
            return false;
    }
    return out->minKernel == NULL || !has_kernel(here, out->minKernel);
}

// --- resolve ---

static void resolve_architectures(struct arena *arena, const struct here *here,
                                  const struct profile *from, struct oci_seccomp *out)
{
    out->architectures = from->architectures;
    out->n_architectures = from->n_architectures;
    for (size_t i = 0; i < from->n_archMap; i++) {
        const struct architecture *it = &from->archMap[i];
        if (here->machine == NULL || strcmp(it->architecture, here->machine->seccomp) != 0)
            continue;
        const char **all = arena_array(arena, it->n_subArchitectures + 1, sizeof *all);
        all[0] = it->architecture;
        if (it->n_subArchitectures != 0)
            memcpy(all + 1, it->subArchitectures, it->n_subArchitectures * sizeof *all);
        out->architectures = all;
        out->n_architectures = it->n_subArchitectures + 1;
    }
}

static int resolve_rule(struct arena *arena, const struct rule *from, struct oci_seccomp_rule *out,
                        struct err *err)
{
    if (from->name != NULL && from->n_names != 0)
        return fail(err, ERR_INVALID,
                    "'name' and 'names' were specified in the seccomp profile, "
                    "use either 'name' or 'names'");
    *out = (struct oci_seccomp_rule){
        .names = from->names,
        .n_names = from->n_names,
        .action = from->action,
        .errnoRet = from->errnoRet,
        .args = from->args,
        .n_args = from->n_args,
    };
    if (from->name != NULL) {
        out->names = arena_array(arena, 1, sizeof *out->names);
        out->names[0] = from->name;
        out->n_names = 1;
    }
    return 0;
}

int seccomp_resolve(struct arena *arena, struct str text, uint64_t capabilities,
                    struct oci_seccomp **out, struct err *err)
{
    struct profile from;
    struct here here;
    if (json_decode(arena, text.at, text.n, profile_fields, &from, JSON_LENIENT, err) < 0)
        return fail_in(err, "Decoding seccomp profile failed");
    if (from.n_architectures != 0 && from.n_archMap != 0)
        return fail(err, ERR_INVALID,
                    "use either 'architectures' or 'archMap' in the seccomp profile, not both");
    look(capabilities, &here);
    struct oci_seccomp *profile = arena_new(arena, struct oci_seccomp);
    profile->defaultAction = from.defaultAction;
    profile->defaultErrnoRet = from.defaultErrnoRet;
    profile->flags = from.flags;
    profile->n_flags = from.n_flags;
    profile->listenerPath = from.listenerPath;
    profile->listenerMetadata = from.listenerMetadata;
    resolve_architectures(arena, &here, &from, profile);
    profile->syscalls = arena_array(arena, from.n_syscalls + 1, sizeof *profile->syscalls);
    for (size_t i = 0; i < from.n_syscalls; i++) {
        if (!holds(&here, &from.syscalls[i]))
            continue;
        if (resolve_rule(arena, &from.syscalls[i], &profile->syscalls[profile->n_syscalls], err) <
            0)
            return -1;
        profile->n_syscalls++;
    }
    *out = profile;
    return 0;
}

int seccomp_choose(struct arena *arena, const struct host_config *host, uint64_t capabilities,
                   struct seccomp_choice *out, struct err *err)
{
    struct security security;
    *out = (struct seccomp_choice){};
    if (security_read(host, &security, err) < 0)
        return -1;
    const char *word = security.seccomp;
    bool is_builtin = word == NULL || strcmp(word, "builtin") == 0 || *word == '\0';
    if (text_equal(word, "unconfined") || (word == NULL && host->privileged))
        return 0;
    if (!is_builtin)
        return seccomp_resolve(arena, str_of(word), capabilities, &out->profile, err);
    out->is_default = IS_RESOLVED_HERE && capabilities == capabilities_default();
    if (out->is_default)
        return 0;
    const struct str whole = {seccomp_whole_profile, seccomp_whole_profile_size};
    return seccomp_resolve(arena, whole, capabilities, &out->profile, err);
}
