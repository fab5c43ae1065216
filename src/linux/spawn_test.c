// SPDX-License-Identifier: Apache-2.0
// spawn_test.c — a child has what it was given: descriptors in any order, environment, signals.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "linux/process.h"
#include "linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct err err;

// What `sh -c script` writes on the descriptor `to`, one of the n fds.
static const char *output(const char *script, const int *fds, size_t n, int read_end)
{
    static char text[200];
    const char *const argv[] = {"sh", "-c", script, NULL};
    const char *const environment[] = {"OWN=1", NULL};
    const struct spawn spawn = {
        .program = "/bin/sh", .argv = argv, .environment = environment, .fds = fds, .n_fds = n};
    pid_t pid = 0;
    int status = -1;
    CHECK_INT(spawn_program(&spawn, &pid, &err), 0);
    CHECK_INT(process_wait(pid, &status, &err), 0);
    CHECK_INT(status, 0);
    ssize_t got = read(read_end, text, sizeof text - 1);
    CHECK(got >= 0);
    text[got] = '\0';
    return text;
}

TEST(a_program_gets_its_descriptors_and_no_others)
{
    int ends[2];
    CHECK_INT(pipe(ends), 0); // inherited by anybody who does not take care
    AUTO_FD int read_end = ends[0], write_end = ends[1];
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK_STR(output("cd /dev/fd && echo [0-9]*", (int[]){null, write_end, null, null, null}, 5,
                     read_end),
              "0 1 2 3 4 5\n"); // 5 is the shell's, of the directory it lists
    // In an order in which each would overwrite the next.
    CHECK_STR(output("echo on four >&4", (int[]){null, 0, 1, 2, write_end}, 5, read_end),
              "on four\n");
}

TEST(a_program_gets_its_own_environment_and_no_blocked_or_ignored_signals)
{
    int ends[2];
    CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
    AUTO_FD int read_end = ends[0], write_end = ends[1];
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    CHECK_INT(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    void (*old)(int) = signal(SIGUSR2, SIG_IGN);
    const int fds[] = {0, write_end, 2};
    // Signals 32 and 33 are the C library's own: posix_spawn has them ignored.
    const char *text =
        output("echo $OWN $HOME; while read -r name value; do case $name in Sig[BI]*)"
               " echo $((0x$value & ~0x180000000));; esac; done </proc/self/status",
               fds, 3, read_end);
    (void)signal(SIGUSR2, old);
    CHECK_INT(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    CHECK_STR(text, "1\n0\n0\n");
}

TEST(a_program_that_is_not_there_is_an_error_of_the_parent)
{
    const char *const argv[] = {"x", NULL};
    const struct spawn spawn = {.program = "/nonexistent/x", .argv = argv};
    pid_t pid = 0;
    CHECK_INT(spawn_program(&spawn, &pid, &err), -1);
    CHECK_INT(err.sys, ENOENT);
    CHECK_INT(pid, 0);
}

TEST(a_program_dies_with_its_parent_where_asked)
{
    int ends[2];
    pid_t grandchild = 0;
    int status = 0;
    CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
    AUTO_FD int read_end = ends[0], write_end = ends[1];
    CHECK_INT(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    pid_t child = fork();
    if (child == 0) {
        const char *const argv[] = {"sleep", "1000", NULL};
        const struct spawn spawn = {
            .program = "/bin/sleep", .argv = argv, .dies_with_parent = true};
        pid_t pid = 0;
        if (spawn_program(&spawn, &pid, &err) < 0 || write_all(write_end, &pid, sizeof pid) < 0)
            _exit(1);
        _exit(0);
    }
    CHECK_INT(read(read_end, &grandchild, sizeof grandchild), sizeof grandchild);
    CHECK_INT(process_wait(child, &status, &err), 0);
    CHECK_INT(status, 0);
    CHECK_INT(process_wait(grandchild, &status, &err), 0);
    CHECK_INT(status, 128 + SIGKILL);
    CHECK_INT(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}
