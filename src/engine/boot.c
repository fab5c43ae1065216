// SPDX-License-Identifier: Apache-2.0
// boot.c — what must run after a boot, in an order in which each finds what it needs.
//
//     always           starts, also when a user had stopped it (docker's)
//     unless-stopped   starts unless a user had stopped it
//     on-failure       starts when it ended by failure, or by the machine's end
//
// A container that has never run, or whose monitor lives, is left alone; so is what this boot has
// seen stopped. So `boot` can be called at any time, and twice. What needs another waits for it:
// links, container: networks, namespaces of pid and ipc, volumes-from. A circle (docker allows none
// to be made, but for renames) is cut where it is met.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <string.h>

struct booting {
    struct engine *engine;
    struct arena *arena;
    const char *boot_id;
    struct state_container *rows;
    struct container_spec *specs; // of each row
    bool *is_due, *is_visited;
    size_t n;
    struct system_boot_result *results;
    size_t n_results;
};

// --- who ---

static bool is_due(const struct booting *it, const struct container *container)
{
    const struct live *live = &container->live;
    const char *policy = container->spec.host.restart_policy.name;
    if (live->status == NULL || container->status == STATUS_REMOVING ||
        container->status == STATUS_DEAD || container_is_up(container))
        return false;
    bool is_of_this_boot = text_equal(live->boot_id, it->boot_id);
    if (text_equal(policy, "always"))
        return !is_of_this_boot || !live->is_ended_by_user;
    if (text_equal(policy, "unless-stopped"))
        return !live->is_ended_by_user;
    // Its tries are counted anew.
    return text_equal(policy, "on-failure") && live->exit_code != 0 && !live->is_ended_by_user &&
           !is_of_this_boot;
}

static int look(struct booting *it, struct err *err)
{
    if (state_containers(it->engine->state, it->arena, &it->rows, &it->n, err) < 0)
        return -1;
    it->specs = arena_array(it->arena, it->n + 1, sizeof *it->specs);
    it->is_due = arena_array(it->arena, it->n + 1, sizeof *it->is_due);
    it->is_visited = arena_array(it->arena, it->n + 1, sizeof *it->is_visited);
    it->results = arena_array(it->arena, it->n + 1, sizeof *it->results);
    for (size_t i = 0; i < it->n; i++) {
        AUTO_CONTAINER struct container container = CONTAINER_NONE;
        struct err broken; // one that cannot be looked at does not keep the others down
        it->is_due[i] = false;
        it->is_visited[i] = false;
        if (container_open_row(it->engine, it->arena, &it->rows[i], CONTAINER_LOOK, &container,
                               &broken) <= 0)
            continue;
        it->specs[i] = container.spec;
        it->is_due[i] = is_due(it, &container);
    }
    return 0;
}

// --- in which order ---

static void visit(struct booting *it, size_t i);

// By name, id or the start of an id, up to a colon: "db:database", "container:db".
static void visit_named(struct booting *it, const char *text)
{
    struct str rest = str_of(text), name = str_cut(&rest, ':');
    if (*name.at == '/') {
        name.at++;
        name.n--;
    }
    for (size_t i = 0; i < it->n; i++) {
        const struct state_container *row = &it->rows[i];
        if (str_is(name, row->name) || (name.n >= 4 && strncmp(row->id, name.at, name.n) == 0)) {
            visit(it, i);
            return;
        }
    }
}

static void start(struct booting *it, const struct state_container *row)
{
    const struct container_start_request request = {.id = row->id};
    struct container_start_response response;
    struct err err = {};
    const char *error = "";
    if (engine_container_start(it->engine, it->arena, &request, &response, &err) < 0)
        error = arena_strdup(it->arena, err.text);
    it->results[it->n_results++] =
        (struct system_boot_result){.id = row->id, .name = row->name, .error = error};
}

static void visit(struct booting *it, size_t i)
{
    static const char joins[] = "container:";
    if (it->is_visited[i])
        return;
    it->is_visited[i] = true;
    const struct host_config *host = &it->specs[i].host;
    const char *const modes[] = {host->network_mode, host->pid_mode, host->ipc_mode};
    for (size_t j = 0; j < N_ELEMENTS(modes); j++) {
        if (modes[j] != NULL && text_starts(modes[j], joins))
            visit_named(it, modes[j] + sizeof joins - 1);
    }
    for (size_t j = 0; j < host->n_links; j++)
        visit_named(it, host->links[j]);
    for (size_t j = 0; j < host->n_volumes_from; j++)
        visit_named(it, host->volumes_from[j]);
    for (size_t j = 0; j < it->specs[i].n_networks; j++) {
        for (size_t k = 0; k < it->specs[i].networks[j].n_links; k++)
            visit_named(it, it->specs[i].networks[j].links[k]);
    }
    if (it->is_due[i])
        start(it, &it->rows[i]);
}

// --- the machine goes down ---

// As if the machine ended them: none of it is a user's wish that a container stay ended.
static int stop_all(struct booting *it, struct err *err)
{
    struct container_stop_response *begun = arena_array(it->arena, it->n + 1, sizeof *begun);
    int64_t usual_s = STOP_TIMEOUT_S;
    (void)err;
    for (size_t i = 0; i < it->n; i++) {
        struct err ignored;
        const struct container_stop_request request = {
            .id = it->rows[i].id, .only_begins = true, .goes_down = true};
        begun[i] = (struct container_stop_response){.begun = {.connection = -1}};
        if (engine_container_stop(it->engine, it->arena, &request, &begun[i], &ignored) < 0)
            begun[i].begun.connection = -1;
    }
    for (size_t i = 0; i < it->n; i++) {
        struct err why = {};
        const struct container_stop_request request = {
            .id = it->rows[i].id, .t = &usual_s, .goes_down = true, .begun = &begun[i].begun};
        if (begun[i].begun.connection < 0)
            continue;
        const char *error = "";
        if (engine_container_stop(it->engine, it->arena, &request, NULL, &why) < 0)
            error = arena_strdup(it->arena, why.text);
        it->results[it->n_results++] = (struct system_boot_result){
            .id = it->rows[i].id, .name = it->rows[i].name, .error = error};
    }
    return 0;
}

int engine_system_boot(struct engine *engine, struct arena *arena,
                       const struct system_boot_request *request,
                       struct system_boot_response *response, struct err *err)
{
    struct booting it = {.engine = engine, .arena = arena, .boot_id = boot_id(arena)};
    if (engine_sweep(engine, arena, err) < 0 || look(&it, err) < 0)
        return -1;
    if (request->stop && stop_all(&it, err) < 0)
        return -1;
    for (size_t i = it.n; i-- > 0 && !request->stop;) // the oldest first
        visit(&it, i);
    *response =
        (struct system_boot_response){.containers = it.results, .n_containers = it.n_results};
    return 0;
}
