// SPDX-License-Identifier: Apache-2.0
// firewall.c — changes of our table as transactions, and what is seen of others (firewall.h).
#include "network/firewall.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/rootless.h"
#include "network/firewall_table.h"
#include "nft/rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_RUN_ROOT "/run/dhow"

// FNV-1a: names apart, no secrets.
static uint32_t hash(const char *text)
{
    uint32_t sum = 2'166'136'261u;
    for (; *text != '\0'; text++)
        sum = (sum ^ (uint8_t)*text) * 16'777'619u;
    return sum;
}

int firewall_open(const char *run_root, struct firewall *out, struct err *err)
{
    struct firewall firewall = {.socket = -1, .run_root = run_root};
    if (rootless_network_enter(err) < 0)
        return -1;
    firewall.socket = nft_open(err);
    if (firewall.socket < 0)
        return -1;
    if (strcmp(run_root, DEFAULT_RUN_ROOT) == 0)
        (void)snprintf(firewall.table, sizeof firewall.table, "dhow");
    else
        (void)snprintf(firewall.table, sizeof firewall.table, "dhow-%08x", hash(run_root));
    *out = firewall;
    return 0;
}

void firewall_close(struct firewall *firewall)
{
    if (firewall->socket < 0)
        return;
    int socket = TAKE_FD(firewall->socket);
    if (firewall->has_removed)
        nft_close_later(socket);
    else
        (void)close(socket); // only asked and told
}

// --- a network's options ---

static const char *const modes[] = {
    [GATEWAY_NAT] = "nat",
    [GATEWAY_NAT_UNPROTECTED] = "nat-unprotected",
    [GATEWAY_ROUTED] = "routed",
    [GATEWAY_ISOLATED] = "isolated",
};

static const char *option(const struct network *network, const char *key)
{
    return network_option(network->spec.options, network->spec.n_options, key);
}

// False: no such mode.
static bool read_mode(const struct network *network, const char *key, enum gateway_mode *out)
{
    const char *text = option(network, key);
    *out = GATEWAY_NAT;
    if (text_is_empty(text))
        return true;
    for (int i = 0; i < (int)N_ELEMENTS(modes); i++) {
        if (strcmp(text, modes[i]) == 0) {
            *out = (enum gateway_mode)i;
            return true;
        }
    }
    return false;
}

static bool read_address(const struct network *network, const char *key, int family, struct ip *out)
{
    const char *text = option(network, key);
    *out = (struct ip){};
    return text_is_empty(text) || (ip_parse(str_of(text), out) && out->family == family);
}

#define BRIDGE_OPTION NETWORK_OPTION "bridge."

bool firewall_network_of(struct arena *arena, const struct network *network,
                         struct firewall_network *out)
{
    const struct network_spec *spec = &network->spec;
    if (strcmp(network->driver, "bridge") != 0 || spec->config_only)
        return false;
    *out = (struct firewall_network){
        .device = network_device(arena, network),
        .name = network->name,
        .is_internal = spec->internal,
        .icc = network_option_is(spec->options, spec->n_options, BRIDGE_OPTION "enable_icc", true),
        .masquerade = network_option_is(spec->options, spec->n_options,
                                        BRIDGE_OPTION "enable_ip_masquerade", true),
        .trusted = arena_array(arena, FIREWALL_TRUSTED_MAX, sizeof *out->trusted),
    };
    // They were checked when the network was made.
    (void)read_mode(network, BRIDGE_OPTION "gateway_mode_ipv4", &out->ipv4);
    (void)read_mode(network, BRIDGE_OPTION "gateway_mode_ipv6", &out->ipv6);
    (void)read_address(network, NETWORK_OPTION "host_ipv4", AF_INET, &out->source4);
    (void)read_address(network, NETWORK_OPTION "host_ipv6", AF_INET6, &out->source6);
    struct str rest = str_of(option(network, BRIDGE_OPTION "trusted_host_interfaces"));
    while (rest.n != 0 && out->n_trusted < FIREWALL_TRUSTED_MAX) {
        struct str name = str_cut(&rest, ':');
        if (name.n != 0)
            out->trusted[out->n_trusted++] = arena_strndup(arena, name.at, name.n);
    }
    return *out->device != '\0';
}

// What the kernel takes as a device's name, and nft(8) as a word.
static bool is_device_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.at[i] <= ' ' || name.at[i] > '~' || strchr("/\"\\{};:*", name.at[i]) != NULL)
            return false;
    }
    return name.n != 0 && name.n < IFNAMSIZ;
}

int firewall_options_check(const struct network *network, struct err *err)
{
    static const char *const mode_keys[] = {BRIDGE_OPTION "gateway_mode_ipv4",
                                            BRIDGE_OPTION "gateway_mode_ipv6"};
    enum gateway_mode mode;
    struct ip ip;
    for (size_t i = 0; i < N_ELEMENTS(mode_keys); i++) {
        if (!read_mode(network, mode_keys[i], &mode))
            return fail(err, ERR_INVALID,
                        "%s: unknown gateway mode %s: nat, nat-unprotected, routed or isolated",
                        mode_keys[i], option(network, mode_keys[i]));
        if (mode == GATEWAY_ISOLATED && !network->spec.internal)
            return fail(err, ERR_INVALID, "%s: isolated is for internal networks only",
                        mode_keys[i]);
    }
    if (!read_address(network, NETWORK_OPTION "host_ipv4", AF_INET, &ip) ||
        !read_address(network, BRIDGE_OPTION "host_binding_ipv4", AF_INET, &ip))
        return fail(err, ERR_INVALID,
                    NETWORK_OPTION "host_ipv4 and " BRIDGE_OPTION
                                   "host_binding_ipv4 want an IPv4 address");
    if (!read_address(network, NETWORK_OPTION "host_ipv6", AF_INET6, &ip))
        return fail(err, ERR_INVALID, NETWORK_OPTION "host_ipv6 wants an IPv6 address");
    struct str rest = str_of(option(network, BRIDGE_OPTION "trusted_host_interfaces"));
    size_t n = 0;
    while (rest.n != 0) {
        struct str name = str_cut(&rest, ':');
        if (!is_device_name(name) || ++n > FIREWALL_TRUSTED_MAX)
            return fail(err, ERR_INVALID,
                        BRIDGE_OPTION "trusted_host_interfaces: %.*s is no name of an interface "
                                      "(they are separated by colons, %d at most)",
                        (int)name.n, name.at, FIREWALL_TRUSTED_MAX);
    }
    return 0;
}

// --- changes ---

// A published port is reached from the host's own 127.0.0.1, too, by translation. The kernel routes
// such packets to a bridge only when told; `guard` drops what others would send there.
static void let_localhost_out(const struct firewall_network *network)
{
    AUTO_FREE char *path = str_printf("/proc/sys/net/ipv4/conf/%s/route_localnet", network->device);
    struct err ignored; // then 127.0.0.1 does not reach it: the port's relay does not depend on it
    if (network->ipv4 != GATEWAY_ISOLATED && !network->is_internal)
        (void)file_put_at(AT_FDCWD, path, "1", &ignored);
}

static int explain(struct err *err)
{
    switch (err->sys) {
    case ENOENT:
    case EBUSY:
    case EEXIST:
        err->kind = ERR_CONFLICT;
        break;
    case ERESTART:
        err->kind = ERR_UNAVAILABLE;
        break;
    default:
        break;
    }
    return -1;
}

int firewall_add(const struct firewall *firewall, const struct firewall_state *state,
                 struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
    for (size_t i = 0; i < state->n_networks; i++)
        table_put_network(&batch, &state->networks[i], nft_element_add);
    for (size_t i = 0; i < state->n_ports; i++)
        table_put_port(&batch, &state->ports[i], nft_element_add);
    if (nft_commit(firewall->socket, &batch, err) < 0)
        return explain(err);
    for (size_t i = 0; i < state->n_networks; i++)
        let_localhost_out(&state->networks[i]);
    return 0;
}

static void put_ports(struct nft_batch *batch, const struct firewall_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        table_put_port(batch, &ports[i], nft_element_delete);
}

static bool is_of_itself(const struct nft_element *element)
{
    return strncmp(element->set, "itself", strlen("itself")) == 0;
}
static void delete_port(struct nft_batch *batch, const struct nft_element *element,
                        const char *label)
{
    if (!is_of_itself(element))
        nft_element_delete(batch, element, label);
}
static void delete_self(struct nft_batch *batch, const struct nft_element *element,
                        const char *label)
{
    if (is_of_itself(element))
        nft_element_delete(batch, element, label);
}

// One transaction takes all or nothing: when something is gone already, one by one.
static int remove_one_by_one(const struct firewall *firewall, const struct firewall_state *state,
                             struct err *err)
{
    for (size_t i = 0; i < 2 * state->n_ports; i++) {
        AUTO_NFT_BATCH struct nft_batch batch;
        nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
        table_put_port(&batch, &state->ports[i / 2], i % 2 == 0 ? delete_port : delete_self);
        if (nft_commit(firewall->socket, &batch, err) < 0 && err->sys != ENOENT)
            return -1;
    }
    for (size_t i = 0; i < state->n_networks; i++) {
        struct table_elements elements = {};
        table_elements_of(&state->networks[i], &elements);
        for (size_t k = 0; k < elements.n; k++) {
            AUTO_NFT_BATCH struct nft_batch batch;
            nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
            nft_element_delete(&batch, &elements.at[k], state->networks[i].name);
            if (nft_commit(firewall->socket, &batch, err) < 0 && err->sys != ENOENT)
                return -1;
        }
    }
    return 0;
}

int firewall_remove(struct firewall *firewall, const struct firewall_state *state, struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    firewall->has_removed = true;
    nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
    put_ports(&batch, state->ports, state->n_ports);
    for (size_t i = 0; i < state->n_networks; i++)
        table_put_network(&batch, &state->networks[i], nft_element_delete);
    if (nft_commit(firewall->socket, &batch, err) == 0)
        return 0;
    if (err->sys != ENOENT)
        return -1;
    return remove_one_by_one(firewall, state, err);
}

int firewall_generation(const struct firewall *firewall, uint32_t *out, struct err *err)
{
    return nft_generation(firewall->socket, out, err);
}

int firewall_replace(const struct firewall *firewall, uint32_t generation,
                     const struct firewall_state *state, struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    nft_batch_init(&batch, NFPROTO_INET, firewall->table, generation);
    table_put_all(&batch, firewall->run_root);
    for (size_t i = 0; i < state->n_networks; i++)
        table_put_network(&batch, &state->networks[i], nft_element_add);
    for (size_t i = 0; i < state->n_ports; i++)
        table_put_port(&batch, &state->ports[i], nft_element_add);
    if (nft_commit(firewall->socket, &batch, err) < 0) {
        bool is_missing = err->sys == EOPNOTSUPP || err->sys == EPERM || err->sys == ENOENT;
        if (is_missing)
            return fail_in(err, "this machine cannot filter and translate packets (nf_tables); "
                                "--network none and --network host work");
        return explain(err);
    }
    for (size_t i = 0; i < state->n_networks; i++)
        let_localhost_out(&state->networks[i]);
    return 0;
}

int firewall_drop(const struct firewall *firewall, struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
    nft_table_delete(&batch);
    return nft_commit(firewall->socket, &batch, err) < 0 && err->sys != ENOENT ? -1 : 0;
}

// --- what is there ---

static void take_uses(void *context, uint16_t, const struct nlattr *at, size_t n)
{
    *(uint32_t *)context = nft_number(nft_find(at, n, NFTA_CHAIN_USE));
}

// A flush of the table, or of all, takes the rules of all chains along: the longest one tells.
int firewall_is_whole(const struct firewall *firewall, struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    uint32_t uses = 0;
    nft_batch_init(&batch, NFPROTO_INET, firewall->table, 0);
    nft_message(&batch, NFT_MSG_GETCHAIN, 0, table_witness);
    nft_put_text(&batch, NFTA_CHAIN_TABLE, firewall->table);
    nft_put_text(&batch, NFTA_CHAIN_NAME, table_witness);
    nft_message_end(&batch);
    int there = nft_ask(firewall->socket, &batch, take_uses, &uses, err);
    return there < 0 ? -1 : there == 1 && uses == table_witness_rules;
}

struct others {
    const struct firewall *firewall;
    struct buf *text;
};

static void take_chain(void *context, uint16_t, const struct nlattr *at, size_t n)
{
    struct others *others = context;
    const char *table = nft_text(nft_find(at, n, NFTA_CHAIN_TABLE));
    const struct nlattr *policy = nft_find(at, n, NFTA_CHAIN_POLICY);
    size_t n_hook;
    const struct nlattr *hook = nft_inside(nft_find(at, n, NFTA_CHAIN_HOOK), &n_hook);
    if (hook == NULL || policy == NULL || nft_number(policy) != NF_DROP ||
        nft_number(nft_find(hook, n_hook, NFTA_HOOK_HOOKNUM)) != NF_INET_FORWARD ||
        strcmp(table, others->firewall->table) == 0 ||
        strcmp(nft_text(nft_find(at, n, NFTA_CHAIN_TYPE)), "filter") != 0)
        return;
    buf_printf(others->text, "%s%s %s", others->text->n == 0 ? "" : ", ", table,
               nft_text(nft_find(at, n, NFTA_CHAIN_NAME)));
}

int firewall_others(const struct firewall *firewall, struct arena *arena, const char **out,
                    struct err *err)
{
    enum { TEXT_MAX = 500 };
    static const uint8_t families[] = {NFPROTO_IPV4, NFPROTO_INET};
    AUTO_BUF struct buf text;
    buf_init(&text, TEXT_MAX);
    struct others others = {firewall, &text};
    for (size_t i = 0; i < N_ELEMENTS(families); i++) {
        if (nft_list(firewall->socket, NFT_MSG_GETCHAIN, families[i], take_chain, &others, err) < 0)
            return -1;
    }
    *out = arena_strdup(arena, buf_get(&text));
    return 0;
}
