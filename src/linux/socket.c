// SPDX-License-Identifier: Apache-2.0
// socket.c — unix sockets by path, and descriptors that travel over them (SCM_RIGHTS, unix(7)).
#include "linux/socket.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

// Room for the header of one descriptor, aligned as the macros of cmsg(3) want it.
union rights {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

int socket_connect(const char *path, int type, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof address.sun_path)
        return fail(err, ERR_INVALID, "%s: a socket's path has at most %zu bytes", path,
                    sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, n);
    const struct timeval patience = {.tv_sec = SOCKET_PATIENCE_S};
    AUTO_FD int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail_sys(err, "connect to %s", path);
    return TAKE_FD(fd);
}

// The socket for dir/name and its address, not yet bound or connected.
static int open_in(int dir, const char *name, int type, struct sockaddr_un *out, struct err *err)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof out->sun_path)
        return fail(err, ERR_INVALID, "%s: too long a name for a socket", name);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    return fd < 0 ? fail_sys(err, "make a socket for %s", name) : fd;
}

int socket_connect_in(int dir, const char *name, int type, struct err *err)
{
    struct sockaddr_un address;
    AUTO_FD int fd = open_in(dir, name, type, &address, err);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail_sys(err, "connect to %s", name);
    return TAKE_FD(fd);
}

int socket_listen_in(int dir, const char *name, int type, int backlog, struct err *err)
{
    struct sockaddr_un address;
    AUTO_FD int fd = open_in(dir, name, type, &address, err);
    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, backlog) < 0)
        return fail_sys(err, "listen on %s", name);
    return TAKE_FD(fd);
}

int socket_send_fd(int socket, const void *bytes, size_t n, int fd)
{
    union rights rights = {.header = {.cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS,
                                      .cmsg_len = CMSG_LEN(sizeof fd)}};
    memcpy(CMSG_DATA(&rights.header), &fd, sizeof fd);
    struct iovec rest = {(void *)bytes, n};
    struct msghdr message = {.msg_iov = &rest, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = rights.room;
        message.msg_controllen = sizeof rights.room;
    }
    while (rest.iov_len != 0) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        rest.iov_base = (char *)rest.iov_base + sent;
        rest.iov_len -= (size_t)sent;
        message.msg_control = NULL; // it went with the first bytes
        message.msg_controllen = 0;
    }
    return 0;
}

ssize_t socket_receive_fd(int socket, void *bytes, size_t size, int *out_fd)
{
    union rights rights = {};
    struct iovec room = {bytes, size};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = rights.room,
                             .msg_controllen = sizeof rights.room};
    ssize_t n;
    do
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    *out_fd = -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof *out_fd))
        memcpy(out_fd, CMSG_DATA(header), sizeof *out_fd);
    return n;
}
