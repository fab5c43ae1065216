// SPDX-License-Identifier: Apache-2.0
// process.c — clone3, pidfds, /proc/PID/stat.
#include "linux/process.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

pid_t process_clone(uint64_t flags, int cgroup, int *out_pidfd, struct err *err)
{
    int pidfd = -1;
    struct clone_args args = {
        .flags = flags | (out_pidfd != NULL ? CLONE_PIDFD : 0),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
    };
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0)
        return fail_sys(err, "make the container's process");
    if (pid > 0 && out_pidfd != NULL)
        *out_pidfd = pidfd;
    return pid;
}

int process_pidfd(pid_t pid, struct err *err)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) {
        (void)fail_sys(err, "open process %d", (int)pid);
        if (err->sys == ESRCH)
            err->kind = ERR_NOT_FOUND;
    }
    return fd;
}

int process_signal(int pidfd, int signal, struct err *err)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0)
        return 0;
    (void)fail_sys(err, "send signal %d", signal);
    if (err->sys == ESRCH)
        err->kind = ERR_NOT_FOUND;
    return -1;
}

int process_stat(pid_t pid, uint64_t *out_start, char *out_state, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    AUTO_FREE char *name = str_printf("/proc/%d/stat", (int)pid);
    if (file_read_at(AT_FDCWD, name, &text, err) < 0) {
        if (err->sys == ESRCH)
            err->kind = ERR_NOT_FOUND;
        return -1;
    }
    struct str rest = {buf_get(&text), text.n};
    rest = str_cut_last(&rest, ')'); // the name before it may hold anything
    (void)str_cut(&rest, ' ');
    char state = rest.n != 0 ? rest.at[0] : '?';
    uint64_t start = 0;
    for (int field = 3; field < 22; field++)
        (void)str_cut(&rest, ' ');
    if (!str_to_u64(str_cut(&rest, ' '), &start))
        return fail(err, ERR_SYSTEM, "%s has an unknown form", name);
    *out_start = start;
    *out_state = state;
    return 0;
}

int process_read_pid(int dir, const char *name, pid_t *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 64);
    uint32_t pid;
    if (file_read_at(dir, name, &text, err) < 0)
        return -1;
    if (!str_to_u32(str_trim((struct str){text.at, text.n}), &pid) || pid == 0 || pid > INT32_MAX)
        return fail(err, ERR_SYSTEM, "%s says \"%.40s\", which is no pid", name, buf_get(&text));
    *out = (pid_t)pid;
    return 0;
}

int process_wait(pid_t pid, int *out_status, struct err *err)
{
    int status;
    while (waitpid(pid, &status, __WALL) < 0)
        if (errno != EINTR)
            return fail_sys(err, "wait for process %d", (int)pid);
    *out_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

enum { TREE_DEPTH_MAX = 64, CHILDREN_MAX = 1024 * 1024 };

static void kill_below(pid_t pid, int depth)
{
    (void)kill(pid, SIGSTOP); // gone already is fine
    AUTO_BUF struct buf text;
    buf_init(&text, CHILDREN_MAX);
    char path[64];
    struct err ignored; // it has ended, or the kernel does not list children
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid); // it fits
    if (depth < TREE_DEPTH_MAX && file_read_at(AT_FDCWD, path, &text, &ignored) == 0) {
        struct str rest = {buf_get(&text), text.n};
        while (rest.n != 0) {
            int64_t child;
            if (str_to_i64(str_cut(&rest, ' '), &child) && child > 0)
                kill_below((pid_t)child, depth + 1);
        }
    }
    (void)kill(pid, SIGKILL);
}

void process_kill_tree(pid_t pid)
{
    kill_below(pid, 0);
}
