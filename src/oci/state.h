// SPDX-License-Identifier: Apache-2.0
// state.h — the state of a container as the OCI runtime specification defines it (runtime.md,
// "State"): what `state` prints and what hooks read on standard input.
#pragma once
#include "json/bind.h"

#define OCI_VERSION "1.3.0"

struct oci_state {
    const char *ociVersion, *id;
    const char *status; // creating created running stopped, and paused as runc and crun have it
    int64_t pid;        // 0 when stopped; not written then
    const char *bundle;
    // Beyond the specification, as runc and crun print: where the root is, when it was created and
    // by whom.
    const char *rootfs, *created, *owner;
    struct json_pair *annotations;
    size_t n_annotations;
};
extern const struct json_field oci_state_fields[];
