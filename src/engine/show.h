// SPDX-License-Identifier: Apache-2.0
// show.h — what the areas of a container show of themselves, in ps, inspect and the API: each one
// function, in a file of the area's own.
#pragma once
#include "engine/parts.h"

// Its mounts as docker shows them: volumes with name and driver, host directories, tmpfs, images;
// sorted by destination (mounts_show.c).
[[nodiscard]] int mounts_show(struct engine *engine, struct arena *arena,
                              const struct container *container, struct mount_point **out,
                              size_t *n_out, struct err *err);
// Its endpoints, by the networks' names; the ports it has, published (with bindings) or exposed, by
// number, while it runs (endpoints_show.c).
[[nodiscard]] int endpoints_show(struct engine *engine, struct arena *arena,
                                 const struct container *container, struct network_settings *out,
                                 struct err *err);
// What its health check says; NULL: it has none (health_show.c). `with_log`: the last results, too.
[[nodiscard]] int health_show(struct arena *arena, const struct container *container, bool with_log,
                              struct container_health **out, struct err *err);
// The ids of the processes that exec runs in it now (execs_show.c).
[[nodiscard]] int execs_show(struct engine *engine, struct arena *arena,
                             const struct container *container, const char ***out, size_t *n_out,
                             struct err *err);
// Its AppArmor profile and SELinux labels (security_show.c).
void security_show(const struct container *container, struct container_inspection *out);
