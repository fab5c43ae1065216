// SPDX-License-Identifier: Apache-2.0
// runtime_call.c — the OCI runtime as a child: `run --detach` and `delete --force`.
//
// One `run` in place of create and start: nothing of ours has to happen between the two, and an
// exec costs a millisecond. Paths that the runtime writes to are ours by descriptor:
// /proc/PID/fd/N/name.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/process.h"
#include "linux/spawn.h"
#include "monitor/runtime_log.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PID_FILE       "pid"
#define CHECK_PID_FILE "check.pid"
#define RUNTIME_LOG    "runtime.log"
#define CONSOLE_FILE   "console.sock"
enum { ARGV_MAX = 64, PATH_ROOM = 64, BUNDLE_MAX = 4096, ERROR_MAX = 64 * 1024 };

struct call {
    const char *argv[ARGV_MAX];
    size_t n;
    char log[PATH_ROOM], pid[PATH_ROOM], console[PATH_ROOM], bundle[BUNDLE_MAX];
};

static void add(struct call *call, const char *word)
{
    if (call->n < ARGV_MAX - 1)
        call->argv[call->n++] = word;
}

static const char *in_run_dir(const struct monitor *monitor, char out[PATH_ROOM], const char *name)
{
    (void)snprintf(out, PATH_ROOM, "/proc/%d/fd/%d/%s", getpid(), monitor->options->run_dir,
                   name); // it fits
    return out;
}

static void begin(struct call *call, const struct monitor *monitor)
{
    const struct monitor_options *options = monitor->options;
    add(call, options->runtime);
    add(call, "--root");
    add(call, options->runtime_root);
    add(call, "--log");
    add(call, in_run_dir(monitor, call->log, RUNTIME_LOG));
    add(call, "--log-format");
    add(call, "json");
    for (size_t i = 0; i < options->n_runtime_flags; i++)
        add(call, options->runtime_flags[i]);
}

static int spawn(struct monitor *monitor, const struct call *call, const int fds[3],
                 struct err *err)
{
    const struct spawn spawn = {.program = call->argv[0],
                                .argv = call->argv,
                                .fds = fds,
                                .n_fds = 3,
                                // Who clears up after a killed monitor must not be overtaken.
                                .dies_with_parent = true};
    return spawn_program(&spawn, &monitor->runtime, err);
}

int runtime_run(struct monitor *monitor, const struct stdio *stdio, struct err *err)
{
    const struct monitor_options *options = monitor->options;
    struct call call = {};
    char self[PATH_ROOM];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", options->container_dir); // it fits
    ssize_t n = readlink(self, call.bundle, sizeof call.bundle - 1);
    if (n < 0)
        return fail_sys(err, "find the container's directory");
    (void)unlinkat(options->run_dir, PID_FILE, 0);    // of the last time
    (void)unlinkat(options->run_dir, RUNTIME_LOG, 0); // of the last time
    begin(&call, monitor);
    bool is_restored = options->config.restore != NULL;
    add(&call, is_restored ? "restore" : "run");
    if (is_restored) {
        add(&call, "--image-path");
        add(&call, options->config.restore);
    }
    add(&call, "--detach");
    add(&call, "--bundle");
    add(&call, call.bundle);
    add(&call, "--pid-file");
    add(&call, in_run_dir(monitor, call.pid, PID_FILE));
    if (options->tty) {
        add(&call, "--console-socket");
        add(&call, in_run_dir(monitor, call.console, CONSOLE_FILE));
    }
    add(&call, options->id);
    return spawn(monitor, &call, stdio->fds, err);
}

int runtime_delete(struct monitor *monitor, struct err *err)
{
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    struct call call = {};
    begin(&call, monitor);
    add(&call, "delete");
    add(&call, "--force");
    add(&call, monitor->options->id);
    return spawn(monitor, &call, (int[]){null, null, null}, err);
}

int runtime_check(struct monitor *monitor, int output, pid_t *out, struct err *err)
{
    AUTO_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    struct call call = {};
    (void)unlinkat(monitor->options->run_dir, CHECK_PID_FILE, 0); // of the last time
    begin(&call, monitor);
    add(&call, "exec");
    add(&call, "--process");
    (void)snprintf(call.bundle, sizeof call.bundle, "/proc/%d/fd/%d/" HEALTH_PROCESS_FILE, getpid(),
                   monitor->options->container_dir); // it fits
    add(&call, call.bundle);
    add(&call, "--pid-file");
    add(&call, in_run_dir(monitor, call.pid, CHECK_PID_FILE));
    add(&call, monitor->options->id);
    const struct spawn spawn = {.program = call.argv[0],
                                .argv = call.argv,
                                .fds = (int[]){null, output, output},
                                .n_fds = 3,
                                .dies_with_parent = true};
    return spawn_program(&spawn, out, err);
}

int runtime_check_pid(struct monitor *monitor, pid_t *out, struct err *err)
{
    return process_read_pid(monitor->options->run_dir, CHECK_PID_FILE, out, err);
}

int runtime_read_pid(struct monitor *monitor, pid_t *out, struct err *err)
{
    if (process_read_pid(monitor->options->run_dir, PID_FILE, out, err) < 0)
        return fail_in(err, "the runtime's pid file");
    return 0;
}

// --- why it failed

void runtime_read_error(struct monitor *monitor, struct err *out)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf log, words;
    buf_init(&log, ERROR_MAX);
    buf_init(&words, ERROR_MAX);
    struct err ignored; // there is something to say without them
    (void)file_read_at(monitor->options->run_dir, RUNTIME_LOG, &log, &ignored);
    const char *text = runtime_log_message(&arena, (struct str){buf_get(&log), log.n});
    int fd = monitor->output[1].source.fd;
    if (text == NULL && fd >= 0) {
        (void)file_read_fd(fd, "stderr", &words, &ignored); // it does not block: see open_pipe
        struct str rest = str_trim((struct str){buf_get(&words), words.n});
        struct str line = str_cut_last(&rest, '\n');
        text = line.n != 0 ? arena_strndup(&arena, line.at, line.n) : NULL;
    }
    int status = monitor->runtime_status;
    if (text == NULL)
        text = arena_printf(&arena, "%s failed without a word (wait status %#x)",
                            monitor->options->runtime, (unsigned)status);
    (void)fail(out, runtime_error_kind(text), "%s", text);
}
