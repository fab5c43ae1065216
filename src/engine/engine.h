// SPDX-License-Identifier: Apache-2.0
// engine.h — what containers are: the operations of ops/, done in this process.
#pragma once
#include "ops/operation.h"

#include <stdbool.h>

struct engine;

// Docker's API that requests and responses have the names of.
#define ENGINE_API_VERSION     "1.55"
#define ENGINE_API_VERSION_MIN "1.44"

struct engine_settings {
    const char *root, *run_root; // the data root and the run root; made when missing
    const char *runtime;         // NULL: dhow-runtime; a path, or a name (runtimes.c)
    const char *config;          // dhow.json: more runtimes, registries; a path
    const char *docker_config;   // docker's daemon.json, for its registries; NULL: none
    bool config_must_exist;      // somebody said that it is there
    const char *version, *commit;
};

// Nothing is opened yet: the first operation does that. The settings are borrowed.
[[nodiscard]] struct engine *engine_new(const struct engine_settings *settings);
void engine_free(struct engine *engine); // NULL-safe
// struct operator's call, with a struct engine as self.
[[nodiscard]] int engine_settle(void *self, struct err *err); // struct operator's settle
[[nodiscard]] int engine_call(void *self, enum operation_id id, struct arena *arena,
                              const void *request, void *response, struct err *err);
