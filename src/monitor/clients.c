// SPDX-License-Identifier: Apache-2.0
// clients.c — those who look at the container and talk to it.
//
// What a client does not read at once is queued. The first client (--client) holds the container
// back while its queue is not empty; another one when its queue passes a limit, and who then reads
// nothing for a while is dropped. Clients are freed between two rounds of events only
// (clients_bury).
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/socket.h"
#include "monitor/frame.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256, BACKLOG = 64, FRAME_ROOM = MONITOR_HEADER + MONITOR_FRAME_MAX };

static void on_connect(struct monitor *monitor, struct source *source, uint32_t events);
static void on_client(struct monitor *monitor, struct source *source, uint32_t events);
static void flush(struct monitor *monitor, struct client *client);
static void receive(struct monitor *monitor, struct client *client, bool is_gone);
static void parse_frames(struct monitor *monitor, struct client *client);
static void drop(struct monitor *monitor, struct client *client);

int clients_listen(struct monitor *monitor, struct err *err)
{
    int run_dir = monitor->options->run_dir;
    (void)unlinkat(run_dir, ATTACH_FILE, 0); // a killed monitor's: we hold the lock
    AUTO_FD int fd =
        socket_listen_in(run_dir, ATTACH_FILE, SOCK_STREAM | SOCK_NONBLOCK, BACKLOG, err);
    if (fd < 0)
        return -1;
    monitor->listener = (struct source){.fd = TAKE_FD(fd), .on = on_connect};
    source_watch(monitor, &monitor->listener, EPOLLIN);
    return 0;
}

static void on_connect(struct monitor *monitor, struct source *source, uint32_t)
{
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        clients_add(monitor, fd, false);
}

void clients_add(struct monitor *monitor, int fd, bool is_first)
{
    size_t n = 0;
    for (const struct client *client = monitor->clients; client != NULL; client = client->next)
        n++;
    if (n >= CLIENTS_MAX || fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0) {
        (void)close(fd); // it sees an end of file
        return;
    }
    struct client *client = xcalloc(1, sizeof *client);
    *client = (struct client){
        .source = {.fd = fd, .on = on_client},
        .next = monitor->clients,
        .is_first = is_first,
        .is_attached = is_first,
    };
    monitor->clients = client;
    source_watch(monitor, &client->source, EPOLLIN);
}

void clients_unlisten(struct monitor *monitor)
{
    (void)unlinkat(monitor->options->run_dir, ATTACH_FILE, 0); // gone already is fine
    // Whoever got through before that has been promised an answer.
    for (;;) {
        int fd = accept4(monitor->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && errno != EINTR)
            break;
        if (fd >= 0)
            clients_add(monitor, fd, false);
    }
    source_close(monitor, &monitor->listener);
}

struct client *clients_first(const struct monitor *monitor)
{
    struct client *client = monitor->clients;
    while (client != NULL && (!client->is_first || client->is_dropped))
        client = client->next;
    return client;
}

bool clients_have_read(const struct monitor *monitor)
{
    for (const struct client *client = monitor->clients; client != NULL; client = client->next) {
        if (!client->is_dropped && client->out.n != 0)
            return false;
    }
    return true;
}

void clients_dismiss(struct monitor *monitor)
{
    for (struct client *client = monitor->clients; client != NULL; client = client->next)
        client->is_dismissed = true;
}

void clients_bury(struct monitor *monitor)
{
    for (struct client **at = &monitor->clients; *at != NULL;) {
        struct client *client = *at;
        if (client->is_dismissed && client->out.n == 0)
            drop(monitor, client);
        if (!client->is_dropped) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        free(client);
    }
}

void clients_done(struct monitor *monitor)
{
    for (struct client *client = monitor->clients; client != NULL;) {
        struct client *next = client->next;
        queue_done(&client->out);
        free(client->in);
        free(client);
        client = next;
    }
    monitor->clients = NULL;
}

// What to wait for follows from the client's state alone.
static void rewatch(struct monitor *monitor, struct client *client)
{
    uint32_t events = 0;
    if (!client->has_ended && !client->is_stalled)
        events |= EPOLLIN;
    if (client->out.n != 0)
        events |= EPOLLOUT;
    // Without either, EPOLLHUP alone still tells that the other side is gone: not for one that is
    // stalled, which has sent something to be read first.
    source_watch(monitor, &client->source, events == 0 && !client->is_stalled ? EPOLLERR : events);
}

static void drop(struct monitor *monitor, struct client *client)
{
    if (client->is_dropped)
        return;
    client->is_dropped = true;
    source_close(monitor, &client->source);
    queue_done(&client->out);
    free(client->in);
    client->in = NULL;
    // docker's StdinOnce: what `run -i` feeds ends with it. A terminal outlives its viewer.
    if (client->is_first && !monitor->options->tty)
        input_end(monitor);
}

static void on_client(struct monitor *monitor, struct source *source, uint32_t events)
{
    struct client *client = (struct client *)source; // its first member
    if ((events & EPOLLOUT) != 0)
        flush(monitor, client);
    if (!client->is_dropped && (events & EPOLLIN) != 0)
        receive(monitor, client, (events & EPOLLHUP) != 0);
    if (!client->is_dropped && (events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0 &&
        !client->is_stalled)
        drop(monitor, client);
    if (!client->is_dropped)
        rewatch(monitor, client);
}

// --- output

int clients_tend(struct monitor *monitor)
{
    bool is_held_back = log_is_full(&monitor->log);
    int64_t wait_ms = -1;
    // At the end only the first client is waited for, however long.
    size_t limit = monitor->phase == PHASE_LINGERING ? 0 : MONITOR_LAG_MAX;
    for (struct client *client = monitor->clients; client != NULL; client = client->next) {
        if (client->is_dropped || client->out.n == 0)
            continue;
        int64_t left = client->read_ms + MONITOR_LAG_MS - monotonic_ms();
        if (client->is_first) {
            is_held_back = true;
        } else if (client->out.n > limit && left <= 0) {
            drop(monitor, client);
            wait_ms = 0; // who waited for it can go on
        } else if (client->out.n > limit) {
            is_held_back = true;
            wait_ms = wait_ms < 0 || left < wait_ms ? left : wait_ms;
        }
    }
    if (is_held_back != monitor->is_held_back)
        output_hold(monitor, is_held_back);
    return (int)wait_ms;
}

static void send_or_queue(struct monitor *monitor, struct client *client, const struct frame *frame)
{
    uint8_t header[MONITOR_HEADER];
    size_t sent = 0, n = MONITOR_HEADER + frame->n;
    frame_header(header, frame->kind, frame->n);
    if (client->out.n == 0) {
        struct iovec parts[] = {{header, sizeof header},
                                {(void *)(uintptr_t)frame->payload, frame->n}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t done = sendmsg(client->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN && errno != EINTR) {
            drop(monitor, client);
            return;
        }
        sent = done < 0 ? 0 : (size_t)done;
    }
    if (sent == n)
        return;
    if (client->out.n == 0)
        client->read_ms = monotonic_ms();
    size_t of_header = sent < MONITOR_HEADER ? sent : MONITOR_HEADER;
    queue_add(&client->out, header + of_header, MONITOR_HEADER - of_header);
    queue_add(&client->out, frame->payload + (sent - of_header), frame->n - (sent - of_header));
    rewatch(monitor, client);
}

void clients_send(struct monitor *monitor, enum monitor_frame kind, const void *bytes, size_t n)
{
    const struct frame frame = {(uint8_t)kind, (uint32_t)n, bytes};
    bool is_output = kind == MONITOR_STDOUT || kind == MONITOR_STDERR;
    for (struct client *client = monitor->clients; client != NULL; client = client->next) {
        if (!client->is_dropped && (client->is_attached || !is_output))
            send_or_queue(monitor, client, &frame);
    }
}

static void flush(struct monitor *monitor, struct client *client)
{
    while (client->out.n != 0) {
        ssize_t done = send(client->source.fd, client->out.at + client->out.start, client->out.n,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            if (errno != EAGAIN)
                drop(monitor, client);
            return;
        }
        queue_drop(&client->out, (size_t)done);
        client->read_ms = monotonic_ms();
    }
}

// --- input

// is_gone: the other side has closed both ways. Then only what it sent is of interest; the end of
// the container's stdin is not meant (but see drop).
static void receive(struct monitor *monitor, struct client *client, bool is_gone)
{
    if (client->in == NULL)
        client->in = xmalloc(FRAME_ROOM);
    ssize_t n =
        recv(client->source.fd, client->in + client->n_in, FRAME_ROOM - client->n_in, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        drop(monitor, client);
        return;
    }
    if (n == 0) {
        client->has_ended = true;
        if (client->is_attached && !is_gone)
            input_end(monitor);
    }
    client->n_in += (size_t)n;
    parse_frames(monitor, client);
}

static void on_stdin(struct monitor *monitor, struct client *client, const struct frame *frame)
{
    if (!client->is_attached)
        return;
    if (frame->n == 0) {
        input_end(monitor);
        return;
    }
    input_write(monitor, frame->payload, frame->n);
    client->is_stalled = monitor->input_queue.n != 0;
}
static void on_attach(struct monitor *, struct client *client, const struct frame *)
{
    client->is_attached = true;
}
static void on_wait(struct monitor *, struct client *, const struct frame *)
{
    // EXIT goes to every connection; asking keeps this one from looking silent.
}
static void on_resize(struct monitor *monitor, struct client *, const struct frame *frame)
{
    terminal_resize(monitor, frame_u16(frame->payload), frame_u16(frame->payload + 2));
}
static void answer_kill(struct monitor *monitor, struct client *client, int failed)
{
    uint8_t answer[4];
    frame_put_u32(answer, (uint32_t)failed);
    if (!client->is_dropped)
        send_or_queue(monitor, client, &(struct frame){MONITOR_DONE, sizeof answer, answer});
}
static void on_signal(struct monitor *monitor, struct client *client, const struct frame *frame)
{
    answer_kill(monitor, client,
                kill_take(monitor, frame_u32(frame->payload), 0, str_of("an attached terminal")));
}
static void on_kill(struct monitor *monitor, struct client *client, const struct frame *frame)
{
    struct str who = {(const char *)frame->payload + 8, frame->n - 8};
    answer_kill(monitor, client,
                kill_take(monitor, frame_u32(frame->payload), frame_u32(frame->payload + 4), who));
}

static void on_reload(struct monitor *monitor, struct client *, const struct frame *)
{
    restart_reload(monitor);
}

typedef void frame_handler(struct monitor *, struct client *, const struct frame *);
static frame_handler *const handlers[] = {
    [MONITOR_STDIN] = on_stdin,   [MONITOR_ATTACH] = on_attach, [MONITOR_RESIZE] = on_resize,
    [MONITOR_SIGNAL] = on_signal, [MONITOR_WAIT] = on_wait,     [MONITOR_KILL] = on_kill,
    [MONITOR_RELOAD] = on_reload,
};

static void parse_frames(struct monitor *monitor, struct client *client)
{
    size_t done = 0;
    while (!client->is_dropped && !client->is_stalled) {
        struct frame frame;
        struct err err;
        long n = frame_parse(client->in + done, client->n_in - done, &frame, &err);
        if (n == 0)
            break;
        if (n < 0 || frame.kind >= N_ELEMENTS(handlers) || handlers[frame.kind] == NULL) {
            drop(monitor, client); // it does not speak our language
            return;
        }
        handlers[frame.kind](monitor, client, &frame);
        done += (size_t)n;
    }
    if (client->is_dropped)
        return;
    client->n_in -= done;
    if (client->n_in != 0) {
        memmove(client->in, client->in + done, client->n_in);
        return;
    }
    free(client->in); // an idle client costs nothing
    client->in = NULL;
}

void clients_unstall(struct monitor *monitor)
{
    for (struct client *client = monitor->clients; client != NULL; client = client->next) {
        if (client->is_dropped || !client->is_stalled)
            continue;
        client->is_stalled = false;
        if (client->in != NULL)
            parse_frames(monitor, client);
        if (!client->is_dropped)
            rewatch(monitor, client);
    }
}
