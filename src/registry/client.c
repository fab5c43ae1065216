// SPDX-License-Identifier: Apache-2.0
// client.c — the loop: reads requests, lets fibers and libcurl run, sends events.
#include "registry/client.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/confine.h"
#include "registry/exchange.h"
#include "registry/job.h"
#include "registry/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BEHIND_BYTES = 256 * 1024, OTHERS_MAX = 8, CONNECTIONS_MAX = 24, REPOSITORY_MAX = 255 };

void gate_enter(struct client *client, struct gate *gate)
{
    while (gate->n >= gate->max)
        (void)fiber_pause(&client->fibers, INT64_MAX);
    gate->n++;
}

void gate_leave(struct client *client, struct gate *gate)
{
    gate->n--;
    fibers_wake_all(&client->fibers);
}

void client_sleep(struct client *client, uint64_t ms, const bool *is_off)
{
    int64_t until_ms = monotonic_ms() + (int64_t)ms;
    while (monotonic_ms() < until_ms && (is_off == NULL || !*is_off))
        (void)fiber_pause(&client->fibers, until_ms);
}

bool client_is_behind(const struct client *client)
{
    return client->outbox_bytes > BEHIND_BYTES;
}

// False: the socket is full now.
static bool send_now(const struct client *client, const char *text, size_t n)
{
    // An engine that is gone is noticed when the loop reads.
    return transfer_send_bytes(client->socket, text, n, NULL, 0) == 0 ||
           (errno != EAGAIN && errno != ENOBUFS);
}

void client_say(struct client *client, const struct transfer_event *event)
{
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_MESSAGE_MAX);
    json_encode(&text, transfer_event_fields, event, JSON_COMPACT);
    if (client->outbox == NULL && send_now(client, buf_get(&text), text.n))
        return;
    struct message *message = xmalloc(sizeof *message + text.n);
    message->next = NULL;
    message->n = text.n;
    memcpy(message->text, buf_get(&text), text.n);
    *client->outbox_end = message;
    client->outbox_end = &message->next;
    client->outbox_bytes += text.n;
}

static void send_outbox(struct client *client)
{
    while (client->outbox != NULL && send_now(client, client->outbox->text, client->outbox->n)) {
        struct message *sent = client->outbox;
        client->outbox = sent->next;
        client->outbox_bytes -= sent->n;
        free(sent);
    }
    if (client->outbox == NULL)
        client->outbox_end = &client->outbox;
}

// Lower-case letters, digits and their separators; nothing that leaves the repository's own path.
static bool is_repository(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-/");
    return n <= REPOSITORY_MAX && name[n] == '\0' && *name != '/' && !text_ends(name, "/") &&
           strstr(name, "//") == NULL && strstr(name, "..") == NULL;
}

static int open_endpoint(struct client *client, const struct transfer_endpoint *asked,
                         struct endpoint *out, struct err *err)
{
    struct arena *arena = &client->arena;
    struct url url;
    const char *repository = asked->repository != NULL ? asked->repository : "";
    if (url_parse(arena, asked->url, &url, err) < 0)
        return -1;
    if (strchr(url.target, '?') != NULL || !is_repository(repository))
        return fail(err, ERR_INVALID, "%s: '%s' is no repository's name", asked->url, repository);
    char *prefix = arena_strdup(arena, url.target);
    size_t n = strlen(prefix);
    while (n != 0 && prefix[n - 1] == '/')
        prefix[--n] = '\0';
    url.target = prefix;
    *out = (struct endpoint){
        .asked = asked,
        .url = url,
        .name = text_is_empty(asked->name) ? url_authority(arena, &url) : asked->name,
        .image = text_is_empty(asked->image) ? repository : asked->image,
        .is_insecure = asked->is_insecure || address_reach_of_host(url.host) == ADDRESS_LOOPBACK,
        .reach = ADDRESS_PUBLIC,
    };
    return 0;
}

static int open_session(struct client *client, const struct transfer_message *first,
                        struct err *err)
{
    struct transfer_session *session = &client->session;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_SESSION_MAX);
    if (first->n_fds != 1)
        return fail(err, ERR_INVALID, "the first message has no session");
    if (file_read_fd(first->fds[0], "session", &text, err) < 0 ||
        json_decode(&client->arena, buf_get(&text), text.n, transfer_session_fields, session,
                    JSON_STRICT, err) < 0)
        return -1;
    client->n_endpoints = session->n_endpoints;
    client->endpoints =
        arena_array(&client->arena, session->n_endpoints, sizeof *client->endpoints);
    for (size_t i = 0; i < session->n_endpoints; i++)
        if (open_endpoint(client, &session->endpoints[i], &client->endpoints[i], err) < 0)
            return -1;
    client->downloads.max = session->max_downloads != 0 ? session->max_downloads : 3;
    client->uploads.max = session->max_uploads != 0 ? session->max_uploads : 5;
    client->others.max = OTHERS_MAX;
    return 0;
}

static int open_library(struct client *client, struct err *err)
{
    const struct curl *curl = &client->curl;
    if (curl_load(&client->curl, err) < 0)
        return -1;
    client->multi = curl->multi_init();
    if (client->multi == NULL)
        return fail(err, ERR_SYSTEM, "libcurl does not start");
    (void)curl->multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
    (void)curl->multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
    exchanges_prepare(client);
    return 0;
}

// The engine's next message. 1: there was one; 0: none now; -1: the engine is gone.
static int read_message(struct client *client)
{
    struct transfer_message *message = client->inbox;
    struct err err;
    if (transfer_receive(client->socket, message, &err) < 0)
        return err.sys == EAGAIN ? 0 : -1;
    if (message->n == 0)
        return -1;
    job_start(client, message);
    return 1;
}

static void serve(struct client *client)
{
    const struct curl *curl = &client->curl;
    int result = 0, running;
    while (result >= 0) {
        (void)fibers_run(&client->fibers);
        (void)curl->multi_perform(client->multi, &running); // an exchange tells its own failure
        exchanges_finish(client);
        int64_t next_ms = fibers_run(&client->fibers);
        send_outbox(client);
        struct curl_waitfd socket = {.fd = client->socket,
                                     .events = CURL_WAIT_POLLIN |
                                               (client->outbox != NULL ? CURL_WAIT_POLLOUT : 0)};
        int64_t wait_ms = next_ms == INT64_MAX ? 1000 : next_ms - monotonic_ms();
        int timeout_ms = wait_ms < 0 ? 0 : wait_ms > 1000 ? 1000 : (int)wait_ms;
        (void)curl->multi_poll(client->multi, &socket, 1, timeout_ms, &running);
        if (socket.revents != 0)
            while ((result = read_message(client)) > 0)
                continue;
    }
}

static void say_failed(struct client *client, const struct err *err)
{
    client_say(client, &(struct transfer_event){.id = 0,
                                                .event = TRANSFER_FAILED,
                                                .kind = err_kind_info(err->kind)->name,
                                                .text = err->text});
}

static int begin(struct client *client, struct err *err)
{
    if (transfer_receive(client->socket, client->inbox, err) < 0)
        return -1;
    int result = open_session(client, client->inbox, err);
    for (size_t i = 0; i < client->inbox->n_fds; i++)
        (void)close(client->inbox->fds[i]); // read
    if (result < 0 || open_library(client, err) < 0 || registry_confine(err) < 0)
        return -1;
    if (fcntl(client->socket, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(err, "prepare the engine's socket");
    return 0;
}

int registry_serve(int socket, struct err *err)
{
    struct client *client = xcalloc(1, sizeof *client);
    client->socket = socket;
    client->outbox_end = &client->outbox;
    client->inbox = xmalloc(sizeof *client->inbox);
    (void)signal(SIGPIPE, SIG_IGN); // pipes to readers that have gone say it by errno
    int result = begin(client, err);
    if (result == 0)
        serve(client);
    else
        say_failed(client, err);
    // The process ends now, and everything with it.
    return result;
}
