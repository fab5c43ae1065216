// SPDX-License-Identifier: Apache-2.0
// terminal.c — the user's terminal.
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

void terminal_raw(struct terminal *terminal)
{
    if (terminal->is_raw || tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    struct termios raw = terminal->before;
    cfmakeraw(&raw);
    terminal->is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void terminal_again(const struct terminal *terminal)
{
    struct termios raw = terminal->before;
    cfmakeraw(&raw);
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw); // it may be gone: fine
}

void terminal_restore(struct terminal *terminal)
{
    if (terminal->is_raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before); // it may be gone: fine
    terminal->is_raw = false;
}

bool terminal_size(uint16_t *rows, uint16_t *columns)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return size.ws_row != 0 && size.ws_col != 0;
}

// --- a line ---

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { N_ENDING_SIGNALS = sizeof ending_signals / sizeof *ending_signals };
static volatile sig_atomic_t was_interrupted;

static void note_signal(int number)
{
    (void)number;
    was_interrupted = true;
}

static void hide_input(struct terminal *terminal)
{
    if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    struct termios hidden = terminal->before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ISIG | ECHONL;
    terminal->is_raw = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

// Signals are let in only while it waits, so that none is missed.
static int read_line(struct buf *out, const sigset_t *while_waiting, struct err *err)
{
    for (;;) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        char c;
        if (ppoll(&input, 1, NULL, while_waiting) < 0 && errno != EINTR)
            return fail_sys(err, "wait for input");
        if (was_interrupted)
            return fail(err, ERR_CONFLICT, "interrupted");
        if (input.revents == 0)
            continue;
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0)
            return fail_sys(err, "read from standard input");
        if (n == 0 || c == '\n')
            return buf_check(out, "the line", err);
        buf_char(out, c);
    }
}

int terminal_ask(const char *question, bool is_secret, struct buf *out, struct err *err)
{
    struct terminal terminal = {};
    struct sigaction before[N_ENDING_SIGNALS];
    const struct sigaction note = {.sa_handler = note_signal};
    sigset_t blocked, mask;
    sigemptyset(&blocked);
    for (size_t i = 0; i < N_ENDING_SIGNALS; i++)
        sigaddset(&blocked, ending_signals[i]);
    if (sigprocmask(SIG_BLOCK, &blocked, &mask) < 0)
        return fail_sys(err, "block signals");
    was_interrupted = false;
    for (size_t i = 0; i < N_ENDING_SIGNALS; i++)
        (void)sigaction(ending_signals[i], &note, &before[i]); // valid numbers: cannot fail
    if (is_secret)
        hide_input(&terminal);
    // Who answers at once finds signals and the screen as they have to be.
    fputs(question, stdout);
    (void)fflush(stdout);
    int done = read_line(out, &mask, err);
    terminal_restore(&terminal);
    for (size_t i = 0; i < N_ENDING_SIGNALS; i++)
        (void)sigaction(ending_signals[i], &before[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    return done;
}
