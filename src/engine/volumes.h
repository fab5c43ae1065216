// SPDX-License-Identifier: Apache-2.0
// volumes.h — inside engine/: the store of volumes, and what its verbs share.
#pragma once
#include "engine/parts.h"
#include "volume/volume.h"

struct volume_store engine_volumes(const struct engine *engine);
// Found, or ERR_NOT_FOUND in docker's words.
[[nodiscard]] int volume_get(struct engine *engine, struct arena *arena, const char *name,
                             struct volume *out, struct err *err);
// As docker shows it.
void volume_show(struct arena *arena, const struct volume *volume, struct volume_info *out);
// How many bytes are in it: of its own directory, not of what is mounted there.
uint64_t volume_bytes(struct engine *engine, const struct volume *volume);
// Takes away what is mounted for containers that have ended.
[[nodiscard]] int volume_settle(struct engine *engine, struct arena *arena, const char *name,
                                struct err *err);
