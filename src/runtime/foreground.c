// SPDX-License-Identifier: Apache-2.0
// foreground.c — one poll loop: signals, the process's end, and the terminal's bytes in both
// directions.
#include "runtime/foreground.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/process.h"
#include "linux/socket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

enum { COPY_BYTES = 16 * 1024 };

struct session {
    pid_t pid;
    int pidfd, master, signals;
    bool reads_input, is_raw;
    struct termios saved;
};

int foreground_console(struct arena *arena, struct oci_process *process, int out_pair[static 2],
                       struct err *err)
{
    struct winsize size;
    // From the start: what the process asks first may be the size.
    if (ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_row != 0 && size.ws_col != 0) {
        process->consoleSize = arena_new(arena, struct oci_console_size);
        *process->consoleSize = (struct oci_console_size){size.ws_row, size.ws_col};
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out_pair) < 0)
        return fail_sys(err, "make a console socket");
    return 0;
}

int foreground_master(int console, struct err *err)
{
    char name[32];
    int master;
    if (socket_receive_fd(console, name, sizeof name, &master) <= 0 || master < 0)
        return fail(err, ERR_SYSTEM, "the container's terminal did not arrive");
    return master;
}

static void pass_window_size(const struct session *session)
{
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) == 0)
        (void)ioctl(session->master, TIOCSWINSZ, &size); // the terminal may be gone already
}

static void begin(struct session *session)
{
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    session->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); // orphans of a shared pid namespace come to us
    session->reads_input = session->master >= 0;
    if (session->master < 0 || tcgetattr(0, &session->saved) < 0)
        return;
    struct termios raw = session->saved;
    cfmakeraw(&raw);
    session->is_raw = tcsetattr(0, TCSANOW, &raw) == 0;
    pass_window_size(session);
}

static void end(const struct session *session)
{
    if (session->is_raw)
        (void)tcsetattr(0, TCSADRAIN,
                        &session->saved); // a terminal that went away needs no mending
    if (session->signals >= 0)
        (void)close(session->signals);
}

static bool copy(int from, int to)
{
    char bytes[COPY_BYTES];
    ssize_t n = read(from, bytes, sizeof bytes);
    return n > 0 && write_all(to, bytes, (size_t)n) == 0;
}

static void handle_signals(const struct session *session)
{
    struct signalfd_siginfo info;
    while (read(session->signals, &info, sizeof info) == sizeof info) {
        struct err ignored;
        if (info.ssi_signo == SIGWINCH && session->master >= 0)
            pass_window_size(session);
        else if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGWINCH)
            (void)process_signal(session->pidfd, (int)info.ssi_signo, &ignored); // it just ended
    }
}

// Reaps what became ours; true and *out_status when it was the process.
static bool reap(const struct session *session, int *out_status)
{
    int status;
    pid_t pid;
    bool has_ended = false;
    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        if (pid != session->pid)
            continue;
        *out_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        has_ended = true;
    }
    return has_ended;
}

int foreground_wait(pid_t pid, int pidfd, int master, int *out_status, struct err *err)
{
    struct session session = {.pid = pid, .pidfd = pidfd, .master = master, .signals = -1};
    begin(&session);
    int result = 0, status = 0;
    for (bool has_ended = false; !has_ended && result == 0;) {
        struct pollfd on[] = {
            {pidfd, POLLIN, 0},
            {session.signals, POLLIN, 0},
            {session.master, POLLIN, 0},
            {session.reads_input ? 0 : -1, POLLIN, 0},
        };
        if (poll(on, N_ELEMENTS(on), -1) < 0 && errno != EINTR)
            result = fail_sys(err, "wait for the container");
        handle_signals(&session);
        if (on[2].revents != 0 && !copy(session.master, 1))
            session.master = -1;
        if (on[3].revents != 0 && !copy(0, master))
            session.reads_input = false;
        // What it wrote last is still in the terminal: its end counts when that is drained.
        if (on[0].revents != 0 && on[2].revents == 0)
            has_ended = reap(&session, &status);
    }
    end(&session);
    if (result == 0)
        *out_status = status;
    return result;
}
