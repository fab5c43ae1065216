// SPDX-License-Identifier: Apache-2.0
// container_list.c — every container and what its monitor says of it. A killed command's leftovers
// are met here by everybody, so here they are cleared.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <string.h>

static const char *status_words(struct arena *arena, const struct container *container)
{
    const struct live *live = &container->live;
    switch (container->status) {
    case STATUS_CREATED:
        return "Created";
    case STATUS_REMOVING:
        return "Removal In Progress";
    case STATUS_RUNNING:
        return arena_printf(arena, "Up %s", duration_words(arena, now_ns() - live->started_ns));
    case STATUS_EXITED:
        return arena_printf(arena, "Exited (%jd) %s ago", (intmax_t)live->exit_code,
                            duration_words(arena, now_ns() - live->finished_ns));
    }
    return "";
}

static const char *command_line(struct arena *arena, const struct container_spec *spec)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < spec->n_entrypoint; i++)
        buf_printf(&text, "%s%s", text.n != 0 ? " " : "", spec->entrypoint[i]);
    for (size_t i = 0; i < spec->n_cmd; i++)
        buf_printf(&text, "%s%s", text.n != 0 ? " " : "", spec->cmd[i]);
    return arena_strdup(arena, buf_get(&text));
}

static void summarize(struct arena *arena, const struct container *container,
                      struct container_summary *out)
{
    const char **names = arena_array(arena, 1, sizeof *names);
    names[0] = arena_printf(arena, "/%s", container->row.name);
    *out = (struct container_summary){
        .id = container->row.id,
        .names = names,
        .n_names = 1,
        .image = container->row.image_name,
        .image_id = arena_printf(arena, "sha256:%s", container->row.image_id),
        .command = command_line(arena, &container->spec),
        .created = container->row.created_ns / 1'000'000'000,
        .state = container_status_name(container->status),
        .status = status_words(arena, container),
        .labels = container->spec.labels,
        .n_labels = container->spec.n_labels,
    };
}

// A --rm container that has ended and whose foreground command or monitor was killed. 1 when it is
// gone now.
static int clear_ended(struct engine *engine, struct arena *arena, const struct container *looked,
                       struct err *err)
{
    if (!looked->row.auto_remove || looked->status != STATUS_EXITED)
        return 0;
    const struct container_remove_request request = {.id = looked->row.id, .only_ended = true};
    return engine_container_remove(engine, arena, &request, NULL, err) < 0 ? -1 : 1;
}

int engine_container_list(struct engine *engine, struct arena *arena,
                          const struct container_list_request *request,
                          struct container_list_response *response, struct err *err)
{
    struct state_container *rows;
    size_t n_rows, n = 0;
    if (engine_sweep(engine, arena, err) < 0 ||
        state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct container_summary *containers = arena_array(arena, n_rows + 1, sizeof *containers);
    for (size_t i = 0; i < n_rows && (request->limit <= 0 || n < (size_t)request->limit); i++) {
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        if (container_open_row(engine, arena, &rows[i], CONTAINER_LOOK, &container, err) < 0)
            return -1;
        int cleared = clear_ended(engine, arena, &container, err);
        if (cleared < 0)
            return -1;
        if (!cleared && (request->all || container.status == STATUS_RUNNING))
            summarize(arena, &container, &containers[n++]);
    }
    *response = (struct container_list_response){.containers = containers, .n_containers = n};
    return 0;
}
