// SPDX-License-Identifier: Apache-2.0
// client.c — starting a dhow-monitor and talking to one: the engine's side of monitor.h.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/socket.h"
#include "monitor/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
    READY_MAX = 16 * 1024,
    ANSWER_S = 10, // a monitor answers at once, unless it is stopped
    ARGUMENTS_MAX = 40 + 2 * MONITOR_FLAGS_MAX + 2 * MONITOR_FDS_MAX,
    NUMBER = 12
};

// --- frames ---

int monitor_send(int fd, enum monitor_frame kind, const void *bytes, size_t n, struct err *err)
{
    uint8_t header[MONITOR_HEADER];
    frame_header(header, kind, (uint32_t)n);
    struct iovec parts[] = {{header, sizeof header}, {(void *)(uintptr_t)bytes, n}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    while (parts[0].iov_len + parts[1].iov_len != 0) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return fail_sys(err, "send to the container's monitor");
        for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
            size_t taken = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + taken;
            parts[i].iov_len -= taken;
            sent -= (ssize_t)taken;
        }
    }
    return 0;
}

// 1: n bytes are there; 0: the other side has ended.
static int receive_all(int fd, void *bytes, size_t n, struct err *err)
{
    for (char *at = bytes; n != 0;) {
        ssize_t got = recv(fd, at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ECONNRESET)
            return 0;
        if (got < 0)
            return fail_sys(err, "receive from the container's monitor");
        if (got == 0)
            return 0;
        at += got;
        n -= (size_t)got;
    }
    return 1;
}

int monitor_receive(int fd, int *out_kind, struct buf *payload, struct err *err)
{
    unsigned char header[MONITOR_HEADER];
    int there = receive_all(fd, header, sizeof header, err);
    if (there <= 0)
        return there;
    size_t n = (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 |
               (size_t)header[7];
    if (n > MONITOR_FRAME_MAX)
        return fail(err, ERR_SYSTEM, "the monitor sent a frame of %zu bytes; the limit is %d", n,
                    MONITOR_FRAME_MAX);
    buf_clear(payload);
    char *room = buf_room(payload, n + 1);
    if (room == NULL)
        return buf_check(payload, "a frame from the monitor", err);
    there = receive_all(fd, room, n, err);
    if (there <= 0)
        return there;
    buf_grew(payload, n);
    *out_kind = header[0];
    return 1;
}

int monitor_connect(int run_dir, struct err *err)
{
    int fd = socket_connect_in(run_dir, ATTACH_FILE, SOCK_STREAM, err);
    if (fd < 0 && (err->sys == ENOENT || err->sys == ECONNREFUSED))
        return fail(err, ERR_NOT_FOUND, "the container has no monitor: it is not running");
    return fd < 0 ? fail_in(err, "the container's monitor") : fd;
}

int monitor_send_kill(int fd, const struct monitor_kill *kill, struct err *err)
{
    uint8_t bytes[8 + MONITOR_WHO_MAX];
    size_t n = strnlen(kill->who, MONITOR_WHO_MAX);
    frame_put_u32(bytes, (uint32_t)kill->signal);
    frame_put_u32(bytes + 4, (uint32_t)kill->flags);
    memcpy(bytes + 8, kill->who, n);
    return monitor_send(fd, MONITOR_KILL, bytes, 8 + n, err);
}

pid_t monitor_pid(int connection)
{
    struct ucred peer = {}; // of who listened, which is the monitor
    socklen_t n = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 ? 0 : peer.pid;
}

int monitor_kill(int run_dir, const struct monitor_kill *kill, struct err *err)
{
    AUTO_FD int fd = monitor_connect(run_dir, err);
    if (fd < 0 || monitor_send_kill(fd, kill, err) < 0)
        return -1;
    const struct timeval patience = {.tv_sec = ANSWER_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience); // without: for ever
    AUTO_BUF struct buf answer;
    buf_init(&answer, MONITOR_FRAME_MAX + 16);
    int kind = 0, there;
    while ((there = monitor_receive(fd, &kind, &answer, err)) > 0) {
        if (kind != MONITOR_DONE || answer.n != 4)
            continue;
        errno = (unsigned char)answer.at[3];
        if (errno == 0)
            return 0;
        if (errno == ESRCH)
            break;
        return fail_sys(err, "send signal %d", kill->signal);
    }
    if (there < 0 && (err->sys == EAGAIN || err->sys == EWOULDBLOCK))
        return fail(err, ERR_UNAVAILABLE, "the container's monitor (process %d) does not answer",
                    (int)monitor_pid(fd));
    if (there < 0)
        return -1;
    return fail(err, ERR_CONFLICT, "the container has ended");
}

// --- spawn ---

struct spawn {
    const struct monitor_start *start;
    int ready, client; // the monitor's ends
    int null;
    const char *arguments[ARGUMENTS_MAX];
    size_t n;
    char numbers[4 + MONITOR_FDS_MAX][NUMBER];
};

static void argue(struct spawn *spawn, const char *text)
{
    spawn->arguments[spawn->n++] = text;
}

static void argue_fd(struct spawn *spawn, const char *name, int fd, size_t slot)
{
    snprintf(spawn->numbers[slot], NUMBER, "%d", fd);
    argue(spawn, name);
    argue(spawn, spawn->numbers[slot]);
}

static int build_arguments(struct spawn *spawn, struct err *err)
{
    const struct monitor_start *start = spawn->start;
    argue(spawn, "dhow-monitor");
    argue(spawn, "--id");
    argue(spawn, start->id);
    argue_fd(spawn, "--container-dir", start->container_dir, 0);
    argue_fd(spawn, "--run-dir", start->run_dir, 1);
    argue_fd(spawn, "--ready", spawn->ready, 2);
    if (spawn->client >= 0)
        argue_fd(spawn, "--client", spawn->client, 3);
    argue(spawn, "--runtime");
    argue(spawn, start->runtime);
    argue(spawn, "--runtime-root");
    argue(spawn, start->runtime_root);
    size_t n_flags = 0;
    for (const char *const *flag = start->runtime_flags; flag != NULL && *flag != NULL; flag++) {
        if (n_flags++ == MONITOR_FLAGS_MAX)
            return fail(err, ERR_INVALID, "more than %d options for runtime %s", MONITOR_FLAGS_MAX,
                        start->runtime);
        argue(spawn, "--runtime-flag");
        argue(spawn, *flag);
    }
    if (start->n_fds > MONITOR_FDS_MAX)
        return fail(err, ERR_INVALID, "more than %d descriptors for the monitor", MONITOR_FDS_MAX);
    for (size_t i = 0; i < start->n_fds; i++)
        argue_fd(spawn, "--fd", start->fds[i], 4 + i);
    if (start->tty)
        argue(spawn, "--tty");
    if (start->open_stdin)
        argue(spawn, "--stdin");
    if (start->stdin_stays)
        argue(spawn, "--stdin-stays");
    if (start->auto_remove)
        argue(spawn, "--auto-remove");
    argue(spawn, "--");
    for (const char *const *word = start->exit_command; word != NULL && *word != NULL; word++) {
        if (spawn->n == ARGUMENTS_MAX - 1)
            return fail(err, ERR_INVALID, "the monitor's exit command is too long");
        argue(spawn, *word);
    }
    argue(spawn, NULL);
    return 0;
}

static void keep(int fd)
{
    if (fd >= 0)
        (void)fcntl(fd, F_SETFD, 0); // a bad fd shows when the monitor uses it
}

// In the child; it shares our memory until exec (vfork), so: system calls only.
static _Noreturn void become_monitor(const struct spawn *spawn)
{
    (void)dup2(spawn->null, 0);
    (void)dup2(spawn->null, 1);
    (void)dup2(spawn->null, 2);
    (void)syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    keep(spawn->start->container_dir);
    keep(spawn->start->run_dir);
    keep(spawn->ready);
    keep(spawn->client);
    for (size_t i = 0; i < spawn->start->n_fds; i++)
        keep(spawn->start->fds[i]);
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execv(spawn->start->program, (char *const *)(uintptr_t)spawn->arguments);
    _exit(127);
}

// A function of its own: nothing but its argument is alive in the frame that parent and child
// share.
__attribute__((noinline)) static pid_t spawn_vfork(const struct spawn *spawn)
{
    pid_t monitor = vfork();
    if (monitor == 0)
        become_monitor(spawn);
    return monitor;
}

// The whole of one JSON object. Not the end of file is waited for: somebody else may hold the pipe
// open.
static int read_answer(int ready, struct buf *text, struct err *err)
{
    do {
        char *room = buf_room(text, READY_MAX / 4);
        if (room == NULL)
            return buf_check(text, "the monitor's answer", err);
        ssize_t n = read(ready, room, READY_MAX / 4);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return fail_sys(err, "read the monitor's answer");
        buf_grew(text, n > 0 ? (size_t)n : 0);
    } while (text->n == 0 || strchr("}\n", text->at[text->n - 1]) == NULL);
    return 0;
}

// 1 *out is the answer, 0 the monitor closed --ready without one.
static int await_answer(int ready, struct arena *arena, struct monitor_ready *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, READY_MAX);
    if (read_answer(ready, &text, err) < 0)
        return -1;
    if (text.n == 0)
        return 0;
    if (json_decode(arena, text.at, text.n, monitor_ready_fields, out, JSON_LENIENT, err) < 0)
        return fail_in(err, "the monitor's answer");
    return 1;
}

// One that has not answered must not live on: nobody would know of its container. It has died,
// mostly, and keeps the status it died with. Not reaped yet, the pid is its own.
static int end_monitor(pid_t monitor)
{
    int status = 0;
    (void)kill(monitor, SIGKILL);
    while (waitpid(monitor, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int await_ready(int ready, const struct monitor_start *start, pid_t monitor, pid_t *out_pid,
                       struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct monitor_ready answer;
    int there = await_answer(ready, &arena, &answer, err);
    int status = there > 0 ? 0 : end_monitor(monitor);
    if (there < 0)
        return -1;
    if (there == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127) // become_monitor's
        return fail(err, ERR_SYSTEM, "cannot run %s: it must be installed beside dhow or in PATH",
                    start->program);
    if (there == 0)
        return fail(err, ERR_SYSTEM, "the monitor of container %s died before it was started",
                    start->id);
    if (answer.error != NULL || answer.pid <= 0)
        return fail(err, err_kind_named(answer.kind), "%s",
                    answer.error != NULL ? answer.error : "the container did not start");
    *out_pid = (pid_t)answer.pid;
    return 0;
}

int monitor_spawn(const struct monitor_start *start, pid_t *out_pid, int *out_client,
                  struct err *err)
{
    int ready[2], client[2] = {-1, -1};
    if (pipe2(ready, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ready_read = ready[0], ready_write = ready[1];
    if (start->wants_client && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client) < 0)
        return fail_sys(err, "make a socket pair");
    AUTO_FD int ours = client[0], theirs = client[1];
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    struct spawn spawn = {.start = start, .ready = ready_write, .client = theirs, .null = null};
    if (build_arguments(&spawn, err) < 0)
        return -1;
    pid_t monitor = spawn_vfork(&spawn);
    if (monitor < 0)
        return fail_sys(err, "start %s", start->program);
    (void)close(TAKE_FD(ready_write)); // or we would wait for ourselves
    (void)close(TAKE_FD(theirs));
    if (await_ready(ready_read, start, monitor, out_pid, err) < 0)
        return -1;
    *out_client = TAKE_FD(ours);
    return 0;
}
