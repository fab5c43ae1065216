// SPDX-License-Identifier: Apache-2.0
// nameserver.c — the container's name server gets its questions without holding port 53.
//
// Whoever serves names in a container binds port 53 of every address, 127.0.0.11 included, so ours
// must not be in the way: its sockets have ports of their own, and two rules a protocol in the
// namespace write the one for the other into packets, there and back. That is no address
// translation: no connection is tracked, and the rest of the container's traffic costs nothing
// more. A kernel that cannot do it gets the sockets at port 53.
#include "network/nameserver.h"

#include "base/mem.h"
#include "netlink/netns.h"
#include "nft/rule.h"

#include <arpa/inet.h>
#include <sys/socket.h>

enum { PORT = 53, BACKLOG = 32, RAW = -300, UDP_CHECKSUM = 6, TCP_CHECKSUM = 16 };
#define TABLE "dhow"
#define CHAIN "names"

static int bind_at(int type, uint16_t port, uint16_t *out_port, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t n = sizeof address;
    AUTO_FD int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)inet_pton(AF_INET, NAMESERVER_ADDRESS, &address.sin_addr); // it is one
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, n) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) < 0 ||
        (type == SOCK_STREAM && listen(fd, BACKLOG) < 0))
        return fail_sys(err, "bind the container's name server to " NAMESERVER_ADDRESS);
    *out_port = ntohs(address.sin_port);
    return TAKE_FD(fd);
}

struct rewrite {
    const struct nft_payload *address, *port; // which of the packet's
    uint8_t protocol;
    uint16_t from, to;
};

// ip daddr 127.0.0.11 meta l4proto udp th dport FROM th dport set TO
static void put_rewrite(struct nft_batch *batch, const struct rewrite *rewrite)
{
    struct in_addr ours;
    uint16_t from = htons(rewrite->from), to = htons(rewrite->to);
    (void)inet_pton(AF_INET, NAMESERVER_ADDRESS, &ours);
    nft_rule(batch, CHAIN);
    nft_load(batch, rewrite->address, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &ours, sizeof ours);
    nft_meta(batch, NFT_META_L4PROTO, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &rewrite->protocol, sizeof rewrite->protocol);
    nft_load(batch, rewrite->port, 0);
    nft_compare(batch, NFT_CMP_EQ, 0, &from, sizeof from);
    nft_immediate(batch, &to, sizeof to, 0);
    nft_store_port(batch, rewrite->port, 0,
                   rewrite->protocol == IPPROTO_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
    nft_rule_end(batch);
}

static int redirect(const uint16_t ports[NAMESERVER_SOCKETS], struct err *err)
{
    static const uint8_t protocols[] = {
        [NAMESERVER_UDP] = IPPROTO_UDP, [NAMESERVER_TCP] = IPPROTO_TCP};
    AUTO_FD int socket = nft_open(err);
    if (socket < 0)
        return -1;
    AUTO_NFT_BATCH struct nft_batch batch;
    nft_batch_init(&batch, NFPROTO_IPV4, TABLE, 0);
    nft_table_add(&batch, "dhow's name server for this container");
    nft_chain_add(&batch, &(struct nft_chain){CHAIN, "filter", NF_INET_LOCAL_OUT, RAW});
    for (size_t i = 0; i < NAMESERVER_SOCKETS; i++) {
        put_rewrite(&batch, &(struct rewrite){&nft_ipv4_destination, &nft_destination_port,
                                              protocols[i], PORT, ports[i]});
        put_rewrite(&batch, &(struct rewrite){&nft_ipv4_source, &nft_source_port, protocols[i],
                                              ports[i], PORT});
    }
    return nft_commit(socket, &batch, err);
}

static int open_at(uint16_t port, int out[NAMESERVER_SOCKETS], uint16_t ports[NAMESERVER_SOCKETS],
                   struct err *err)
{
    AUTO_FD int udp = bind_at(SOCK_DGRAM, port, &ports[NAMESERVER_UDP], err);
    AUTO_FD int tcp = udp < 0 ? -1 : bind_at(SOCK_STREAM, port, &ports[NAMESERVER_TCP], err);
    if (tcp < 0)
        return -1;
    out[NAMESERVER_UDP] = TAKE_FD(udp);
    out[NAMESERVER_TCP] = TAKE_FD(tcp);
    return 0;
}

static int open_inside(void *context, struct err *err)
{
    int *out = context;
    int sockets[NAMESERVER_SOCKETS];
    uint16_t ports[NAMESERVER_SOCKETS];
    if (open_at(0, sockets, ports, err) < 0)
        return -1;
    if (redirect(ports, err) < 0) {
        (void)close(sockets[NAMESERVER_UDP]); // nobody has used them
        (void)close(sockets[NAMESERVER_TCP]);
        if (open_at(PORT, sockets, ports, err) < 0)
            return -1;
    }
    out[NAMESERVER_UDP] = sockets[NAMESERVER_UDP];
    out[NAMESERVER_TCP] = sockets[NAMESERVER_TCP];
    return 0;
}

int nameserver_open(int netns, int out[NAMESERVER_SOCKETS], struct err *err)
{
    return netns_visit(netns, open_inside, out, err);
}
