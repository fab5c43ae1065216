// SPDX-License-Identifier: Apache-2.0
// systemd.h — the container's cgroup as a scope unit of systemd, made by the program
// dhow-systemd-cgroup (which links libsystemd; the runtime must not, it would pay for it at every
// start).
#pragma once
#include "cgroup/hierarchy.h"
#include "cgroup/systemd_request.h"

#define SYSTEMD_PROPERTY_PREFIX "org.systemd.property."

// From "slice:prefix:name" (NULL: ":dhow:<id>") the path "/system.slice/dhow-<id>.scope"; sets
// cgroup->slice and cgroup->scope. NULL and err when it does not have that form.
const char *systemd_path(struct cgroup *cgroup, const char *cgroupsPath, struct err *err);
// "a-b.slice" is "/a.slice/a-b.slice", "-.slice" is "". NULL and err when it is no slice's name.
const char *systemd_slice_path(struct arena *arena, const char *slice, struct err *err);
// Starts the scope with the process in it and its properties set, waits until systemd is done, and
// takes the path that systemd says it has.
[[nodiscard]] int systemd_start_scope(struct cgroup *cgroup, pid_t pid,
                                      const struct oci_resources *resources, struct err *err);
// Tells systemd the new limits, so that it does not set back the old ones when it is reloaded.
[[nodiscard]] int systemd_set_limits(struct cgroup *cgroup, const struct oci_resources *resources,
                                     struct err *err);
// Stops the scope; fine when it is gone.
[[nodiscard]] int systemd_stop_scope(struct cgroup *cgroup, struct err *err);

// systemd_properties.c: the limits as properties of a unit, and the properties that annotations
// name.
struct systemd_properties {
    struct systemd_property *at;
    size_t n, room;
};
[[nodiscard]] int systemd_limits(struct arena *arena, const struct oci_resources *resources,
                                 bool is_v2, struct systemd_properties *list, struct err *err);
[[nodiscard]] int systemd_annotations(struct arena *arena, const struct json_pair *annotations,
                                      size_t n, struct systemd_properties *list, struct err *err);
void systemd_property_add(struct arena *arena, struct systemd_properties *list, const char *name,
                          const char *value);
