// SPDX-License-Identifier: Apache-2.0
// health_show.c — what a container's health check says, as ps and inspect show it.
#include "engine/health.h"
#include "engine/show.h"

int health_show(struct arena *arena, const struct container *container, bool with_log,
                struct container_health **out, struct err *err)
{
    struct container_health health = {};
    *out = NULL;
    if (container->dir < 0 || !health_is_on(&container->spec) || container->live.status == NULL)
        return 0;
    if (json_decode_file(arena, container->dir, HEALTH_FILE, container_health_fields, &health,
                         JSON_LENIENT, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : fail_in(err, "the health of %s", container->row.id);
    if (!with_log)
        health.n_log = 0;
    *out = arena_new(arena, struct container_health);
    **out = health;
    return 0;
}
