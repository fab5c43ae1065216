// SPDX-License-Identifier: Apache-2.0
// log_sender.c — a socket that the monitor never waits for.
//
// Messages are queued, each behind its length, and sent as the other side takes them. When more
// than FULL_BYTES wait the container is held back (docker's mode=blocking); with mode=non-blocking
// what does not fit into max-buffer-size is dropped and counted, in the file log/dropped. A server
// that has gone is looked for again, once a second; what comes in between is lost, as docker's is.
#include "monitor/log_sender.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_address.h"
#include "monitor/log_message.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

enum {
    FULL_BYTES = 256 * 1024,
    CONNECT_MS = 5000,
    LAST_MS = 1000,
    AGAIN_MS = 1000,
    GELF_CHUNK = 1420,
    GELF_HEADER = 12,
    GELF_CHUNKS = 128,
};

struct log_sender {
    struct source source; // first: on_writable gets it
    struct monitor *monitor;
    struct log_address address;
    struct log_messenger messenger;
    struct queue queue; // uint32_t length, message; …
    size_t sent;        // of the first, on a stream
    struct buf message;
    bool is_lossy;
    uint64_t buffer_bytes, dropped, dropped_before;
    int64_t tried_ms; // to connect
};

static void on_writable(struct monitor *monitor, struct source *source, uint32_t events);

// --- connection

static int dial(struct log_sender *sender)
{
    struct log_address *address = &sender->address;
    int fd = socket(address->at.any.sa_family, address->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, &address->at.any, address->n) == 0 || errno == EINPROGRESS)
        return fd;
    int why = errno;
    (void)close(fd);
    if (why == EPROTOTYPE && address->may_be_stream && address->type == SOCK_DGRAM) {
        address->type = SOCK_STREAM;
        return dial(sender);
    }
    errno = why;
    return -1;
}

static int connect_now(struct log_sender *sender)
{
    sender->tried_ms = monotonic_ms();
    sender->source.fd = dial(sender);
    sender->sent = 0;
    return sender->source.fd < 0 ? -1 : 0;
}

// The first time the container's start waits for it, and fails with it.
static int connect_first(struct log_sender *sender, const struct log_settings *settings,
                         struct err *err)
{
    int why = 0;
    socklen_t n = sizeof why;
    if (connect_now(sender) == 0) {
        struct pollfd wait = {.fd = sender->source.fd, .events = POLLOUT};
        if (poll(&wait, 1, CONNECT_MS) == 0)
            why = ETIMEDOUT;
        else
            (void)getsockopt(sender->source.fd, SOL_SOCKET, SO_ERROR, &why, &n);
        if (why == 0)
            return 0;
        (void)close(TAKE_FD(sender->source.fd));
        errno = why;
    }
    return fail_sys(err, "connect to %s", log_driver_name(settings->driver));
}

struct log_sender *log_sender_open(struct monitor *monitor, const struct log_settings *settings,
                                   const char *id, const struct monitor_log *config,
                                   struct err *err)
{
    struct log_sender *sender = xcalloc(1, sizeof *sender);
    *sender = (struct log_sender){
        .source = {.fd = -1, .on = on_writable},
        .monitor = monitor,
        .is_lossy = settings->is_lossy,
        .buffer_bytes = settings->buffer_bytes,
    };
    buf_init(&sender->message, LOG_MESSAGE_MAX);
    if (log_address_read(settings, &sender->address, err) < 0 ||
        connect_first(sender, settings, err) < 0) {
        free(sender);
        return NULL;
    }
    log_messenger_init(&sender->messenger, settings, id, config,
                       sender->address.type == SOCK_STREAM);
    return sender;
}

// --- messages

static void drop_all(struct log_sender *sender)
{
    size_t at = 0;
    while (at < sender->queue.n) {
        uint32_t n;
        memcpy(&n, sender->queue.at + sender->queue.start + at, sizeof n);
        at += sizeof n + n;
        sender->dropped++;
    }
    queue_done(&sender->queue);
    sender->sent = 0;
}

static void enqueue(struct log_sender *sender, const char *bytes, size_t n)
{
    uint32_t length = (uint32_t)n;
    if (sender->is_lossy && sender->queue.n + n > sender->buffer_bytes) {
        sender->dropped++;
        return;
    }
    queue_add(&sender->queue, &length, sizeof length);
    queue_add(&sender->queue, bytes, n);
}

// GELF over UDP: what is too long for a packet goes in numbered chunks.
static void enqueue_chunks(struct log_sender *sender, const char *bytes, size_t n)
{
    unsigned char chunk[GELF_CHUNK] = {0x1e, 0x0f};
    size_t room = GELF_CHUNK - GELF_HEADER, chunks = (n + room - 1) / room;
    if (chunks > GELF_CHUNKS) {
        sender->dropped++;
        return;
    }
    if (getrandom(chunk + 2, 8, 0) != 8)
        memcpy(chunk + 2, &sender->messenger.ordinal, 8);
    chunk[11] = (unsigned char)chunks;
    for (size_t i = 0; i < chunks; i++) {
        size_t part = n - i * room < room ? n - i * room : room;
        chunk[10] = (unsigned char)i;
        memcpy(chunk + GELF_HEADER, bytes + i * room, part);
        enqueue(sender, (const char *)chunk, GELF_HEADER + part);
    }
}

void log_sender_add(struct log_sender *sender, const struct log_line *line)
{
    struct buf *message = &sender->message;
    buf_clear(message);
    log_messenger_write(&sender->messenger, line, message);
    if (message->n == 0)
        return;
    bool is_packet = sender->address.type == SOCK_DGRAM;
    if (is_packet && sender->messenger.driver == LOG_GELF && message->n > GELF_CHUNK)
        enqueue_chunks(sender, message->at, message->n);
    else
        enqueue(sender, message->at, message->n);
}

// 1 sent, 0 not now, < 0: the connection is gone.
static int send_first(struct log_sender *sender)
{
    struct queue *queue = &sender->queue;
    uint32_t n;
    memcpy(&n, queue->at + queue->start, sizeof n);
    ssize_t done = send(sender->source.fd, queue->at + queue->start + sizeof n + sender->sent,
                        n - sender->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0 && errno == EMSGSIZE) { // no packet is so long
        sender->dropped++;
        done = (ssize_t)(n - sender->sent);
    }
    if (done < 0)
        return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
    sender->sent += (size_t)done;
    if (sender->sent == n) {
        sender->sent = 0;
        queue_drop(queue, sizeof n + n);
    }
    return 1;
}

static void send_all(struct log_sender *sender)
{
    while (sender->queue.n != 0) {
        if (sender->source.fd < 0 &&
            (monotonic_ms() - sender->tried_ms < AGAIN_MS || connect_now(sender) < 0)) {
            drop_all(sender);
            break;
        }
        int sent = send_first(sender);
        if (sent == 0)
            break;
        if (sent < 0)
            source_close(sender->monitor, &sender->source);
    }
    source_watch(sender->monitor, &sender->source, sender->queue.n != 0 ? EPOLLOUT : 0);
}

// log/dropped: how many lines were lost since the container's start.
static void tell_dropped(struct log_sender *sender)
{
    struct err ignored; // it is a courtesy
    if (sender->dropped == sender->dropped_before)
        return;
    sender->dropped_before = sender->dropped;
    AUTO_FREE char *text = str_printf("%llu\n", (unsigned long long)sender->dropped);
    AUTO_FD int dir = dir_make_at(sender->monitor->options->container_dir, LOG_DIR, 0700, &ignored);
    if (dir >= 0)
        (void)file_replace_volatile(dir, "dropped", text, strlen(text), 0640, &ignored);
}

static void on_writable(struct monitor *, struct source *source, uint32_t)
{
    struct log_sender *sender = (struct log_sender *)source;
    send_all(sender);
    tell_dropped(sender);
}

void log_sender_flush(struct log_sender *sender)
{
    send_all(sender);
    if (sender->dropped / 1000 != sender->dropped_before / 1000 || sender->dropped_before == 0)
        tell_dropped(sender);
}

bool log_sender_is_full(const struct log_sender *sender)
{
    return !sender->is_lossy && sender->queue.n > FULL_BYTES;
}

void log_sender_close(struct log_sender *sender)
{
    int64_t until = monotonic_ms() + LAST_MS;
    for (;;) {
        send_all(sender);
        int64_t left = until - monotonic_ms();
        struct pollfd wait = {.fd = sender->source.fd, .events = POLLOUT};
        if (sender->queue.n == 0 || sender->source.fd < 0 || left <= 0)
            break;
        (void)poll(&wait, 1, (int)left);
    }
    drop_all(sender);
    tell_dropped(sender);
    source_close(sender->monitor, &sender->source);
    log_messenger_done(&sender->messenger);
    buf_done(&sender->message);
    free(sender);
}
