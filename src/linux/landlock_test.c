// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "linux/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

// CVE-2020-15257: an abstract socket of the host.
static bool cuts_sockets_and_signals(void)
{
    struct err err;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "landlock-test-%d", getpid());
    AUTO_FD int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(listener, 1) == 0);
    AUTO_FD int before = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(before, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(kill(getppid(), 0) == 0);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(landlock_scope_apply(LANDLOCK_SCOPE_SOCKETS | LANDLOCK_SCOPE_SIGNALS, &err) == 1);
    AUTO_FD int after = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(after, (struct sockaddr *)&address, sizeof address) < 0 && errno == EPERM);
    EXPECT(kill(getppid(), 0) < 0 && errno == EPERM);
    // Without file rules mounting still works.
    EXPECT(geteuid() != 0 ||
           (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0));
    return true;
}

TEST(landlock_scopes_cut_abstract_sockets_and_signals_but_not_mounts)
{
    if (landlock_abi() < 6)
        TEST_SKIP("this kernel's Landlock has no scopes");
    CHECK_IN_CHILD(cuts_sockets_and_signals);
}

static char one_directory[] = "/tmp/landlock-test.XXXXXX";

static bool keeps_one_directory(void)
{
    struct err err;
    AUTO_FD int dir = open(one_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(landlock_beneath_apply(dir, &err) == 1);
    EXPECT(mkdirat(dir, "sub", 0700) == 0);
    AUTO_FD int file = openat(dir, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    EXPECT(file >= 0 && linkat(dir, "file", dir, "sub/link", 0) == 0);
    EXPECT(symlinkat("x", dir, "symlink") == 0 && mkfifoat(dir, "fifo", 0600) == 0);
    EXPECT(openat(dir, "file", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    EXPECT(openat(tmp, "landlock-escape", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 &&
           errno == EACCES);
    EXPECT(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES);
    EXPECT(unlinkat(dir, "sub/link", 0) == 0 && unlinkat(dir, "sub", AT_REMOVEDIR) == 0);
    EXPECT(unlinkat(dir, "file", 0) == 0 && unlinkat(dir, "symlink", 0) == 0 &&
           unlinkat(dir, "fifo", 0) == 0);
    return true;
}

TEST(landlock_keeps_one_directory_to_write_in)
{
    if (landlock_abi() < 2)
        TEST_SKIP("this kernel's Landlock forbids hard links");
    CHECK(mkdtemp(one_directory) != NULL);
    CHECK_IN_CHILD(keeps_one_directory);
    CHECK(rmdir(one_directory) == 0);
}

static bool reads_what_is_listed_and_nothing_else(void)
{
    struct err err;
    AUTO_FD int before = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(landlock_read_only((const char *const[]){"/etc", "/nowhere"}, 2, &err) == 1);
    char byte;
    EXPECT(before >= 0 && read(before, &byte, 1) == 1);
    EXPECT(open("/proc/self/status", O_RDONLY) < 0 && errno == EACCES);
    EXPECT(open("/etc/landlock-test", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES);
    AUTO_FD int passwd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    EXPECT(passwd >= 0);
    return true;
}

TEST(a_helper_under_landlock_reads_what_is_listed_and_nothing_else)
{
    if (landlock_abi() < 1)
        TEST_SKIP("this kernel has no Landlock");
    CHECK_IN_CHILD(reads_what_is_listed_and_nothing_else);
}
