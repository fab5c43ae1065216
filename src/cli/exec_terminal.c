// SPDX-License-Identifier: Apache-2.0
// exec_terminal.c — copies between two terminals.
//
// The process's terminal is one file for both ways and does not block: what is typed and not taken
// yet is kept, and no more is read meanwhile. When the process has ended what is there is read, but
// nobody waits for its children that may have the terminal open.
#include "cli/exec_terminal.h"

#include "base/file.h"
#include "base/mem.h"
#include "cli/attach.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

enum { STEP = 16 * 1024, LAST_STEPS = 1024 };

struct session {
    const struct exec_terminal *it;
    struct terminal own;
    struct detach_keys keys;
    char typed[STEP + DETACH_KEYS_MAX];
    size_t start, n; // of what is to be sent
    int signals;
    bool stdin_is_open, is_detached, is_over;
};

static void pass_size(const struct session *session)
{
    uint16_t rows, columns;
    if (!terminal_size(&rows, &columns))
        return;
    const struct winsize size = {.ws_row = rows, .ws_col = columns};
    (void)ioctl(session->it->terminal, TIOCSWINSZ, &size); // it has just gone, then
}

static void read_signals(struct session *session)
{
    struct signalfd_siginfo info;
    while (read(session->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH) {
            pass_size(session);
        } else if (info.ssi_signo == SIGCONT && session->own.is_raw) {
            terminal_again(&session->own);
            pass_size(session);
        } else if (info.ssi_signo != SIGCONT) { // it goes on without us, as with docker
            terminal_restore(&session->own);
            exit(128 + (int)info.ssi_signo);
        }
    }
}

static void read_input(struct session *session)
{
    char bytes[STEP];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        session->stdin_is_open = false;
        return;
    }
    long wanted = detach_keys_filter(&session->keys, bytes, (size_t)n, session->typed);
    session->is_detached = wanted < 0;
    session->start = 0;
    session->n = (size_t)(wanted < 0 ? -1 - wanted : wanted);
}

static void write_input(struct session *session)
{
    ssize_t n = write(session->it->terminal, session->typed + session->start, session->n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    size_t done = n < 0 ? session->n : (size_t)n; // nobody is there any more
    session->start += done;
    session->n -= done;
}

// 1 there was some, 0 not now, < 0: it cannot be written.
static int copy_output(struct session *session, struct err *err)
{
    char bytes[STEP];
    ssize_t n = read(session->it->terminal, bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return errno == EINTR;
    if (n <= 0) { // EIO: nobody has it open any more
        session->is_over = true;
        return 0;
    }
    return write_all(STDOUT_FILENO, bytes, (size_t)n) < 0 ? fail_sys(err, "write its output") : 1;
}

static int step(struct session *session, struct err *err)
{
    bool reads_stdin = session->stdin_is_open && session->n == 0;
    struct pollfd wait[] = {
        {.fd = session->it->terminal, .events = (short)(POLLIN | (session->n != 0 ? POLLOUT : 0))},
        {.fd = session->it->end, .events = POLLIN},
        {.fd = reads_stdin ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = session->signals, .events = POLLIN},
    };
    if (poll(wait, N_ELEMENTS(wait), -1) < 0)
        return errno == EINTR ? 0 : fail_sys(err, "wait for input or output");
    if (wait[3].revents != 0)
        read_signals(session);
    if (wait[2].revents != 0)
        read_input(session);
    if (session->n != 0)
        write_input(session);
    bool has_ended = wait[1].revents != 0;
    int more = 1;
    for (int i = 0; more > 0 && i < (has_ended ? LAST_STEPS : 1) && wait[0].revents != 0; i++)
        more = copy_output(session, err);
    session->is_over |= has_ended;
    return more < 0 ? -1 : 0;
}

int exec_terminal_run(const struct exec_terminal *it, struct err *err)
{
    struct session session = {.it = it, .keys = it->keys, .stdin_is_open = it->wants_stdin};
    AUTO_FD int signals = attach_signals(err);
    if (signals < 0 || fcntl(it->terminal, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
        return signals < 0 ? -1 : fail_sys(err, "set up the terminal");
    session.signals = signals;
    pass_size(&session);
    if (it->wants_stdin)
        terminal_raw(&session.own);
    int done = 0;
    while (done == 0 && !session.is_over && !session.is_detached)
        done = step(&session, err);
    terminal_restore(&session.own);
    if (done < 0 || !session.is_detached)
        return done;
    fputs("read escape sequence\n", stderr); // docker's words
    return EXEC_DETACHED;
}
