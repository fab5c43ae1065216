// SPDX-License-Identifier: Apache-2.0
// device.c — a network's bridge on the host: made, made again, taken away.
//
// Theory. A bridge belongs to the data root whose path is in its alias. The first look is one
// request: it is there and up. All else (it was never made, the machine was booted, somebody took
// it away) is the slow way, under the lock on the machine's devices. Several data roots, and docker
// itself, share a machine: the default bridge takes the first of dhow0, dhow1 … that is free.
//
// IPv4 forwarding is switched on when it is off, for without it nothing leaves a bridge; IPv6's
// only for a network that has IPv6. The kernel stops listening to router advertisements when it
// forwards IPv6, so interfaces that did are told to go on (accept_ra = 2).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/rtnetlink.h"
#include "netlink/link.h"
#include "network/rows.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

enum { DEVICES_MAX = 1000, SYSCTL_MAX = 64 };

static int make(const struct network_store *store, struct arena *arena, int socket,
                const struct network *of, uint32_t *out_index, struct err *err);

int devices_lock(struct err *err)
{
    // Whoever makes bridges on this machine sees this directory, whatever its roots are.
    AUTO_FD int fd = open("/sys/class/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open /sys/class/net");
    while (flock(fd, LOCK_EX) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "lock the list of network devices");
    }
    return TAKE_FD(fd);
}

int device_name_choose(struct arena *arena, int socket, const char **out, struct err *err)
{
    for (int i = 0; i < DEVICES_MAX; i++) {
        struct link link;
        const char *name = arena_printf(arena, "dhow%d", i);
        int there = link_find(socket, arena, name, &link, err);
        if (there < 0)
            return -1;
        if (there == 0) {
            *out = name;
            return 0;
        }
    }
    return fail(err, ERR_UNAVAILABLE, "there are %d devices dhow0, dhow1 … already", DEVICES_MAX);
}

static const char *alias_of(const struct network_store *store, struct arena *arena,
                            const struct network *network)
{
    return arena_printf(arena, "dhow %s %s", network->id, store->root);
}

// The bridge's hardware address, of its own: without, it takes the lowest of its ports' and changes
// with them. It follows from the network, and so tells whose a bridge is that was made by a command
// which was killed before it could write the alias.
static void mac_of(const struct network *network, uint8_t out[static MAC_BYTES])
{
    struct str id = {network->id, 8};
    out[0] = 0x02;
    out[1] = 0x42;
    for (size_t i = 0; i < 4; i++) {
        char pair[] = "00:00:00:00:00:00";
        uint8_t bytes[MAC_BYTES] = {};
        memcpy(pair, id.at + 2 * i, 2);
        (void)mac_parse(str_of(pair), bytes); // an id has hex digits only
        out[2 + i] = bytes[0];
    }
}

static bool is_ours(const struct network *network, const struct link *link)
{
    uint8_t mac[MAC_BYTES];
    AUTO_FREE char *mark = str_printf("dhow %s ", network->id);
    mac_of(network, mac);
    return text_starts(link->alias, mark) ||
           (*link->alias == '\0' && memcmp(link->mac, mac, MAC_BYTES) == 0);
}

// A bridge that somebody else has made, and whose name the user has given, is used as it is.
static bool is_usable(const struct network *network, const struct link *link)
{
    if (strcmp(link->kind, "bridge") != 0)
        return false;
    return is_ours(network, link) ||
           (!network_is_predefined(network) && !text_starts(link->alias, "dhow "));
}

int network_ensure(const struct network_store *store, struct arena *arena, int socket,
                   const struct network *network, uint32_t *out_index, struct err *err)
{
    if (strcmp(network->driver, "bridge") != 0) {
        *out_index = 0;
        return 0;
    }
    struct link link;
    int there = link_find(socket, arena, network_device(arena, network), &link, err);
    if (there < 0)
        return -1;
    if (there > 0 && (link.flags & IFF_UP) != 0 && is_usable(network, &link)) {
        *out_index = link.index;
        return 0;
    }
    AUTO_FD int lock = devices_lock(err);
    if (lock < 0 || make(store, arena, socket, network, out_index, err) < 0)
        return network_fail(network, err);
    return 0;
}

int network_fail(const struct network *network, struct err *err)
{
    bool is_missing = err->sys == EPERM || err->sys == EOPNOTSUPP || err->sys == EACCES;
    if (!is_missing)
        return fail_in(err, "network %s", network->name);
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    return fail(err, ERR_UNAVAILABLE,
                "network %s cannot be made on this machine (%.600s); --network none and --network "
                "host work",
                network->name, text);
}

// --- forwarding ---

static int read_number(int dir, const char *path)
{
    AUTO_BUF struct buf text;
    struct err ignored;
    uint32_t number;
    buf_init(&text, SYSCTL_MAX);
    if (file_read_at(dir, path, &text, &ignored) < 0 ||
        !str_to_u32(str_trim((struct str){buf_get(&text), text.n}), &number))
        return -1;
    return (int)number;
}

static void keep_router_advertisements(int proc)
{
    AUTO_FD int fd = openat(proc, "net/ipv6/conf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL)
        return;        // no IPv6: nothing to keep
    (void)TAKE_FD(fd); // dir's now
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct err ignored; // a device that went meanwhile
        AUTO_FREE char *path = str_printf("%s/accept_ra", entry->d_name);
        if (entry->d_name[0] != '.' && read_number(dirfd(dir), path) == 1)
            (void)file_put_at(dirfd(dir), path, "2", &ignored);
    }
    (void)closedir(dir);
}

static int forward(const struct network *network, struct err *err)
{
    static const char v4[] = "net/ipv4/ip_forward", v6[] = "net/ipv6/conf/all/forwarding";
    AUTO_FD int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return fail_sys(err, "open /proc/sys");
    if (network->spec.internal)
        return 0;
    if (network->spec.enable_ipv4 && read_number(proc, v4) == 0 &&
        file_put_at(proc, v4, "1", err) < 0)
        return fail_in(err, "switch IPv4 forwarding on");
    if (!network->spec.enable_ipv6 || read_number(proc, v6) != 0)
        return 0;
    keep_router_advertisements(proc);
    if (file_put_at(proc, v6, "1", err) < 0)
        return fail_in(err, "switch IPv6 forwarding on");
    return 0;
}

// --- making ---

// A bridge takes no addresses from what it hears (CVE-2020-13401), and has no IPv6 at all when its
// network has none (CVE-2024-32473).
static int quieten(const char *device, const struct network *network, struct err *err)
{
    const struct {
        const char *key, *value;
    } values[] = {
        {"accept_ra", "0"},
        {"disable_ipv6", network->spec.enable_ipv6 ? "0" : "1"},
    };
    AUTO_FD int proc = open("/proc/sys/net/ipv6/conf", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return network->spec.enable_ipv6 ? fail_sys(err, "this kernel has no IPv6") : 0;
    for (size_t i = 0; i < N_ELEMENTS(values); i++) {
        AUTO_FREE char *path = str_printf("%s/%s", device, values[i].key);
        if (file_put_at(proc, path, values[i].value, err) < 0)
            return fail_in(err, "set net.ipv6.conf.%s.%s", device, values[i].key);
    }
    return 0;
}

static bool is_isolated_gateway(const struct network *network, int family)
{
    const char *key = family == AF_INET ? NETWORK_OPTION "bridge.gateway_mode_ipv4"
                                        : NETWORK_OPTION "bridge.gateway_mode_ipv6";
    const char *mode = network_option(network->spec.options, network->spec.n_options, key);
    bool inhibits =
        family == AF_INET && network_option_is(network->spec.options, network->spec.n_options,
                                               NETWORK_OPTION "bridge.inhibit_ipv4", false);
    return inhibits || text_equal(mode, "isolated");
}

static int give_addresses(int socket, uint32_t index, const struct network *network,
                          struct err *err)
{
    for (size_t i = 0; i < network->spec.n_pools; i++) {
        struct subnet subnet = {};
        struct ip gateway;
        const struct network_pool *pool = &network->spec.pools[i];
        if (text_is_empty(pool->gateway) || !subnet_parse(str_of(pool->subnet), &subnet) ||
            !ip_parse(str_of(pool->gateway), &gateway) ||
            is_isolated_gateway(network, gateway.family))
            continue;
        subnet.address = gateway;
        if (address_add(socket, index, &subnet, err) < 0)
            return -1;
    }
    return 0;
}

static uint32_t mtu_of(const struct network *network)
{
    uint32_t mtu = 0;
    const char *text =
        network_option(network->spec.options, network->spec.n_options, NETWORK_OPTION "driver.mtu");
    if (!text_is_empty(text))
        (void)str_to_u32(str_of(text), &mtu); // checked when the network was made
    return mtu;
}

static int make_bridge(int socket, const struct network *network, const char *device,
                       struct err *err)
{
    uint8_t mac[MAC_BYTES];
    mac_of(network, mac);
    const struct link_making making = {
        .name = device,
        .kind = "bridge",
        .mac = mac,
        .mtu = mtu_of(network),
        .netns = -1,
        .peer_netns = -1,
    };
    return link_make(socket, &making, err);
}

// The name of the default bridge went to another data root, over a boot perhaps: take another.
static int choose_again(const struct network_store *store, struct arena *arena, int socket,
                        struct network *network, struct err *err)
{
    struct network_spec *spec = &network->spec;
    const char *device;
    if (device_name_choose(arena, socket, &device, err) < 0)
        return -1;
    struct json_pair *options = arena_array(arena, spec->n_options + 1, sizeof *options);
    for (size_t i = 0; i < spec->n_options; i++) {
        options[i] = spec->options[i];
        if (strcmp(options[i].key, NETWORK_OPTION "bridge.name") == 0)
            options[i].value = device;
    }
    spec->options = options;
    return network_set_spec(store, network, err);
}

// Holding devices_lock.
static int make(const struct network_store *store, struct arena *arena, int socket,
                const struct network *of, uint32_t *out_index, struct err *err)
{
    struct network network = *of;
    struct link link;
    const char *device = network_device(arena, &network);
    int there = link_find(socket, arena, device, &link, err);
    if (there < 0)
        return -1;
    if (there > 0 && !is_usable(&network, &link)) {
        if (!network_is_default_bridge(&network))
            return fail(err, ERR_CONFLICT,
                        "the network device %s is there already and is not this network's bridge",
                        device);
        if (choose_again(store, arena, socket, &network, err) < 0)
            return -1;
        device = network_device(arena, &network);
        there = 0;
    }
    if (there == 0 && (make_bridge(socket, &network, device, err) < 0 ||
                       link_find(socket, arena, device, &link, err) <= 0))
        return -1;
    if (is_ours(&network, &link) &&
        link_set_alias(socket, link.index, alias_of(store, arena, &network), err) < 0)
        return -1;
    if (quieten(device, &network, err) < 0 ||
        give_addresses(socket, link.index, &network, err) < 0 ||
        link_up(socket, link.index, err) < 0 || forward(&network, err) < 0)
        return -1;
    *out_index = link.index;
    return 0;
}

int network_take_down(struct arena *arena, const struct network *network, struct err *err)
{
    const char *device = network_device(arena, network);
    if (*device == '\0' || network->spec.config_only)
        return 0;
    AUTO_FD int socket = network_socket(err);
    struct link link;
    int there = socket >= 0 ? link_find(socket, arena, device, &link, err) : -1;
    if (there < 0)
        return -1;
    if (there == 0 || !is_ours(network, &link)) // somebody else's stays
        return 0;
    return link_delete(socket, device, err);
}
