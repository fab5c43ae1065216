// SPDX-License-Identifier: Apache-2.0
// container_prune.c — removes the containers that do not run and that a filter lets through.
#include "base/mem.h"
#include "engine/events.h"
#include "engine/list.h"

static const char *const known[] = {"until", "label", "label!", NULL};

static bool is_wanted(const struct container_summary *it, const struct filters *filters,
                      int64_t until_ns)
{
    return !container_state_is_up(it->state) && it->created * 1'000'000'000 < until_ns &&
           filters_labels(filters, "label", it->labels, it->n_labels) &&
           filters_no_labels(filters, "label!", it->labels, it->n_labels);
}

int engine_container_prune(struct engine *engine, struct arena *arena,
                           const struct container_prune_request *request,
                           struct container_prune_response *response, struct err *err)
{
    const struct container_list_request all = {.all = true, .size = true};
    struct container_list_response list;
    struct filters filters;
    int64_t until_ns = INT64_MAX;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        filters_time(&filters, "until", now_ns(), &until_ns, err) < 0 ||
        engine_container_list(engine, arena, &all, &list, err) < 0)
        return -1;
    struct container_prune_response done = {
        .deleted = arena_array(arena, list.n_containers + 1, sizeof *done.deleted)};
    for (size_t i = 0; i < list.n_containers; i++) {
        const struct container_summary *it = &list.containers[i];
        const struct container_remove_request remove = {.id = it->id};
        struct err ignored; // started or removed since it was listed: not ours any more
        if (!is_wanted(it, &filters, until_ns) ||
            engine_container_remove(engine, arena, &remove, NULL, &ignored) < 0)
            continue;
        done.deleted[done.n_deleted++] = it->id;
        done.space_reclaimed += (uint64_t)*it->size_rw;
    }
    prune_announce(engine, "container", done.space_reclaimed);
    *response = done;
    return 0;
}
