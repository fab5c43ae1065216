// SPDX-License-Identifier: Apache-2.0
// container_ports.c — ports of a container that is there are published, and taken back: at once
// when it runs, and for its next starts.
#include "engine/events.h"
#include "engine/ports.h"
#include "ops/network.h"

static int record(struct engine *engine, struct container *container, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    json_encode(&text, container_spec_fields, &container->spec, JSON_COMPACT);
    if (buf_check(&text, "the container's request", err) < 0)
        return -1;
    return state_container_spec(engine->state, container->row.number, buf_get(&text), err);
}

int engine_container_ports(struct engine *engine, struct arena *arena,
                           const struct container_ports_request *request, struct nothing *response,
                           struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status == STATUS_REMOVING || container.status == STATUS_DEAD)
        return fail(err, ERR_CONFLICT, "container %s is being removed", container.row.name);
    engine->is_unsettled = true;
    if (request->n_remove != 0 &&
        (ports_withdraw(engine, arena, &container, request->remove, request->n_remove, err) < 0 ||
         record(engine, &container, err) < 0))
        return -1;
    if (request->n_add != 0 &&
        (ports_publish(engine, arena, &container, request->add, request->n_add, err) < 0 ||
         record(engine, &container, err) < 0))
        return -1;
    container_announce(engine, &container, "update", NULL, 0);
    return 0;
}
