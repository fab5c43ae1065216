// SPDX-License-Identifier: Apache-2.0
// dns_parts.h — what dns.c (answers), dns_names.c (whose names) and dns_ask.c (asking others)
// share.
#pragma once
#include "dns/message.h"
#include "monitor/dns.h"
#include "names/names.h"

#include <netinet/in.h>
#include <sys/types.h>
#include <time.h>

enum {
    DNS_NETWORKS_MAX = 64,
    DNS_SERVERS_MAX = 3,   // of resolv.conf; the C library's limit
    DNS_ASKS_MAX = 256,    // in flight
    DNS_CLIENTS_MAX = 32,  // TCP connections
    DNS_TRY_MS = 2000,     // one server's time
    DNS_IDLE_MS = 10'000,  // a TCP client's
    DNS_TTL_S = 5,         // of our answers: containers come and go
    DNS_PACKET_MAX = 8192, // UDP, either way
};

struct names_file { // of one network, as it was when last looked at
    ino_t inode;
    struct timespec changed;
    struct arena arena;
    struct network_names names;
};

struct dns_client { // a TCP connection of the container's
    struct source source;
    struct dns_server *server;
    struct dns_client *next;
    uint8_t *in; // length and message, as far as they came
    size_t n_in;
    struct queue out;
    struct dns_ask *ask; // what it waits for
    int64_t deadline_ms;
    bool is_dropped;
};

struct dns_ask { // one question on its way to a server outside
    struct source source;
    struct dns_server *server;
    struct dns_ask *next;
    struct dns_client *client; // NULL: UDP, from `from`
    struct sockaddr_in from;
    uint16_t id, own_id; // the client's, and the random one outside
    size_t nth, tries;   // which server, how often
    int64_t deadline_ms;
    size_t end;  // of the question in the query
    uint8_t *in; // TCP: the answer so far
    size_t n_in;
    bool is_sent, is_done;
    size_t n;
    uint8_t query[]; // with two bytes of length in front, as TCP wants it
};

struct dns_server {
    struct monitor *monitor;
    const struct monitor_dns *config;
    struct arena arena; // of the configuration, when it was changed
    struct source udp, tcp, timer;
    int names_dir;
    struct names_file files[DNS_NETWORKS_MAX];
    size_t n_asks, n_clients;
    struct dns_ask *asks;
    struct dns_client *clients;
    struct ip servers[DNS_SERVERS_MAX];
    size_t n_servers;
    struct timespec resolv_changed;
    ino_t resolv_inode;
    unsigned turn; // round robin
};

// --- names (dns_names.c)
// Builds the answer when the name, or address, is one of ours: true.
bool dns_names_answer(struct dns_server *server, const struct dns_question *question,
                      struct dns_answer *answer, enum dns_code *out_code);
void dns_names_done(struct dns_server *server);

// --- asking others (dns_ask.c)
// Passes the question on; exactly one dns_reply follows, now or later.
void dns_ask(struct dns_server *server, const struct dns_question *question, const uint8_t *query,
             size_t n, const struct sockaddr_in *from, struct dns_client *client);
void dns_asks_tend(struct dns_server *server, int64_t now_ms); // deadlines
void dns_asks_forget(struct dns_server *server, const struct dns_client *client);
void dns_asks_bury(struct dns_server *server); // between rounds of events
void dns_asks_done(struct dns_server *server);

// --- dns.c
// Sends a whole message to who asked: over TCP when there is a client.
void dns_reply(struct dns_server *server, const struct sockaddr_in *to, struct dns_client *client,
               uint8_t *message, size_t n);
// An answer without records to that question.
void dns_refuse(struct dns_server *server, const struct sockaddr_in *to, struct dns_client *client,
                const uint8_t *query, const struct dns_question *question, enum dns_code code);
// Lets deadlines be looked at while there are any.
void dns_arm(struct dns_server *server);
