// SPDX-License-Identifier: Apache-2.0
// network.c — network ls, rm, prune, connect, disconnect. (create: network_create.c.)
#include "cli/network.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/endpoint.h"
#include "cli/format.h"
#include "cli/run_args.h"
#include "ops/network.h"

#include <stdio.h>
#include <string.h>

enum { SHORT_ID = 12 };

// --- list ---

struct list_args {
    bool quiet, no_trunc;
    const char *format;
    struct words filter;
};
static const struct option list_options[] = {
    OPTION_FILTER(struct list_args, filter),
    OPTION_FORMAT_LIST(struct list_args, format, 0),
    OPTION_FLAG(struct list_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_FLAG(struct list_args, quiet, "quiet", 'q', "ids only"),
    {},
};

struct network_row {
    const struct network_info *it;
    bool no_trunc;
};
static const struct network_info *info_of(const void *at)
{
    return ((const struct network_row *)at)->it;
}
static const char *row_id(struct arena *arena, const void *at)
{
    const struct network_row *row = at;
    return row->no_trunc ? row->it->id : arena_printf(arena, "%.*s", SHORT_ID, row->it->id);
}
static const char *row_name(struct arena *arena, const void *at)
{
    (void)arena;
    return info_of(at)->name;
}
static const char *row_driver(struct arena *arena, const void *at)
{
    (void)arena;
    return info_of(at)->driver;
}
static const char *row_scope(struct arena *arena, const void *at)
{
    (void)arena;
    return info_of(at)->scope;
}
static const char *yes_or_no(bool is_so)
{
    return is_so ? "true" : "false";
}
static const char *row_ipv4(struct arena *arena, const void *at)
{
    (void)arena;
    return yes_or_no(info_of(at)->enable_ipv4);
}
static const char *row_ipv6(struct arena *arena, const void *at)
{
    (void)arena;
    return yes_or_no(info_of(at)->enable_ipv6);
}
static const char *row_internal(struct arena *arena, const void *at)
{
    (void)arena;
    return yes_or_no(info_of(at)->internal);
}
static const char *row_labels(struct arena *arena, const void *at)
{
    return labels_words(arena, info_of(at)->labels, info_of(at)->n_labels);
}
static const char *row_label(struct arena *arena, const void *at, const char *name)
{
    (void)arena;
    const struct network_info *it = info_of(at);
    for (size_t i = 0; i < it->n_labels; i++) {
        if (strcmp(it->labels[i].key, name) == 0)
            return it->labels[i].value;
    }
    return "";
}
static const char *row_created(struct arena *arena, const void *at)
{
    (void)arena;
    return info_of(at)->created;
}

static const struct row_field network_fields[] = {
    {.name = "ID", .heading = "NETWORK ID", .text = row_id},
    {.name = "Name", .heading = "NAME", .text = row_name},
    {.name = "Driver", .heading = "DRIVER", .text = row_driver},
    {.name = "Scope", .heading = "SCOPE", .text = row_scope},
    {.name = "IPv4", .heading = "IPV4", .text = row_ipv4},
    {.name = "IPv6", .heading = "IPV6", .text = row_ipv6},
    {.name = "Internal", .heading = "INTERNAL", .text = row_internal},
    {.name = "Labels", .heading = "LABELS", .text = row_labels},
    {.name = "CreatedAt", .heading = "CREATED AT", .text = row_created},
    {.name = "Label", .text_of = row_label},
    {},
};
static const struct row_type network_rows = {"*formatter.networkContext", network_fields};

static int list_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct list_args *args = at;
    struct network_list_request request = {};
    struct network_list_response response;
    if (filters_of(cli, &args->filter, &request.filters) < 0 ||
        cli_call(cli, NETWORK_LIST, &request, &response) < 0)
        return cli_fail(cli, 1);
    const struct list_style style = {
        .format = args->format,
        .configured = cli_config(cli)->networks_format,
        .columns = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
        .raw = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
        .quiet = args->quiet ? "{{.ID}}" : NULL,
    };
    struct network_row *rows = arena_array(&cli->arena, response.n_networks + 1, sizeof *rows);
    for (size_t i = 0; i < response.n_networks; i++)
        rows[i] = (struct network_row){&response.networks[i], args->no_trunc};
    if (list_print(cli, &network_rows, &style, rows, response.n_networks, sizeof *rows) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command network_ls_command = {
    "network ls",
    "",
    "List networks",
    list_options,
    sizeof(struct list_args),
    OPTIONS_MIXED,
    0,
    0,
    list_run,
    format_manual,
};

// --- remove ---

struct rm_args {
    bool force;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, force, "force", 'f', "one that is not there is no mistake"),
    {},
};
static int rm_one(struct cli *cli, const void *at, const char *word)
{
    const struct rm_args *args = at;
    const struct network_reference request = {word};
    if (cli_call(cli, NETWORK_REMOVE, &request, NULL) == 0)
        return 0;
    return args->force && cli->err.kind == ERR_NOT_FOUND ? 0 : -1;
}
static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, rm_one, args);
}
const struct command network_rm_command = {
    "network rm",
    "NETWORK [NETWORK...]",
    "Remove networks",
    rm_options,
    sizeof(struct rm_args),
    OPTIONS_MIXED,
    1,
    0,
    rm_run,
    NULL,
};

// --- prune ---

struct prune_args {
    bool force;
    struct words filter;
};
static const struct option prune_options[] = {
    OPTION_LIST(struct prune_args, filter, "filter", 0, "filter",
                "only some (until=24h, label=key[=value], label!=key[=value])"),
    OPTION_FLAG(struct prune_args, force, "force", 'f', "do not ask"),
    {},
};

int prune_networks(struct cli *cli, const char *filters)
{
    const struct network_prune_request request = {filters};
    struct network_prune_response response;
    if (cli_call(cli, NETWORK_PRUNE, &request, &response) < 0)
        return -1;
    if (response.n_deleted != 0)
        puts("Deleted Networks:");
    for (size_t i = 0; i < response.n_deleted; i++)
        puts(response.deleted[i]);
    if (response.n_deleted != 0)
        puts("");
    return 0;
}

static int prune_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct prune_args *args = at;
    const char *filters;
    if (!args->force && !cli_confirms("WARNING! This will remove all custom networks not used by "
                                      "at least one container.")) {
        (void)fail(&cli->err, ERR_INVALID, "network prune has been cancelled");
        return cli_fail(cli, 1);
    }
    if (filters_of(cli, &args->filter, &filters) < 0 || prune_networks(cli, filters) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command network_prune_command = {
    "network prune",
    "",
    "Remove networks that no container is on",
    prune_options,
    sizeof(struct prune_args),
    OPTIONS_MIXED,
    0,
    0,
    prune_run,
    NULL,
};

// --- connect ---

struct connect_args {
    const char *ip, *ip6;
    struct words aliases, links, link_local_ips, driver_options;
    int64_t *gw_priority;
};
static const struct option connect_options[] = {
    OPTION_LIST(struct connect_args, aliases, "alias", 0, "stringSlice",
                "another name for it on the network"),
    OPTION_LIST(struct connect_args, driver_options, "driver-opt", 0, "stringSlice",
                "options of its place there (com.docker.network.endpoint.…)"),
    OPTION_INT(struct connect_args, gw_priority, "gw-priority", 0,
               "the network with the highest gets its default route"),
    OPTION_TEXT(struct connect_args, ip, "ip", 0, "ip", "its IPv4 address"),
    OPTION_TEXT(struct connect_args, ip6, "ip6", 0, "ip", "its IPv6 address"),
    OPTION_LIST(struct connect_args, links, "link", 0, "list", "another container, by an alias"),
    OPTION_LIST(struct connect_args, link_local_ips, "link-local-ip", 0, "ipSlice",
                "more addresses, local to the link"),
    {},
};

static int connect_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct connect_args *args = at;
    struct endpoint_ipam ipam = {
        .ipv4_address = args->ip,
        .ipv6_address = args->ip6,
        .link_local_ips = args->link_local_ips.at,
        .n_link_local_ips = args->link_local_ips.n,
    };
    struct endpoint_settings endpoint = {
        .ipam_config = &ipam,
        .aliases = args->aliases.at,
        .n_aliases = args->aliases.n,
        .links = args->links.at,
        .n_links = args->links.n,
        .driver_opts = run_pairs(&cli->arena, &args->driver_options),
        .n_driver_opts = args->driver_options.n,
        .gw_priority = args->gw_priority != NULL ? *args->gw_priority : 0,
    };
    const struct network_connect_request request = {words->at[0], words->at[1], &endpoint};
    return cli_call(cli, NETWORK_CONNECT, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command network_connect_command = {
    "network connect",
    "NETWORK CONTAINER",
    "Put a container on one more network",
    connect_options,
    sizeof(struct connect_args),
    OPTIONS_MIXED,
    2,
    2,
    connect_run,
    NULL,
};

// --- disconnect ---

struct disconnect_args {
    bool force;
};
static const struct option disconnect_options[] = {
    OPTION_FLAG(struct disconnect_args, force, "force", 'f',
                "also when the container is gone and only its place was left"),
    {},
};
static int disconnect_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct disconnect_args *args = at;
    const struct network_disconnect_request request = {words->at[0], words->at[1], args->force};
    return cli_call(cli, NETWORK_DISCONNECT, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command network_disconnect_command = {
    "network disconnect",
    "NETWORK CONTAINER",
    "Take a container from a network",
    disconnect_options,
    sizeof(struct disconnect_args),
    OPTIONS_MIXED,
    2,
    2,
    disconnect_run,
    NULL,
};

// --- reload ---

struct reload_args {
    bool only_broken, all;
};
static const struct option reload_options[] = {
    // podman's: it reloads containers one by one; ours are one table.
    OPTION_FLAG(struct reload_args, all, "all", 'a', NULL),
    OPTION_FLAG(struct reload_args, only_broken, "if-broken", 0, "only if something is missing"),
    {},
};

static int reload_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct reload_args *args = at;
    const struct network_reload_request request = {.only_broken = args->only_broken};
    if (cli_call(cli, NETWORK_RELOAD, &request, NULL) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command network_reload_command = {
    "network reload",
    "",
    "Make the firewall's rules for networks and published ports anew",
    reload_options,
    sizeof(struct reload_args),
    OPTIONS_MIXED,
    0,
    0,
    reload_run,
    "Containers' monitors do this by themselves when somebody flushes the rules of this machine.",
};
