// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "transfer/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

TEST(digests_are_sha256_and_64_small_hexadecimal_digits)
{
    CHECK(transfer_is_digest(DIGEST));
    static const char *const wrong[] = {
        "",
        "sha256:",
        DIGEST "0",
        "sha256:e3b0",
        "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:../44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        DIGEST "\n",
    };
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++)
        CHECK(!transfer_is_digest(wrong[i]));
    CHECK(!transfer_is_digest(NULL));
}

TEST(a_request_that_makes_no_sense_is_refused_before_it_is_sent)
{
    static const struct {
        struct transfer_request request;
        size_t n_fds;
        const char *text;
    } rows[] = {
        {{.id = 0, .verb = TRANSFER_PING}, 0, "an id"},
        {{.id = 1, .verb = TRANSFER_VERBS}, 0, "a verb"},
        {{.id = 1, .verb = TRANSFER_MANIFEST, .reference = "../x"}, 1, "neither a tag nor"},
        {{.id = 1, .verb = TRANSFER_MANIFEST, .reference = "-x"}, 1, "neither a tag nor"},
        {{.id = 1, .verb = TRANSFER_MANIFEST}, 1, "neither a tag nor"},
        {{.id = 1, .verb = TRANSFER_MANIFEST, .reference = "x"}, 0, "0 descriptors"},
        {{.id = 1, .verb = TRANSFER_BLOB, .digest = "sha256:12"}, 1, "no sha256 digest"},
        {{.id = 1, .verb = TRANSFER_BLOB, .digest = DIGEST}, 0, "0 descriptors"},
        {{.id = 1, .verb = TRANSFER_BLOB, .digest = DIGEST, .size = 1, .offset = 2}, 1, "range"},
        {{.id = 1, .verb = TRANSFER_PUSH_MANIFEST, .reference = "x"}, 1, "media type"},
        {{.id = 1,
          .verb = TRANSFER_PUSH_MANIFEST,
          .reference = "x",
          .media_type = "a/b\r\nHost: evil"},
         1,
         "control character"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct err err = {};
        CHECK(transfer_request_check(&rows[i].request, rows[i].n_fds, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, rows[i].text);
    }
}

TEST(a_message_arrives_with_its_descriptors)
{
    int pair[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    CHECK_INT(transfer_send_bytes(pair[0], "{}", 2, (const int[]){0, 1}, 2), 0);
    static struct transfer_message message;
    struct err err = {};
    CHECK_INT(transfer_receive(pair[1], &message, &err), 0);
    CHECK_INT(message.n, 2);
    CHECK_INT(message.n_fds, 2);
    for (size_t i = 0; i < message.n_fds; i++) {
        CHECK(fcntl(message.fds[i], F_GETFD) == FD_CLOEXEC);
        (void)close(message.fds[i]);
    }
    (void)close(pair[0]);
    CHECK_INT(transfer_receive(pair[1], &message, &err), 0);
    CHECK_INT(message.n, 0);
    (void)close(pair[1]);
}

TEST(a_message_that_is_too_long_is_an_error)
{
    int pair[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    static char bytes[TRANSFER_MESSAGE_MAX + 1];
    CHECK_INT(transfer_send_bytes(pair[0], bytes, sizeof bytes, NULL, 0), 0);
    static struct transfer_message message;
    struct err err = {};
    CHECK(transfer_receive(pair[1], &message, &err) < 0);
    CHECK_HAS(err.text, "more than 65536 bytes");
    (void)close(pair[0]);
    (void)close(pair[1]);
}
