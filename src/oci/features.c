// SPDX-License-Identifier: Apache-2.0
// features.c — the table of features.json, and the parts of it that are known without looking.
#include "oci/features.h"

#include "oci/mountoptions.h"
#include "oci/state.h"
#include "oci/words.h"

static const struct json_field cgroup_fields[] = {
    JSON_FIELD(struct oci_features_cgroup, v1, JSON_OPTIONAL),
    JSON_FIELD(struct oci_features_cgroup, v2, JSON_OPTIONAL),
    JSON_FIELD(struct oci_features_cgroup, systemd, JSON_OPTIONAL),
    JSON_FIELD(struct oci_features_cgroup, systemdUser, JSON_OPTIONAL),
    JSON_FIELD(struct oci_features_cgroup, rdma, JSON_OPTIONAL),
    {},
};
static const struct json_field seccomp_fields[] = {
    JSON_FIELD(struct oci_features_seccomp, enabled, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_seccomp, actions, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_seccomp, operators, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_seccomp, archs, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_seccomp, knownFlags, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_seccomp, supportedFlags, JSON_OPTIONAL),
    {},
};
static const struct json_field switch_fields[] = {
    JSON_FIELD(struct oci_features_switch, enabled, JSON_OPTIONAL),
    {},
};
static const struct json_field mount_extensions_fields[] = {
    JSON_BEHIND(struct oci_features_mount_extensions, idmap, switch_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field linux_fields[] = {
    JSON_ARRAY(struct oci_features_linux, namespaces, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features_linux, capabilities, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, cgroup, cgroup_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, seccomp, seccomp_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, apparmor, switch_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, selinux, switch_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, intelRdt, switch_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, mountExtensions, mount_extensions_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_features_linux, netDevices, switch_fields, JSON_OPTIONAL),
    {},
};
const struct json_field oci_features_fields[] = {
    JSON_FIELD(struct oci_features, ociVersionMin, JSON_REQUIRED),
    JSON_FIELD(struct oci_features, ociVersionMax, JSON_REQUIRED),
    JSON_ARRAY(struct oci_features, hooks, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features, mountOptions, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct oci_features, linux_, "linux", linux_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct oci_features, annotations, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_features, potentiallyUnsafeConfigAnnotations, JSON_OPTIONAL),
    {},
};

// The tables write such lists as `const char **`; nobody writes through it.
static const char **copy_words(struct arena *arena, const char *const *words, size_t *out_n)
{
    size_t n = 0;
    while (words[n] != NULL)
        n++;
    const char **copy = arena_array(arena, n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = words[i];
    *out_n = n;
    return copy;
}

static struct oci_features_seccomp *make_seccomp(struct arena *arena)
{
    struct oci_features_seccomp *seccomp = arena_new(arena, struct oci_features_seccomp);
    seccomp->actions = copy_words(arena, oci_seccomp_action_words, &seccomp->n_actions);
    seccomp->operators = copy_words(arena, oci_seccomp_operator_words, &seccomp->n_operators);
    seccomp->archs = copy_words(arena, oci_seccomp_arch_words, &seccomp->n_archs);
    seccomp->knownFlags = copy_words(arena, oci_seccomp_flag_words, &seccomp->n_knownFlags);
    seccomp->supportedFlags = copy_words(arena, oci_seccomp_flag_words, &seccomp->n_supportedFlags);
    return seccomp;
}

static struct oci_features_linux *make_linux(struct arena *arena)
{
    struct oci_features_linux *linux_ = arena_new(arena, struct oci_features_linux);
    linux_->namespaces = copy_words(arena, oci_namespace_words, &linux_->n_namespaces);
    linux_->capabilities = copy_words(arena, oci_capability_words, &linux_->n_capabilities);
    linux_->cgroup = arena_new(arena, struct oci_features_cgroup);
    linux_->seccomp = make_seccomp(arena);
    linux_->apparmor = arena_new(arena, struct oci_features_switch);
    linux_->selinux = arena_new(arena, struct oci_features_switch);
    linux_->intelRdt = arena_new(arena, struct oci_features_switch);
    linux_->mountExtensions = arena_new(arena, struct oci_features_mount_extensions);
    linux_->mountExtensions->idmap = arena_new(arena, struct oci_features_switch);
    linux_->netDevices = arena_new(arena, struct oci_features_switch);
    return linux_;
}

void oci_features_init(struct arena *arena, struct oci_features *out)
{
    *out = (struct oci_features){.ociVersionMin = "1.0.0", .ociVersionMax = OCI_VERSION};
    out->hooks = copy_words(arena, oci_hook_words, &out->n_hooks);
    while (mount_option_name_get(out->n_mountOptions) != NULL)
        out->n_mountOptions++;
    out->mountOptions = arena_array(arena, out->n_mountOptions, sizeof *out->mountOptions);
    for (size_t i = 0; i < out->n_mountOptions; i++)
        out->mountOptions[i] = mount_option_name_get(i);
    out->linux_ = make_linux(arena);
}
