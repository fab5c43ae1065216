// SPDX-License-Identifier: Apache-2.0
// container_inspect.c — one container, in full.
#include "base/mem.h"
#include "base/str.h"
#include "engine/image_show.h"

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
        .running = container->status == STATUS_RUNNING,
        .oom_killed = live->oom_killed,
        .pid = container->status == STATUS_RUNNING ? live->pid : 0,
        .exit_code = live->exit_code,
        .error = live->error != NULL ? live->error : "",
        .started_at = time_rfc3339(arena, live->started_ns),
        .finished_at = time_rfc3339(arena, live->finished_ns),
    };
}

// The manifest, of an index perhaps, whose layers are the container's root.
static int manifest_of(struct engine *engine, struct arena *arena,
                       const struct container *container, struct image_descriptor **out,
                       struct err *err)
{
    struct image image;
    int there = image_of_container(&engine->images, arena, &container->row, &image, err);
    if (there <= 0 || image.manifest == NULL)
        return there < 0 ? -1 : 0;
    *out = arena_new(arena, struct image_descriptor);
    **out = (struct image_descriptor){
        .media_type = image.manifest_media_type,
        .digest = arena_printf(arena, "sha256:%s", image.manifest),
        .size = image.manifest_bytes,
        .platform = image_show_platform(arena, &image.platform),
    };
    return 0;
}

int engine_container_inspect(struct engine *engine, struct arena *arena,
                             const struct container_reference *request,
                             struct container_inspection *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    const char *dir =
        arena_printf(arena, "%s/containers/%s", engine->settings->root, container.row.id);
    *response = (struct container_inspection){
        .id = container.row.id,
        .created = time_rfc3339(arena, container.row.created_ns),
        .state = state_of(arena, &container),
        .image = arena_printf(arena, "sha256:%s", container.row.image_id),
        .resolv_conf_path = arena_printf(arena, "%s/resolv.conf", dir),
        .hostname_path = arena_printf(arena, "%s/hostname", dir),
        .hosts_path = arena_printf(arena, "%s/hosts", dir),
        .log_path = container_log_path(arena, dir, &container),
        .name = arena_printf(arena, "/%s", container.row.name),
        .driver = "overlay",
        .platform = "linux",
        .spec = container.spec,
    };
    if (manifest_of(engine, arena, &container, &response->image_manifest_descriptor, err) < 0)
        return -1;
    command_of(arena, &container.spec, response);
    response->spec.hostname = container_hostname(arena, &container);
    return 0;
}
