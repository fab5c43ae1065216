// SPDX-License-Identifier: Apache-2.0
// run_ports.c — options of run: published and exposed ports.
#include "cli/run_args.h"
#include "ops/portspec.h"

// clang-format off
const struct option run_ports_options[] = {
    OPTION_LIST(struct run_ports_args, expose, "expose", 0, "list", "a port, or a range of them, that the container listens on"),
    OPTION_LIST(struct run_ports_args, publish, "publish", 'p', "list", "make its port one of this host: [ip:][host:]container[/protocol]"),
    OPTION_FLAG(struct run_ports_args, publish_all, "publish-all", 'P', "publish all exposed ports, on ports that are free"),
    {},
};
// clang-format on

// What is published is exposed, too: docker's order, the given ones first.
static void put_exposed(struct cli *cli, const struct port_list *exposed,
                        const struct port_list *published, struct container_spec *spec)
{
    struct port_list all = *exposed;
    struct err ignored; // they are ports
    for (size_t i = 0; i < published->n; i++)
        (void)portspec_expose(&cli->arena, published->maps[i].port, &all, &ignored);
    spec->exposed_ports = arena_array(&cli->arena, all.n + 1, sizeof *spec->exposed_ports);
    spec->n_exposed_ports = all.n;
    for (size_t i = 0; i < all.n; i++)
        spec->exposed_ports[i].key = all.maps[i].port;
}

int run_ports(struct cli *cli, const struct run_ports_args *args, struct container_spec *spec)
{
    struct port_list exposed = {}, published = {};
    for (size_t i = 0; i < args->expose.n; i++) {
        if (portspec_expose(&cli->arena, args->expose.at[i], &exposed, &cli->err) < 0)
            return -1;
    }
    for (size_t i = 0; i < args->publish.n; i++) {
        if (portspec_publish(&cli->arena, args->publish.at[i], &published, &cli->err) < 0)
            return -1;
    }
    spec->host.port_bindings = published.maps;
    spec->host.n_port_bindings = published.n;
    spec->host.publish_all_ports = args->publish_all;
    put_exposed(cli, &exposed, &published, spec);
    return 0;
}
