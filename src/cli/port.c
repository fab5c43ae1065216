// SPDX-License-Identifier: Apache-2.0
// port.c — port: where a container's ports are on this host, and who reaches them.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/run_args.h"
#include "ops/network.h"
#include "ops/portspec.h"

#include <stdio.h>
#include <string.h>

struct port_args {
    bool exposure;
};
static const struct option port_options[] = {
    OPTION_FLAG(struct port_args, exposure, "exposure", 0,
                "say who reaches each port, and what other firewalls drop"),
    {},
};

static int show_exposure(struct cli *cli, const char *id)
{
    const struct container_reference request = {id};
    struct container_exposure exposure;
    if (cli_call(cli, CONTAINER_EXPOSURE, &request, &exposure) < 0)
        return -1;
    if (exposure.n_ports == 0)
        puts("nothing is published: only this host and containers on its networks reach it");
    for (size_t i = 0; i < exposure.n_ports; i++) {
        const struct port_exposure *port = &exposure.ports[i];
        bool is_routed = *port->host == '\0';
        printf("%s at %s (%s)\n", port->port, is_routed ? port->container : port->host, port->way);
        for (size_t k = 0; k < port->n_from; k++)
            printf("    reached from  %s\n", port->from[k]);
        if (*port->blocked != '\0')
            printf("    but dropped   on its way from other hosts, unless they let it through, by: "
                   "%s\n",
                   port->blocked);
    }
    return 0;
}

static void print_binding(const struct port_binding *binding)
{
    bool is_v6 = strchr(binding->host_ip, ':') != NULL;
    printf("%s%s%s:%s\n", is_v6 ? "[" : "", binding->host_ip, is_v6 ? "]" : "", binding->host_port);
}

static int show_one(struct cli *cli, const struct container_inspection *container, const char *text)
{
    struct port_range range;
    const char *protocol;
    if (!port_key_parse(text, &range, &protocol) || range.first != range.last)
        return fail(&cli->err, ERR_INVALID, "invalid port %s: a port, and /tcp, /udp or /sctp",
                    text);
    const char *key = arena_printf(&cli->arena, "%u/%s", range.first, protocol);
    for (size_t i = 0; i < container->network.n_ports; i++) {
        const struct port_map *map = &container->network.ports[i];
        if (strcmp(map->port, key) != 0 || map->n_bindings == 0)
            continue;
        for (size_t k = 0; k < map->n_bindings; k++)
            print_binding(&map->bindings[k]);
        return 0;
    }
    return fail(&cli->err, ERR_NOT_FOUND, "No public port '%s' published for %s", text,
                container->name + (container->name[0] == '/'));
}

static int port_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct port_args *args = at;
    if (args->exposure)
        return show_exposure(cli, words->at[0]) < 0 ? cli_fail(cli, 1) : 0;
    const struct container_inspect_request request = {.id = words->at[0]};
    struct container_inspection container;
    if (cli_call(cli, CONTAINER_INSPECT, &request, &container) < 0)
        return cli_fail(cli, 1);
    if (words->n > 1)
        return show_one(cli, &container, words->at[1]) < 0 ? cli_fail(cli, 1) : 0;
    for (size_t i = 0; i < container.network.n_ports; i++) {
        const struct port_map *map = &container.network.ports[i];
        for (size_t k = 0; k < map->n_bindings; k++) {
            printf("%s -> ", map->port);
            print_binding(&map->bindings[k]);
        }
    }
    return 0;
}
const struct command port_command = {
    "port",
    "CONTAINER [PRIVATE_PORT[/PROTO]]",
    "Show where ports of a container are on this host",
    port_options,
    sizeof(struct port_args),
    OPTIONS_MIXED,
    1,
    2,
    port_run,
    NULL,
};
