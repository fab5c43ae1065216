// SPDX-License-Identifier: Apache-2.0
// run_network.c — options of run: networks, names and addresses on them.
//
// --network may be given several times, each in a short form (a name) or a long one (key=value
// words with commas). --ip and its kin are about the first.
#include "base/ip.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/endpoint.h"
#include "cli/run_args.h"

#include <string.h>

#define NET_TEXT(member, name_, value_, help_)                                                     \
    OPTION_TEXT(struct run_network_args, member, name_, 0, value_, help_)
#define NET_LIST(member, name_, help_)                                                             \
    OPTION_LIST(struct run_network_args, member, name_, 0, "list", help_)

// clang-format off
const struct option run_network_options[] = {
    OPTION_LIST(struct run_network_args, networks, "network", 0, "network", "connect it to a network: bridge (the default), host, none, container:NAME, or a network's name; or name=NAME,ip=…,alias=…"),
    OPTION_LIST(struct run_network_args, networks, "net", 0, "network", NULL),
    NET_LIST(aliases, "network-alias", "another name for it on the network"),
    NET_LIST(aliases, "net-alias", NULL),
    NET_TEXT(ip, "ip", "ip", "its IPv4 address (172.30.100.104)"),
    NET_TEXT(ip6, "ip6", "ip", "its IPv6 address (2001:db8::33)"),
    NET_TEXT(mac_address, "mac-address", "string", "its hardware address (92:d0:c6:0a:29:33)"),
    NET_LIST(link_local_ips, "link-local-ip", "more addresses, local to the link"),
    NET_LIST(links, "link", "another container, by an alias (NAME[:ALIAS])"),
    NET_LIST(dns, "dns", "name servers to ask"),
    NET_LIST(dns_options, "dns-option", "options of resolv.conf"),
    NET_LIST(dns_options, "dns-opt", NULL),
    NET_LIST(dns_search, "dns-search", "domains to search for names"),
    NET_LIST(extra_hosts, "add-host", "a name in /etc/hosts (NAME:ADDRESS, or NAME:host-gateway)"),
    {},
};
// clang-format on

static int take_first(struct cli *cli, const struct run_network_args *args,
                      struct endpoint_settings *first);
static int take_hosts(struct cli *cli, const struct words *words, struct host_config *host);
static int check_dns(struct cli *cli, const struct words *words);

static bool is_users(const char *network)
{
    static const char *const ours[] = {"default", "bridge", "host", "none"};
    for (size_t i = 0; i < N_ELEMENTS(ours); i++) {
        if (strcmp(network, ours[i]) == 0)
            return false;
    }
    return !text_starts(network, "container:");
}

static bool is_alone(const char *network)
{
    return strcmp(network, "host") == 0 || strcmp(network, "none") == 0 ||
           text_starts(network, "container:");
}

static int read_networks(struct cli *cli, const struct words *words, struct endpoint_settings *out)
{
    for (size_t i = 0; i < words->n; i++) {
        if (endpoint_read(cli, words->at[i], &out[i]) < 0)
            return -1;
        if (words->n > 1 && is_alone(out[i].network))
            return fail(&cli->err, ERR_INVALID,
                        "conflicting options: cannot attach both user-defined and non-user-defined "
                        "network-modes");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(out[i].network, out[j].network) == 0)
                return fail(&cli->err, ERR_INVALID, "network \"%s\" is specified multiple times",
                            out[i].network);
        }
    }
    return 0;
}

static void take(const struct words *words, const char ***at, size_t *n)
{
    *at = words->at;
    *n = words->n;
}

int run_network(struct cli *cli, const struct run_network_args *args, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    size_t n = args->networks.n != 0 ? args->networks.n : 1;
    struct endpoint_settings *networks = arena_array(&cli->arena, n, sizeof *networks);
    networks[0].network = "default";
    if (read_networks(cli, &args->networks, networks) < 0 ||
        take_first(cli, args, &networks[0]) < 0 || check_dns(cli, &args->dns) < 0 ||
        take_hosts(cli, &args->extra_hosts, host) < 0)
        return -1;
    host->network_mode = networks[0].network;
    if (args->links.n != 0 && is_users(networks[0].network))
        take(&args->links, &networks[0].links, &networks[0].n_links);
    else
        take(&args->links, &host->links, &host->n_links);
    take(&args->dns, &host->dns, &host->n_dns);
    take(&args->dns_options, &host->dns_options, &host->n_dns_options);
    take(&args->dns_search, &host->dns_search, &host->n_dns_search);
    spec->networks = networks;
    spec->n_networks = n;
    return 0;
}

static struct endpoint_ipam *ipam_of(struct cli *cli, struct endpoint_settings *settings)
{
    if (settings->ipam_config == NULL)
        settings->ipam_config = arena_new(&cli->arena, struct endpoint_ipam);
    return settings->ipam_config;
}

// The options that are about the first network; the long form has keys for the same.
static int take_first(struct cli *cli, const struct run_network_args *args,
                      struct endpoint_settings *first)
{
    const struct endpoint_ipam none = {};
    const struct endpoint_ipam *ipam = first->ipam_config != NULL ? first->ipam_config : &none;
    const struct {
        bool is_asked, is_there;
        const char *option, *key;
    } both[] = {
        {args->aliases.n != 0, first->n_aliases != 0, "network-alias", "network alias"},
        {args->ip != NULL, ipam->ipv4_address != NULL, "ip", "IPv4 address"},
        {args->ip6 != NULL, ipam->ipv6_address != NULL, "ip6", "IPv6 address"},
        {args->mac_address != NULL, first->mac_address != NULL, "mac-address", "MAC address"},
        {args->link_local_ips.n != 0, ipam->n_link_local_ips != 0, "link-local-ip",
         "link-local IP addresses"},
    };
    uint8_t mac[MAC_BYTES];
    for (size_t i = 0; i < N_ELEMENTS(both); i++) {
        if (both[i].is_asked && both[i].is_there)
            return fail(&cli->err, ERR_INVALID,
                        "conflicting options: cannot specify both --%s and per-network %s",
                        both[i].option, both[i].key);
    }
    if (args->aliases.n != 0)
        take(&args->aliases, &first->aliases, &first->n_aliases);
    if (args->mac_address != NULL && !mac_parse(str_of(args->mac_address), mac))
        return fail(&cli->err, ERR_INVALID, "%s is not a valid mac address", args->mac_address);
    if (args->mac_address != NULL)
        first->mac_address = args->mac_address;
    if (args->ip != NULL)
        ipam_of(cli, first)->ipv4_address = args->ip;
    if (args->ip6 != NULL)
        ipam_of(cli, first)->ipv6_address = args->ip6;
    if (args->link_local_ips.n != 0) {
        struct endpoint_ipam *its = ipam_of(cli, first);
        take(&args->link_local_ips, &its->link_local_ips, &its->n_link_local_ips);
    }
    return 0;
}

static int check_dns(struct cli *cli, const struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        struct ip ip;
        if (!ip_parse(str_of(words->at[i]), &ip))
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"--dns\" flag: IP address is not correctly "
                        "formatted: %s",
                        words->at[i], words->at[i]);
    }
    return 0;
}

// "name:address" and "name=address", the address of IPv6 perhaps in brackets.
static int take_hosts(struct cli *cli, const struct words *words, struct host_config *host)
{
    host->extra_hosts = arena_array(&cli->arena, words->n + 1, sizeof *host->extra_hosts);
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->at[i], *separator = strpbrk(word, "=:");
        struct ip ip;
        if (separator == NULL || separator == word)
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"--add-host\" flag: bad format for add-host: "
                        "\"%s\"",
                        word, word);
        struct str address = str_of(separator + 1);
        if (address.n > 2 && address.at[0] == '[' && address.at[address.n - 1] == ']')
            address = (struct str){address.at + 1, address.n - 2};
        if (!str_is(address, "host-gateway") && !ip_parse(address, &ip))
            return fail(&cli->err, ERR_INVALID,
                        "invalid argument \"%s\" for \"--add-host\" flag: invalid IP address in "
                        "add-host: \"%.*s\"",
                        word, (int)address.n, address.at);
        host->extra_hosts[host->n_extra_hosts++] = arena_printf(
            &cli->arena, "%.*s:%.*s", (int)(separator - word), word, (int)address.n, address.at);
    }
    return 0;
}
