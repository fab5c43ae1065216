// SPDX-License-Identifier: Apache-2.0
// route.c — RTM_…ADDR and RTM_…ROUTE messages.
#include "base/mem.h"
#include "linux/rtnetlink.h"
#include "netlink/link.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

static void put_ip(struct rtnetlink_request *request, uint16_t type, const struct ip *ip)
{
    rtnetlink_put(request, type, ip->bytes, ip_size(ip));
}

static bool read_ip(const struct rtattr *at, uint8_t family, struct ip *out)
{
    struct ip ip = {.family = family};
    if (at == NULL || RTA_PAYLOAD(at) != ip_size(&ip))
        return false;
    memcpy(ip.bytes, RTA_DATA(at), ip_size(&ip));
    *out = ip;
    return true;
}

// --- addresses ---

static void begin_address(struct rtnetlink_request *request, uint16_t type, uint16_t flags,
                          uint32_t index, const struct subnet *address)
{
    const struct ifaddrmsg header = {
        .ifa_family = address->address.family,
        .ifa_prefixlen = address->bits,
        .ifa_flags = address->address.family == AF_INET6 ? IFA_F_NODAD : 0,
        .ifa_scope = ip_is_link_local(&address->address) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        .ifa_index = index,
    };
    rtnetlink_init(request, type, flags, &header, sizeof header);
    put_ip(request, IFA_LOCAL, &address->address);
    put_ip(request, IFA_ADDRESS, &address->address);
}

int address_add(int socket, uint32_t index, const struct subnet *address, struct err *err)
{
    struct rtnetlink_request request;
    char text[SUBNET_TEXT];
    begin_address(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address);
    if (address->address.family == AF_INET && address->bits < 31) {
        struct ip broadcast = subnet_last(address);
        put_ip(&request, IFA_BROADCAST, &broadcast);
    }
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0 && err->sys != EEXIST)
        return fail_in(err, "give network device number %u the address %s", index,
                       subnet_print(address, text));
    return 0;
}

// --- routes ---

static void begin_route(struct rtnetlink_request *request, uint16_t type, uint16_t flags,
                        const struct route *route)
{
    const struct rtmsg header = {
        .rtm_family = route->to.address.family,
        .rtm_dst_len = route->to.bits,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = ip_is_none(&route->gateway) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
    };
    rtnetlink_init(request, type, flags, &header, sizeof header);
    if (route->to.bits != 0)
        put_ip(request, RTA_DST, &route->to.address);
    if (!ip_is_none(&route->gateway))
        put_ip(request, RTA_GATEWAY, &route->gateway);
    rtnetlink_put(request, RTA_OIF, &route->index, sizeof route->index);
    if (route->metric != 0)
        rtnetlink_put(request, RTA_PRIORITY, &route->metric, sizeof route->metric);
}

int route_add(int socket, const struct route *route, struct err *err)
{
    struct rtnetlink_request request;
    char to[SUBNET_TEXT], gateway[IP_TEXT];
    begin_route(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0 && err->sys != EEXIST)
        return fail_in(err, "add a route to %s through %s (device number %u)",
                       subnet_print(&route->to, to), ip_print(&route->gateway, gateway),
                       route->index);
    return 0;
}

int route_delete(int socket, const struct route *route, struct err *err)
{
    struct rtnetlink_request request;
    char to[SUBNET_TEXT];
    begin_route(&request, RTM_DELROUTE, 0, route);
    if (rtnetlink_ask(socket, &request, NULL, NULL, err) < 0 && err->sys != ESRCH)
        return fail_in(err, "delete the route to %s", subnet_print(&route->to, to));
    return 0;
}

// --- lists ---

struct list {
    struct arena *arena;
    void *at;
    size_t n, room;
};

// Room for one more of `size` bytes.
static void *list_add(struct list *list, size_t size)
{
    if (list->n == list->room) {
        size_t room = list->room != 0 ? 2 * list->room : 16;
        void *more = arena_array(list->arena, room, size);
        if (list->n != 0)
            memcpy(more, list->at, list->n * size);
        list->at = more;
        list->room = room;
    }
    return (char *)list->at + size * list->n++;
}

static void take_route(const struct nlmsghdr *message, void *context)
{
    const struct rtmsg *header = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWROUTE || message->nlmsg_len < NLMSG_LENGTH(sizeof *header) ||
        header->rtm_table != RT_TABLE_MAIN || (header->rtm_flags & RTM_F_CLONED) != 0)
        return;
    const struct rtattr *first = RTM_RTA(header);
    size_t room = RTM_PAYLOAD(message);
    struct route route = {
        .to = {.address = {.family = header->rtm_family}, .bits = header->rtm_dst_len}};
    if (header->rtm_dst_len != 0 &&
        !read_ip(rtnetlink_get(first, room, RTA_DST), header->rtm_family, &route.to.address))
        return;
    const struct rtattr *device = rtnetlink_get(first, room, RTA_OIF);
    if (device != NULL && RTA_PAYLOAD(device) == sizeof route.index)
        memcpy(&route.index, RTA_DATA(device), sizeof route.index);
    (void)read_ip(rtnetlink_get(first, room, RTA_GATEWAY), header->rtm_family, &route.gateway);
    *(struct route *)list_add(context, sizeof route) = route;
}

int routes_list(int socket, struct arena *arena, struct route **out, size_t *n_out, struct err *err)
{
    struct rtnetlink_request request;
    struct list list = {.arena = arena};
    const struct rtmsg any = {.rtm_family = AF_UNSPEC};
    rtnetlink_init(&request, RTM_GETROUTE, NLM_F_DUMP, &any, sizeof any);
    if (rtnetlink_ask(socket, &request, take_route, &list, err) < 0)
        return fail_in(err, "list the host's routes");
    *out = list.at;
    *n_out = list.n;
    return 0;
}

static void take_address(const struct nlmsghdr *message, void *context)
{
    const struct ifaddrmsg *header = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof *header))
        return;
    const struct rtattr *first = IFA_RTA(header), *local;
    size_t room = IFA_PAYLOAD(message);
    struct link_address address = {.index = header->ifa_index,
                                   .address = {.bits = header->ifa_prefixlen}};
    local = rtnetlink_get(first, room, IFA_LOCAL);
    if (local == NULL)
        local = rtnetlink_get(first, room, IFA_ADDRESS);
    if (read_ip(local, header->ifa_family, &address.address.address))
        *(struct link_address *)list_add(context, sizeof address) = address;
}

int addresses_list(int socket, struct arena *arena, struct link_address **out, size_t *n_out,
                   struct err *err)
{
    struct rtnetlink_request request;
    struct list list = {.arena = arena};
    const struct ifaddrmsg any = {.ifa_family = AF_UNSPEC};
    rtnetlink_init(&request, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
    if (rtnetlink_ask(socket, &request, take_address, &list, err) < 0)
        return fail_in(err, "list the host's addresses");
    *out = list.at;
    *n_out = list.n;
    return 0;
}
