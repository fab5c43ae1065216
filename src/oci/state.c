// SPDX-License-Identifier: Apache-2.0
// state.c — the fields of a container's state, in the order in which runc and crun print them.
#include "oci/state.h"

const struct json_field oci_state_fields[] = {
    JSON_FIELD(struct oci_state, ociVersion, JSON_REQUIRED),
    JSON_FIELD(struct oci_state, id, JSON_REQUIRED),
    JSON_FIELD(struct oci_state, pid, JSON_OPTIONAL),
    JSON_FIELD(struct oci_state, status, JSON_REQUIRED),
    JSON_FIELD(struct oci_state, bundle, JSON_REQUIRED),
    JSON_FIELD(struct oci_state, rootfs, JSON_OPTIONAL),
    JSON_FIELD(struct oci_state, created, JSON_OPTIONAL),
    JSON_PAIRS(struct oci_state, annotations, JSON_OPTIONAL),
    JSON_FIELD(struct oci_state, owner, JSON_OPTIONAL),
    {},
};
