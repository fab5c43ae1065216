// SPDX-License-Identifier: Apache-2.0
// attach.c — copying between the user and a container's monitor.
//
//     stdin ──→ frames in `pending` ──→ monitor          one poll loop; input waits until what is
//     signals, window size ──↗                           pending is sent, so that a container which
//     stdout, stderr ←── frames ←── monitor              writes while it does not read cannot lock
//     up
//
// EXIT is the last frame but not the end: the monitor hangs up when it has cleared up after the
// container, and only then is everything gone that a next command could meet.
#include "cli/attach.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "monitor/frame.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

enum { INPUT_STEP = 16 * 1024, PENDING_MAX = 64 * 1024, LAST_MS = 1000 };

struct session {
    const struct attach *attach;
    struct terminal terminal;
    struct buf pending; // frames to send, from `sent` on
    size_t sent;
    struct buf frame; // the last one received
    struct detach_keys keys;
    bool stdin_is_open, is_detached, has_exit;
    int exit_code;
    struct err *err;
};

static int session_loop(struct session *session);

static const int proxied[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                              SIGUSR2, SIGCONT, SIGALRM, SIGWINCH};

int attach_signals(struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < N_ELEMENTS(proxied); i++)
        sigaddset(&set, proxied[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return fail_sys(err, "block signals");
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? fail_sys(err, "make a signal descriptor") : fd;
}

int attach_run(const struct attach *attach, struct err *err)
{
    struct session session = {
        .attach = attach,
        .keys = attach->keys,
        .stdin_is_open = attach->wants_stdin,
        .err = err,
    };
    buf_init(&session.pending, PENDING_MAX);
    buf_init(&session.frame, MONITOR_FRAME_MAX + 16);
    if (attach->is_tty && attach->wants_stdin)
        terminal_raw(&session.terminal);
    int done = session_loop(&session);
    terminal_restore(&session.terminal);
    buf_done(&session.pending);
    buf_done(&session.frame);
    if (done < 0)
        return -1;
    if (session.is_detached) {
        fputs("read escape sequence\n", stderr); // docker's words
        return ATTACH_DETACHED;
    }
    if (!session.has_exit)
        return fail(err, ERR_UNAVAILABLE,
                    "the container's monitor was killed; see what is left of it with dhow ps -a");
    return session.exit_code;
}

// --- to the monitor ---

static void queue(struct session *session, enum monitor_frame kind, const void *bytes, size_t n)
{
    uint8_t header[MONITOR_HEADER];
    frame_header(header, kind, (uint32_t)n);
    buf_add(&session->pending, header, sizeof header);
    buf_add(&session->pending, bytes, n);
}

static int send_pending(struct session *session)
{
    ssize_t n = send(session->attach->connection, session->pending.at + session->sent,
                     session->pending.n - session->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) { // it is ending: its last words come
        session->stdin_is_open = false;
        n = (ssize_t)(session->pending.n - session->sent);
    }
    if (n < 0)
        return fail_sys(session->err, "send to the container's monitor");
    session->sent += (size_t)n;
    if (session->sent == session->pending.n) {
        buf_clear(&session->pending);
        session->sent = 0;
    }
    return 0;
}

static int read_input(struct session *session)
{
    char bytes[INPUT_STEP];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0) { // the end, or a terminal that has gone
        session->stdin_is_open = false;
        queue(session, MONITOR_STDIN, NULL, 0);
        return 0;
    }
    if (!session->attach->is_tty || session->keys.n == 0) {
        queue(session, MONITOR_STDIN, bytes, (size_t)n);
        return 0;
    }
    char typed[INPUT_STEP + DETACH_KEYS_MAX];
    long wanted = detach_keys_filter(&session->keys, bytes, (size_t)n, typed);
    session->is_detached = wanted < 0;
    wanted = wanted < 0 ? -1 - wanted : wanted;
    if (wanted != 0)
        queue(session, MONITOR_STDIN, typed, (size_t)wanted);
    return 0;
}

static void queue_size(struct session *session)
{
    uint16_t rows, columns;
    if (!session->attach->is_tty || !terminal_size(&rows, &columns))
        return;
    const unsigned char size[] = {(unsigned char)(rows >> 8), (unsigned char)rows,
                                  (unsigned char)(columns >> 8), (unsigned char)columns};
    queue(session, MONITOR_RESIZE, size, sizeof size);
}

static int read_signals(struct session *session)
{
    struct signalfd_siginfo info;
    while (read(session->attach->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH) {
            queue_size(session);
        } else if (info.ssi_signo == SIGCONT && session->terminal.is_raw) {
            terminal_again(&session->terminal); // who stopped us may have set it as it was
            queue_size(session);
        } else if (session->attach->proxies_signals) {
            const unsigned char number[] = {0, 0, 0, (unsigned char)info.ssi_signo};
            queue(session, MONITOR_SIGNAL, number, sizeof number);
        } else if (info.ssi_signo != SIGCONT) { // ours: end as it asks, the container goes on
            terminal_restore(&session->terminal);
            exit(128 + (int)info.ssi_signo);
        }
    }
    return 0;
}

// --- from the monitor ---

// What we write to may be somebody's who does not like to wait (O_NONBLOCK is of the file that we
// share with them).
static int write_output(struct session *session, int fd)
{
    const char *at = session->frame.at;
    for (size_t left = session->frame.n; left != 0;) {
        ssize_t n = write(fd, at, left);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return fail_sys(session->err, "write the container's output");
        }
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

// 1 go on, 0 that was all.
static int receive(struct session *session)
{
    int kind;
    int there = monitor_receive(session->attach->connection, &kind, &session->frame, session->err);
    if (there <= 0)
        return there;
    const unsigned char *code = (const unsigned char *)session->frame.at;
    switch (kind) {
    case MONITOR_STDOUT:
        return !session->attach->hides_stdout && write_output(session, STDOUT_FILENO) < 0 ? -1 : 1;
    case MONITOR_STDERR:
        return !session->attach->hides_stderr && write_output(session, STDERR_FILENO) < 0 ? -1 : 1;
    case MONITOR_EXIT:
        session->has_exit = session->frame.n == 4;
        if (session->has_exit)
            session->exit_code = code[2] << 8 | code[3];
        session->stdin_is_open = false;
        return session->attach->leaves_early ? 0 : 1;
    default: // DONE, and what a newer monitor may say
        return 1;
    }
}

static int session_step(struct session *session)
{
    bool has_pending = session->pending.n != 0;
    bool reads_stdin = session->stdin_is_open && !has_pending;
    struct pollfd wait[] = {
        {.fd = session->attach->connection,
         .events = (short)(POLLIN | (has_pending ? POLLOUT : 0))},
        {.fd = reads_stdin ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = has_pending ? -1 : session->attach->signals, .events = POLLIN},
    };
    if (poll(wait, N_ELEMENTS(wait), -1) < 0)
        return errno == EINTR ? 1 : fail_sys(session->err, "wait for input or output");
    if ((wait[0].revents & POLLOUT) && send_pending(session) < 0)
        return -1;
    if ((wait[1].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) && read_input(session) < 0)
        return -1;
    if ((wait[2].revents & POLLIN) && read_signals(session) < 0)
        return -1;
    if (wait[0].revents & (POLLIN | POLLHUP | POLLERR))
        return receive(session);
    return 1;
}

static int session_loop(struct session *session)
{
    queue_size(session);
    int going = 1;
    while (going > 0 && !session->is_detached)
        going = session_step(session);
    while (going > 0 && session->pending.n != 0 &&
           session->stdin_is_open) { // typed before the keys
        struct pollfd wait = {.fd = session->attach->connection, .events = POLLOUT};
        if (poll(&wait, 1, LAST_MS) <= 0 || send_pending(session) < 0)
            break;
    }
    return going;
}
