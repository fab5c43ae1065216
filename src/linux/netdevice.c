// SPDX-License-Identifier: Apache-2.0
// netdevice.c — look, move, rename, and give back what moving takes away.
//
// The kernel keeps MTU and hardware address over a move, but takes the device down and forgets its
// addresses. The permanent ones are read before, as the kernel tells them; those of global scope,
// which the specification wants kept, are told again to the namespace after. What fails after the
// move is undone by the same steps in the other direction. (Routes by hand are lost then.)
#include "linux/netdevice.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/rtnetlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

enum { ADDRESSES_MAX = 1024, ADDRESS_ATTRIBUTES = 4 };

struct address {
    struct ifaddrmsg header;
    uint32_t flags;
    struct {
        uint16_t type, n;
        char value[16];
    } attributes[ADDRESS_ATTRIBUTES];
    size_t n_attributes;
};

struct device {
    int index;
    bool is_up;
    struct address *addresses;
    size_t n_addresses;
};

// Where a device is made ready: up and with what the specification wants kept, or as it was.
enum home { CONTAINER, HOST };

// The two ends of a move: a socket in each namespace and the namespaces themselves.
struct route {
    int from, to; // rtnetlink
    int from_netns, to_netns;
};

static int sockets_open(int netns, struct route *out, struct err *err);
static int device_find(int fd, const char *name, struct device *out, struct err *err);
static int addresses_read(int fd, struct device *device, struct err *err);
static int device_transfer(const struct route *route, const struct device *device,
                           const char *new_name, struct err *err);
static int device_restore(int fd, const char *name, const struct device *device, enum home home,
                          struct err *err);

static int name_check_free(int fd, const char *name, struct err *err)
{
    struct device taken = {};
    int found = device_find(fd, name, &taken, err);
    if (found > 0)
        return fail(err, ERR_CONFLICT, "the container's network namespace has a device %s already",
                    name);
    return found;
}

static int move(const struct route *route, const char *name, const char *new_name,
                struct device *device, struct err *err)
{
    int found = device_find(route->from, name, device, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return fail(err, ERR_NOT_FOUND, "no such device");
    if (addresses_read(route->from, device, err) < 0 ||
        name_check_free(route->to, new_name, err) < 0 ||
        device_transfer(route, device, new_name, err) < 0)
        return -1;
    if (device_restore(route->to, new_name, device, CONTAINER, err) == 0)
        return 0;
    const struct route back = {route->to, route->from, route->to_netns, route->from_netns};
    struct device there = {};
    struct err ignored; // the first failure is the one to tell
    if (device_find(route->to, new_name, &there, &ignored) > 0 &&
        device_transfer(&back, &there, name, &ignored) == 0)
        (void)device_restore(route->from, name, device, HOST, &ignored);
    return -1;
}

int netdevice_move(const char *name, int netns, const char *new_name, struct err *err)
{
    if (text_is_empty(new_name))
        new_name = name;
    if (netdevice_check_name(name, err) < 0 || netdevice_check_name(new_name, err) < 0)
        return -1;
    struct route route = {};
    if (sockets_open(netns, &route, err) < 0)
        return fail_in(err, "move network device %s", name);
    AUTO_FD int from = route.from, to = route.to, own = route.from_netns;
    struct device device = {};
    int r = move(&route, name, new_name, &device, err);
    free(device.addresses);
    (void)from, (void)to, (void)own; // closed here
    return r < 0 ? fail_in(err, "move network device %s into the container as %s", name, new_name)
                 : 0;
}

int netdevice_check_name(const char *name, struct err *err)
{
    size_t n = strlen(name);
    bool is_fine = n > 0 && n < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    for (size_t i = 0; i < n && is_fine; i++)
        is_fine = (unsigned char)name[i] > ' ' && name[i] != '/' && name[i] != ':' &&
                  name[i] != '%' && name[i] != '\x7f';
    if (is_fine)
        return 0;
    return fail(err, ERR_INVALID,
                "network device \"%.40s\": a name has 1 to 15 characters, no blank, slash, colon "
                "or percent sign",
                name);
}

// A socket belongs to the namespace it was made in, so one short visit is enough.
static int sockets_open(int netns, struct route *out, struct err *err)
{
    AUTO_FD int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return fail_sys(err, "open the own network namespace");
    AUTO_FD int from = rtnetlink_open(err);
    if (from < 0)
        return -1;
    if (setns(netns, CLONE_NEWNET) < 0)
        return fail_sys(err, "enter the container's network namespace");
    int to = rtnetlink_open(err);
    if (setns(own, CLONE_NEWNET) < 0) {
        int failed = fail_sys(err, "return to the own network namespace");
        if (to >= 0)
            (void)close(to);
        return failed;
    }
    if (to < 0)
        return -1;
    *out = (struct route){TAKE_FD(from), to, TAKE_FD(own), netns};
    return 0;
}

static void take_link(const struct nlmsghdr *message, void *context)
{
    struct device *device = context;
    const struct ifinfomsg *link = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof *link))
        return;
    device->index = link->ifi_index;
    device->is_up = (link->ifi_flags & IFF_UP) != 0;
}

// 1 found, 0 not.
static int device_find(int fd, const char *name, struct device *out, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
    rtnetlink_init(&request, RTM_GETLINK, 0, &any, sizeof any);
    rtnetlink_put(&request, IFLA_IFNAME, name, strlen(name) + 1);
    if (rtnetlink_ask(fd, &request, take_link, out, err) == 0)
        return out->index != 0;
    return err->sys == ENODEV ? 0 : -1;
}

static bool is_kept(uint16_t type)
{
    return type == IFA_ADDRESS || type == IFA_LOCAL || type == IFA_BROADCAST ||
           type == IFA_RT_PRIORITY;
}

static void take_address(const struct nlmsghdr *message, void *context)
{
    struct device *device = context;
    const struct ifaddrmsg *header = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof *header) ||
        (int)header->ifa_index != device->index ||
        (header->ifa_scope != RT_SCOPE_UNIVERSE && header->ifa_family != AF_INET) ||
        device->n_addresses == ADDRESSES_MAX)
        return;
    struct address address = {.header = *header, .flags = header->ifa_flags};
    int left = (int)IFA_PAYLOAD(message);
    for (const struct rtattr *at = IFA_RTA(header); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        size_t n = RTA_PAYLOAD(at);
        if (at->rta_type == IFA_FLAGS && n == sizeof address.flags)
            memcpy(&address.flags, RTA_DATA(at), n);
        if (!is_kept(at->rta_type) || n > sizeof address.attributes[0].value ||
            address.n_attributes == ADDRESS_ATTRIBUTES)
            continue;
        typeof(&address.attributes[0]) kept = &address.attributes[address.n_attributes++];
        kept->type = at->rta_type;
        kept->n = (uint16_t)n;
        memcpy(kept->value, RTA_DATA(at), n);
    }
    if ((address.flags & IFA_F_PERMANENT) == 0)
        return;
    device->addresses =
        xreallocarray(device->addresses, device->n_addresses + 1, sizeof *device->addresses);
    device->addresses[device->n_addresses++] = address;
}

static int addresses_read(int fd, struct device *device, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifaddrmsg any = {.ifa_family = AF_UNSPEC};
    rtnetlink_init(&request, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
    if (rtnetlink_ask(fd, &request, take_address, device, err) < 0)
        return fail_in(err, "read its addresses");
    if (device->n_addresses == ADDRESSES_MAX)
        return fail(err, ERR_INVALID, "it has %d or more addresses", ADDRESSES_MAX);
    return 0;
}

// In one message: to another namespace, by another name.
static int device_transfer(const struct route *route, const struct device *device,
                           const char *new_name, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = device->index};
    uint32_t netns = (uint32_t)route->to_netns;
    rtnetlink_init(&request, RTM_SETLINK, 0, &link, sizeof link);
    rtnetlink_put(&request, IFLA_NET_NS_FD, &netns, sizeof netns);
    rtnetlink_put(&request, IFLA_IFNAME, new_name, strlen(new_name) + 1);
    return rtnetlink_ask(route->from, &request, NULL, NULL, err);
}

static int address_add(int fd, const struct address *address, int index, struct err *err)
{
    struct rtnetlink_request request;
    struct ifaddrmsg header = address->header;
    header.ifa_index = (uint32_t)index;
    header.ifa_flags = 0;
    // What the kernel found out about it there does not count here.
    uint32_t flags = address->flags & ~(uint32_t)(IFA_F_TENTATIVE | IFA_F_DADFAILED |
                                                  IFA_F_SECONDARY | IFA_F_DEPRECATED);
    rtnetlink_init(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    rtnetlink_put(&request, IFA_FLAGS, &flags, sizeof flags);
    for (size_t i = 0; i < address->n_attributes; i++)
        rtnetlink_put(&request, address->attributes[i].type, address->attributes[i].value,
                      address->attributes[i].n);
    if (rtnetlink_ask(fd, &request, NULL, NULL, err) < 0)
        return fail_in(err, "give it its addresses back");
    return 0;
}

// Its number may be another one in the namespace where it is now.
static int device_restore(int fd, const char *name, const struct device *device, enum home home,
                          struct err *err)
{
    struct device here = {};
    int found = device_find(fd, name, &here, err);
    if (found <= 0)
        return found < 0 ? -1 : fail(err, ERR_SYSTEM, "it is not where it was moved to");
    for (size_t i = 0; i < device->n_addresses; i++) {
        const struct address *address = &device->addresses[i];
        bool is_wanted = home == HOST || address->header.ifa_scope == RT_SCOPE_UNIVERSE;
        if (is_wanted && address_add(fd, address, here.index, err) < 0)
            return -1;
    }
    bool is_up = home == CONTAINER || device->is_up;
    struct rtnetlink_request request;
    const struct ifinfomsg up = {.ifi_family = AF_UNSPEC,
                                 .ifi_index = here.index,
                                 .ifi_flags = is_up ? IFF_UP : 0,
                                 .ifi_change = IFF_UP};
    rtnetlink_init(&request, RTM_SETLINK, 0, &up, sizeof up);
    if (rtnetlink_ask(fd, &request, NULL, NULL, err) < 0)
        return fail_in(err, "set it up or down");
    return 0;
}
