// SPDX-License-Identifier: Apache-2.0
// settings.h — what dhow.json says about containers in general.
#pragma once
#include "engine/hooks.h"

struct container_settings {
    const char **cdi_spec_dirs; // cdi-spec-dirs
    size_t n_cdi_spec_dirs;
    struct ulimit *default_ulimits; // default-ulimits: {"nofile": {"Soft": 1024, "Hard": 2048}}
    size_t n_default_ulimits;
    const char *userns; // default-userns-mode; NULL: none
};
// All zero when there is no such file.
[[nodiscard]] int container_settings_read(struct engine *engine, struct arena *arena,
                                          struct container_settings *out, struct err *err);
// The same for a container that is being made: read once. NULL: it cannot be read.
[[nodiscard]] const struct container_settings *creation_settings(struct creation *creation,
                                                                 struct err *err);
