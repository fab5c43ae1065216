// SPDX-License-Identifier: Apache-2.0
// relay_parts.h — what relay.c (orders, ports), relay_stream.c and relay_datagram.c share.
#pragma once
#include "monitor/relay.h"
#include "monitor/server.h"

#include <sys/socket.h>

enum {
    RELAY_STREAMS_MAX = 256, // connections of one container
    RELAY_FLOWS_MAX = 128,   // clients over UDP
    RELAY_BYTES = 16 * 1024, // moved at once
    RELAY_FLOW_MS = 60'000,  // a silent UDP client is forgotten
    RELAY_CONTROLS_MAX = 8,
};

struct relay_port {
    struct source source;
    struct relay_port *next;
    struct relay_order order;
    bool is_gone;
};
struct relay_side { // of a connection
    struct source source;
    struct relay_stream *stream;
    struct relay_side *other;
    struct queue out;          // for this side, when it does not take it at once
    bool has_ended, was_ended; // it sends no more; it was told that no more comes
    bool is_connected;
};
struct relay_stream {
    struct relay_stream *next;
    struct relay_side sides[2];
    bool is_gone;
};
struct relay_flow { // of one UDP client
    struct source source;
    struct relay_flow *next;
    struct relay_port *port;
    struct sockaddr_storage from;
    socklen_t n_from;
    int64_t used_ms;
    bool is_gone;
};
struct relay_control {
    struct source source;
};
struct relay {
    struct source listener, timer;
    struct relay_control controls[RELAY_CONTROLS_MAX];
    struct relay_port *ports;
    struct relay_stream *streams;
    struct relay_flow *flows;
    size_t n_streams;
};

void relay_accept(struct monitor *monitor, struct relay_port *port); // relay_stream.c
void relay_streams_bury(struct monitor *monitor, bool all);
void relay_datagram(struct monitor *monitor, struct relay_port *port); // relay_datagram.c
void relay_flows_tend(struct monitor *monitor, int64_t now_ms);
void relay_flows_bury(struct monitor *monitor, bool all);
void relay_flows_forget(struct monitor *monitor, const struct relay_port *port);
