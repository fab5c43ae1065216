// SPDX-License-Identifier: Apache-2.0
// status_words.c — a container's state, as ps says it: docker's words.
#include "base/str.h"
#include "engine/list.h"

#include <string.h>

// "(healthy)", "(health: starting)"; "" when there is nothing to say.
static const char *health_words(struct arena *arena, const struct container_health *health)
{
    if (health == NULL || text_is_empty(health->status) || strcmp(health->status, "none") == 0)
        return "";
    bool is_starting = strcmp(health->status, "starting") == 0;
    return arena_printf(arena, " (%s%s)", is_starting ? "health: " : "", health->status);
}

bool container_state_is_up(const char *state)
{
    return strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 ||
           strcmp(state, "restarting") == 0;
}

const char *container_status_words(struct arena *arena, const struct container *container,
                                   const struct container_health *health)
{
    const struct live *live = &container->live;
    switch (container->status) {
    case STATUS_CREATED:
        return "Created";
    case STATUS_REMOVING:
        return "Removal In Progress";
    case STATUS_DEAD:
        return "Dead";
    case STATUS_RESTARTING:
        return arena_printf(arena, "Restarting (%jd) %s ago", (intmax_t)live->exit_code,
                            duration_words(arena, now_ns() - live->finished_ns));
    case STATUS_PAUSED:
        return arena_printf(arena, "Up %s (Paused)",
                            duration_words(arena, now_ns() - live->started_ns));
    case STATUS_RUNNING:
        return arena_printf(arena, "Up %s%s", duration_words(arena, now_ns() - live->started_ns),
                            health_words(arena, health));
    case STATUS_EXITED:
        return arena_printf(arena, "Exited (%jd) %s ago", (intmax_t)live->exit_code,
                            duration_words(arena, now_ns() - live->finished_ns));
    }
    return "";
}
