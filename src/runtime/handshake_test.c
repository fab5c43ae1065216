// SPDX-License-Identifier: Apache-2.0
// handshake_test.c — what the two sides hear when the other one speaks, fails or is gone.
#include "base/mem.h"
#include "base/test.h"
#include "runtime/handshake.h"

#include <fcntl.h>

static void make_pair(int pair[static 2])
{
    struct err err = {};
    CHECK_INT(handshake_pair(pair, &err), 0);
}

TEST(handshake_message_arrives_with_its_descriptor)
{
    int pair[2];
    make_pair(pair);
    struct err err = {};
    AUTO_FD int sent = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_INT(handshake_send(pair[0], CHILD_HAS_LISTENER, sent, &err), 0);
    AUTO_FD int got = -1;
    CHECK_INT(handshake_receive(pair[1], MESSAGE_END, CHILD_HAS_LISTENER, &got, &err),
              CHILD_HAS_LISTENER);
    CHECK(got >= 0);
    CHECK(fcntl(got, F_GETFD) & FD_CLOEXEC);
    close(pair[0]);
    close(pair[1]);
}

TEST(handshake_failure_of_the_child_becomes_ours)
{
    int pair[2];
    make_pair(pair);
    struct err why = {}, err = {};
    CHECK(fail(&why, ERR_NOT_FOUND, "exec: \"x\": executable file not found in $PATH") < 0);
    handshake_fail(pair[0], &why);
    CHECK(handshake_receive(pair[1], CHILD_IS_MADE, CHILD_IS_MADE, NULL, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    CHECK_STR(err.text, why.text);
    close(pair[0]);
    close(pair[1]);
}

TEST(handshake_end_is_an_error_unless_it_is_waited_for)
{
    int pair[2];
    make_pair(pair);
    close(pair[0]);
    struct err err = {};
    CHECK(handshake_receive(pair[1], CHILD_IS_MADE, CHILD_IS_MADE, NULL, &err) < 0);
    CHECK_HAS(err.text, "ended before it was ready");
    CHECK_INT(handshake_receive(pair[1], MESSAGE_END, CHILD_HAS_LISTENER, NULL, &err), MESSAGE_END);
    close(pair[1]);
}

TEST(handshake_message_out_of_turn_is_refused)
{
    int pair[2];
    make_pair(pair);
    struct err err = {};
    CHECK_INT(handshake_send(pair[0], CHILD_IS_BORN, -1, &err), 0);
    CHECK(handshake_receive(pair[1], CHILD_IS_MADE, CHILD_IS_MADE, NULL, &err) < 0);
    CHECK_HAS(err.text, "out of turn");
    close(pair[0]);
    close(pair[1]);
}

TEST(handshake_send_to_nobody_fails_without_a_signal)
{
    int pair[2];
    make_pair(pair);
    close(pair[1]);
    struct err err = {};
    CHECK(handshake_send(pair[0], START, -1, &err) < 0);
    close(pair[0]);
}
