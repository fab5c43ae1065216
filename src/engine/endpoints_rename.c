// SPDX-License-Identifier: Apache-2.0
// endpoints_rename.c — a running container is found by its new name.
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"

int endpoints_renamed(struct engine *engine, struct arena *arena, const struct container *container,
                      const char *old_name, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct endpoint *endpoints;
    size_t n;
    if (endpoints_list(&store, arena, NULL, container->row.id, &endpoints, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct endpoint_spec *spec = &endpoints[i].spec;
        struct network network;
        // The first is the container's own: an alias of the same text is not it.
        if (spec->n_dns_names == 0 || !text_equal(spec->dns_names[0], old_name))
            continue;
        spec->dns_names[0] = container->row.name;
        if (endpoint_update(&store, &endpoints[i], err) < 0)
            return -1;
        int there = network_find(&store, arena, endpoints[i].network_id, &network, err);
        if (there < 0 || (there > 0 && network_names_write(&store, arena, &network, err) < 0))
            return -1;
    }
    return 0;
}
