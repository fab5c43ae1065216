// SPDX-License-Identifier: Apache-2.0
// secrets.h — secrets of the engine: their rows and values, and containers that get them.
#pragma once
#include "engine/hooks.h"
#include "ops/secret.h"

// By name or id. ERR_NOT_FOUND in podman's words.
[[nodiscard]] int secret_find(struct engine *engine, struct arena *arena, const char *reference,
                              struct state_secret *out, struct err *err);
// Appends its value to `out`, whose maximum is SECRET_MAX.
[[nodiscard]] int secret_value(const struct engine *engine, const struct state_secret *row,
                               struct buf *out, struct err *err);
