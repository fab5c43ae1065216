// SPDX-License-Identifier: Apache-2.0
// registry.h — inside engine/: what the verbs that speak to a registry share.
#pragma once
#include "engine/parts.h"
#include "image/pull.h"
#include "image/registries.h"
#include "transfer/transfer.h"

struct registry_call {
    const struct image_reference *name;
    enum registries_use use;
    const struct registry_auth *auth;
    bool is_insecure; // whatever the configuration says
};
// How to speak to the registry of a name. Finds dhow-transfer, too.
[[nodiscard]] int registry_session(struct engine *engine, struct arena *arena,
                                   const struct registry_call *call, struct transfer_session *out,
                                   struct err *err);
// What may be pulled: the policy that the configuration names, else podman's; NULL: everything.
struct policy;
[[nodiscard]] int registry_policy(struct engine *engine, struct arena *arena, struct policy **out,
                                  struct err *err);
// As registry_session, and the child is started: transfer_close it.
[[nodiscard]] int registry_open(struct engine *engine, struct arena *arena,
                                const struct registry_call *call, struct transfer **out,
                                struct err *err);
// image/'s words as progress; `progress` may be NULL.
struct image_sink registry_sink(const struct progress_sink *progress);
void registry_say(const struct progress_sink *sink, const char *id, const char *status);
// "https://index.docker.io/v1/" → "docker.io", "https://hub.corp:5000" → "hub.corp:5000". NULL is
// docker.io. In the arena.
const char *registry_auth_host(struct arena *arena, const char *address);
