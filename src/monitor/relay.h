// SPDX-License-Identifier: Apache-2.0
// relay.h — the ports of the host that a container's monitor holds, and relays for where the kernel
// cannot translate: [::1], IPv6 in front of a container that has IPv4 only, and the reverse.
//
// The engine binds the sockets, so that it can say why one cannot be had, and sends them here. A
// message is up to RELAY_ORDERS orders and as many descriptors:
//
//     at the start   over a socket pair (monitor_relay.fds), complete when it is read
//     later          over `ports.sock` in the run directory; each message is answered by one byte
//
// and then they are the monitor's: when that ends, however it ends, the ports are free.
#pragma once
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

#define RELAY_FILE "ports.sock"
enum { RELAY_ORDERS = 64 };

enum relay_verb {
    RELAY_HOLD,    // keep the descriptor: nothing ever comes to it
    RELAY_SERVE,   // what comes to it goes to the target
    RELAY_RELEASE, // let go of that port (no descriptor)
    RELAY_NAMES,   // monitor.json's name server is another; descriptors: its first sockets
};
struct relay_order {
    uint8_t verb, protocol;
    uint16_t host_port, target_port;
    struct ip host, target;
};
// Sends orders, with fds[i] for order i (ignored for RELAY_RELEASE, which goes alone). Borrowed.
[[nodiscard]] int relay_send(int socket, const struct relay_order *orders, const int *fds, size_t n,
                             struct err *err);
// To a running container's monitor, and waits until it has them. ERR_NOT_FOUND: there is none.
[[nodiscard]] int relay_order(int run_dir, const struct relay_order *orders, const int *fds,
                              size_t n, struct err *err);

// To a running container's monitor: answer for names as monitor.json says now. `fds` (UDP, TCP):
// the sockets of a container that had no name server; n 0: it keeps what it has.
[[nodiscard]] int relay_names(int run_dir, const int *fds, size_t n, struct err *err);

// --- in the monitor
struct monitor;
[[nodiscard]] int relay_open(struct monitor *monitor, struct err *err);
void relay_bury(struct monitor *monitor); // after a round of events
void relay_done(struct monitor *monitor); // lets go of all ports
