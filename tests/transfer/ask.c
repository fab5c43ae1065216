// SPDX-License-Identifier: Apache-2.0
// ask.c — asks `dhow-transfer registry` from the command line, for the tests.
//
//     ask PROGRAM SESSION REQUEST [FILE [|]] [-- REQUEST [FILE [|]]]…
//
// SESSION and each REQUEST are JSON (transfer/wire.c); FILE becomes the request's first descriptor,
// and '|' a pipe as its second. Each event is a line of JSON on standard output; what comes out of
// a pipe is {"id":N,"prefix":BYTES}. All requests are sent at once. Exit status 1: one failed.
#include "base/mem.h"
#include "base/str.h"
#include "transfer/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { REQUESTS_MAX = 64 };

struct asked {
    uint64_t id;
    int pipe; // its reading end, or -1
};
struct asking {
    struct arena arena;
    struct transfer *transfer;
    struct asked asked[REQUESTS_MAX];
    size_t n, n_ended, n_failed;
};

static int ask(struct asking *asking, int argc, char **argv, struct err *err)
{
    struct transfer_request request;
    int fds[2] = {-1, -1}, pair[2] = {-1, -1};
    size_t n_fds = 0;
    if (json_decode(&asking->arena, argv[0], strlen(argv[0]), transfer_request_fields, &request,
                    JSON_STRICT, err) < 0)
        return -1;
    if (argc > 1) {
        fds[n_fds++] = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fds[0] < 0)
            return fail_sys(err, "open %s", argv[1]);
    }
    if (argc > 2) {
        if (pipe2(pair, O_CLOEXEC) < 0)
            return fail_sys(err, "make a pipe");
        fds[n_fds++] = pair[1];
    }
    if (transfer_send(asking->transfer, &request, fds, n_fds, err) < 0)
        return -1;
    for (size_t i = 0; i < n_fds; i++)
        (void)close(fds[i]); // it has them
    asking->asked[asking->n++] = (struct asked){request.id, pair[0]};
    return 0;
}

static int ask_all(struct asking *asking, int argc, char **argv, struct err *err)
{
    while (argc > 0) {
        int n = 0;
        while (n < argc && strcmp(argv[n], "--") != 0)
            n++;
        if (n == 0 || asking->n == REQUESTS_MAX)
            return fail(err, ERR_INVALID, "an empty request, or too many");
        if (ask(asking, n, argv, err) < 0)
            return -1;
        n += n < argc;
        argc -= n;
        argv += n;
    }
    return 0;
}

static void read_prefix(struct asked *asked)
{
    uint64_t prefix;
    if (read(asked->pipe, &prefix, sizeof prefix) == (ssize_t)sizeof prefix) {
        printf("{\"id\":%llu,\"prefix\":%llu}\n", (unsigned long long)asked->id,
               (unsigned long long)prefix);
        return;
    }
    (void)close(asked->pipe); // the end
    asked->pipe = -1;
}

static int read_event(struct asking *asking, struct err *err)
{
    AUTO_BUF struct buf text;
    struct transfer_event event;
    int result = transfer_next(asking->transfer, 0, &asking->arena, &event, err);
    if (result <= 0)
        return result;
    buf_init(&text, TRANSFER_MESSAGE_MAX);
    json_encode(&text, transfer_event_fields, &event, JSON_COMPACT);
    puts(buf_get(&text));
    asking->n_ended += event.event == TRANSFER_DONE || event.event == TRANSFER_FAILED;
    asking->n_failed += event.event == TRANSFER_FAILED;
    return 0;
}

static int listen_all(struct asking *asking, struct err *err)
{
    size_t n_pipes = 1;
    while (asking->n_ended < asking->n || n_pipes != 0) {
        struct pollfd fds[REQUESTS_MAX + 1] = {{transfer_fd(asking->transfer), POLLIN, 0}};
        n_pipes = 0;
        for (size_t i = 0; i < asking->n; i++) {
            fds[i + 1] = (struct pollfd){asking->asked[i].pipe, POLLIN, 0};
            n_pipes += asking->asked[i].pipe >= 0;
        }
        if (asking->n_ended == asking->n)
            fds[0].fd = -1;
        if ((n_pipes != 0 || fds[0].fd >= 0) && poll(fds, asking->n + 1, -1) < 0)
            return fail_sys(err, "poll");
        for (size_t i = 0; i < asking->n; i++)
            if (fds[i + 1].revents != 0)
                read_prefix(&asking->asked[i]);
        if (fds[0].revents != 0 && read_event(asking, err) < 0)
            return -1;
    }
    return 0;
}

static int run(struct asking *asking, int argc, char **argv, struct err *err)
{
    struct transfer_session session;
    if (argc < 4)
        return fail(err, ERR_INVALID, "usage: ask PROGRAM SESSION REQUEST [FILE [|]] [-- …]");
    if (json_decode(&asking->arena, argv[2], strlen(argv[2]), transfer_session_fields, &session,
                    JSON_STRICT, err) < 0 ||
        transfer_open(argv[1], &session, &asking->transfer, err) < 0 ||
        ask_all(asking, argc - 3, argv + 3, err) < 0 || listen_all(asking, err) < 0)
        return -1;
    return 0;
}

int main(int argc, char **argv)
{
    static struct asking asking;
    struct err err = {};
    setlinebuf(stdout);
    int result = run(&asking, argc, argv, &err);
    if (result < 0)
        fprintf(stderr, "ask: %s\n", err.text);
    transfer_close(asking.transfer);
    arena_done(&asking.arena);
    return result < 0 ? 2 : asking.n_failed != 0;
}
