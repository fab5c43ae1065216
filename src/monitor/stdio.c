// SPDX-License-Identifier: Apache-2.0
// stdio.c — the container's standard streams: three pipes, or a terminal that the runtime sends.
//
// Output is read when somebody can take it (output_hold), logged, and given to the clients; input
// is written as the container reads it. With a terminal the runtime connects to console.sock in
// the run directory and sends the pseudo-terminal's master (--console-socket).
#include "base/mem.h"
#include "linux/socket.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define CONSOLE_FILE "console.sock"
enum {
    CHUNK = 48 * 1024,
    DRAIN_MAX = 2048
}; // a flood, too, is pumped within a MiB; chunks at the end

static void on_output(struct monitor *monitor, struct source *source, uint32_t events);
static void on_input(struct monitor *monitor, struct source *source, uint32_t events);
static void on_console(struct monitor *monitor, struct source *source, uint32_t events);

static int open_pipe(int *out_ours, int *out_theirs, bool we_write, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe for the container");
    *out_ours = ends[we_write];
    *out_theirs = ends[!we_write];
    // Ours never blocks; theirs is another file description and blocks as programs expect.
    if (fcntl(*out_ours, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(err, "set up a pipe for the container");
    return 0;
}

static int open_null(int *out, struct err *err)
{
    *out = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *out < 0 ? fail_sys(err, "open /dev/null") : 0;
}

static int listen_for_console(struct monitor *monitor, struct err *err)
{
    int run_dir = monitor->options->run_dir;
    (void)unlinkat(run_dir, CONSOLE_FILE, 0); // a killed monitor's
    AUTO_FD int fd = socket_listen_in(run_dir, CONSOLE_FILE, SOCK_STREAM | SOCK_NONBLOCK, 1, err);
    if (fd < 0)
        return -1;
    monitor->console = (struct source){.fd = TAKE_FD(fd), .on = on_console};
    source_watch(monitor, &monitor->console, EPOLLIN);
    return 0;
}

int stdio_open(struct monitor *monitor, struct stdio *out, struct err *err)
{
    const struct monitor_options *options = monitor->options;
    struct stdio stdio = {{-1, -1, -1}};
    int ours[3] = {-1, -1, -1};
    int failed = open_pipe(&ours[2], &stdio.fds[2], false, err);
    if (failed == 0 && (options->tty || !options->open_stdin))
        failed = open_null(&stdio.fds[0], err);
    else if (failed == 0)
        failed = open_pipe(&ours[0], &stdio.fds[0], true, err);
    if (failed == 0 && options->tty)
        failed = open_null(&stdio.fds[1], err) < 0 ? -1 : listen_for_console(monitor, err);
    else if (failed == 0)
        failed = open_pipe(&ours[1], &stdio.fds[1], false, err);
    // The sources own them from here on, also on failure. Nothing is read before the container
    // runs.
    monitor->input = (struct source){.fd = ours[0], .on = on_input};
    monitor->output[0] = (struct stream){{.fd = ours[1], .on = on_output}, MONITOR_STDOUT};
    monitor->output[1] = (struct stream){{.fd = ours[2], .on = on_output}, MONITOR_STDERR};
    if (failed < 0) {
        stdio_close(&stdio);
        return -1;
    }
    *out = stdio;
    return 0;
}

void stdio_close(struct stdio *stdio)
{
    for (size_t i = 0; i < N_ELEMENTS(stdio->fds); i++) {
        if (stdio->fds[i] >= 0)
            (void)close(stdio->fds[i]); // the runtime has its own
        stdio->fds[i] = -1;
    }
}

// --- the terminal

// The runtime connects and then sends: the second step may block for the moment in between.
static void on_console(struct monitor *monitor, struct source *source, uint32_t)
{
    AUTO_FD int connection = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0)
        return;
    char name[256]; // crun and runc send the terminal's name along
    AUTO_FD int terminal = -1;
    if (socket_receive_fd(connection, name, sizeof name, &terminal) < 0)
        return;
    AUTO_FD int writer = terminal < 0 ? -1 : fcntl(terminal, F_DUPFD_CLOEXEC, 0);
    if (writer < 0 || fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
        return;
    source_close(monitor, source); // one is enough
    (void)unlinkat(monitor->options->run_dir, CONSOLE_FILE, 0);
    monitor->output[0].source.fd = TAKE_FD(terminal);
    monitor->input.fd = TAKE_FD(writer);
    terminal_resize(monitor, monitor->rows, monitor->columns);
}

void terminal_resize(struct monitor *monitor, uint16_t rows, uint16_t columns)
{
    monitor->rows = rows; // the terminal may come later than the wish
    monitor->columns = columns;
    if (!monitor->options->tty || monitor->input.fd < 0 || (rows == 0 && columns == 0))
        return;
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    (void)ioctl(monitor->input.fd, TIOCSWINSZ, &size); // the terminal has just gone, then
}

// --- output

void stdio_begin(struct monitor *monitor)
{
    if (monitor->options->tty) {
        source_close(monitor, &monitor->output[1].source); // it was for the runtime's last words
        if (monitor->console.fd >= 0) // its event may stand behind the end of the runtime
            on_console(monitor, &monitor->console, EPOLLIN);
    }
    output_hold(monitor, monitor->is_held_back);
    on_input(monitor, &monitor->input, 0);
}

void output_hold(struct monitor *monitor, bool is_held_back)
{
    monitor->is_held_back = is_held_back;
    if (monitor->phase == PHASE_STARTING)
        return;
    for (int i = 0; i < 2; i++)
        source_watch(monitor, &monitor->output[i].source,
                     is_held_back && monitor->phase == PHASE_RUNNING ? 0 : EPOLLIN);
}

// Reads what is there, once: false when there is nothing now or never again.
static bool pump(struct monitor *monitor, struct stream *stream)
{
    static char chunk[CHUNK];
    size_t step = log_step(&monitor->log, sizeof chunk);
    if (stream->source.fd < 0)
        return false;
    ssize_t n = read(stream->source.fd, chunk, step);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return errno == EINTR;
    if (n <= 0) { // a terminal that nobody has open any more says EIO
        source_close(monitor, &stream->source);
        return false;
    }
    log_add(&monitor->log, stream->kind == MONITOR_STDERR, chunk, (size_t)n);
    clients_send(monitor, stream->kind, chunk, (size_t)n);
    return true;
}

static void on_output(struct monitor *monitor, struct source *source, uint32_t)
{
    (void)pump(monitor, (struct stream *)source); // its first member; level triggered: again soon
}

bool stdio_drain(struct monitor *monitor)
{
    for (int i = 0; i < 2; i++) {
        for (int n = 0; n < DRAIN_MAX && pump(monitor, &monitor->output[i]); n++)
            ;
    }
    return monitor->output[0].source.fd < 0 && monitor->output[1].source.fd < 0;
}

// --- input

static void close_input(struct monitor *monitor)
{
    source_close(monitor, &monitor->input);
    queue_done(&monitor->input_queue);
}

static void write_queue(struct monitor *monitor)
{
    if (monitor->phase == PHASE_STARTING) // a terminal is still to come
        return;
    struct queue *queue = &monitor->input_queue;
    while (queue->n != 0 && monitor->input.fd >= 0) {
        ssize_t done = write(monitor->input.fd, queue->at + queue->start, queue->n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN)
            break;
        if (done < 0) {
            close_input(monitor); // the container has closed its stdin: what comes is thrown away
            return;
        }
        queue_drop(queue, (size_t)done);
    }
    if (queue->n == 0 && monitor->input_closes)
        close_input(monitor);
    else
        source_watch(monitor, &monitor->input, queue->n != 0 ? EPOLLOUT : 0);
}

static void on_input(struct monitor *monitor, struct source *, uint32_t)
{
    write_queue(monitor);
    if (monitor->input_queue.n == 0)
        clients_unstall(monitor);
}

void input_write(struct monitor *monitor, const void *bytes, size_t n)
{
    bool can_come = monitor->options->open_stdin || monitor->options->tty;
    bool waits_for_terminal = monitor->options->tty && monitor->phase == PHASE_STARTING;
    if (!can_come || monitor->input_closes || (monitor->input.fd < 0 && !waits_for_terminal))
        return;
    queue_add(&monitor->input_queue, bytes, n);
    write_queue(monitor);
}

void input_end(struct monitor *monitor)
{
    if (monitor->options->tty || !monitor->options->open_stdin || monitor->options->stdin_stays)
        return; // a terminal's end is a character that its user types
    monitor->input_closes = true;
    write_queue(monitor);
}
