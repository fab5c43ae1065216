// SPDX-License-Identifier: Apache-2.0
// spawn.c — vfork and exec: the child has the parent's memory, and no page is copied.
//
// Between the two only system calls happen, with all signals blocked: a handler would run on the
// parent's memory. posix_spawn would do the same, but for PR_SET_PDEATHSIG.
#include "linux/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 127 };

// Descriptor i of the child is fds[i]. One that another's place would overwrite before it is read
// is moved out of the way first. 0 or errno.
static int place_fds(const struct spawn *spawn)
{
    int fds[SPAWN_FDS_MAX];
    for (size_t i = 0; i < spawn->n_fds; i++) {
        fds[i] = spawn->fds[i];
        if (fds[i] < (int)spawn->n_fds && fds[i] != (int)i)
            fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SPAWN_FDS_MAX);
        if (fds[i] < 0)
            return errno;
    }
    for (int i = 0; i < (int)spawn->n_fds; i++) {
        // dup2 onto itself would leave the descriptor to be closed by exec.
        int placed = fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(fds[i], i);
        if (placed < 0)
            return errno;
    }
    return syscall(SYS_close_range, (unsigned)spawn->n_fds, ~0U, 0U) < 0 ? errno : 0;
}

static int reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); // fails for those that cannot be changed
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? errno : 0;
}

// The child's way. *failed is the parent's variable.
static _Noreturn void become(const struct spawn *spawn, pid_t parent, volatile int *failed)
{
    if (spawn->dies_with_parent)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); // cannot fail for a signal that exists
    if (getppid() != parent)                    // it ended before that
        _exit(EXIT_NOT_RUN);
    int error = place_fds(spawn);
    if (error == 0)
        error = reset_signals();
    if (error == 0) {
        char *const *environment =
            spawn->environment != NULL ? (char *const *)(uintptr_t)spawn->environment : environ;
        (void)execve(spawn->program, (char *const *)(uintptr_t)spawn->argv, environment);
        error = errno;
    }
    *failed = error;
    _exit(EXIT_NOT_RUN);
}

// A function of its own: what lives in its frame is not touched by the child.
__attribute__((noinline)) static pid_t start(const struct spawn *spawn, pid_t parent,
                                             volatile int *failed)
{
    pid_t pid = vfork();
    if (pid == 0)
        become(spawn, parent, failed);
    return pid;
}

int spawn_program(const struct spawn *spawn, pid_t *out, struct err *err)
{
    assert(spawn->n_fds <= SPAWN_FDS_MAX);
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    volatile int failed = 0;
    pid_t pid = start(spawn, getpid(), &failed);
    if (pid < 0)
        failed = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && failed != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    errno = failed;
    if (failed != 0)
        return fail_sys(err, "run %s", spawn->program);
    *out = pid;
    return 0;
}
