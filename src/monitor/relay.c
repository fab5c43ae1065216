// SPDX-License-Identifier: Apache-2.0
// relay.c — orders taken, ports held and let go.
#include "monitor/relay.h"

#include "base/clock.h"
#include "base/mem.h"
#include "linux/socket.h"
#include "monitor/dns.h"
#include "monitor/relay_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { BACKLOG = 8 };

#define relay_of(source, member)                                                                   \
    ((struct relay *)(void *)((char *)(source)-offsetof(struct relay, member)))

// --- the engine's side ---

// One message with its descriptors.
static int send_one(int socket, const struct relay_order *orders, size_t n, const int *fds,
                    size_t n_fds, struct err *err)
{
    char room[CMSG_SPACE(RELAY_ORDERS * sizeof *fds)] = "";
    struct iovec bytes = {(void *)(uintptr_t)orders, n * sizeof *orders};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (n_fds != 0) {
        message.msg_control = room;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(n_fds * sizeof *fds);
        memcpy(CMSG_DATA(head), fds, n_fds * sizeof *fds);
    }
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "hand ports to the container's monitor");
    }
    return 0;
}

// How many of the orders go in one message.
static size_t part_of(const struct relay_order *orders, size_t n)
{
    size_t part = 1;
    while (orders[0].verb != RELAY_RELEASE && part < n && part < RELAY_ORDERS &&
           orders[part].verb != RELAY_RELEASE)
        part++;
    return part;
}

int relay_send(int socket, const struct relay_order *orders, const int *fds, size_t n,
               struct err *err)
{
    for (size_t i = 0; i < n;) {
        size_t part = part_of(orders + i, n - i);
        size_t n_fds = orders[i].verb == RELAY_RELEASE ? 0 : part;
        if (send_one(socket, orders + i, part, fds + i, n_fds, err) < 0)
            return -1;
        i += part;
    }
    return 0;
}

static int connect_to_monitor(int run_dir, struct err *err)
{
    const struct timeval patience = {.tv_sec = SOCKET_PATIENCE_S};
    int socket = socket_connect_in(run_dir, RELAY_FILE, SOCK_SEQPACKET, err);
    if (socket >= 0)
        (void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return socket;
}

static int take_answer(int socket, struct err *err)
{
    char answer;
    if (recv(socket, &answer, sizeof answer, 0) != sizeof answer)
        return fail_sys(err, "the container's monitor does not take its ports");
    return 0;
}

int relay_order(int run_dir, const struct relay_order *orders, const int *fds, size_t n,
                struct err *err)
{
    AUTO_FD int socket = connect_to_monitor(run_dir, err);
    if (socket < 0)
        return -1;
    for (size_t i = 0; i < n;) {
        size_t part = part_of(orders + i, n - i);
        if (relay_send(socket, orders + i, fds + i, part, err) < 0 || take_answer(socket, err) < 0)
            return -1;
        i += part;
    }
    return 0;
}

int relay_names(int run_dir, const int *fds, size_t n, struct err *err)
{
    static const struct relay_order order = {.verb = RELAY_NAMES};
    AUTO_FD int socket = connect_to_monitor(run_dir, err);
    if (socket < 0 || send_one(socket, &order, 1, fds, n, err) < 0)
        return -1;
    return take_answer(socket, err);
}

// --- ports ---

static void on_port(struct monitor *monitor, struct source *source, uint32_t)
{
    struct relay_port *port = (struct relay_port *)source; // its first member
    if (port->order.protocol == IPPROTO_UDP)
        relay_datagram(monitor, port);
    else
        relay_accept(monitor, port);
}

static void release_port(struct monitor *monitor, const struct relay_order *order)
{
    for (struct relay_port *port = monitor->relay->ports; port != NULL; port = port->next) {
        if (port->is_gone || port->order.protocol != order->protocol ||
            port->order.host_port != order->host_port || !ip_equal(&port->order.host, &order->host))
            continue;
        port->is_gone = true;
        source_close(monitor, &port->source);
        relay_flows_forget(monitor, port);
    }
}

static void add_port(struct monitor *monitor, const struct relay_order *order, int fd)
{
    struct relay_port *port = xcalloc(1, sizeof *port);
    *port = (struct relay_port){
        .source = {.fd = fd, .on = on_port},
        .next = monitor->relay->ports,
        .order = *order,
    };
    monitor->relay->ports = port;
    if (order->verb == RELAY_SERVE)
        source_watch(monitor, &port->source, EPOLLIN);
}

// --- orders ---

// The descriptors of a message; what is no order's is closed.
static size_t take_fds(struct msghdr *message, int fds[RELAY_ORDERS])
{
    size_t n = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        n = (head->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
        memcpy(fds, CMSG_DATA(head), n * sizeof *fds);
    }
    return n;
}

// 1: orders were taken; 0: nothing is there now; < 0: nothing will come any more.
static int take_orders(struct monitor *monitor, int socket)
{
    struct relay_order orders[RELAY_ORDERS];
    int fds[RELAY_ORDERS];
    char room[CMSG_SPACE(sizeof fds)];
    struct iovec bytes = {orders, sizeof orders};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return -1;
    size_t n_orders = (size_t)n / sizeof *orders, n_fds = take_fds(&message, fds), used = 0;
    for (size_t i = 0; i < n_orders; i++) {
        if (orders[i].verb == RELAY_RELEASE)
            release_port(monitor, &orders[i]);
        else if (orders[i].verb == RELAY_NAMES)
            used += dns_change(monitor, fds + used, n_fds - used);
        else if (used < n_fds)
            add_port(monitor, &orders[i], fds[used++]);
    }
    for (; used < n_fds; used++)
        (void)close(fds[used]); // somebody does not speak our language
    return 1;
}

static void on_control(struct monitor *monitor, struct source *source, uint32_t)
{
    static const char done = 0;
    int taken = take_orders(monitor, source->fd);
    if (taken > 0)
        (void)send(source->fd, &done, sizeof done, MSG_NOSIGNAL | MSG_DONTWAIT); // or it is gone
    else if (taken < 0)
        source_close(monitor, source);
}

static void on_connect(struct monitor *monitor, struct source *source, uint32_t)
{
    struct relay *relay = relay_of(source, listener);
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < RELAY_CONTROLS_MAX; i++) {
        struct source *control = &relay->controls[i].source;
        if (control->fd >= 0)
            continue;
        *control = (struct source){.fd = fd, .on = on_control};
        source_watch(monitor, control, EPOLLIN);
        return;
    }
    (void)close(fd); // too many at once: it sees an end of file
}

static void on_tick(struct monitor *monitor, struct source *source, uint32_t)
{
    uint64_t ticks;
    (void)!read(source->fd, &ticks, sizeof ticks); // how many does not matter
    relay_flows_tend(monitor, monotonic_ms());
}

// --- life ---

int relay_open(struct monitor *monitor, struct err *err)
{
    const struct monitor_options *options = monitor->options;
    const struct monitor_relay *config = options->config.relay;
    if (config == NULL)
        return 0;
    (void)unlinkat(options->run_dir, RELAY_FILE, 0); // of a killed monitor
    AUTO_FD int listener = socket_listen_in(options->run_dir, RELAY_FILE,
                                            SOCK_SEQPACKET | SOCK_NONBLOCK, BACKLOG, err);
    if (listener < 0)
        return -1;
    AUTO_FD int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0)
        return fail_sys(err, "make a timer");
    struct relay *relay = xcalloc(1, sizeof *relay);
    *relay = (struct relay){
        .listener = {.fd = TAKE_FD(listener), .on = on_connect},
        .timer = {.fd = TAKE_FD(timer), .on = on_tick},
    };
    for (size_t i = 0; i < RELAY_CONTROLS_MAX; i++)
        relay->controls[i].source.fd = -1;
    monitor->relay = relay;
    source_watch(monitor, &relay->listener, EPOLLIN);
    source_watch(monitor, &relay->timer, EPOLLIN);
    for (size_t i = 0; i < config->n_fds; i++) {
        if (config->fds[i] >= options->n_fds)
            return fail(err, ERR_INVALID, "the container's ports are not there");
        while (take_orders(monitor, options->fds[config->fds[i]]) > 0)
            ;
        (void)close(options->fds[config->fds[i]]); // read to its end
    }
    return 0;
}

static void bury_ports(struct relay *relay)
{
    for (struct relay_port **at = &relay->ports; *at != NULL;) {
        struct relay_port *port = *at;
        if (!port->is_gone) {
            at = &port->next;
            continue;
        }
        *at = port->next;
        free(port);
    }
}

void relay_bury(struct monitor *monitor)
{
    if (monitor->relay == NULL)
        return;
    relay_streams_bury(monitor, false);
    relay_flows_bury(monitor, false);
    bury_ports(monitor->relay);
}

void relay_done(struct monitor *monitor)
{
    struct relay *relay = monitor->relay;
    if (relay == NULL)
        return;
    (void)unlinkat(monitor->options->run_dir, RELAY_FILE, 0); // gone already is fine
    relay_streams_bury(monitor, true);
    relay_flows_bury(monitor, true);
    for (struct relay_port *port = relay->ports; port != NULL; port = port->next) {
        source_close(monitor, &port->source);
        port->is_gone = true;
    }
    bury_ports(relay);
    for (size_t i = 0; i < RELAY_CONTROLS_MAX; i++)
        source_close(monitor, &relay->controls[i].source);
    source_close(monitor, &relay->listener);
    source_close(monitor, &relay->timer);
    monitor->relay = NULL;
    free(relay);
}
