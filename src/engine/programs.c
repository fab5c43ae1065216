// SPDX-License-Identifier: Apache-2.0
// programs.c — running another program to its end.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

// A function of its own, so that nothing of the caller's lives in the frame that the child shares.
__attribute__((noinline)) static pid_t start(const char *path, const char *const *argv, int null,
                                             int said)
{
    pid_t pid = vfork();
    if (pid == 0) {
        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(said, 2);
        execv(path, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

int program_run(const char *path, const char *const *argv, struct buf *said, struct err *err)
{
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int ends[2];
    if (null < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "run %s", path);
    AUTO_FD int ours = ends[0], theirs = ends[1];
    pid_t pid = start(path, argv, null, theirs);
    if (pid < 0)
        return fail_sys(err, "run %s", path);
    (void)close(TAKE_FD(theirs)); // or our reading would not end
    int read = file_read_fd(ours, path, said, err);
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "wait for %s", path);
    }
    if (read < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
