// SPDX-License-Identifier: Apache-2.0
// dns.c — questions from the container: answered from names, or passed on.
//
//     datagram, or connection --read--> names know it ----------------------> answer
//                                       internal network: NXDOMAIN ---------> answer
//                                       else dns_ask, servers one by one ---> their answer
//
// On internal networks nothing is passed on (CVE-2024-29018). Deadlines are looked at twice a
// second while something is under way, and never else.
#include "base/clock.h"
#include "base/mem.h"
#include "monitor/dns_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TICK_NS = 500'000'000, LENGTH = 2, BATCH = 32 };

#define server_of(source, member)                                                                  \
    ((struct dns_server *)(void *)((char *)(source)-offsetof(struct dns_server, member)))

static void drop_client(struct dns_client *client);
static void on_client(struct monitor *monitor, struct source *source, uint32_t events);

// --- answers

// Room for what we make ourselves; messages that are passed on are longer.
static void answer(struct dns_server *server, const uint8_t *query, size_t n,
                   const struct sockaddr_in *from, struct dns_client *client)
{
    uint8_t room[DNS_EDNS_SIZE_MAX];
    struct dns_question question;
    struct dns_answer made;
    enum dns_code code;
    int read = dns_question_read(query, n, &question);
    if (read < 0) {
        if (client != NULL)
            drop_client(client); // it does not speak our language
        return;
    }
    if (read > 0) {
        dns_refuse(server, from, client, query, &question, (enum dns_code)read);
        return;
    }
    size_t size = client != NULL ? sizeof room : question.udp_size;
    dns_answer_begin(&made, room, size, query, &question);
    if (dns_names_answer(server, &question, &made, &code)) {
        dns_reply(server, from, client, room, dns_answer_end(&made, code, true));
        return;
    }
    if (server->config->is_internal)
        dns_refuse(server, from, client, query, &question, DNS_NO_NAME);
    else
        dns_ask(server, &question, query, n, from, client);
}

void dns_refuse(struct dns_server *server, const struct sockaddr_in *to, struct dns_client *client,
                const uint8_t *query, const struct dns_question *question, enum dns_code code)
{
    uint8_t room[DNS_UDP_SIZE];
    struct dns_answer made;
    dns_answer_begin(&made, room, sizeof room, query, question);
    dns_reply(server, to, client, room, dns_answer_end(&made, code, false));
}

static void flush(struct dns_client *client)
{
    struct monitor *monitor = client->server->monitor;
    while (client->out.n != 0) {
        ssize_t done = send(client->source.fd, client->out.at + client->out.start, client->out.n,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno != EAGAIN) {
            drop_client(client);
            return;
        }
        if (done < 0)
            break;
        queue_drop(&client->out, (size_t)done);
    }
    source_watch(monitor, &client->source, client->out.n != 0 ? EPOLLOUT : EPOLLIN);
}

void dns_reply(struct dns_server *server, const struct sockaddr_in *to, struct dns_client *client,
               uint8_t *message, size_t n)
{
    if (client == NULL) { // one that is lost is asked for again
        (void)sendto(server->udp.fd, message, n, MSG_DONTWAIT, (const struct sockaddr *)to,
                     sizeof *to);
        return;
    }
    const uint8_t length[LENGTH] = {(uint8_t)(n >> 8), (uint8_t)n};
    client->ask = NULL;
    queue_add(&client->out, length, sizeof length);
    queue_add(&client->out, message, n);
    flush(client);
}

static void on_datagram(struct monitor *, struct source *source, uint32_t)
{
    struct dns_server *server = server_of(source, udp);
    uint8_t query[DNS_PACKET_MAX];
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_in from = {};
        socklen_t n_from = sizeof from;
        ssize_t n = recvfrom(source->fd, query, sizeof query, MSG_DONTWAIT | MSG_TRUNC,
                             (struct sockaddr *)&from, &n_from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        if ((size_t)n <= sizeof query)
            answer(server, query, (size_t)n, &from, NULL);
    }
}

// --- TCP

static void on_connect(struct monitor *monitor, struct source *source, uint32_t)
{
    struct dns_server *server = server_of(source, tcp);
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (server->n_clients >= DNS_CLIENTS_MAX) {
        (void)close(fd); // it asks again
        return;
    }
    struct dns_client *client = xcalloc(1, sizeof *client);
    *client = (struct dns_client){
        .source = {.fd = fd, .on = on_client},
        .server = server,
        .next = server->clients,
        .deadline_ms = monotonic_ms() + DNS_IDLE_MS,
    };
    server->clients = client;
    server->n_clients++;
    source_watch(monitor, &client->source, EPOLLIN);
    dns_arm(server);
}

static void drop_client(struct dns_client *client)
{
    if (client->is_dropped)
        return;
    client->is_dropped = true; // freed after the round: somebody may be looking at it
    source_close(client->server->monitor, &client->source);
    dns_asks_forget(client->server, client);
    queue_done(&client->out);
    free(client->in);
    client->in = NULL;
    client->n_in = 0;
}

// Whole messages of what has come; one at a time, for answers stand in the order of questions.
static void take_messages(struct dns_client *client)
{
    while (client->in != NULL && client->ask == NULL && client->n_in >= LENGTH) {
        size_t n = (size_t)client->in[0] << 8 | client->in[1];
        if (client->n_in < LENGTH + n)
            return;
        AUTO_FREE uint8_t *message = xmalloc(n + 1);
        memcpy(message, client->in + LENGTH, n);
        client->n_in -= LENGTH + n;
        memmove(client->in, client->in + LENGTH + n, client->n_in);
        client->deadline_ms = monotonic_ms() + DNS_IDLE_MS;
        answer(client->server, message, n, NULL, client);
    }
}

static void on_client(struct monitor *, struct source *source, uint32_t events)
{
    struct dns_client *client = (struct dns_client *)source; // its first member
    if ((events & EPOLLOUT) != 0)
        flush(client);
    if (client->is_dropped)
        return;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        if (client->in == NULL)
            client->in = xmalloc(LENGTH + DNS_MESSAGE_MAX);
        ssize_t n = recv(source->fd, client->in + client->n_in,
                         LENGTH + DNS_MESSAGE_MAX - client->n_in, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            drop_client(client);
            return;
        }
        client->n_in += (size_t)n;
    }
    take_messages(client);
    if (!client->is_dropped && client->n_in == 0) {
        free(client->in); // an idle client costs little
        client->in = NULL;
    }
}

// --- time

void dns_arm(struct dns_server *server)
{
    bool is_busy = server->asks != NULL || server->clients != NULL;
    const struct itimerspec ticks = {
        .it_interval.tv_nsec = is_busy ? TICK_NS : 0,
        .it_value.tv_nsec = is_busy ? TICK_NS : 0,
    };
    (void)timerfd_settime(server->timer.fd, 0, &ticks, NULL); // cannot fail with these
}

static void tend_clients(struct dns_server *server, int64_t now_ms)
{
    for (struct dns_client *client = server->clients; client != NULL; client = client->next) {
        if (client->deadline_ms <= now_ms)
            drop_client(client);
        else if (!client->is_dropped)
            take_messages(client); // what came while it waited
    }
}

static void bury_clients(struct dns_server *server)
{
    for (struct dns_client **at = &server->clients; *at != NULL;) {
        struct dns_client *client = *at;
        if (!client->is_dropped) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        server->n_clients--;
        free(client);
    }
}

void dns_bury(struct monitor *monitor)
{
    if (monitor->dns == NULL)
        return;
    dns_asks_bury(monitor->dns);
    bury_clients(monitor->dns);
}

static void on_tick(struct monitor *, struct source *source, uint32_t)
{
    struct dns_server *server = server_of(source, timer);
    uint64_t ticks;
    int64_t now_ms = monotonic_ms();
    (void)!read(source->fd, &ticks, sizeof ticks); // how many does not matter
    dns_asks_tend(server, now_ms);
    tend_clients(server, now_ms);
    dns_arm(server);
}

// --- life

static int serve_on(struct monitor *monitor, const struct monitor_dns *config, int udp, int tcp,
                    struct err *err)
{
    AUTO_FD int names = open(config->names_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (names < 0)
        return fail_sys(err, "open %s", config->names_dir);
    AUTO_FD int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0)
        return fail_sys(err, "make a timer");
    struct dns_server *server = xcalloc(1, sizeof *server);
    *server = (struct dns_server){
        .monitor = monitor,
        .config = config,
        .udp = {.fd = udp, .on = on_datagram},
        .tcp = {.fd = tcp, .on = on_connect},
        .timer = {.fd = TAKE_FD(timer), .on = on_tick},
        .names_dir = TAKE_FD(names),
    };
    monitor->dns = server;
    source_watch(monitor, &server->udp, EPOLLIN);
    source_watch(monitor, &server->tcp, EPOLLIN);
    source_watch(monitor, &server->timer, EPOLLIN);
    return 0;
}

int dns_serve(struct monitor *monitor, const struct monitor_dns *config, struct err *err)
{
    const struct monitor_options *options = monitor->options;
    if (config == NULL || config->n_fds < 2)
        return 0;
    if (config->fds[0] >= options->n_fds || config->fds[1] >= options->n_fds)
        return fail(err, ERR_INVALID, "the name server's sockets are not there");
    return serve_on(monitor, config, options->fds[config->fds[0]], options->fds[config->fds[1]],
                    err);
}

size_t dns_change(struct monitor *monitor, const int *fds, size_t n)
{
    struct monitor_config config;
    struct arena arena = {};
    struct err ignored; // then it answers as before
    if (monitor_config_read(&arena, monitor->options->container_dir, &config, &ignored) <= 0 ||
        config.dns == NULL || (monitor->dns == NULL && n < 2) ||
        (monitor->dns == NULL && serve_on(monitor, config.dns, fds[0], fds[1], &ignored) < 0)) {
        arena_done(&arena);
        return 0;
    }
    struct dns_server *server = monitor->dns;
    bool is_new = server->config == config.dns;
    dns_names_done(server); // they are counted by the configuration's networks
    arena_done(&server->arena);
    server->arena = arena;
    server->config = config.dns;
    server->resolv_inode = 0;
    return is_new ? 2 : 0;
}

void dns_done(struct monitor *monitor)
{
    struct dns_server *server = monitor->dns;
    if (server == NULL)
        return;
    monitor->dns = NULL;
    for (struct dns_client *client = server->clients; client != NULL; client = client->next)
        drop_client(client);
    dns_asks_done(server);
    bury_clients(server);
    dns_names_done(server);
    source_close(monitor, &server->udp);
    source_close(monitor, &server->tcp);
    source_close(monitor, &server->timer);
    (void)close(server->names_dir); // O_PATH
    arena_done(&server->arena);
    free(server);
}
