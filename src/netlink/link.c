// SPDX-License-Identifier: Apache-2.0
// link.c — RTM_…LINK messages: devices made, changed, found.
//
// A device is made where it will live and with all that it is to have, in one message: moving a
// veth between namespaces costs 28 ms of RCU grace periods, making its far end inside costs one.
#include "netlink/link.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/rtnetlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <string.h>

static void put_text(struct rtnetlink_request *request, uint16_t type, const char *text)
{
    rtnetlink_put(request, type, text, strlen(text) + 1);
}

static void put_u32(struct rtnetlink_request *request, uint16_t type, uint32_t value)
{
    rtnetlink_put(request, type, &value, sizeof value);
}

// --- make ---

static void put_common(struct rtnetlink_request *request, const char *name, const uint8_t *mac,
                       uint32_t mtu, int netns)
{
    put_text(request, IFLA_IFNAME, name);
    if (mac != NULL)
        rtnetlink_put(request, IFLA_ADDRESS, mac, MAC_BYTES);
    if (mtu != 0)
        put_u32(request, IFLA_MTU, mtu);
    if (netns >= 0)
        put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns);
}

static void put_peer(struct rtnetlink_request *request, const struct link_making *making)
{
    // It stays down: veth_open refuses (ENOTCONN) what does not know its other end yet.
    const struct ifinfomsg peer = {};
    size_t nest = rtnetlink_nest(request, VETH_INFO_PEER, &peer, sizeof peer);
    put_common(request, making->peer, making->peer_mac, making->mtu, making->peer_netns);
    rtnetlink_nest_end(request, nest);
}

static void put_macvlan(struct rtnetlink_request *request, const struct link_making *making)
{
    put_u32(request, IFLA_MACVLAN_MODE, making->mode);
}

static void put_ipvlan(struct rtnetlink_request *request, const struct link_making *making)
{
    const uint16_t mode = (uint16_t)making->mode;
    rtnetlink_put(request, IFLA_IPVLAN_MODE, &mode, sizeof mode);
    rtnetlink_put(request, IFLA_IPVLAN_FLAGS, &making->flags, sizeof making->flags);
}

static void put_vlan(struct rtnetlink_request *request, const struct link_making *making)
{
    const uint16_t number = (uint16_t)making->mode;
    rtnetlink_put(request, IFLA_VLAN_ID, &number, sizeof number);
}

static const struct {
    const char *kind;
    void (*put)(struct rtnetlink_request *request, const struct link_making *making);
} kinds[] = {
    {"veth", put_peer},
    {"macvlan", put_macvlan},
    {"ipvlan", put_ipvlan},
    {"vlan", put_vlan},
};

int link_make(int socket, const struct link_making *making, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifinfomsg link = {.ifi_flags = making->is_up ? IFF_UP : 0,
                                   .ifi_change = making->is_up ? IFF_UP : 0};
    rtnetlink_init(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    put_common(&request, making->name, making->mac, making->mtu, making->netns);
    if (making->master != 0)
        put_u32(&request, IFLA_MASTER, making->master);
    if (making->parent != 0)
        put_u32(&request, IFLA_LINK, making->parent);
    size_t info = rtnetlink_nest(&request, IFLA_LINKINFO, NULL, 0);
    put_text(&request, IFLA_INFO_KIND, making->kind);
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].kind, making->kind) != 0)
            continue;
        size_t data = rtnetlink_nest(&request, IFLA_INFO_DATA, NULL, 0);
        kinds[i].put(&request, making);
        rtnetlink_nest_end(&request, data);
    }
    rtnetlink_nest_end(&request, info);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) == 0)
        return 0;
    if (err->sys == EOPNOTSUPP) {
        int sys = err->sys;
        (void)fail(err, ERR_UNAVAILABLE, "make network device %s: this kernel has no %s devices",
                   making->name, making->kind);
        err->sys = sys;
        return -1;
    }
    if (err->sys == EEXIST)
        err->kind = ERR_CONFLICT;
    return fail_in(err, "make %s device %s", making->kind, making->name);
}

// --- change ---

static void begin_change(struct rtnetlink_request *request, uint32_t index, uint32_t flags)
{
    const struct ifinfomsg link = {
        .ifi_index = (int)index, .ifi_flags = flags, .ifi_change = flags};
    rtnetlink_init(request, RTM_NEWLINK, 0, &link, sizeof link);
}

int link_up(int socket, uint32_t index, struct err *err)
{
    struct rtnetlink_request request;
    begin_change(&request, index, IFF_UP);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0)
        return fail_in(err, "bring network device number %u up", index);
    return 0;
}

int link_set_alias(int socket, uint32_t index, const char *alias, struct err *err)
{
    struct rtnetlink_request request;
    begin_change(&request, index, 0);
    // Without its NUL: the kernel keeps the bytes as they are.
    size_t n = strlen(alias);
    rtnetlink_put(&request, IFLA_IFALIAS, alias, n < LINK_ALIAS_MAX ? n : LINK_ALIAS_MAX);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0)
        return fail_in(err, "write the alias of network device number %u", index);
    return 0;
}

static int set_port(int socket, uint32_t index, uint16_t option, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifinfomsg link = {.ifi_family = AF_BRIDGE, .ifi_index = (int)index};
    const uint8_t yes = 1;
    rtnetlink_init(&request, RTM_SETLINK, 0, &link, sizeof link);
    size_t port = rtnetlink_nest(&request, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
    rtnetlink_put(&request, option, &yes, sizeof yes);
    rtnetlink_nest_end(&request, port);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0)
        return fail_in(err, "set up port number %u of a bridge", index);
    return 0;
}

int link_isolate(int socket, uint32_t index, struct err *err)
{
    return set_port(socket, index, IFLA_BRPORT_ISOLATED, err);
}

int link_hairpin(int socket, uint32_t index, struct err *err)
{
    return set_port(socket, index, IFLA_BRPORT_MODE, err);
}

int link_delete(int socket, const char *name, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifinfomsg any = {};
    rtnetlink_init(&request, RTM_DELLINK, 0, &any, sizeof any);
    put_text(&request, IFLA_IFNAME, name);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0 && err->sys != ENODEV)
        return fail_in(err, "delete network device %s", name);
    return 0;
}

// --- find ---

struct links {
    struct arena *arena;
    struct link *at;
    size_t n, room;
};

static const char *text_of(struct arena *arena, const struct rtattr *at)
{
    return at == NULL ? "" : arena_strndup(arena, RTA_DATA(at), RTA_PAYLOAD(at));
}

static uint32_t u32_of(const struct rtattr *at)
{
    uint32_t value = 0;
    if (at != NULL && RTA_PAYLOAD(at) >= sizeof value)
        memcpy(&value, RTA_DATA(at), sizeof value);
    return value;
}

static struct link read_link(struct arena *arena, const struct nlmsghdr *message)
{
    const struct ifinfomsg *header = NLMSG_DATA(message);
    const struct rtattr *first = IFLA_RTA(header);
    size_t room = IFLA_PAYLOAD(message);
    const struct rtattr *mac = rtnetlink_get(first, room, IFLA_ADDRESS);
    const struct rtattr *info = rtnetlink_get(first, room, IFLA_LINKINFO);
    struct link link = {
        .index = (uint32_t)header->ifi_index,
        .flags = header->ifi_flags,
        .master = u32_of(rtnetlink_get(first, room, IFLA_MASTER)),
        .mtu = u32_of(rtnetlink_get(first, room, IFLA_MTU)),
        .alias = text_of(arena, rtnetlink_get(first, room, IFLA_IFALIAS)),
        .kind = "",
    };
    const char *name = text_of(arena, rtnetlink_get(first, room, IFLA_IFNAME));
    memcpy(link.name, name, strnlen(name, IFNAMSIZ - 1));
    if (mac != NULL && RTA_PAYLOAD(mac) == MAC_BYTES)
        memcpy(link.mac, RTA_DATA(mac), MAC_BYTES);
    if (info != NULL)
        link.kind =
            text_of(arena, rtnetlink_get(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND));
    return link;
}

static void take_link(const struct nlmsghdr *message, void *context)
{
    struct links *links = context;
    if (message->nlmsg_type != RTM_NEWLINK ||
        message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
        return;
    if (links->n == links->room) {
        size_t room = links->room != 0 ? 2 * links->room : 16;
        struct link *more = arena_array(links->arena, room, sizeof *more);
        if (links->n != 0)
            memcpy(more, links->at, links->n * sizeof *more);
        links->at = more;
        links->room = room;
    }
    links->at[links->n++] = read_link(links->arena, message);
}

int link_find(int socket, struct arena *arena, const char *name, struct link *out, struct err *err)
{
    struct rtnetlink_request request;
    struct links links = {.arena = arena};
    const struct ifinfomsg any = {};
    rtnetlink_init(&request, RTM_GETLINK, 0, &any, sizeof any);
    put_text(&request, IFLA_IFNAME, name);
    if (rtnetlink_ask(socket, &request, take_link, &links, err) < 0)
        return err->sys == ENODEV ? 0 : fail_in(err, "find network device %s", name);
    if (links.n == 0)
        return 0;
    *out = links.at[0];
    return 1;
}

int links_list(int socket, struct arena *arena, struct link **out, size_t *n_out, struct err *err)
{
    struct rtnetlink_request request;
    struct links links = {.arena = arena};
    const struct ifinfomsg any = {};
    rtnetlink_init(&request, RTM_GETLINK, NLM_F_DUMP, &any, sizeof any);
    if (rtnetlink_ask(socket, &request, take_link, &links, err) < 0)
        return fail_in(err, "list network devices");
    *out = links.at;
    *n_out = links.n;
    return 0;
}
