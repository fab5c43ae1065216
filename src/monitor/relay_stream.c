// SPDX-License-Identifier: Apache-2.0
// relay_stream.c — connections relayed: bytes from one side to the other, both ways.
//
// What a side does not take at once is queued, and the other side is not read until it is gone: a
// connection never holds more than RELAY_BYTES each way. An end is passed on when the queue before
// it is empty; with both ends passed on, or an error on either, the connection is gone.
#include "base/mem.h"
#include "monitor/relay_parts.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static void drop(struct monitor *monitor, struct relay_stream *stream)
{
    if (stream->is_gone)
        return;
    stream->is_gone = true;
    for (size_t i = 0; i < 2; i++) {
        source_close(monitor, &stream->sides[i].source);
        queue_done(&stream->sides[i].out);
    }
}

static void rewatch(struct monitor *monitor, struct relay_side *side)
{
    uint32_t events = 0;
    if (!side->is_connected || side->out.n != 0)
        events |= EPOLLOUT;
    if (side->is_connected && !side->has_ended && side->other->out.n == 0 &&
        side->other->is_connected)
        events |= EPOLLIN;
    // With nothing to wait for an error or a hang-up is still heard; a side that is done with would
    // say it over and over while the other one is still written to.
    if (side->has_ended && side->was_ended) {
        source_watch(monitor, &side->source, 0);
        return;
    }
    source_watch(monitor, &side->source, events == 0 ? EPOLLERR : events);
}

// To this side; what it does not take is kept. False: it is gone.
static bool give(struct relay_side *side, const uint8_t *bytes, size_t n)
{
    while (n != 0 && side->out.n == 0) {
        ssize_t done = send(side->source.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno != EAGAIN)
            return false;
        if (done < 0)
            break;
        bytes += done;
        n -= (size_t)done;
    }
    if (n != 0)
        queue_add(&side->out, bytes, n);
    return true;
}

static bool flush(struct relay_side *side)
{
    while (side->out.n != 0) {
        ssize_t done = send(side->source.fd, side->out.at + side->out.start, side->out.n,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno == EAGAIN;
        queue_drop(&side->out, (size_t)done);
    }
    return true;
}

static bool pump(struct relay_side *side)
{
    uint8_t bytes[RELAY_BYTES];
    ssize_t n = recv(side->source.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        side->has_ended = true;
    return give(side->other, bytes, (size_t)n);
}

static void pass_end(struct relay_side *side)
{
    if (!side->other->has_ended || side->was_ended || side->out.n != 0 || !side->is_connected)
        return;
    side->was_ended = true;
    (void)shutdown(side->source.fd, SHUT_WR); // gone already is fine
}

static bool connected(struct relay_side *side)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(side->source.fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 || error != 0)
        return false;
    side->is_connected = true;
    return true;
}

static void on_side(struct monitor *monitor, struct source *source, uint32_t events)
{
    struct relay_side *side = (struct relay_side *)source; // its first member
    struct relay_stream *stream = side->stream;
    bool is_well = true;
    if (!side->is_connected)
        is_well = connected(side);
    if (is_well && (events & EPOLLOUT) != 0)
        is_well = flush(side);
    if (is_well && (events & (EPOLLIN | EPOLLHUP)) != 0 && side->is_connected && !side->has_ended)
        is_well = pump(side);
    if (is_well && (events & EPOLLERR) != 0)
        is_well = false;
    for (size_t i = 0; i < 2; i++)
        pass_end(&stream->sides[i]);
    if (!is_well || (stream->sides[0].was_ended && stream->sides[1].was_ended)) {
        drop(monitor, stream);
        return;
    }
    for (size_t i = 0; i < 2; i++)
        rewatch(monitor, &stream->sides[i]);
}

static int connect_to(const struct relay_order *order)
{
    struct sockaddr_storage address;
    socklen_t n = ip_socket_address(&order->target, order->target_port, &address);
    AUTO_FD int fd =
        socket(order->target.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, order->protocol);
    static const int yes = 1;
    if (fd < 0 || (connect(fd, (const struct sockaddr *)&address, n) < 0 && errno != EINPROGRESS))
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); // slower without
    return TAKE_FD(fd);
}

void relay_accept(struct monitor *monitor, struct relay_port *port)
{
    struct relay *relay = monitor->relay;
    AUTO_FD int client = accept4(port->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    AUTO_FD int target = relay->n_streams < RELAY_STREAMS_MAX ? connect_to(&port->order) : -1;
    if (target < 0)
        return; // the client sees an end
    struct relay_stream *stream = xcalloc(1, sizeof *stream);
    *stream = (struct relay_stream){.next = relay->streams};
    const int fds[2] = {TAKE_FD(client), TAKE_FD(target)};
    for (size_t i = 0; i < 2; i++)
        stream->sides[i] = (struct relay_side){
            .source = {.fd = fds[i], .on = on_side},
            .stream = stream,
            .other = &stream->sides[1 - i],
            .is_connected = i == 0,
        };
    relay->streams = stream;
    relay->n_streams++;
    for (size_t i = 0; i < 2; i++)
        rewatch(monitor, &stream->sides[i]);
}

void relay_streams_bury(struct monitor *monitor, bool all)
{
    for (struct relay_stream **at = &monitor->relay->streams; *at != NULL;) {
        struct relay_stream *stream = *at;
        if (all)
            drop(monitor, stream);
        if (!stream->is_gone) {
            at = &stream->next;
            continue;
        }
        *at = stream->next;
        monitor->relay->n_streams--;
        free(stream);
    }
}
