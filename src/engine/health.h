// SPDX-License-Identifier: Apache-2.0
// health.h — a container's health check, in the engine.
#pragma once
#include "engine/parts.h"

struct monitor_health;
// At create: what is asked for is possible; what it leaves open is the image's (NULL: it has none).
[[nodiscard]] int health_check(struct arena *arena, const struct image_health *image,
                               struct container_spec *spec, struct err *err);
bool health_is_on(const struct container_spec *spec);
// The command of one that is on: how many words.
size_t health_command(struct arena *arena, const struct container_spec *spec, const char ***out);
// At start: the process that the monitor has the runtime execute, and its configuration; *out NULL
// when there is no check.
[[nodiscard]] int health_prepare(struct arena *arena, const struct container *container, int rootfs,
                                 struct monitor_health **out, struct err *err);
