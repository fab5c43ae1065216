// SPDX-License-Identifier: Apache-2.0
// handshake.c — messages over a SOCK_SEQPACKET pair: each arrives whole or not at all.
#include "runtime/handshake.h"

#include "linux/socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int handshake_pair(int out_pair[static 2], struct err *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out_pair) < 0)
        return fail_sys(err, "make a socket pair");
    return 0;
}

int handshake_send(int socket, enum message_kind kind, int fd, struct err *err)
{
    struct message message = {.kind = kind};
    if (socket_send_fd(socket, &message, offsetof(struct message, err), fd) < 0)
        return fail_sys(err, "the other side of the container's making is gone");
    return 0;
}

void handshake_fail(int socket, const struct err *why)
{
    struct message message = {.kind = CHILD_FAILED, .err = *why};
    (void)socket_send_fd(socket, &message, sizeof message, -1);
}

static int receive(int socket, struct message *message, int *out_fd)
{
    int fd = -1;
    ssize_t n = socket_receive_fd(socket, message, sizeof *message, &fd);
    if (n < 0 && errno != ECONNRESET)
        return -1;
    if (n < (ssize_t)offsetof(struct message, err))
        message->kind = MESSAGE_END;
    if (out_fd != NULL)
        *out_fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    return 0;
}

int handshake_receive(int socket, enum message_kind wanted, enum message_kind or_wanted,
                      int *out_fd, struct err *err)
{
    static const char *const names[] = {"nothing more", "birth",   "root",  "made",
                                        "listener",     "failure", "go on", "start"};
    struct message message = {};
    if (receive(socket, &message, out_fd) < 0)
        return fail_sys(err, "hear from the other side of the container's making");
    if (message.kind == wanted || message.kind == or_wanted)
        return (int)message.kind;
    if (message.kind == CHILD_FAILED) {
        *err = message.err;
        err->text[sizeof err->text - 1] = '\0';
        return -1;
    }
    if (message.kind == MESSAGE_END)
        return fail(err, ERR_SYSTEM,
                    "the container's first process ended before it was ready (killed, or out of "
                    "memory?)");
    return fail(err, ERR_SYSTEM, "the container's first process said \"%s\" out of turn",
                message.kind <= START ? names[message.kind] : "something unknown");
}
