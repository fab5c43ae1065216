// SPDX-License-Identifier: Apache-2.0
// container_inspect.c — one container, in full.
#include "base/mem.h"
#include "base/str.h"
#include "engine/defaults.h"
#include "engine/image_show.h"
#include "engine/list.h"
#include "engine/show.h"

#include <string.h>

static void command_of(struct arena *arena, const struct container_spec *spec,
                       struct container_inspection *out)
{
    size_t n = spec->n_entrypoint + spec->n_cmd;
    const char **words = arena_array(arena, n + 1, sizeof *words);
    for (size_t i = 0; i < spec->n_entrypoint; i++)
        words[i] = spec->entrypoint[i];
    for (size_t i = 0; i < spec->n_cmd; i++)
        words[spec->n_entrypoint + i] = spec->cmd[i];
    out->path = n != 0 ? words[0] : "";
    out->args = words + 1;
    out->n_args = n != 0 ? n - 1 : 0;
}

static struct container_state state_of(struct arena *arena, const struct container *container)
{
    const struct live *live = &container->live;
    return (struct container_state){
        .status = container_status_name(container->status),
        .running = container_is_up(container), // docker's: one that restarts counts
        .paused = container->status == STATUS_PAUSED,
        .restarting = container->status == STATUS_RESTARTING,
        .dead = container->status == STATUS_DEAD,
        .oom_killed = live->oom_killed,
        .pid = container_has_processes(container) ? live->pid : 0,
        .exit_code = live->exit_code,
        .error = live->error != NULL ? live->error : "",
        .started_at = time_rfc3339(arena, live->started_ns),
        .finished_at = time_rfc3339(arena, live->finished_ns),
    };
}

// Where files are that the host may look into, when the container has one of that kind.
static void places_of(const struct engine *engine, struct arena *arena,
                      const struct container *container, struct container_inspection *out)
{
    const char *dir =
        arena_printf(arena, "%s/containers/%s", engine->settings->root, container->row.id);
    out->resolv_conf_path = arena_printf(arena, "%s/resolv.conf", dir);
    out->hostname_path = arena_printf(arena, "%s/hostname", dir);
    out->hosts_path = arena_printf(arena, "%s/hosts", dir);
    out->log_path = container_log_path(arena, dir, container);
}

// What of /proc and /sys it does not see, or cannot change.
static void complete_paths(struct arena *arena, struct host_config *host)
{
    struct words masked = {}, readonly = {};
    bool has_all = host->privileged;
    for (size_t i = 0; i < host->n_security_opt; i++)
        has_all |= strcmp(host->security_opt[i], "systempaths=unconfined") == 0;
    if (has_all || host->n_masked_paths + host->n_readonly_paths != 0)
        return;
    defaults_masked(arena, &masked);
    defaults_readonly(arena, &readonly);
    host->masked_paths = masked.at;
    host->n_masked_paths = masked.n;
    host->readonly_paths = readonly.at;
    host->n_readonly_paths = readonly.n;
}

// What was not asked for is what it got.
static void complete(struct arena *arena, struct container_spec *spec)
{
    enum { SHM_DEFAULT = 64 * 1024 * 1024 };
    struct host_config *host = &spec->host;
    const struct {
        const char **member, *given;
    } texts[] = {
        {&host->restart_policy.name, "no"},
        {&host->ipc_mode, "private"},
        {&host->cgroupns_mode, "private"},
        {&host->network_mode, "bridge"},
    };
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        if (text_is_empty(*texts[i].member))
            *texts[i].member = texts[i].given;
    }
    if (host->shm_size == 0)
        host->shm_size = SHM_DEFAULT;
    if (host->n_console_size == 0) {
        host->console_size = arena_array(arena, 2, sizeof *host->console_size);
        host->n_console_size = 2;
    }
    complete_paths(arena, host);
}

static int show_areas(struct engine *engine, struct arena *arena, const struct container *container,
                      struct container_inspection *out, struct err *err)
{
    if (mounts_show(engine, arena, container, &out->mounts, &out->n_mounts, err) < 0 ||
        endpoints_show(engine, arena, container, &out->network, err) < 0 ||
        health_show(arena, container, true, &out->state.health, err) < 0 ||
        execs_show(engine, arena, container, &out->exec_ids, &out->n_exec_ids, err) < 0)
        return -1;
    security_show(container, out);
    return 0;
}

static void measure(struct engine *engine, struct arena *arena, const struct container *container,
                    struct container_inspection *out)
{
    int64_t *sizes = arena_array(arena, 2, sizeof *sizes);
    container_measure(engine, arena, container, &sizes[0], &sizes[1]);
    out->size_rw = &sizes[0];
    out->size_root_fs = &sizes[1];
}

int engine_container_inspect(struct engine *engine, struct arena *arena,
                             const struct container_inspect_request *request,
                             struct container_inspection *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    struct image image;
    int there = image_of_container(&engine->images, arena, &container.row, &image, err);
    if (there < 0)
        return -1;
    struct container_inspection it = {
        .id = container.row.id,
        .created = time_rfc3339(arena, container.row.created_ns),
        .state = state_of(arena, &container),
        .image = arena_printf(arena, "sha256:%s", container.row.image_id),
        .name = arena_printf(arena, "/%s", container.row.name),
        .restart_count = container.live.restart_count,
        .driver = "overlay",
        .platform = "linux",
        .storage = {"overlay"},
        .image_manifest_descriptor = there > 0 ? image_show_manifest(arena, &image) : NULL,
        .spec = container.spec,
    };
    places_of(engine, arena, &container, &it);
    command_of(arena, &container.spec, &it);
    complete(arena, &it.spec);
    it.spec.hostname = container_hostname(arena, &container);
    if (show_areas(engine, arena, &container, &it, err) < 0)
        return -1;
    if (request->size)
        measure(engine, arena, &container, &it);
    *response = it;
    return 0;
}
