// SPDX-License-Identifier: Apache-2.0
// socket_test.c — a descriptor goes along with bytes of any number; who does not listen is named.
#include "base/mem.h"
#include "base/test.h"
#include "linux/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct err err;

TEST(socket_below_a_directory_takes_connections)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    CHECK_INT(socket_connect_in(dir, "s", SOCK_STREAM, &err), -1);
    CHECK_INT(err.sys, ENOENT);
    CHECK_STR(err.text, "connect to s: No such file or directory");
    AUTO_FD int listener = socket_listen_in(dir, "s", SOCK_STREAM, 1, &err);
    AUTO_FD int client = socket_connect_in(dir, "s", SOCK_STREAM, &err);
    AUTO_FD int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK(listener >= 0 && client >= 0 && server >= 0);
    CHECK_INT(fcntl(client, F_GETFD), FD_CLOEXEC);
    AUTO_FREE char *by_path = str_printf("%s/s", path);
    AUTO_FD int second = socket_connect(by_path, SOCK_STREAM, &err);
    CHECK(second >= 0);
    CHECK_INT(socket_listen_in(dir, "s", SOCK_STREAM, 1, &err), -1);
    CHECK_INT(err.sys, EADDRINUSE);
    test_scratch_remove(path);
}

TEST(socket_path_that_is_too_long_is_refused)
{
    char path[200];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    CHECK_INT(socket_connect(path, SOCK_STREAM, &err), -1);
    CHECK_INT(err.kind, ERR_INVALID);
    CHECK_INT(socket_connect_in(AT_FDCWD, path, SOCK_STREAM, &err), -1);
    CHECK_INT(err.kind, ERR_INVALID);
}

TEST(a_descriptor_travels_and_is_closed_at_exec)
{
    int pair[2], got = -2;
    char text[10] = "";
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    CHECK_INT(socket_send_fd(pair[0], "hello", 5, pair[0]), 0);
    CHECK_INT(socket_receive_fd(pair[1], text, sizeof text, &got), 5);
    CHECK_STR(text, "hello");
    CHECK(got >= 0);
    CHECK_INT(fcntl(got, F_GETFD), FD_CLOEXEC);
    CHECK_INT(socket_send_fd(got, "on", 2, -1), 0);
    (void)close(got);
    CHECK_INT(socket_receive_fd(pair[1], text, sizeof text, &got), 2);
    CHECK_INT(got, -1);
    (void)close(pair[0]);
    CHECK_INT(socket_receive_fd(pair[1], text, sizeof text, &got), 0);
    (void)close(pair[1]);
    CHECK_INT(socket_send_fd(pair[1], "x", 1, -1), -1);
    CHECK_INT(errno, EBADF);
}
