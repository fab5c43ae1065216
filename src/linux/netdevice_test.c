// SPDX-License-Identifier: Apache-2.0
// netdevice_test.c — one end of a veth pair moves between two namespaces made for the test.
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "linux/netdevice.h"
#include "linux/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

// A veth pair NAME and peer0 in the current namespace.
static int veth_make(int fd, const char *name, struct err *err)
{
    struct rtnetlink_request request, peer;
    const struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    rtnetlink_init(&peer, 0, 0, &link, sizeof link);
    rtnetlink_put(&peer, IFLA_IFNAME, "peer0", sizeof "peer0");
    struct {
        struct rtattr kind;
        char veth[4];
        struct rtattr data, peer;
        char body[64];
    } info = {.kind = {RTA_LENGTH(4), IFLA_INFO_KIND}, .veth = {'v', 'e', 't', 'h'}};
    size_t n = peer.header.nlmsg_len - sizeof peer.header;
    memcpy(info.body, peer.body, n);
    info.peer = (struct rtattr){(uint16_t)RTA_LENGTH(n), VETH_INFO_PEER};
    info.data = (struct rtattr){(uint16_t)RTA_LENGTH(RTA_SPACE(n)), IFLA_INFO_DATA};
    rtnetlink_init(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    rtnetlink_put(&request, IFLA_IFNAME, name, strlen(name) + 1);
    uint32_t mtu = 1300;
    rtnetlink_put(&request, IFLA_MTU, &mtu, sizeof mtu);
    rtnetlink_put(&request, IFLA_LINKINFO, &info, offsetof(typeof(info), body) + n);
    return rtnetlink_ask(fd, &request, NULL, NULL, err);
}

static int address_make(int fd, const char *name, const char *text, uint8_t prefix, uint8_t scope,
                        struct err *err)
{
    struct rtnetlink_request request;
    bool is_v6 = strchr(text, ':') != NULL;
    unsigned char bytes[16];
    const struct ifaddrmsg header = {.ifa_family = is_v6 ? AF_INET6 : AF_INET,
                                     .ifa_prefixlen = prefix,
                                     .ifa_scope = scope,
                                     .ifa_index = if_nametoindex(name)};
    if (inet_pton(header.ifa_family, text, bytes) != 1)
        return -1;
    rtnetlink_init(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    rtnetlink_put(&request, IFA_LOCAL, bytes, is_v6 ? 16 : 4);
    rtnetlink_put(&request, IFA_ADDRESS, bytes, is_v6 ? 16 : 4);
    return rtnetlink_ask(fd, &request, NULL, NULL, err);
}

static void list_address(const struct nlmsghdr *message, void *context)
{
    const struct ifaddrmsg *header = NLMSG_DATA(message);
    char text[64] = "", name[IF_NAMESIZE] = "";
    const struct rtattr *at = rtnetlink_get(IFA_RTA(header), IFA_PAYLOAD(message), IFA_ADDRESS);
    if (message->nlmsg_type != RTM_NEWADDR || at == NULL || header->ifa_scope == RT_SCOPE_HOST)
        return;
    (void)inet_ntop(header->ifa_family, RTA_DATA(at), text, sizeof text);
    (void)if_indextoname(header->ifa_index, name);
    if (strncmp(text, "fe80", 4) != 0)
        buf_printf(context, "%s %s/%u ", name, text, header->ifa_prefixlen);
}

// "eth7 10.1.2.3/24 …": what the current namespace has, without loopback and link-local.
static int addresses_list(struct buf *out, struct err *err)
{
    struct rtnetlink_request request;
    const struct ifaddrmsg any = {.ifa_family = AF_UNSPEC};
    AUTO_FD int fd = rtnetlink_open(err);
    rtnetlink_init(&request, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
    return rtnetlink_ask(fd, &request, list_address, out, err);
}

// A host of our own and a container's namespace: leaves the caller in the host's.
static int stage(int *out_netns, int *out_host, struct err *err)
{
    *out_netns = *out_host = -1;
    if (unshare(CLONE_NEWNET) < 0 ||
        (*out_netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) < 0 ||
        unshare(CLONE_NEWNET) < 0 ||
        (*out_host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
        return -1;
    AUTO_FD int fd = rtnetlink_open(err);
    return veth_make(fd, "mover", err) < 0 ||
                   address_make(fd, "mover", "10.1.2.3", 24, RT_SCOPE_UNIVERSE, err) < 0 ||
                   address_make(fd, "mover", "10.1.2.4", 24, RT_SCOPE_UNIVERSE, err) < 0 ||
                   address_make(fd, "mover", "10.9.9.9", 32, RT_SCOPE_LINK, err) < 0 ||
                   address_make(fd, "mover", "2001:db8::5", 64, RT_SCOPE_UNIVERSE, err) < 0
               ? -1
               : 0;
}

static bool moves(void)
{
    struct err err;
    int netns, host;
    EXPECT(stage(&netns, &host, &err) == 0);
    int r = netdevice_move("mover", netns, "eth7", &err);
    if (r < 0)
        fprintf(stderr, "%s\n", err.text);
    EXPECT(r == 0);
    EXPECT(if_nametoindex("mover") == 0 && if_nametoindex("peer0") != 0);
    EXPECT(setns(netns, CLONE_NEWNET) == 0);
    AUTO_BUF struct buf list = {.max = 1000};
    EXPECT(addresses_list(&list, &err) == 0);
    EXPECT(strcmp(buf_get(&list), "eth7 10.1.2.3/24 eth7 10.1.2.4/24 eth7 2001:db8::5/64 ") == 0);
    AUTO_FD int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "eth7"};
    EXPECT(ioctl(socket_fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0);
    EXPECT(ioctl(socket_fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu == 1300);
    return true;
}

TEST(netdevice_moves_with_its_name_and_permanent_global_addresses)
{
    if (geteuid() != 0)
        TEST_SKIP("needs root");
    CHECK_IN_CHILD(moves);
}

static bool name_taken(void)
{
    struct err err;
    int netns, host;
    AUTO_BUF struct buf before = {.max = 1000}, after = {.max = 1000};
    EXPECT(stage(&netns, &host, &err) == 0);
    EXPECT(addresses_list(&before, &err) == 0);
    EXPECT(netdevice_move("mover", netns, "lo", &err) < 0);
    EXPECT(err.kind == ERR_CONFLICT);
    EXPECT(strcmp(err.text, "move network device mover into the container as lo: the container's "
                            "network namespace has a device lo already") == 0);
    EXPECT(netdevice_move("absent", netns, NULL, &err) < 0);
    EXPECT(err.kind == ERR_NOT_FOUND);
    EXPECT(addresses_list(&after, &err) == 0);
    EXPECT(strcmp(buf_get(&before), buf_get(&after)) == 0);
    return true;
}

TEST(netdevice_stays_when_its_name_is_taken)
{
    if (geteuid() != 0)
        TEST_SKIP("needs root");
    CHECK_IN_CHILD(name_taken);
}

// IPv6 is off in the container, so that its address cannot be given back: the device returns.
static bool comes_back(void)
{
    struct err err;
    int netns, host;
    AUTO_BUF struct buf before = {.max = 1000}, after = {.max = 1000};
    EXPECT(stage(&netns, &host, &err) == 0);
    EXPECT(addresses_list(&before, &err) == 0);
    EXPECT(setns(netns, CLONE_NEWNET) == 0);
    EXPECT(file_put_at(AT_FDCWD, "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1", &err) == 0);
    EXPECT(setns(host, CLONE_NEWNET) == 0);
    EXPECT(netdevice_move("mover", netns, "eth7", &err) < 0);
    EXPECT(strstr(err.text, "give it its addresses back") != NULL);
    EXPECT(addresses_list(&after, &err) == 0);
    EXPECT(strcmp(buf_get(&before), buf_get(&after)) == 0);
    return true;
}

TEST(netdevice_that_cannot_be_set_up_there_comes_back_as_it_was)
{
    if (geteuid() != 0)
        TEST_SKIP("needs root");
    CHECK_IN_CHILD(comes_back);
}

TEST(netdevice_names_are_the_kernels)
{
    static const char *const bad[] = {
        "", ".", "..", "a/b", "a:b", "a b", "a\tb", "eth%d", "sixteen-bytes-xx"};
    struct err err;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        CHECK_INT(netdevice_check_name(bad[i], &err), -1);
    CHECK_INT(netdevice_check_name("fifteen-bytes-x", &err), 0);
    CHECK_INT(netdevice_check_name("eth0.100", &err), 0);
}
