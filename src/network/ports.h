// SPDX-License-Identifier: Apache-2.0
// ports.h — ports of this host that containers are reached at: chosen, held, recorded.
//
// What a running container has published is in <run>/containers/<id>/ports.json, written before
// anything of it is in the firewall (S-18). The sockets that hold its host ports are its monitor's:
// they are handed over by relay.h of monitor/, and end with it.
#pragma once
#include "base/ip.h"
#include "json/bind.h"
#include "network/firewall.h"

#define PORTS_FILE "ports.json"
enum { PORTS_FILE_MAX = 4 * 1024 * 1024 };

// How packets get from the host's port to the container.
enum port_way {
    PORT_TRANSLATED, // by the kernel, from everywhere the address is reached; the socket only holds
    PORT_RELAYED,    // by the monitor, which listens: what translation cannot do
    PORT_OPEN,       // gateway mode routed: at the container's own address, no port of the host
};
struct published_port {
    const char *protocol; // tcp, udp, sctp
    const char *host;     // "0.0.0.0", "::", an address; "" when it is open
    uint32_t host_port;
    const char *container; // address
    uint32_t container_port;
    uint32_t way; // enum port_way
};
struct published_ports {
    struct published_port *ports;
    size_t n_ports;
};
// 1 and what a container has published, 0 when it has nothing.
[[nodiscard]] int ports_read(struct arena *arena, int run_dir, struct published_ports *out,
                             struct err *err);
[[nodiscard]] int ports_write(int run_dir, const struct published_ports *ports, struct err *err);
// The elements that stand for them: `out` has room for all.
size_t ports_elements(const struct published_ports *ports, const char *comment,
                      struct firewall_port *out);

int protocol_number(const char *name);       // IPPROTO_…; -1: no protocol with ports
const char *protocol_name(uint8_t protocol); // "tcp"

// Binds a port of this host so that nobody else gets it: an fd. With `listens` it is a relay's,
// that takes connections (or packets), else nothing ever comes to it. *port 0: any that is free,
// and which. ERR_CONFLICT when it is taken: in docker's words, with the program that has it; see
// port_holder. ERR_UNAVAILABLE: this host has no such address, or not that protocol (err->sys).
[[nodiscard]] int port_hold(uint8_t protocol, const struct ip *host, uint16_t *port, bool listens,
                            struct err *err);
// Who has a port: "nginx (process 812)", or "" when that cannot be seen. Slow: for error messages.
const char *port_holder(struct arena *arena, uint8_t protocol, const struct ip *host,
                        uint16_t port);
