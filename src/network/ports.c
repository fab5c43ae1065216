// SPDX-License-Identifier: Apache-2.0
// ports.c — ports.json, and sockets that hold ports of the host (ports.h).
//
// A held TCP port. Bound with SO_REUSEADDR, as every server does, for old connections in TIME_WAIT
// must not be in the way; but a socket that has it is no obstacle to another one that has it, too.
// So it listens for a moment (that makes the port exclusive in the kernel's book-keeping), stops
// (the port stays bound) and gives the option back: from then on every bind of that port fails.
#include "network/ports.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/rootless.h"
#include "nft/rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128, SMALLEST_BUFFER = 1 };

// clang-format off
static const struct json_field port_fields[] = {
    JSON_FIELD(struct published_port, protocol, JSON_REQUIRED),
    JSON_FIELD(struct published_port, host, JSON_REQUIRED),
    JSON_FIELD(struct published_port, host_port, JSON_OPTIONAL),
    JSON_FIELD(struct published_port, container, JSON_REQUIRED),
    JSON_FIELD(struct published_port, container_port, JSON_REQUIRED),
    JSON_FIELD(struct published_port, way, JSON_OPTIONAL),
    {},
};
static const struct json_field ports_fields[] = {
    JSON_LIST(struct published_ports, ports, port_fields, JSON_REQUIRED),
    {},
};
static const struct {
    const char *name;
    uint8_t number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};
// clang-format on

int protocol_number(const char *name)
{
    for (size_t i = 0; i < N_ELEMENTS(protocols); i++) {
        if (strcmp(protocols[i].name, name) == 0)
            return protocols[i].number;
    }
    return -1;
}

const char *protocol_name(uint8_t protocol)
{
    for (size_t i = 0; i < N_ELEMENTS(protocols); i++) {
        if (protocols[i].number == protocol)
            return protocols[i].name;
    }
    return "?";
}

int ports_read(struct arena *arena, int run_dir, struct published_ports *out, struct err *err)
{
    struct published_ports ports = {};
    if (json_decode_file(arena, run_dir, PORTS_FILE, ports_fields, &ports, JSON_LENIENT, err) < 0) {
        if (err->sys != ENOENT)
            return -1;
        *out = (struct published_ports){};
        return 0;
    }
    *out = ports;
    return 1;
}

int ports_write(int run_dir, const struct published_ports *ports, struct err *err)
{
    if (ports->n_ports == 0) {
        (void)unlinkat(run_dir, PORTS_FILE, 0); // gone already is fine
        return 0;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, PORTS_FILE_MAX);
    json_encode(&text, ports_fields, ports, JSON_COMPACT);
    if (buf_check(&text, PORTS_FILE, err) < 0)
        return -1;
    return file_replace_volatile(run_dir, PORTS_FILE, buf_get(&text), text.n, 0600, err);
}

size_t ports_elements(const struct published_ports *ports, const char *comment,
                      struct firewall_port *out)
{
    size_t n = 0;
    for (size_t i = 0; i < ports->n_ports; i++) {
        const struct published_port *port = &ports->ports[i];
        int protocol = protocol_number(port->protocol);
        struct firewall_port element = {
            .protocol = (uint8_t)protocol,
            .is_open = port->way == PORT_OPEN,
            .host_port = (uint16_t)port->host_port,
            .container_port = (uint16_t)port->container_port,
            .comment = comment,
        };
        if (port->way == PORT_RELAYED || protocol < 0 ||
            !ip_parse(str_of(port->container), &element.container) ||
            (port->way != PORT_OPEN && !ip_parse(str_of(port->host), &element.host)))
            continue;
        out[n++] = element;
    }
    return n;
}

// --- sockets ---

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr_in v4; // the port is at the same place in both
        struct sockaddr_in6 v6;
        struct sockaddr any;
    } address = {};
    socklen_t n = sizeof address;
    (void)getsockname(fd, &address.any, &n); // bound just now
    return ntohs(address.v4.sin_port);
}

static int set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value);
}

// Nothing comes in, and if it did it would not be kept.
static int deafen(int fd)
{
    static const struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const struct sock_fprog program = {1, (struct sock_filter *)(uintptr_t)nothing};
    (void)set(fd, SOL_SOCKET, SO_RCVBUF, SMALLEST_BUFFER); // less memory, no more
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int occupy(int fd, uint8_t protocol, bool listens)
{
    if (protocol == IPPROTO_UDP)
        return listens ? 0 : deafen(fd);
    if (listen(fd, listens ? BACKLOG : 1) < 0)
        return -1;
    if (listens || protocol == IPPROTO_SCTP) // SCTP has no such book-keeping: it goes on listening
        return 0;
    return shutdown(fd, SHUT_RDWR) < 0 ? -1 : set(fd, SOL_SOCKET, SO_REUSEADDR, 0);
}

static int taken(uint8_t protocol, const struct ip *host, uint16_t port, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    char text[IP_TEXT];
    bool is_v6 = host->family == AF_INET6;
    const char *holder = port_holder(&arena, protocol, host, port);
    return fail(err, ERR_CONFLICT,
                "failed to bind host port %s%s%s:%u/%s: address already in use%s%s",
                is_v6 ? "[" : "", ip_print(host, text), is_v6 ? "]" : "", port,
                protocol_name(protocol), *holder != '\0' ? " by " : "", holder);
}

int port_hold(uint8_t protocol, const struct ip *host, uint16_t *port, bool listens,
              struct err *err)
{
    struct sockaddr_storage address;
    char text[IP_TEXT];
    socklen_t n = ip_socket_address(host, *port, &address);
    int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    AUTO_FD int fd = rootless_socket(host->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    int done = fd < 0 ? -1 : 0;
    if (done == 0 && host->family == AF_INET6)
        done = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (done == 0 && protocol == IPPROTO_TCP)
        done = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (done == 0)
        done = bind(fd, (const struct sockaddr *)&address, n);
    if (done == 0)
        done = occupy(fd, protocol, listens);
    if (done == 0) {
        *port = port_of(fd);
        return TAKE_FD(fd);
    }
    if (errno == EADDRINUSE) {
        (void)taken(protocol, host, *port, err);
        err->sys = EADDRINUSE;
        return -1;
    }
    bool is_missing = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ||
                      errno == ESOCKTNOSUPPORT;
    (void)fail_sys(err, "failed to bind host port %s:%u/%s", ip_print(host, text), *port,
                   protocol_name(protocol));
    if (is_missing)
        err->kind = ERR_UNAVAILABLE;
    return -1;
}
