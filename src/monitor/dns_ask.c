// SPDX-License-Identifier: Apache-2.0
// dns_ask.c — questions passed on to the host's name servers, or those of --dns.
//
// Each has a socket of its own, connected to one server: a random port of the kernel's, a random id
// of ours, and only that server's packets are taken; an answer must have both and the question. A
// server that does not answer, or says that it cannot, makes room for the next. What came over TCP
// is asked over TCP; an answer that is cut off goes back as it is, and the client asks again so.
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/dns_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT = 53, LENGTH = 2, RESOLV_MAX = 64 * 1024, ROUNDS = 2 };
#define RESOLV_CONF "/etc/resolv.conf"

static void try_next(struct dns_ask *ask);
static void on_answer(struct monitor *monitor, struct source *source, uint32_t events);

// --- servers

static void add_server(struct dns_server *server, struct str word)
{
    // A zone ("fe80::1%eth0") names an interface of the host; such servers are rare, and left out.
    if (server->n_servers < DNS_SERVERS_MAX && ip_parse(word, &server->servers[server->n_servers]))
        server->n_servers++;
}

static void read_resolv(struct dns_server *server)
{
    AUTO_BUF struct buf text;
    struct err ignored; // then there are none
    buf_init(&text, RESOLV_MAX);
    server->n_servers = 0;
    (void)file_read_at(AT_FDCWD, RESOLV_CONF, &text, &ignored);
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        static const char key[] = "nameserver";
        if (str_starts(line, key)) {
            struct str words = {line.at + sizeof key - 1, line.n - (sizeof key - 1)};
            words = str_trim(words);
            add_server(server, str_cut(&words, ' '));
        }
    }
    if (server->n_servers == 0) // resolv.conf(5): "the local machine"
        add_server(server, STR("127.0.0.1"));
}

// The servers as they are now.
static void refresh(struct dns_server *server)
{
    struct stat stat;
    if (server->config->n_servers != 0) {
        server->n_servers = 0;
        for (size_t i = 0; i < server->config->n_servers; i++)
            add_server(server, str_of(server->config->servers[i]));
        return;
    }
    if (fstatat(AT_FDCWD, RESOLV_CONF, &stat, 0) < 0)
        stat = (struct stat){};
    bool is_same = server->n_servers != 0 && stat.st_ino == server->resolv_inode &&
                   stat.st_mtim.tv_sec == server->resolv_changed.tv_sec &&
                   stat.st_mtim.tv_nsec == server->resolv_changed.tv_nsec;
    if (is_same)
        return;
    read_resolv(server);
    server->resolv_inode = stat.st_ino;
    server->resolv_changed = stat.st_mtim;
}

// --- one question

static void finish(struct dns_ask *ask)
{
    ask->is_done = true; // freed when nobody looks at it any more
    source_close(ask->server->monitor, &ask->source);
}

static void give_up(struct dns_ask *ask)
{
    struct dns_question question;
    struct dns_client *client = ask->client;
    dns_set_id(ask->query + LENGTH, ask->id);
    finish(ask);
    if (dns_question_read(ask->query + LENGTH, ask->n, &question) == 0)
        dns_refuse(ask->server, &ask->from, client, ask->query + LENGTH, &question,
                   DNS_SERVER_FAILURE);
}

static int connect_to(const struct dns_ask *ask, const struct ip *ip)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    memcpy(&v4.sin_addr, ip->bytes, sizeof v4.sin_addr);
    memcpy(&v6.sin6_addr, ip->bytes, sizeof v6.sin6_addr);
    bool is_v4 = ip->family == AF_INET;
    int type = ask->client != NULL ? SOCK_STREAM : SOCK_DGRAM;
    AUTO_FD int fd = socket(ip->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const struct sockaddr *address = is_v4 ? (const void *)&v4 : (const void *)&v6;
    socklen_t n = is_v4 ? sizeof v4 : sizeof v6;
    if (fd < 0 || (connect(fd, address, n) < 0 && errno != EINPROGRESS))
        return -1;
    return TAKE_FD(fd);
}

// Asks the server that has its turn. False: it cannot be asked.
static bool send_to(struct dns_ask *ask)
{
    struct dns_server *server = ask->server;
    ask->source.fd = connect_to(ask, &server->servers[ask->nth % server->n_servers]);
    if (ask->source.fd < 0)
        return false;
    if (getrandom(&ask->own_id, sizeof ask->own_id, 0) != sizeof ask->own_id)
        ask->own_id = (uint16_t)(monotonic_ms() ^ ask->id); // it does not fail for two bytes
    dns_set_id(ask->query + LENGTH, ask->own_id);
    ask->deadline_ms = monotonic_ms() + DNS_TRY_MS;
    ask->is_sent = ask->client == NULL;
    ask->n_in = 0;
    if (ask->is_sent &&
        send(ask->source.fd, ask->query + LENGTH, ask->n, MSG_NOSIGNAL) != (ssize_t)ask->n) {
        source_close(server->monitor, &ask->source);
        return false;
    }
    source_watch(server->monitor, &ask->source, ask->is_sent ? EPOLLIN : EPOLLOUT);
    return true;
}

static void try_next(struct dns_ask *ask)
{
    size_t n = ask->server->n_servers;
    source_close(ask->server->monitor, &ask->source);
    while (n != 0 && ask->tries < ROUNDS * n) {
        ask->nth = ask->tries++;
        if (send_to(ask))
            return;
    }
    give_up(ask);
}

void dns_asks_bury(struct dns_server *server)
{
    for (struct dns_ask **at = &server->asks; *at != NULL;) {
        struct dns_ask *ask = *at;
        if (!ask->is_done) {
            at = &ask->next;
            continue;
        }
        *at = ask->next;
        server->n_asks--;
        free(ask->in);
        free(ask);
    }
}

void dns_ask(struct dns_server *server, const struct dns_question *question, const uint8_t *query,
             size_t n, const struct sockaddr_in *from, struct dns_client *client)
{
    refresh(server);
    if (server->n_asks >= DNS_ASKS_MAX || server->n_servers == 0) {
        dns_refuse(server, from, client, query, question, DNS_SERVER_FAILURE);
        return;
    }
    struct dns_ask *ask = xcalloc(1, sizeof *ask + LENGTH + n);
    *ask = (struct dns_ask){
        .source = {.fd = -1, .on = on_answer},
        .server = server,
        .next = server->asks,
        .client = client,
        .id = question->id,
        .end = question->end,
        .n = n,
    };
    if (from != NULL)
        ask->from = *from;
    ask->query[0] = (uint8_t)(n >> 8);
    ask->query[1] = (uint8_t)n;
    memcpy(ask->query + LENGTH, query, n);
    bool was_idle = server->asks == NULL;
    server->asks = ask;
    server->n_asks++;
    if (client != NULL)
        client->ask = ask;
    try_next(ask);
    if (was_idle)
        dns_arm(server);
}

// A server's message. True: it was the answer, or settled otherwise.
static void take_answer(struct dns_ask *ask, uint8_t *message, size_t n)
{
    struct dns_server *server = ask->server;
    if (!dns_answers(message, n, ask->query + LENGTH, ask->end, ask->own_id))
        return; // somebody else's, or forged: the real one may still come
    enum dns_code code = dns_code_of(message);
    bool cannot = code == DNS_SERVER_FAILURE || code == DNS_REFUSED;
    if (cannot && ask->tries < server->n_servers) {
        try_next(ask);
        return;
    }
    struct dns_client *client = ask->client;
    struct sockaddr_in to = ask->from;
    dns_set_id(message, ask->id);
    finish(ask);
    dns_reply(server, &to, client, message, n);
}

static void read_datagram(struct dns_ask *ask)
{
    uint8_t message[DNS_PACKET_MAX];
    ssize_t n = recv(ask->source.fd, message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        try_next(ask); // "port unreachable": nobody is there
        return;
    }
    size_t got = (size_t)n;
    if (got > sizeof message) {
        dns_set_truncated(message);
        got = ask->end; // header and question are the same as asked
    }
    take_answer(ask, message, got);
}

static void read_stream(struct dns_ask *ask)
{
    if (ask->in == NULL)
        ask->in = xmalloc(LENGTH + DNS_MESSAGE_MAX);
    ssize_t n = recv(ask->source.fd, ask->in + ask->n_in, LENGTH + DNS_MESSAGE_MAX - ask->n_in,
                     MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        try_next(ask);
        return;
    }
    ask->n_in += (size_t)n;
    if (ask->n_in < LENGTH)
        return;
    size_t length = (size_t)ask->in[0] << 8 | ask->in[1];
    if (ask->n_in < LENGTH + length)
        return;
    AUTO_FREE uint8_t *message = TAKE_PTR(ask->in);
    uint16_t own_id = ask->own_id;
    take_answer(ask, message + LENGTH, length);
    if (!ask->is_done && ask->own_id == own_id)
        try_next(ask); // a stream that says something else is of no use
}

static void on_answer(struct monitor *monitor, struct source *source, uint32_t events)
{
    struct dns_ask *ask = (struct dns_ask *)source; // its first member
    if (ask->client == NULL) {
        read_datagram(ask);
        return;
    }
    if (!ask->is_sent && (events & (EPOLLERR | EPOLLHUP)) == 0) {
        // A new connection takes a message whole.
        ssize_t sent = send(source->fd, ask->query, LENGTH + ask->n, MSG_DONTWAIT | MSG_NOSIGNAL);
        ask->is_sent = sent == (ssize_t)(LENGTH + ask->n);
        if (ask->is_sent)
            source_watch(monitor, source, EPOLLIN);
        else
            try_next(ask);
        return;
    }
    if (ask->is_sent)
        read_stream(ask);
    else
        try_next(ask);
}

// --- all of them

void dns_asks_tend(struct dns_server *server, int64_t now_ms)
{
    for (struct dns_ask *ask = server->asks; ask != NULL; ask = ask->next) {
        if (!ask->is_done && ask->deadline_ms <= now_ms)
            try_next(ask);
    }
}

void dns_asks_forget(struct dns_server *server, const struct dns_client *client)
{
    for (struct dns_ask *ask = server->asks; ask != NULL; ask = ask->next) {
        if (ask->client == client && !ask->is_done)
            finish(ask);
    }
}

void dns_asks_done(struct dns_server *server)
{
    for (struct dns_ask *ask = server->asks; ask != NULL; ask = ask->next) {
        if (!ask->is_done)
            finish(ask);
    }
    dns_asks_bury(server);
}
