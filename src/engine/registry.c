// SPDX-License-Identifier: Apache-2.0
// registry.c — what the verbs that speak to a registry share: from a name and an X-Registry-Auth to
// a session; and small questions: what is this name, do these credentials work, what is there.
#include "engine/registry.h"

#include "base/mem.h"
#include "base/str.h"
#include "image/fetch.h"
#include "image/policy.h"
#include "image/registries.h"

#include <string.h>

#define HUB    "docker.io"
#define POLICY "/etc/containers/policy.json"

static int read_registries(const struct engine *engine, struct arena *arena,
                           struct registries **out, struct err *err)
{
    const struct registries_paths paths = {
        .ours = engine->settings->config,
        .ours_must_exist = engine->settings->config_must_exist,
        .docker = engine->settings->docker_config,
    };
    return registries_read(arena, &paths, out, err);
}

int registry_policy(struct engine *engine, struct arena *arena, struct policy **out,
                    struct err *err)
{
    struct registries *registries;
    if (read_registries(engine, arena, &registries, err) < 0)
        return -1;
    const struct policy_paths paths = {registries_policy(registries), POLICY};
    return policy_read(arena, &paths, out, err);
}

int registry_session(struct engine *engine, struct arena *arena, const struct registry_call *call,
                     struct transfer_session *out, struct err *err)
{
    const struct registry_credentials credentials = {
        .username = call->auth->username,
        .password = call->auth->password,
        .identity_token = call->auth->identitytoken,
        .registry_token = call->auth->registrytoken,
    };
    const struct registries_question question = {call->name, call->use, &credentials};
    struct registries *registries;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL || read_registries(engine, arena, &registries, err) < 0 ||
        registries_session(registries, arena, &question, out, err) < 0)
        return -1;
    for (size_t i = 0; i < out->n_endpoints; i++)
        out->endpoints[i].is_insecure |= call->is_insecure;
    out->user_agent = arena_printf(arena, "dhow/%s", engine->settings->version);
    return 0;
}

int registry_open(struct engine *engine, struct arena *arena, const struct registry_call *call,
                  struct transfer **out, struct err *err)
{
    struct transfer_session session;
    if (registry_session(engine, arena, call, &session, err) < 0)
        return -1;
    return transfer_open(engine->images.transfer, &session, out, err);
}

static void say(void *self, const char *id, const char *status, uint64_t current, uint64_t total)
{
    const struct progress progress = {
        .status = status,
        .id = id,
        .current = (int64_t)current,
        .total = (int64_t)total,
    };
    progress_say(self, &progress);
}

struct image_sink registry_sink(const struct progress_sink *progress)
{
    // say only reads it
    return (struct image_sink){say, (void *)(uintptr_t)progress};
}

void registry_say(const struct progress_sink *sink, const char *id, const char *status)
{
    const struct progress progress = {.status = status, .id = id};
    progress_say(sink, &progress);
}

const char *registry_auth_host(struct arena *arena, const char *address)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < N_ELEMENTS(schemes); i++) {
        if (text_starts(address, schemes[i]))
            address += strlen(schemes[i]);
    }
    struct str rest = str_of(address), host = str_cut(&rest, '/');
    bool is_hub =
        host.n == 0 || str_is(host, "index.docker.io") || str_is(host, "registry-1.docker.io");
    return is_hub ? HUB : arena_strndup(arena, host.at, host.n);
}
