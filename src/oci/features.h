// SPDX-License-Identifier: Apache-2.0
// features.h — what a runtime can do, as `features` prints it (the specification's features.md and
// features-linux.md).
//
// Pointers are NULL where nothing is said. The static parts (the words that config.h's checks know)
// come from oci_features_init; what depends on how the program was built and on the machine is the
// runtime's to fill in.
#pragma once
#include "json/bind.h"

struct oci_features_cgroup {
    bool *v1, *v2, *systemd, *systemdUser, *rdma;
};
struct oci_features_seccomp {
    bool *enabled;
    const char **actions, **operators, **archs, **knownFlags, **supportedFlags;
    size_t n_actions, n_operators, n_archs, n_knownFlags, n_supportedFlags;
};
struct oci_features_switch {
    bool *enabled;
};
struct oci_features_mount_extensions {
    struct oci_features_switch *idmap;
};
struct oci_features_linux {
    const char **namespaces, **capabilities;
    size_t n_namespaces, n_capabilities;
    struct oci_features_cgroup *cgroup;
    struct oci_features_seccomp *seccomp;
    struct oci_features_switch *apparmor, *selinux, *intelRdt, *netDevices;
    struct oci_features_mount_extensions *mountExtensions;
};
struct oci_features {
    const char *ociVersionMin, *ociVersionMax;
    const char **hooks, **mountOptions;
    size_t n_hooks, n_mountOptions;
    struct oci_features_linux *linux_; // JSON "linux"
    struct json_pair *annotations;
    size_t n_annotations;
    const char **potentiallyUnsafeConfigAnnotations;
    size_t n_potentiallyUnsafeConfigAnnotations;
};
extern const struct json_field oci_features_fields[];

// Everything that is the same on all machines: versions, hooks, mount options, namespaces,
// capabilities, seccomp's words (supportedFlags as well: take out what the kernel lacks). All
// objects under linux_ are there, in `arena`; their `enabled` members are NULL.
void oci_features_init(struct arena *arena, struct oci_features *out);
