// SPDX-License-Identifier: Apache-2.0
// transfer.c — the engine's end: starts the child, sends requests, reads events, ends it.
#include "transfer/transfer.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/process.h"
#include "linux/socket.h"
#include "linux/spawn.h"
#include "transfer/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct transfer {
    int socket;
    pid_t pid;                       // 0: it has been waited for
    struct transfer_message message; // 64 KiB: not for a stack
};

// A memory file with the session's JSON.
static int session_file(const struct transfer_session *session, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_SESSION_MAX);
    json_encode(&text, transfer_session_fields, session, JSON_COMPACT);
    if (buf_check(&text, "the settings of a session", err) < 0)
        return -1;
    AUTO_FD int fd = memfd_create("session", MFD_CLOEXEC);
    int result = fd < 0 || write_all(fd, text.at, text.n) < 0 || lseek(fd, 0, SEEK_SET) < 0
                     ? fail_sys(err, "write the settings of a session")
                     : 0;
    explicit_bzero(text.at, text.n); // passwords
    return result < 0 ? -1 : TAKE_FD(fd);
}

static int start(const char *program, int theirs, pid_t *out, struct err *err)
{
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    const int fds[] = {null, null, 2, theirs};
    const struct spawn spawn = {.program = program,
                                .argv = (const char *const[]){program, "registry", NULL},
                                .environment = (const char *const[]){NULL},
                                .fds = fds,
                                .n_fds = N_ELEMENTS(fds)};
    return spawn_program(&spawn, out, err);
}

int transfer_open(const char *program, const struct transfer_session *session,
                  struct transfer **out, struct err *err)
{
    if (session->n_endpoints == 0 || session->n_endpoints > TRANSFER_ENDPOINTS_MAX)
        return fail(err, ERR_INVALID, "a session has 1 to %d endpoints, not %zu",
                    TRANSFER_ENDPOINTS_MAX, session->n_endpoints);
    AUTO_FD int settings = session_file(session, err);
    if (settings < 0)
        return -1;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_sys(err, "make a socket pair");
    AUTO_FD int ours = pair[0], theirs = pair[1];
    // The child reads whenever it is not busy with a few milliseconds of work (S-22).
    const struct timeval patience = {.tv_sec = SOCKET_PATIENCE_S};
    if (setsockopt(ours, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        transfer_send_bytes(ours, "{}", 2, &settings, 1) < 0)
        return fail_sys(err, "send the settings of a session");
    pid_t pid;
    if (start(program, theirs, &pid, err) < 0)
        return -1;
    struct transfer *transfer = xmalloc(sizeof *transfer);
    transfer->socket = TAKE_FD(ours);
    transfer->pid = pid;
    *out = transfer;
    return 0;
}

int transfer_fd(const struct transfer *transfer)
{
    return transfer->socket;
}

// The other end was closed: waits for the process and says how it ended.
static int fail_ended(struct transfer *transfer, struct err *err)
{
    int status = 0;
    pid_t pid = transfer->pid;
    transfer->pid = 0;
    if (pid != 0) {
        // What closed its end and did not exit will not say anything any more.
        (void)kill(pid, SIGKILL);
        if (process_wait(pid, &status, err) < 0)
            return -1;
    }
    return fail(err, ERR_SYSTEM, "dhow-transfer ended before it answered (exit status %d)", status);
}

int transfer_send(struct transfer *transfer, const struct transfer_request *request, const int *fds,
                  size_t n_fds, struct err *err)
{
    if (transfer_request_check(request, n_fds, err) < 0)
        return -1;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_MESSAGE_MAX);
    json_encode(&text, transfer_request_fields, request, JSON_COMPACT);
    if (buf_check(&text, "a request to a registry", err) < 0)
        return -1;
    if (transfer_send_bytes(transfer->socket, text.at, text.n, fds, n_fds) == 0)
        return 0;
    if (errno == EPIPE || errno == ECONNRESET)
        return fail_ended(transfer, err);
    return fail_sys(err, "send a request to dhow-transfer");
}

static int wait_readable(const struct transfer *transfer, int timeout_ms, struct err *err)
{
    struct pollfd wanted = {.fd = transfer->socket, .events = POLLIN};
    int n;
    do
        n = poll(&wanted, 1, timeout_ms);
    while (n < 0 && errno == EINTR && timeout_ms < 0);
    if (n < 0 && errno == EINTR)
        return 0;
    return n < 0 ? fail_sys(err, "wait for dhow-transfer") : n;
}

int transfer_next(struct transfer *transfer, int timeout_ms, struct arena *arena,
                  struct transfer_event *out, struct err *err)
{
    int ready = wait_readable(transfer, timeout_ms, err);
    if (ready <= 0)
        return ready;
    struct transfer_message *message = &transfer->message;
    if (transfer_receive(transfer->socket, message, err) < 0)
        return err->sys == ECONNRESET ? fail_ended(transfer, err) : -1;
    for (size_t i = 0; i < message->n_fds; i++)
        (void)close(message->fds[i]); // nothing asked for them
    if (message->n == 0)
        return fail_ended(transfer, err);
    struct transfer_event event;
    if (json_decode(arena, message->text, message->n, transfer_event_fields, &event, JSON_STRICT,
                    err) < 0)
        return fail_in(err, "a message from dhow-transfer");
    if (event.id == 0) // of the session itself
        return transfer_fail(&event, err);
    *out = event;
    return 1;
}

int transfer_fail(const struct transfer_event *event, struct err *err)
{
    enum err_kind kind = event->kind != NULL ? err_kind_named(event->kind) : ERR_SYSTEM;
    return fail(err, kind, "%s", event->text != NULL ? event->text : "the transfer failed");
}

static void gather(struct arena *arena, const struct transfer_event *event, const char ***names,
                   size_t *n)
{
    const char **all = arena_array(arena, *n + event->n_names, sizeof *all);
    if (*n != 0)
        memcpy(all, *names, *n * sizeof *all);
    if (event->n_names != 0)
        memcpy(all + *n, event->names, event->n_names * sizeof *all);
    *names = all;
    *n += event->n_names;
}

// The next event of a session that does one thing at a time. 1: it was the last one.
static int take_event(struct transfer *transfer, uint64_t id, struct arena *arena,
                      struct transfer_event *out, struct err *err)
{
    struct transfer_event event = {};
    if (transfer_next(transfer, -1, arena, &event, err) < 0)
        return -1;
    if (event.id != id)
        return fail(err, ERR_SYSTEM, "dhow-transfer answers what was not asked");
    if (event.event == TRANSFER_FAILED)
        return transfer_fail(&event, err);
    if (event.event == TRANSFER_NAMES)
        gather(arena, &event, &out->names, &out->n_names);
    if (event.event != TRANSFER_DONE)
        return 0;
    event.names = out->names;
    event.n_names = out->n_names;
    *out = event;
    return 1;
}

// NOLINTNEXTLINE(readability-function-size): what is asked, with what, where the answer goes
int transfer_ask(struct transfer *transfer, const struct transfer_request *request, const int *fds,
                 size_t n_fds, struct arena *arena, struct transfer_event *out, struct err *err)
{
    struct transfer_event event = {};
    if (transfer_send(transfer, request, fds, n_fds, err) < 0)
        return -1;
    int result;
    do
        result = take_event(transfer, request->id, arena, &event, err);
    while (result == 0);
    if (result < 0)
        return -1;
    *out = event;
    return 0;
}

void transfer_close(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    (void)close(transfer->socket); // nothing is unsent
    if (transfer->pid != 0) {
        struct err ignored;
        int status;
        (void)kill(transfer->pid, SIGKILL);                   // it may have ended
        (void)process_wait(transfer->pid, &status, &ignored); // how it ended is nobody's concern
    }
    free(transfer);
}
