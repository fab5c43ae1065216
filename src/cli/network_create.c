// SPDX-License-Identifier: Apache-2.0
// network_create.c — network create: several --subnet, each with its own range, gateway and
// auxiliary addresses, which are told apart by what contains what.
#include "base/ip.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/network.h"
#include "cli/run_args.h"
#include "ops/network.h"

#include <stdio.h>
#include <string.h>

struct create_args {
    const char *driver, *ipam_driver, *config_from, *scope;
    struct words subnets, ranges, gateways, aux, ipam_options, options, labels;
    bool attachable, config_only, ingress, internal, no_ipv4, ipv6;
};

// clang-format off
static const struct option create_options[] = {
    OPTION_FLAG(struct create_args, attachable, "attachable", 0, "containers may be put on it by hand (they may in any case)"),
    OPTION_LIST(struct create_args, aux, "aux-address", 0, "map", "addresses that no container gets (NAME=ADDRESS)"),
    OPTION_TEXT(struct create_args, config_from, "config-from", 0, "string", "the network that the configuration comes from"),
    OPTION_FLAG(struct create_args, config_only, "config-only", 0, "only a configuration, for others"),
    OPTION_TEXT(struct create_args, driver, "driver", 'd', "string", "bridge (the default), macvlan or ipvlan"),
    OPTION_READ(struct create_args, gateways, "gateway", 0, "ipSlice", read_list, "the way out of a subnet; on a bridge the host has this address"),
    OPTION_FLAG(struct create_args, ingress, "ingress", 0, NULL), // of swarms
    OPTION_FLAG(struct create_args, internal, "internal", 0, "without a way out"),
    OPTION_READ(struct create_args, ranges, "ip-range", 0, "ipNetSlice", read_list, "the part of a subnet that containers get addresses from"),
    OPTION_TEXT(struct create_args, ipam_driver, "ipam-driver", 0, "string", "who gives addresses (default)"),
    OPTION_LIST(struct create_args, ipam_options, "ipam-opt", 0, "map", "options for that"),
    OPTION_FLAG_OFF(struct create_args, no_ipv4, "ipv4", 0, "IPv4 addresses (true)"),
    OPTION_FLAG(struct create_args, ipv6, "ipv6", 0, "IPv6 addresses"),
    OPTION_LIST(struct create_args, labels, "label", 0, "list", "set labels (KEY=VALUE)"),
    OPTION_LIST(struct create_args, options, "opt", 'o', "map", "options of the driver (com.docker.network.driver.mtu=1400, parent=eth0)"),
    OPTION_TEXT(struct create_args, scope, "scope", 0, "string", NULL), // of swarms
    OPTION_READ(struct create_args, subnets, "subnet", 0, "stringSlice", read_list, "a subnet, 172.28.0.0/16 (else one is chosen that nothing on this machine has)"),
    {},
};
// clang-format on

static struct network_ipam_config *config_with(struct network_ipam *ipam, const struct ip *ip)
{
    for (size_t i = 0; i < ipam->n_config; i++) {
        struct subnet subnet = {};
        if (subnet_parse(str_of(ipam->config[i].subnet), &subnet) && subnet_has(&subnet, ip))
            return &ipam->config[i];
    }
    return NULL;
}

static int take_subnets(struct cli *cli, const struct words *words, struct network_ipam *out)
{
    for (size_t i = 0; i < words->n; i++) {
        struct subnet subnet = {};
        if (!subnet_parse(str_of(words->at[i]), &subnet))
            return fail(&cli->err, ERR_INVALID,
                        "invalid network config:\ninvalid subnet %s: invalid CIDR block notation",
                        words->at[i]);
        if (config_with(out, &subnet.address) != NULL)
            return fail(&cli->err, ERR_INVALID,
                        "multiple overlapping subnet configuration is not "
                        "supported");
        out->config[out->n_config++].subnet = words->at[i];
    }
    return 0;
}

static int take_range(struct cli *cli, const char *text, struct network_ipam *out)
{
    struct subnet range = {};
    if (!subnet_parse(str_of(text), &range))
        return fail(&cli->err, ERR_INVALID, "invalid CIDR address: %s", text);
    struct network_ipam_config *config = config_with(out, &range.address);
    if (config == NULL)
        return fail(&cli->err, ERR_INVALID, "no matching subnet for range %s", text);
    if (config->ip_range != NULL)
        return fail(&cli->err, ERR_INVALID,
                    "cannot configure multiple ranges (%s, %s) on the same subnet (%s)", text,
                    config->ip_range, config->subnet);
    config->ip_range = text;
    return 0;
}

static int take_gateway(struct cli *cli, const char *text, struct network_ipam *out)
{
    struct ip gateway;
    if (!ip_parse(str_of(text), &gateway))
        return fail(&cli->err, ERR_INVALID, "invalid gateway address: %s", text);
    struct network_ipam_config *config = config_with(out, &gateway);
    if (config == NULL)
        return fail(&cli->err, ERR_INVALID, "no matching subnet for gateway %s", text);
    if (config->gateway != NULL)
        return fail(&cli->err, ERR_INVALID,
                    "cannot configure multiple gateways (%s, %s) for the same subnet (%s)", text,
                    config->gateway, config->subnet);
    config->gateway = text;
    return 0;
}

static int take_aux(struct cli *cli, const char *text, size_t room, struct network_ipam *out)
{
    struct str address = str_of(text), name = str_cut(&address, '=');
    struct ip ip;
    if (!ip_parse(address, &ip))
        return fail(&cli->err, ERR_INVALID, "invalid auxiliary address \"%s\": it is NAME=ADDRESS",
                    text);
    struct network_ipam_config *config = config_with(out, &ip);
    if (config == NULL)
        return fail(&cli->err, ERR_INVALID, "no matching subnet for aux-address %s", address.at);
    if (config->aux == NULL)
        config->aux = arena_array(&cli->arena, room, sizeof *config->aux);
    config->aux[config->n_aux++] =
        (struct json_pair){arena_strndup(&cli->arena, name.at, name.n), address.at};
    return 0;
}

static int build_ipam(struct cli *cli, const struct create_args *args, struct network_ipam *out)
{
    if (args->subnets.n == 0 && args->ranges.n + args->gateways.n != 0)
        return fail(&cli->err, ERR_INVALID,
                    "every ip-range or gateway must have a corresponding subnet");
    out->driver = args->ipam_driver;
    out->options = run_pairs(&cli->arena, &args->ipam_options);
    out->n_options = args->ipam_options.n;
    out->config = arena_array(&cli->arena, args->subnets.n + 1, sizeof *out->config);
    if (take_subnets(cli, &args->subnets, out) < 0)
        return -1;
    for (size_t i = 0; i < args->ranges.n; i++) {
        if (take_range(cli, args->ranges.at[i], out) < 0)
            return -1;
    }
    for (size_t i = 0; i < args->gateways.n; i++) {
        if (take_gateway(cli, args->gateways.at[i], out) < 0)
            return -1;
    }
    for (size_t i = 0; i < args->aux.n; i++) {
        if (take_aux(cli, args->aux.at[i], args->aux.n, out) < 0)
            return -1;
    }
    return 0;
}

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct create_args *args = at;
    struct network_ipam ipam = {};
    struct network_config_reference config_from = {args->config_from};
    bool ipv4 = !args->no_ipv4, ipv6 = args->ipv6;
    if (build_ipam(cli, args, &ipam) < 0)
        return cli_fail(cli, 1);
    const struct network_create_request request = {
        .name = words->at[0],
        .driver = args->driver,
        .scope = args->scope,
        .internal = args->internal,
        .attachable = args->attachable,
        .ingress = args->ingress,
        .config_only = args->config_only,
        .config_from = args->config_from != NULL ? &config_from : NULL,
        .ipam = &ipam,
        .enable_ipv4 = &ipv4,
        .enable_ipv6 = &ipv6,
        .options = run_pairs(&cli->arena, &args->options),
        .n_options = args->options.n,
        .labels = run_pairs(&cli->arena, &args->labels),
        .n_labels = args->labels.n,
    };
    struct network_create_response response;
    if (cli_call(cli, NETWORK_CREATE, &request, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.id);
    return 0;
}

const struct command network_create_command = {
    "network create",
    "NETWORK",
    "Create a network",
    create_options,
    sizeof(struct create_args),
    OPTIONS_MIXED,
    1,
    1,
    create_run,
    ".PP\nContainers on a network find each other by name. One without \\fB\\-\\-internal\\fR "
    "leads "
    "out through the host, which forwards packets for it: when the host did not do that before, it "
    "does (net.ipv4.ip_forward, and for \\fB\\-\\-ipv6\\fR net.ipv6.conf.all.forwarding).\n"
    ".PP\nA subnet that is not given is the first of 172.17.0.0/16 ... 172.31.0.0/16, "
    "192.168.0.0/20 ... that no route, no address and no other network has; of IPv6 a random "
    "unique local one.\n"
    ".PP\nmacvlan and ipvlan put containers on the network of a device of the host, "
    "\\fB\\-o parent=eth0\\fR; their modes are options \\fBmacvlan_mode\\fR (bridge, private, "
    "vepa, "
    "passthru), \\fBipvlan_mode\\fR (l2, l3, l3s) and \\fBipvlan_flag\\fR (bridge, private, "
    "vepa).\n",
};
