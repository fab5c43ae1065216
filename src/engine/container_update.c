// SPDX-License-Identifier: Apache-2.0
// container_update.c — changes what a container was asked to be: limits and restart policy at once,
// environment and labels at its next start.
//
// The request in the database is changed first, in one statement; then the running container, by
// the runtime's own update. Should that fail, the request is put back. The restart policy is the
// monitor's, which reads its configuration again.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "engine/limits.h"
#include "engine/process.h"

#include <string.h>

// --- the new request ---

static bool is_named(const char *variable, struct str name)
{
    return strncmp(variable, name.at, name.n) == 0 &&
           (variable[name.n] == '=' || variable[name.n] == '\0');
}

static void take_env(struct arena *arena, struct container_spec *spec,
                     const struct container_update_request *request)
{
    const char **env = arena_array(arena, spec->n_env + request->n_env + 1, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; i < spec->n_env; i++) {
        bool goes = false;
        for (size_t j = 0; j < request->n_unset_env && !goes; j++)
            goes = is_named(spec->env[i], str_of(request->unset_env[j]));
        if (!goes)
            env[n++] = spec->env[i];
    }
    environment_set_all(env, &n, request->env, request->n_env);
    spec->env = env;
    spec->n_env = n;
}

static void take_labels(struct arena *arena, struct container_spec *spec,
                        const struct container_update_request *request)
{
    struct json_pair *labels =
        arena_array(arena, spec->n_labels + request->n_labels + 1, sizeof *labels);
    size_t n = 0;
    for (size_t i = 0; i < spec->n_labels; i++) {
        bool goes = false;
        for (size_t j = 0; j < request->n_unset_labels && !goes; j++)
            goes = strcmp(spec->labels[i].key, request->unset_labels[j]) == 0;
        for (size_t j = 0; j < request->n_labels && !goes; j++)
            goes = strcmp(spec->labels[i].key, request->labels[j].key) == 0;
        if (!goes)
            labels[n++] = spec->labels[i];
    }
    for (size_t j = 0; j < request->n_labels; j++)
        labels[n++] = request->labels[j];
    spec->labels = labels;
    spec->n_labels = n;
}

static int change(struct engine *engine, struct arena *arena, struct container *container,
                  const struct container_update_request *request,
                  struct container_update_response *out, struct err *err)
{
    struct host_config host = {};
    struct container_spec *spec = &container->spec;
    if (!text_is_empty(request->host) && json_decode(arena, request->host, strlen(request->host),
                                                     host_config_fields, &host, 0, err) < 0)
        return -1;
    struct creation creation = {.engine = engine, .arena = arena, .spec = spec};
    if (restart_policy_check(&host.restart_policy, err) < 0)
        return -1;
    // An empty name is no wish: bodies have it always.
    bool has_policy = !text_is_empty(host.restart_policy.name);
    if (container->row.auto_remove && has_policy && strcmp(host.restart_policy.name, "no") != 0)
        return fail(err, ERR_INVALID,
                    "Restart policy cannot be updated because AutoRemove is enabled for the "
                    "container");
    if (!text_is_empty(request->host) && limits_update(&creation, container, &host, err) < 0)
        return -1;
    if (has_policy)
        spec->host.restart_policy = host.restart_policy;
    take_env(arena, spec, request);
    take_labels(arena, spec, request);
    const char **warnings = arena_array(arena, creation.n_warnings + 1, sizeof *warnings);
    memcpy(warnings, creation.warnings, creation.n_warnings * sizeof *warnings);
    *out = (struct container_update_response){warnings, creation.n_warnings};
    return 0;
}

// --- the running container ---

// The monitor's own copy of the policy.
static int update_monitor(struct engine *engine, struct arena *arena,
                          const struct container *container, struct err *err)
{
    struct monitor_config config;
    struct monitor_restart *restart = arena_new(arena, struct monitor_restart);
    const struct restart_policy *policy = &container->spec.host.restart_policy;
    int there = monitor_config_read(arena, container->dir, &config, err);
    if (there <= 0)
        return there;
    const char *dhow = program_find(arena, "dhow", err);
    if (dhow == NULL)
        return -1;
    *restart = config.restart != NULL ? *config.restart : (struct monitor_restart){};
    restart->policy = policy->name;
    restart->max_retries = policy->maximum_retry_count;
    restart->command = restart_argv(engine, arena, dhow, container->row.id);
    restart->n_command = 0;
    while (restart->command[restart->n_command] != NULL)
        restart->n_command++;
    config.restart = restart;
    if (monitor_config_write(container->dir, &config, err) < 0)
        return -1;
    AUTO_FD int connection = monitor_connect(container->run_dir, err);
    if (connection < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1; // it has just ended
    return monitor_send(connection, MONITOR_RELOAD, NULL, 0, err);
}

int engine_container_update(struct engine *engine, struct arena *arena,
                            const struct container_update_request *request,
                            struct container_update_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status == STATUS_REMOVING || container.status == STATUS_DEAD)
        return fail(err, ERR_CONFLICT,
                    "Cannot update container %s: container is marked for removal "
                    "and cannot be \"update\"",
                    request->id);
    // Should the second fail, the kernel has the new limits until the next start.
    if (change(engine, arena, &container, request, response, err) < 0 ||
        container_store_spec(engine, &container, err) < 0)
        return -1;
    bool has_host = !text_is_empty(request->host);
    if (has_host && container_is_up(&container) && container.run_dir >= 0 &&
        update_monitor(engine, arena, &container, err) < 0)
        return -1;
    engine->is_unsettled = true;
    container_announce(engine, &container, "update", NULL, 0);
    return 0;
}
