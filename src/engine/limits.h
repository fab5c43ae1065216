// SPDX-License-Identifier: Apache-2.0
// limits.h — limits of a container that runs, and the devices that it gets: what limits.c,
// limits_update.c, devices.c and cdi.c share.
#pragma once
#include "engine/hooks.h"

bool limits_cgroup_is_v2(void);

// New limits for a held container. `wanted`: what is not zero or NULL changes (docker's rule for an
// update). The container's spec says them afterwards, and its cgroup does when it runs; writing the
// row is the caller's. Warnings go to `creation`, whose spec is not looked at. ERR_INVALID and
// ERR_CONFLICT in docker's words; nothing has changed then.
[[nodiscard]] int limits_update(struct creation *creation, struct container *container,
                                const struct host_config *wanted, struct err *err);
// What both of them do: checks a set of limits, and writes it as the runtime has it.
[[nodiscard]] int limits_check_update(struct creation *creation, struct host_config *host,
                                      struct err *err);
[[nodiscard]] int limits_resources(struct arena *arena, const struct host_config *host,
                                   struct oci_resources *out, struct err *err);
// Sets what --ulimit asked for (checked at create) for a process of the container, its first one or
// one of exec. What it points to lives in the arena.
void limits_process(struct arena *arena, const struct host_config *host,
                    struct oci_process *process);

// --- devices.c ---
[[nodiscard]] int devices_check(struct creation *creation, struct err *err);
[[nodiscard]] int devices_bundle(struct start *start, struct oci_config *out, struct err *err);
// Adds a device of the host at `path` (nothing inside it is followed by us but links) as a node and
// a rule. `inside`: where the container has it; `access`: of rwm.
struct device_wish {
    const char *path, *inside, *access;
    const uint32_t *uid, *gid, *mode;
};
[[nodiscard]] int device_add(struct arena *arena, const struct device_wish *wish,
                             struct oci_config *out, struct err *err);
void device_allow(struct arena *arena, struct oci_resources *out,
                  const struct oci_device_rule *rule);

// --- cdi.c ---
// Applies the devices named (vendor.com/class=name) to config.json. ERR_NOT_FOUND in docker's
// words: those that no specification has.
[[nodiscard]] int cdi_apply(struct start *start, const char *const *names, size_t n,
                            struct oci_config *out, struct err *err);
// Whether all of them are there.
[[nodiscard]] int cdi_check(struct engine *engine, struct arena *arena, const char *const *names,
                            size_t n, struct err *err);
// "vendor.com/class=name"
bool cdi_is_name(const char *name);
