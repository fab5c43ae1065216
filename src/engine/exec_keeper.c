// SPDX-License-Identifier: Apache-2.0
// exec_keeper.c — who stays with a process of exec until its end: its parent.
//
//     dhow exec ──fork──→ keeper ──spawn──→ runtime exec --detach ──→ the process
//         │                  │  subreaper: the process becomes its child when the runtime ends
//         │←── started ──────┤  (the terminal's master comes along)
//         │                  │  waits for the process
//         │←── exit code ────┤  writes the record, announces exec_die
//
// Only a process with a terminal, or a detached one, has one; the others are children of the
// command itself in the same way. So the command that asked may end, detach or be killed, and the
// process goes on with its terminal open and its end recorded. The keeper is in a session of its
// own: the keys of a user's terminal reach the command, not it. It ends with the process.
#include "engine/exec_keeper.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/exec_record.h"
#include "linux/process.h"
#include "linux/socket.h"
#include "linux/spawn.h"
#include "monitor/runtime_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { LOG_MAX = 64 * 1024, EXIT_NOT_RUN = 126, DRAIN = 16 * 1024, CONSOLE_MS = 10'000 };

static _Noreturn void keep(const struct exec_plan *plan, int to_caller);

int exec_keep(const struct exec_plan *plan, int *out_terminal, int *out_end, struct err *err)
{
    int ends[2];
    struct err why;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail_sys(err, "make a socket pair");
    AUTO_FD int ours = ends[0], theirs = ends[1], terminal = -1;
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "start exec's keeper");
    if (pid == 0)
        keep(plan, theirs);
    (void)close(TAKE_FD(theirs)); // or we would wait for ourselves
    ssize_t n = socket_receive_fd(ours, &why, sizeof why, &terminal);
    if (n != sizeof why) {
        (void)waitpid(pid, NULL, 0);
        return fail(err, ERR_SYSTEM, "exec's keeper was killed before the process was started");
    }
    if (why.kind != ERR_NONE) {
        (void)waitpid(pid, NULL, 0);
        *err = why;
        return -1;
    }
    *out_terminal = TAKE_FD(terminal);
    *out_end = TAKE_FD(ours);
    return 0;
}

// --- the keeper

// 0, 1 and 2 of the runtime, and so of the process.
static void choose_streams(const struct exec_plan *plan, int null, int out[3])
{
    bool is_apart = plan->detach || plan->socket_name != NULL;
    for (int i = 0; i < 3; i++) {
        bool is_taken = !is_apart && (i != 0 || plan->record->open_stdin);
        out[i] = is_taken && fcntl(i, F_GETFD) >= 0 ? i : null;
    }
}

static void let_go_of_streams(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; null >= 0 && i < 3; i++)
        (void)dup2(null, i); // else its reader waits for us, too
    if (null > 2)
        (void)close(null);
}

// What the runtime said; its exit status if it said nothing.
static int runtime_failed(const struct exec_plan *plan, int status, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf log;
    struct err ignored; // it said nothing, then
    buf_init(&log, LOG_MAX);
    (void)file_read_at(plan->exec_dir, plan->log_name, &log, &ignored);
    const char *text = runtime_log_message(&arena, (struct str){buf_get(&log), log.n});
    if (text == NULL)
        return fail(err, ERR_SYSTEM, "OCI runtime exec failed: %s ended with status %d",
                    plan->runtime, status);
    enum err_kind kind = runtime_error_kind(text);
    return fail(err, kind == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_DENIED,
                "OCI runtime exec failed: %s", text);
}

static int receive_terminal(int listener, int *out, struct err *err)
{
    char name[256];
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    if (poll(&wait, 1, CONSOLE_MS) <= 0)
        return fail(err, ERR_SYSTEM, "the runtime sent no terminal");
    AUTO_FD int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0 || socket_receive_fd(connection, name, sizeof name, out) < 0 || *out < 0)
        return fail_sys(err, "take the terminal from the runtime");
    return 0;
}

// What the command has open is not the keeper's to hold: somebody may wait for the end of it.
static void close_others(const int *kept, size_t n)
{
    unsigned from = 3;
    for (;;) {
        int next = INT_MAX; // the lowest that is kept and not passed
        for (size_t i = 0; i < n; i++) {
            if (kept[i] >= (int)from && kept[i] < next)
                next = kept[i];
        }
        if (next == INT_MAX)
            break;
        if (next > (int)from)
            (void)syscall(SYS_close_range, from, (unsigned)next - 1, 0U);
        from = (unsigned)next + 1;
    }
    (void)syscall(SYS_close_range, from, ~0U, 0U);
}

static int start(const struct exec_plan *plan, pid_t *out_pid, int *out_terminal, struct err *err)
{
    AUTO_FD int listener = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t runtime;
    int status, streams[3];
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    choose_streams(plan, null, streams);
    if (plan->socket_name != NULL) {
        listener = socket_listen_in(plan->exec_dir, plan->socket_name, SOCK_STREAM, 1, err);
        if (listener < 0)
            return -1;
    }
    const struct spawn spawn = {
        .program = plan->runtime, .argv = plan->argv, .fds = streams, .n_fds = 3};
    if (spawn_program(&spawn, &runtime, err) < 0)
        return fail_in(err, "start %s", plan->runtime);
    if (process_wait(runtime, &status, err) < 0)
        return -1;
    if (status != 0)
        return runtime_failed(plan, status, err);
    if (process_read_pid(plan->exec_dir, plan->pid_name, out_pid, err) < 0)
        return -1;
    return listener < 0 ? 0 : receive_terminal(listener, out_terminal, err);
}

// Until the process has ended. While nobody else reads its terminal we do, or it would stop
// writing.
static int await(pid_t pid, int terminal, int caller)
{
    AUTO_FD int pidfd = terminal < 0 ? -1 : pidfd_open(pid, 0);
    bool is_ours = false;
    while (pidfd >= 0) {
        char nowhere[DRAIN];
        struct pollfd wait[] = {
            {.fd = pidfd, .events = POLLIN},
            {.fd = is_ours ? terminal : -1, .events = POLLIN},
            {.fd = is_ours ? -1 : caller, .events = 0},
        };
        if (poll(wait, N_ELEMENTS(wait), -1) < 0 && errno != EINTR)
            break;
        if (wait[0].revents != 0)
            break;
        is_ours |= (wait[2].revents & (POLLHUP | POLLERR)) != 0;
        if (wait[1].revents != 0 && read(terminal, nowhere, sizeof nowhere) <= 0)
            break;
    }
    int status = 0;
    struct err ignored; // it was killed with all that there was, then
    return process_wait(pid, &status, &ignored) < 0 ? 128 + SIGKILL : status;
}

static void announce_end(const struct exec_plan *plan, int status)
{
    char code[12];
    (void)snprintf(code, sizeof code, "%d", status); // it fits
    const struct json_pair pairs[] = {{"execID", plan->record->id}, {"exitCode", code}};
    container_announce(plan->engine, plan->container, "exec_die", pairs, N_ELEMENTS(pairs));
}

static void forget_files(const struct exec_plan *plan)
{
    const char *const names[] = {plan->pid_name, plan->log_name, plan->socket_name};
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        if (names[i] != NULL)
            (void)unlinkat(plan->exec_dir, names[i], 0); // not there is fine
    }
}

static void record_end(const struct exec_plan *plan, int status)
{
    int64_t code = status;
    plan->record->running = false;
    plan->record->pid = 0;
    plan->record->exit_code = &code;
    exec_record_put(plan->record_file, plan->record);
    plan->record->exit_code = NULL;
}

// Starts the process as a child of ours and records it.
static int begin(const struct exec_plan *plan, pid_t *out_pid, int *out_terminal, struct err *err)
{
    int done = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0
                   ? fail_sys(err, "stay with the process")
                   : start(plan, out_pid, out_terminal, err);
    forget_files(plan);
    if (done < 0) {
        record_end(plan, EXIT_NOT_RUN);
        return -1;
    }
    plan->record->running = true;
    plan->record->pid = *out_pid;
    exec_record_put(plan->record_file, plan->record);
    return 0;
}

int exec_start(const struct exec_plan *plan, pid_t *out_pid, struct err *err)
{
    int none = -1;
    return begin(plan, out_pid, &none, err);
}

int exec_await(const struct exec_plan *plan, pid_t pid)
{
    int status = await(pid, -1, -1);
    record_end(plan, status);
    announce_end(plan, status);
    return status;
}

static _Noreturn void keep(const struct exec_plan *plan, int to_caller)
{
    struct err why = {};
    pid_t pid = 0;
    int terminal = -1;
    sigset_t none;
    sigemptyset(&none);
    (void)setsid(); // a child's child is no leader of a group
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    bool runs = begin(plan, &pid, &terminal, &why) == 0;
    let_go_of_streams();
    const int kept[] = {to_caller, terminal, plan->record_file, plan->engine->root};
    close_others(kept, N_ELEMENTS(kept));
    (void)socket_send_fd(to_caller, &why, sizeof why, terminal); // whoever asked was killed, then
    if (!runs)
        _exit(EXIT_FAILURE);
    int32_t status = await(pid, terminal, to_caller);
    record_end(plan, status);
    announce_end(plan, status);
    (void)socket_send_fd(to_caller, &status, sizeof status, -1);
    _exit(EXIT_SUCCESS);
}
