// SPDX-License-Identifier: Apache-2.0
// server.c — the monitor's life: start, pump, bury (the phases are drawn in server.h).
//
// Nothing here blocks but short file operations: the runtime is a child like the container. Order
// at the end: output, runtime delete, live.json, the lock, the clients' EXIT. Who sees the lock
// free or EXIT finds live.json written and the container's cgroup and mounts gone, and can start or
// remove the container: a client that reads slowly, or never, is waited for without the lock.
#include "monitor/server.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/dns.h"
#include "monitor/frame.h"
#include "monitor/guard.h"
#include "monitor/lock.h"
#include "monitor/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 16, BOOT_ID_MAX = 64, READY_MAX = 64 * 1024 };
enum { EXIT_NOT_FOUND = 127, EXIT_CANNOT_RUN = 126, EXIT_FAILED = 128 }; // docker's

static int set_up(struct monitor *monitor, struct err *err);
static void on_signal(struct monitor *monitor, struct source *source, uint32_t events);
static void reap(struct monitor *monitor);
static void step(struct monitor *monitor);
static void fail_start(struct monitor *monitor, const struct err *why);
static void report(struct monitor *monitor, const struct monitor_ready *ready);

void monitor_network_end(struct monitor *monitor)
{
    guard_done(monitor);
    relay_done(monitor);
    dns_done(monitor);
}

// What is open closes with the process; memory is given back so that a leak shows.
static void release(struct monitor *monitor)
{
    monitor_network_end(monitor);
    clients_done(monitor);
    queue_done(&monitor->input_queue);
    log_close(&monitor->log);
    health_done(monitor);
    arena_done(&monitor->arena);
    free(monitor->boot_id);
    free(monitor->error);
}

static int sooner(int one_ms, int other_ms) // -1: never
{
    if (one_ms < 0 || other_ms < 0)
        return one_ms < 0 ? other_ms : one_ms;
    return one_ms < other_ms ? one_ms : other_ms;
}

int monitor_serve(const struct monitor_options *options)
{
    struct monitor monitor = {
        .options = options,
        .epoll = -1,
        .lock = -1,
        .signals = {.fd = -1},
        .listener = {.fd = -1},
        .console = {.fd = -1},
        .input = {.fd = -1},
        .output = {{.source = {.fd = -1}}, {.source = {.fd = -1}}},
        .health = {.output = {.fd = -1}},
    };
    struct err err;
    if (set_up(&monitor, &err) < 0) {
        report(&monitor,
               &(struct monitor_ready){.kind = err_kind_info(err.kind)->name, .error = err.text});
        release(&monitor);
        return EXIT_FAILURE;
    }
    for (int wait_ms = -1; monitor.phase != PHASE_DONE;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(monitor.epoll, events, EVENTS, wait_ms);
        for (int i = 0; i < n; i++) {
            struct source *source = events[i].data.ptr;
            if (source->fd >= 0) // an earlier event of this round may have closed it
                source->on(&monitor, source, events[i].events);
        }
        step(&monitor);
        wait_ms =
            sooner(sooner(restart_tend(&monitor), health_tend(&monitor)), clients_tend(&monitor));
        clients_bury(&monitor);
        dns_bury(&monitor);
        relay_bury(&monitor);
    }
    release(&monitor);
    return EXIT_SUCCESS;
}

// --- sources

void source_watch(struct monitor *monitor, struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (source->fd < 0 || source->events == events)
        return;
    int how = source->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    // It fails for want of memory only; then nothing would come from this source any more.
    if (epoll_ctl(monitor->epoll, how, source->fd, &event) < 0 && how != EPOLL_CTL_DEL)
        abort();
    source->events = events;
}

void source_close(struct monitor *monitor, struct source *source)
{
    if (source->fd < 0)
        return;
    source_watch(monitor, source, 0);
    (void)close(TAKE_FD(source->fd)); // read or written as far as it went
}

// --- starting

static int watch_signals(struct monitor *monitor, struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < N_ELEMENTS(numbers); i++)
        sigaddset(&set, numbers[i]);
    (void)signal(SIGPIPE, SIG_IGN); // a write says so itself
    int fd = -1;
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return fail_sys(err, "watch signals");
    monitor->signals = (struct source){.fd = fd, .on = on_signal};
    source_watch(monitor, &monitor->signals, EPOLLIN);
    return 0;
}

static char *read_boot_id(void)
{
    AUTO_BUF struct buf text;
    buf_init(&text, BOOT_ID_MAX);
    struct err ignored; // then nobody can compare it
    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &text, &ignored) < 0)
        return NULL;
    struct str id = str_trim((struct str){text.at, text.n});
    return xstrndup(id.at, id.n);
}

static int set_up(struct monitor *monitor, struct err *err)
{
    const struct monitor_options *options = monitor->options;
    (void)setsid();   // fails for a session's leader, which is as good
    (void)umask(022); // the container starts with it
    if (chdir("/") < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail_sys(err, "become the container's monitor");
    monitor->lock = lock_take(options->run_dir, err);
    if (monitor->lock < 0)
        return -1;
    monitor->boot_id = read_boot_id();
    const struct monitor_restart *restart = options->config.restart;
    monitor->live = (struct live){.status = "running",
                                  .boot_id = monitor->boot_id,
                                  .restart_count = restart != NULL ? restart->count : 0};
    monitor->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (monitor->epoll < 0)
        return fail_sys(err, "make an epoll");
    if (watch_signals(monitor, err) < 0 || clients_listen(monitor, err) < 0)
        return -1;
    if (log_open(&monitor->log, monitor, options->container_dir, options->id, options->config.log,
                 err) < 0)
        return -1;
    if (dns_serve(monitor, options->config.dns, err) < 0 || relay_open(monitor, err) < 0 ||
        guard_open(monitor, err) < 0)
        return -1;
    struct stdio stdio;
    if (stdio_open(monitor, &stdio, err) < 0)
        return -1;
    if (options->client >= 0)
        clients_add(monitor, options->client, true);
    int started = runtime_run(monitor, &stdio, err);
    stdio_close(&stdio);
    return started;
}

static void report(struct monitor *monitor, const struct monitor_ready *ready)
{
    AUTO_BUF struct buf text;
    buf_init(&text, READY_MAX);
    json_encode(&text, monitor_ready_fields, ready, JSON_COMPACT);
    (void)write_all(monitor->options->ready, text.at, text.n); // nobody waits any more, then
    (void)close(monitor->options->ready);
}

// The runtime has succeeded.
static void started(struct monitor *monitor)
{
    struct err err;
    if (runtime_read_pid(monitor, &monitor->pid, &err) < 0) {
        fail_start(monitor, &err);
        return;
    }
    monitor->phase = PHASE_RUNNING;
    monitor->live.pid = monitor->pid;
    monitor->live.started_ns = now_ns();
    oom_watch(monitor);
    if (live_put(monitor->options->container_dir, &monitor->live, false, &err) < 0) {
        (void)kill(monitor->pid, SIGKILL); // it cannot run without a record
        fail_start(monitor, &err);
        return;
    }
    monitor_announce(monitor, "start", NULL, 0);
    report(monitor, &(struct monitor_ready){.pid = monitor->pid});
    monitor_shrink();
    stdio_begin(monitor);
    health_begin(monitor);
    reap(monitor); // its signal may have come before we knew its pid
}

static int exit_code_of(enum err_kind kind)
{
    if (kind == ERR_NOT_FOUND)
        return EXIT_NOT_FOUND;
    return kind == ERR_DENIED ? EXIT_CANNOT_RUN : EXIT_FAILED;
}

static void end(struct monitor *monitor)
{
    struct err err;
    monitor->phase = PHASE_ENDING;
    monitor->live.finished_ns = now_ns();
    health_end(monitor);
    output_hold(monitor, false);
    if (runtime_delete(monitor, &err) < 0 && monitor->error == NULL)
        monitor->error = xstrdup(err.text);
}

// Before anybody was told that it runs.
static void fail_start(struct monitor *monitor, const struct err *why)
{
    monitor->error = xstrdup(why->text);
    monitor->error_kind = why->kind;
    monitor->live.pid = 0;
    monitor->live.exit_code = exit_code_of(why->kind);
    for (int i = 0; i < 2; i++) // the runtime's words are no output of the container
        source_close(monitor, &monitor->output[i].source);
    end(monitor);
}

// --- running

static void on_signal(struct monitor *monitor, struct source *source, uint32_t)
{
    struct signalfd_siginfo info;
    while (read(source->fd, &info, sizeof info) == sizeof info) {
        // Who ends the monitor wants the container to end: it gets the chance, and we go with it.
        if (info.ssi_signo == SIGCHLD)
            continue;
        monitor->is_leaving = true;
        if (monitor->phase == PHASE_RUNNING && !monitor->has_exited)
            (void)kill(monitor->pid, SIGTERM); // it is not reaped yet: the pid is its own
        else if (monitor->phase == PHASE_RESTARTING && monitor->restart.child == 0)
            monitor->phase = PHASE_DONE; // "restarting": a later command, or boot, goes on
    }
    reap(monitor);
}

static void reap(struct monitor *monitor)
{
    for (;;) {
        // While the runtime starts it, the container's pid is not known: it stays a zombie.
        bool is_starting = monitor->phase == PHASE_STARTING;
        if (is_starting && monitor->runtime == 0)
            return;
        int status;
        pid_t pid = waitpid(is_starting ? monitor->runtime : -1, &status, WNOHANG);
        if (pid < 0 && errno != ECHILD)
            continue; // nothing comes to tell us of it again
        if (pid <= 0)
            return;
        if (pid == monitor->runtime) {
            monitor->runtime = 0;
            monitor->runtime_status = status;
        } else if (pid == monitor->pid) {
            monitor->has_exited = true;
            monitor->exit_status = status;
        } else if (pid == monitor->restart.child) {
            restart_reaped(monitor, status);
        } else {
            health_reaped(monitor, pid, status);
        }
    }
}

// --- ending

static void record_exit(struct monitor *monitor)
{
    struct live *live = &monitor->live;
    struct err err;
    bool is_started_again = (monitor->kill.flags & MONITOR_KILL_RESTARTS) != 0;
    end_record(monitor);
    live->status = is_started_again ? "restarting" : "exited";
    if (is_started_again)
        live->restart_count = 0;
    live->error = monitor->error;
    live->is_ended_by_user = (monitor->kill.flags & MONITOR_KILL_ASKED) != 0;
    // What --rm throws away needs no sync.
    if (live_put(monitor->options->container_dir, live, !monitor->options->auto_remove, &err) < 0)
        (void)live_put(monitor->options->container_dir, live, false, &err); // a full disk, mostly
    log_close(&monitor->log);
    monitor_announce_end(monitor); // before the lock is free, and so before it is removed
}

static _Noreturn void become_exit_command(struct monitor *monitor)
{
    const char *const *argv = monitor->options->exit_command;
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    // Our own lock is free: who removes holds the container's and waits for ours, and the exit
    // command is about to wait for that.
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(EXIT_NOT_FOUND); // what is left is found by the next command
}

static void linger(struct monitor *monitor)
{
    const struct monitor_options *options = monitor->options;
    bool has_command = options->exit_command != NULL && options->exit_command[0] != NULL;
    bool leaves_something =
        options->auto_remove || options->config.netns != NULL || options->config.holds_something;
    bool somebody_clears = (monitor->kill.flags & MONITOR_KILL_CLEARS) != 0;
    // The client that waits for the end clears up; is it gone, we do.
    if (leaves_something && has_command && !somebody_clears && clients_first(monitor) == NULL &&
        clients_have_read(monitor))
        become_exit_command(monitor);
    if (clients_have_read(monitor))
        monitor->phase = PHASE_DONE;
}

// Who waits on --ready hears last: then it may clear up, or start again.
static void report_failure(struct monitor *monitor)
{
    if (monitor->error_kind != ERR_NONE)
        report(monitor, &(struct monitor_ready){.kind = err_kind_info(monitor->error_kind)->name,
                                                .error = monitor->error});
}

static void finish(struct monitor *monitor)
{
    (void)stdio_drain(monitor); // the container is gone: what is there now is all
    for (int i = 0; i < 2; i++)
        source_close(monitor, &monitor->output[i].source);
    if (monitor->runtime_status != 0 && monitor->error == NULL) {
        struct err err;
        runtime_read_error(monitor, &err);
        monitor->error = str_printf("%s delete: %s", monitor->options->runtime, err.text);
    }
    if (restart_is_due(monitor)) {
        end_record(monitor);
        monitor->live.error = monitor->error;
        log_close(&monitor->log);
        monitor_announce_end(monitor);
        restart_begin(monitor);
        report_failure(monitor);
        return;
    }
    record_exit(monitor);
    monitor_let_go(monitor);
    report_failure(monitor);
}

void monitor_let_go(struct monitor *monitor)
{
    clients_unlisten(monitor); // first: the next monitor listens at the same place
    monitor_network_end(monitor);
    (void)close(TAKE_FD(monitor->lock));
    uint8_t code[4];
    frame_put_u32(code, (uint32_t)monitor->live.exit_code);
    clients_send(monitor, MONITOR_EXIT, code, sizeof code);
    monitor->phase = PHASE_LINGERING;
}
// The container's first process has ended.
static void exited(struct monitor *monitor)
{
    int status = monitor->exit_status;
    monitor->live.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    monitor->live.oom_killed = oom_killed(monitor);
    monitor->live.pid = 0;
    end(monitor);
}

static void step(struct monitor *monitor)
{
    if (monitor->phase == PHASE_STARTING && monitor->runtime == 0) {
        struct err err;
        if (monitor->runtime_status == 0) {
            started(monitor);
        } else {
            runtime_read_error(monitor, &err);
            fail_start(monitor, &err);
        }
    }
    if (monitor->phase == PHASE_RUNNING && monitor->has_exited)
        exited(monitor);
    if (monitor->phase == PHASE_ENDING && monitor->runtime == 0)
        finish(monitor);
    if (monitor->phase == PHASE_LINGERING)
        linger(monitor);
}
