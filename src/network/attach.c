// SPDX-License-Identifier: Apache-2.0
// attach.c — a container's network namespace and the devices in it.
//
// Theory. Both ends of a veth are made by one request: ours as a port of the bridge, theirs inside
// the namespace, with name, address and state. It is never moved and never deleted: the namespace
// is closed, and the kernel takes its devices apart by itself (budgets.md has what else costs).
// The host's end is called after container and network, and by a number when one of an earlier
// namespace of the same container is still being taken apart.
//
//     make the namespace  ─ inside: lo, sysctls, a socket that stays inside
//     each network        ─ outside: the device, in one request; by the socket: addresses, routes
//     pin it              ─ from here on the runtime can join it, and a killed start leaves a file
//                           that the next command that meets the container takes away
#include "base/mem.h"
#include "base/str.h"
#include "linux/netdevice.h"
#include "linux/rootless.h"
#include "linux/rtnetlink.h"
#include "netlink/link.h"
#include "netlink/netns.h"
#include "network/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/socket.h>

enum { NAME_TRIES = 16, LOOPBACK = 1 };

// --- inside ---

struct inside {
    int socket;    // out: rtnetlink of the namespace
    bool has_ipv6; // one of the networks has
};

static int put_sysctl(const char *path, const char *value, struct err *err)
{
    AUTO_FREE char *file = str_printf("/proc/sys/%s", path);
    AUTO_FD int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        return fail_sys(err, "set the kernel parameter %s to %s", path, value);
    return 0;
}

// What is not there yet when it is called gets what stands in "default".
static int first_steps(void *context, struct err *err)
{
    struct inside *inside = context;
    AUTO_FD int socket = rtnetlink_open(err);
    if (socket < 0 || link_up(socket, LOOPBACK, err) < 0)
        return -1;
    bool kernel_has_ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
    const char *off = inside->has_ipv6 ? "0" : "1";
    if (kernel_has_ipv6 && (put_sysctl("net/ipv6/conf/default/disable_ipv6", off, err) < 0 ||
                            put_sysctl("net/ipv6/conf/default/accept_ra", "0", err) < 0))
        return -1;
    inside->socket = TAKE_FD(socket);
    return 0;
}

static int open_socket(void *context, struct err *err)
{
    struct inside *inside = context;
    inside->socket = rtnetlink_open(err);
    return inside->socket < 0 ? -1 : 0;
}

// A device's own sysctls, which can only be written once it is there.
struct device_sysctls {
    const char *device;
    const struct endpoint *endpoint;
    bool disables_ipv6;
};

// "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.…=0": IFNAME stands for the device.
static int write_sysctl(const char *device, struct str setting, struct err *err)
{
    struct str value = setting, key = str_cut(&value, '=');
    AUTO_BUF struct buf path;
    buf_init(&path, 256);
    struct str rest = key;
    bool is_its = false;
    for (size_t i = 0; rest.n != 0; i++) {
        struct str part = str_cut(&rest, '.');
        bool is_name = str_is(part, "IFNAME");
        is_its |= is_name;
        buf_text(&path, i != 0 ? "/" : "");
        if (is_name)
            buf_text(&path, device);
        else
            buf_add(&path, part.at, part.n);
    }
    if (!is_its || !text_starts(buf_get(&path), "net/") || strstr(buf_get(&path), "..") != NULL ||
        buf_check(&path, "the key", err) < 0)
        return fail(err, ERR_INVALID,
                    "invalid sysctl of an endpoint: \"%.*s\": it is net.X.Y.IFNAME.Z=VALUE",
                    (int)setting.n, setting.at);
    AUTO_FREE char *text = xstrndup(value.at, value.n);
    return put_sysctl(buf_get(&path), text, err);
}

static int write_sysctls(void *context, struct err *err)
{
    const struct device_sysctls *of = context;
    const struct endpoint_spec *spec = &of->endpoint->spec;
    AUTO_FREE char *disable = str_printf("net/ipv6/conf/%s/disable_ipv6", of->device);
    if (of->disables_ipv6 && access("/proc/sys/net/ipv6", F_OK) == 0 &&
        put_sysctl(disable, "1", err) < 0)
        return -1;
    struct str rest =
        str_of(network_option(spec->options, spec->n_options, NETWORK_OPTION "endpoint.sysctls"));
    while (rest.n != 0) {
        if (write_sysctl(of->device, str_cut(&rest, ','), err) < 0)
            return -1;
    }
    return 0;
}

// --- devices ---

struct place { // where one device is to be
    const struct network_store *store;
    struct arena *arena;
    int host;   // rtnetlink of the host
    int inside; // of the namespace
    int netns;
    const struct attachment *attachment;
};

static const char *option_of(const struct place *place, const char *key)
{
    const struct network_spec *spec = &place->attachment->network->spec;
    return network_option(spec->options, spec->n_options, key);
}

static uint32_t mtu_of(const struct place *place)
{
    uint32_t mtu = 0;
    const char *text = option_of(place, NETWORK_OPTION "driver.mtu");
    if (!text_is_empty(text))
        (void)str_to_u32(str_of(text), &mtu); // checked when the network was made
    return mtu;
}

// br_netfilter takes a packet to the host's own published port, from one of the bridge's ports, for
// the container behind it without the host's routing in between: it may leave by the port that it
// came in by, when a container asks itself.
static bool bridges_are_filtered(void)
{
    char is_on = '0';
    AUTO_FD int fd = open("/proc/sys/net/bridge/bridge-nf-call-iptables", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &is_on, 1) == 1 && is_on == '1';
}

static int make_veth(const struct place *place, struct err *err)
{
    const struct network *network = place->attachment->network;
    const struct endpoint *endpoint = place->attachment->endpoint;
    uint32_t bridge;
    if (network_ensure(place->store, place->arena, place->host, network, &bridge, err) < 0)
        return -1;
    struct link_making making = {
        .kind = "veth",
        .mtu = mtu_of(place),
        .master = bridge,
        .is_up = true,
        .netns = -1,
        .peer = endpoint->spec.name,
        .peer_mac = endpoint->mac,
        .peer_netns = place->netns,
    };
    for (unsigned i = 0;; i++) {
        making.name =
            arena_printf(place->arena, "v%.8s-%.4s%x", endpoint->container_id, network->id, i);
        if (link_make(place->host, &making, err) == 0)
            break;
        // The name inside was chosen by the user, and does not become free by trying.
        if (err->sys != EEXIST || i + 1 == NAME_TRIES)
            return network_fail(network, err);
    }
    bool has_icc = network_option_is(network->spec.options, network->spec.n_options,
                                     NETWORK_OPTION "bridge.enable_icc", true);
    bool is_filtered = bridges_are_filtered();
    if (has_icc && !is_filtered)
        return 0;
    struct link port;
    int there = link_find(place->host, place->arena, making.name, &port, err);
    if (there == 0)
        return fail(err, ERR_SYSTEM, "network device %s is gone", making.name);
    if (there < 0 || (is_filtered && link_hairpin(place->host, port.index, err) < 0))
        return -1;
    return has_icc ? 0 : link_isolate(place->host, port.index, err);
}

struct mode {
    const char *name;
    uint32_t number;
};
static const struct mode macvlan_modes[] = {
    {"bridge", MACVLAN_MODE_BRIDGE},
    {"private", MACVLAN_MODE_PRIVATE},
    {"vepa", MACVLAN_MODE_VEPA},
    {"passthru", MACVLAN_MODE_PASSTHRU},
    {},
};
static const struct mode ipvlan_modes[] = {
    {"l2", IPVLAN_MODE_L2},
    {"l3", IPVLAN_MODE_L3},
    {"l3s", IPVLAN_MODE_L3S},
    {},
};
static const struct mode ipvlan_flags[] = {
    {"bridge", 0},
    {"private", IPVLAN_F_PRIVATE},
    {"vepa", IPVLAN_F_VEPA},
    {},
};

static uint32_t mode_of(const struct mode *modes, const char *name)
{
    for (const struct mode *at = modes; at->name != NULL; at++) {
        if (text_equal(at->name, name))
            return at->number;
    }
    return modes[0].number;
}

// "eth0.50" that is not there: VLAN 50 of eth0, as docker makes it.
static int make_parent(const struct place *place, const char *name, struct err *err)
{
    struct str number, base = str_of(name);
    struct link below;
    uint32_t vlan;
    number = str_cut_last(&base, '.');
    if (number.n == base.n || !str_to_u32(number, &vlan) || vlan == 0 || vlan > 4094)
        return fail(err, ERR_NOT_FOUND, "the parent device %s is not there", name);
    size_t n = strlen(name) - number.n - 1;
    const char *parent = arena_strndup(place->arena, name, n);
    int there = link_find(place->host, place->arena, parent, &below, err);
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "the parent device %s of VLAN %u is not there", parent,
                    vlan);
    const struct link_making making = {
        .name = name,
        .kind = "vlan",
        .mode = vlan,
        .parent = below.index,
        .is_up = true,
        .netns = -1,
        .peer_netns = -1,
    };
    return there < 0 ? -1 : link_make(place->host, &making, err);
}

// A network without a parent is one of the machine's own: a device that leads nowhere.
static int find_parent(const struct place *place, struct link *out, struct err *err)
{
    const struct network *network = place->attachment->network;
    const char *name = option_of(place, "parent");
    bool is_own = text_is_empty(name);
    if (is_own)
        name = arena_printf(place->arena, "dm-%.12s", network->id);
    int there = link_find(place->host, place->arena, name, out, err);
    if (there != 0)
        return there < 0 ? -1 : 0;
    const struct link_making dummy = {
        .name = name,
        .kind = "dummy",
        .is_up = true,
        .netns = -1,
        .peer_netns = -1,
    };
    int made = is_own ? link_make(place->host, &dummy, err) : make_parent(place, name, err);
    if (made < 0)
        return fail_in(err, "network %s", network->name);
    there = link_find(place->host, place->arena, name, out, err);
    return there > 0 ? 0 : there < 0 ? -1 : fail(err, ERR_SYSTEM, "device %s is gone", name);
}

static int make_above(const struct place *place, struct err *err)
{
    const struct endpoint *endpoint = place->attachment->endpoint;
    bool is_macvlan = strcmp(place->attachment->network->driver, "macvlan") == 0;
    struct link parent;
    if (find_parent(place, &parent, err) < 0)
        return -1;
    struct link_making making = {
        .name = endpoint->spec.name,
        .kind = place->attachment->network->driver,
        .mtu = mtu_of(place),
        .netns = place->netns,
        .peer_netns = -1,
        .parent = parent.index,
    };
    if (is_macvlan) {
        making.mac = endpoint->mac;
        making.mode = mode_of(macvlan_modes, option_of(place, "macvlan_mode"));
    } else {
        making.mode = mode_of(ipvlan_modes, option_of(place, "ipvlan_mode"));
        making.flags = (uint16_t)mode_of(ipvlan_flags, option_of(place, "ipvlan_flag"));
    }
    if (link_make(place->host, &making, err) < 0)
        return network_fail(place->attachment->network, err);
    return 0;
}

static const struct {
    const char *driver;
    int (*make)(const struct place *place, struct err *err);
} drivers[] = {{"bridge", make_veth}, {"macvlan", make_above}, {"ipvlan", make_above}};

// --- addresses and routes ---

static int give_address(const struct place *place, uint32_t index, const struct ip *ip,
                        struct err *err)
{
    struct subnet subnet;
    if (ip_is_none(ip))
        return 0;
    if (network_pool_of(place->attachment->network, ip, &subnet) == NULL)
        return fail(err, ERR_SYSTEM, "an address is in none of the subnets of network %s",
                    place->attachment->network->name);
    subnet.address = *ip;
    return address_add(place->inside, index, &subnet, err);
}

static int give_link_local(const struct place *place, uint32_t index, struct err *err)
{
    const struct endpoint_spec *spec = &place->attachment->endpoint->spec;
    for (size_t i = 0; i < spec->n_link_local; i++) {
        struct subnet subnet = {};
        if (!ip_parse(str_of(spec->link_local[i]), &subnet.address))
            return fail(err, ERR_INVALID, "invalid link-local address: %s", spec->link_local[i]);
        subnet.bits = subnet.address.family == AF_INET ? 16 : 64;
        if (address_add(place->inside, index, &subnet, err) < 0)
            return -1;
    }
    return 0;
}

static int give_routes(int socket, const struct network *network, const struct endpoint *endpoint,
                       uint32_t index, struct err *err)
{
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < N_ELEMENTS(families); i++) {
        const struct ip *own = families[i] == AF_INET ? &endpoint->ipv4 : &endpoint->ipv6;
        struct route route = {.to = {.address = {.family = (uint8_t)families[i]}}, .index = index};
        // An ipvlan of layer 3 has no neighbours to go through.
        bool is_flat = strcmp(network->driver, "ipvlan") == 0 && !network->spec.internal &&
                       !network_gateway(network, families[i], &route.gateway);
        if (ip_is_none(own) || (!is_flat && !network_gateway(network, families[i], &route.gateway)))
            continue;
        if (route_add(socket, &route, err) < 0)
            return -1;
    }
    return 0;
}

static bool has_own_sysctls(const struct endpoint *endpoint)
{
    return network_option(endpoint->spec.options, endpoint->spec.n_options,
                          NETWORK_OPTION "endpoint.sysctls") != NULL;
}

static int place_device(const struct place *place, bool namespace_has_ipv6, struct err *err)
{
    const struct network *network = place->attachment->network;
    const struct endpoint *endpoint = place->attachment->endpoint;
    struct link link;
    int made = -1;
    for (size_t i = 0; i < N_ELEMENTS(drivers); i++) {
        if (strcmp(drivers[i].driver, network->driver) == 0)
            made = drivers[i].make(place, err);
    }
    int there =
        made < 0 ? -1 : link_find(place->inside, place->arena, endpoint->spec.name, &link, err);
    if (there == 0)
        return fail(err, ERR_SYSTEM, "network device %s is gone", endpoint->spec.name);
    if (there < 0)
        return -1;
    struct device_sysctls sysctls = {
        .device = endpoint->spec.name,
        .endpoint = endpoint,
        .disables_ipv6 = namespace_has_ipv6 && !network->spec.enable_ipv6,
    };
    if ((sysctls.disables_ipv6 || has_own_sysctls(endpoint)) &&
        netns_visit(place->netns, write_sysctls, &sysctls, err) < 0)
        return -1;
    if (link_up(place->inside, link.index, err) < 0 ||
        give_address(place, link.index, &endpoint->ipv4, err) < 0 ||
        give_address(place, link.index, &endpoint->ipv6, err) < 0 ||
        give_link_local(place, link.index, err) < 0)
        return -1;
    if (!place->attachment->is_gateway)
        return 0;
    return give_routes(place->inside, network, endpoint, link.index, err);
}

// --- the whole ---

int network_attach_all(const struct network_store *store, struct arena *arena, int run_dir,
                       const struct attachment *attachments, size_t n, struct err *err)
{
    struct inside inside = {.socket = -1};
    for (size_t i = 0; i < n; i++)
        inside.has_ipv6 |= attachments[i].network->spec.enable_ipv6;
    AUTO_FD int host = network_socket(err);
    AUTO_FD int netns = -1;
    if (host >= 0)
        netns = store->userns > 0 ? netns_make_for(store->userns, first_steps, &inside, err)
                                  : netns_make(first_steps, &inside, err);
    AUTO_FD int socket = inside.socket;
    if (netns < 0)
        return n != 0 ? network_fail(attachments[0].network, err) : -1;
    for (size_t i = 0; i < n; i++) {
        const struct place place = {store, arena, host, socket, netns, &attachments[i]};
        if (place_device(&place, inside.has_ipv6, err) < 0)
            return -1;
    }
    if (netns_pin(netns, run_dir, NETNS_FILE, err) < 0)
        return -1;
    return TAKE_FD(netns);
}

int network_attach(const struct network_store *store, struct arena *arena, int netns,
                   const struct attachment *attachment, struct err *err)
{
    struct inside inside = {.socket = -1};
    AUTO_FD int host = network_socket(err);
    if (host < 0 || netns_visit(netns, open_socket, &inside, err) < 0)
        return -1;
    AUTO_FD int socket = inside.socket;
    const struct place place = {store, arena, host, socket, netns, attachment};
    return place_device(&place, true, err);
}

int network_detach(int netns, const struct endpoint *endpoint, struct err *err)
{
    struct inside inside = {.socket = -1};
    if (rootless_network_enter(err) < 0 || netns_visit(netns, open_socket, &inside, err) < 0)
        return -1;
    AUTO_FD int socket = inside.socket;
    return link_delete(socket, endpoint->spec.name, err);
}

int network_route(int netns, struct arena *arena, const struct attachment *attachment,
                  struct err *err)
{
    struct inside inside = {.socket = -1};
    struct route *routes;
    struct link link;
    size_t n;
    if (rootless_network_enter(err) < 0 || netns_visit(netns, open_socket, &inside, err) < 0)
        return -1;
    AUTO_FD int socket = inside.socket;
    const struct endpoint *endpoint = attachment->endpoint;
    int there = link_find(socket, arena, endpoint->spec.name, &link, err);
    if (there == 0)
        return 0; // on its way out
    if (there < 0 || routes_list(socket, arena, &routes, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (routes[i].to.bits == 0 && routes[i].index != link.index &&
            route_delete(socket, &routes[i], err) < 0)
            return -1;
    }
    return give_routes(socket, attachment->network, endpoint, link.index, err);
}
