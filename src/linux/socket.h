// SPDX-License-Identifier: Apache-2.0
// socket.h — unix sockets by path, and descriptors that travel over them.
//
// `type` is SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, with SOCK_NONBLOCK where that is wanted. A
// socket below a directory is reached through the directory's descriptor, so that its path is never
// too long and never leads elsewhere.
#pragma once
#include "base/err.h"

#include <sys/types.h>

enum { SOCKET_PATIENCE_S = 10 };

// The connected fd. A listener that does not take the connection, or later what is sent, gets
// SOCKET_PATIENCE_S (S-22). ERR_INVALID: the path is too long for a socket.
[[nodiscard]] int socket_connect(const char *path, int type, struct err *err);
// The same for dir/name, without that limit of time: those who listen there are our own.
[[nodiscard]] int socket_connect_in(int dir, const char *name, int type, struct err *err);
// The fd of a new dir/name that listens. What has the name already must be removed before.
[[nodiscard]] int socket_listen_in(int dir, const char *name, int type, int backlog,
                                   struct err *err);

// All n > 0 bytes, and `fd` (-1: none) with the first of them. < 0: errno says why. Allocates
// nothing: safe in a cloned child.
[[nodiscard]] int socket_send_fd(int socket, const void *bytes, size_t n, int fd);
// One recvmsg: the number of bytes, 0 at the end; < 0: errno says why. *out_fd is close-on-exec, or
// -1 when no descriptor came along.
[[nodiscard]] ssize_t socket_receive_fd(int socket, void *bytes, size_t size, int *out_fd);
