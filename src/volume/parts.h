// SPDX-License-Identifier: Apache-2.0
// parts.h — inside volume/ only: the directory of all volumes.
#pragma once
#include "volume/volume.h"

#define VOLUMES  "volumes"
#define DATA     "_data"
#define INCOMING ".incoming"
#define REMOVING ".removing"

enum { RANDOM_NAME = 33 };
void random_name(char out[RANDOM_NAME]);
// An fd of <root>/volumes, made when missing, flocked exclusively if asked for.
[[nodiscard]] int volumes_open(const struct volume_store *store, bool is_locked, struct err *err);
extern const struct json_field volume_spec_fields[];
// From a row.
[[nodiscard]] int volume_of_row(const struct volume_store *store, struct arena *arena,
                                const struct state_volume *row, struct volume *out,
                                struct err *err);
// The spec as the row has it, in the arena.
[[nodiscard]] int volume_spec_text(struct arena *arena, const struct volume_spec *spec,
                                   const char **out, struct err *err);
