// SPDX-License-Identifier: Apache-2.0
// wire.h — the messages between the engine and `dhow-transfer registry`, for both ends.
//
// A SOCK_SEQPACKET socket; one message is one compact JSON document, with the descriptors that it
// speaks of. The first message is "{}" with one descriptor: a memory file that holds the session.
#pragma once
#include "base/buf.h"
#include "json/bind.h"
#include "transfer/transfer.h"

extern const struct json_field transfer_session_fields[];
extern const struct json_field transfer_request_fields[];
extern const struct json_field transfer_event_fields[];
// "manifest", "blob", … and "progress", "done", …: NULL-terminated.
extern const char *const transfer_verbs[];
extern const char *const transfer_words[];

struct transfer_message {
    char text[TRANSFER_MESSAGE_MAX];
    size_t n; // 0: the other end is closed
    int fds[TRANSFER_FDS_MAX];
    size_t n_fds; // yours to close
};
// One recvmsg. < 0 with err->sys: EAGAIN when there is none now; a message that is too long or
// brings too many descriptors is an error, too, and nothing of it is left open.
[[nodiscard]] int transfer_receive(int socket, struct transfer_message *out, struct err *err);
// One sendmsg of n bytes. < 0: errno says why.
[[nodiscard]] int transfer_send_bytes(int socket, const void *bytes, size_t n, const int *fds,
                                      size_t n_fds);
// A request that a peer may ask: names, digest and numbers are in range. ERR_INVALID otherwise.
[[nodiscard]] int transfer_request_check(const struct transfer_request *request, size_t n_fds,
                                         struct err *err);
// "sha256:" and 64 lower-case hexadecimal digits (S-12).
bool transfer_is_digest(const char *text);
