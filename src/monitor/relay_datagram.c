// SPDX-License-Identifier: Apache-2.0
// relay_datagram.c — UDP relayed: each client has a socket of its own towards the container, so
// that answers find back. Silent clients are forgotten; of too many the one that is silent longest.
#include "base/clock.h"
#include "base/mem.h"
#include "monitor/relay_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TICK_S = 10, BATCH = 16 };

static void arm(struct relay *relay)
{
    bool is_busy = relay->flows != NULL;
    const struct itimerspec ticks = {.it_interval.tv_sec = is_busy ? TICK_S : 0,
                                     .it_value.tv_sec = is_busy ? TICK_S : 0};
    (void)timerfd_settime(relay->timer.fd, 0, &ticks, NULL); // cannot fail with these
}

static void drop(struct monitor *monitor, struct relay_flow *flow)
{
    flow->is_gone = true;
    source_close(monitor, &flow->source);
}

static void on_answer(struct monitor *monitor, struct source *source, uint32_t)
{
    struct relay_flow *flow = (struct relay_flow *)source; // its first member
    uint8_t bytes[RELAY_BYTES];
    for (int i = 0; i < BATCH; i++) {
        ssize_t n = recv(source->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) { // "port unreachable": nobody listens in the container
            drop(monitor, flow);
            return;
        }
        (void)sendto(flow->port->source.fd, bytes, (size_t)n, MSG_DONTWAIT,
                     (const struct sockaddr *)&flow->from, flow->n_from); // lost is lost
    }
}

static struct relay_flow *find(struct relay *relay, const struct relay_port *port,
                               const struct sockaddr_storage *from, socklen_t n)
{
    struct relay_flow *flow = relay->flows;
    while (flow != NULL && (flow->is_gone || flow->port != port || flow->n_from != n ||
                            memcmp(&flow->from, from, n) != 0))
        flow = flow->next;
    return flow;
}

static void make_room(struct monitor *monitor)
{
    struct relay_flow *oldest = NULL;
    size_t n = 0;
    for (struct relay_flow *flow = monitor->relay->flows; flow != NULL; flow = flow->next) {
        if (flow->is_gone)
            continue;
        n++;
        if (oldest == NULL || flow->used_ms < oldest->used_ms)
            oldest = flow;
    }
    if (n >= RELAY_FLOWS_MAX)
        drop(monitor, oldest);
}

static struct relay_flow *add(struct monitor *monitor, struct relay_port *port,
                              const struct sockaddr_storage *from, socklen_t n)
{
    struct relay *relay = monitor->relay;
    struct sockaddr_storage address;
    socklen_t n_address = ip_socket_address(&port->order.target, port->order.target_port, &address);
    make_room(monitor);
    AUTO_FD int fd =
        socket(port->order.target.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, n_address) < 0)
        return NULL;
    struct relay_flow *flow = xcalloc(1, sizeof *flow);
    *flow = (struct relay_flow){
        .source = {.fd = TAKE_FD(fd), .on = on_answer},
        .next = relay->flows,
        .port = port,
        .from = *from,
        .n_from = n,
    };
    bool was_idle = relay->flows == NULL;
    relay->flows = flow;
    source_watch(monitor, &flow->source, EPOLLIN);
    if (was_idle)
        arm(relay);
    return flow;
}

void relay_datagram(struct monitor *monitor, struct relay_port *port)
{
    uint8_t bytes[RELAY_BYTES];
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_storage from = {};
        socklen_t n_from = sizeof from;
        ssize_t n = recvfrom(port->source.fd, bytes, sizeof bytes, MSG_DONTWAIT,
                             (struct sockaddr *)&from, &n_from);
        if (n < 0)
            return;
        struct relay_flow *flow = find(monitor->relay, port, &from, n_from);
        if (flow == NULL)
            flow = add(monitor, port, &from, n_from);
        if (flow == NULL)
            continue; // lost is lost
        flow->used_ms = monotonic_ms();
        (void)send(flow->source.fd, bytes, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void relay_flows_tend(struct monitor *monitor, int64_t now_ms)
{
    for (struct relay_flow *flow = monitor->relay->flows; flow != NULL; flow = flow->next) {
        if (!flow->is_gone && flow->used_ms + RELAY_FLOW_MS <= now_ms)
            drop(monitor, flow);
    }
}

void relay_flows_forget(struct monitor *monitor, const struct relay_port *port)
{
    for (struct relay_flow *flow = monitor->relay->flows; flow != NULL; flow = flow->next) {
        if (!flow->is_gone && flow->port == port)
            drop(monitor, flow);
    }
}

void relay_flows_bury(struct monitor *monitor, bool all)
{
    bool had_some = monitor->relay->flows != NULL;
    for (struct relay_flow **at = &monitor->relay->flows; *at != NULL;) {
        struct relay_flow *flow = *at;
        if (all && !flow->is_gone)
            drop(monitor, flow);
        if (!flow->is_gone) {
            at = &flow->next;
            continue;
        }
        *at = flow->next;
        free(flow);
    }
    if (had_some && monitor->relay->flows == NULL)
        arm(monitor->relay);
}
