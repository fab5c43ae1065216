// SPDX-License-Identifier: Apache-2.0
// handshake.c — messages over a SOCK_SEQPACKET pair: each arrives whole or not at all.
#include "runtime/handshake.h"

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

static int send_message(int socket, const struct message *message, size_t size, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {};
    struct iovec bytes = {(void *)message, size};
    struct msghdr envelope = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (fd >= 0) {
        envelope.msg_control = control.room;
        envelope.msg_controllen = sizeof control.room;
        control.header = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &envelope, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size ? 0 : -1;
}

int handshake_send(int socket, enum message_kind kind, int fd, struct err *err)
{
    struct message message = {.kind = kind};
    if (send_message(socket, &message, offsetof(struct message, err), fd) < 0)
        return fail_sys(err, "the other side of the container's making is gone");
    return 0;
}

void handshake_fail(int socket, const struct err *why)
{
    struct message message = {.kind = CHILD_FAILED, .err = *why};
    (void)send_message(socket, &message, sizeof message, -1);
}

static int receive(int socket, struct message *message, int *out_fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {};
    struct iovec bytes = {message, sizeof *message};
    struct msghdr envelope = {.msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room};
    ssize_t n;
    do
        n = recvmsg(socket, &envelope, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != ECONNRESET)
        return -1;
    if (n < (ssize_t)offsetof(struct message, err))
        message->kind = MESSAGE_END;
    int fd = -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
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
