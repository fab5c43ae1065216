// SPDX-License-Identifier: Apache-2.0
// self_test.c — the protected file of a program cannot be opened for writing, and runs.
#include "base/mem.h"
#include "base/test.h"
#include "linux/self.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

TEST(a_protected_program_cannot_be_written_through_its_descriptor)
{
    struct err err = {};
    AUTO_FD int fd = self_protected_open("/bin/true", &err);
    CHECK(fd >= 0);
    AUTO_FREE char *link = str_printf("/proc/self/fd/%d", fd);
    int write_fd = open(link, O_WRONLY | O_CLOEXEC);
    CHECK(write_fd < 0 && (errno == EROFS || errno == EPERM || errno == EACCES));
    CHECK(open(link, O_WRONLY | O_TRUNC | O_CLOEXEC) < 0);
}

TEST(a_protected_program_runs)
{
    struct err err = {};
    AUTO_FD int fd = self_protected_open("/bin/false", &err);
    CHECK(fd >= 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char name[] = "false", *args[] = {name, NULL};
        (void)execveat(fd, "", args, environ, AT_EMPTY_PATH);
        _exit(99);
    }
    int status = 0;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
