// SPDX-License-Identifier: Apache-2.0
// handshake.h — what the runtime and the container's first process say to each other while it is
// made.
//
//     runtime                                first process
//        │  clone3                                │  joins its cgroup
//        │◀────────── CHILD_IS_BORN ──────────────│  only if the runtime must act from outside: id
//        maps, systemd scope, │─────────── PARENT_GO_ON ──────────────▶│  network devices │ │
//        namespaces, root file system │◀────────── CHILD_HAS_ROOT ─────────────│  only if there are
//        prestart or createRuntime hooks: the runtime runs them │─────────── PARENT_GO_ON
//        ──────────────▶│ │◀────────── CHILD_IS_MADE ──────────────│  all is done that can be done
//        before the start │  rlimits, record, pid file             │ │─────────── PARENT_GO_ON
//        ──────────────▶│  `run` and `exec`: and start at once ▼ `create` ends │  waits on
//        start.sock for `start`, which then is the other side:
//     start                                       │
//        │─────────── START ─────────────────────▶│  startContainer hooks, user, capabilities
//        │◀────────── CHILD_HAS_LISTENER (fd) ────│  only if the seccomp profile notifies
//        │─────────── PARENT_GO_ON ──────────────▶│
//        │◀────────── end of file ────────────────│  execve closed the socket: it runs
//
// Instead of any message the first process may send CHILD_FAILED with the error, and end. If the
// other side goes away before the start, it ends, too: nothing half made survives its maker.
#pragma once
#include "base/err.h"

enum message_kind {
    MESSAGE_END, // not sent: the other side closed
    CHILD_IS_BORN,
    CHILD_HAS_ROOT,
    CHILD_IS_MADE,
    CHILD_HAS_LISTENER,
    CHILD_FAILED,
    PARENT_GO_ON,
    START,
};

struct message {
    enum message_kind kind;
    struct err err; // of CHILD_FAILED
};

// A connected pair of sockets for it; both O_CLOEXEC.
[[nodiscard]] int handshake_pair(int out_pair[static 2], struct err *err);
// fd: sent along, or -1. Only system calls and the stack.
[[nodiscard]] int handshake_send(int socket, enum message_kind kind, int fd, struct err *err);
void handshake_fail(int socket, const struct err *why); // the best effort of who is about to end
// Waits for the next message. CHILD_FAILED becomes a failure with the child's error; anything but
// `wanted` or `or_wanted` is one, too. The result is the kind (MESSAGE_END where that was wanted).
// *out_fd (NULL: none expected) is the fd that came along, or -1.
[[nodiscard]] int handshake_receive(int socket, enum message_kind wanted,
                                    enum message_kind or_wanted, int *out_fd, struct err *err);
