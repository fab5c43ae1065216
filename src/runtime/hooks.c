// SPDX-License-Identifier: Apache-2.0
// hooks.c — one program after the other, each alone in a session of its own, with a clean slate.
//
// A hook gets: the state as JSON on standard input, its own args and env and nothing of ours, a
// pipe for what it writes, default signals, umask 022, no file descriptor but 0…2, and SIGKILL when
// the runtime dies. The state is a sealed memory file, not a pipe: a hook that does not read it
// cannot stop us, one that reopens /dev/stdin can read it again. What it writes is read while it
// runs, so that it never blocks; the last of it goes into the error.
#include "runtime/hooks.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#ifndef MFD_NOEXEC_SEAL // Linux 6.3
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum {
    PIPE_READS = 16,
    STATE_MAX = 4 * 1024 * 1024,
    TAIL_MAX = 512,
    EXEC_FAILED = 127,
    FOREVER = -1
};

// What all hooks of one point share.
struct point {
    const char *name;
    int dir;
    int state;          // sealed memory with the JSON
    int out, error_out; // annotations run.oci.hooks.stdout and .stderr: files, or -1
};

// A hook that runs.
struct running {
    pid_t pid;
    int pidfd;
    int output; // read end
    char tail[TAIL_MAX];
    size_t n_tail;
};

static int make_state(const struct oci_state *state, struct err *err);
static int open_output(const struct point *point, const struct oci_state *state, const char *key,
                       struct err *err);
static int run_hook(const struct point *point, const struct oci_hook *hook, struct err *err);

int hooks_run(const char *name, const struct oci_hook *hooks, size_t n, int dir,
              const struct oci_state *state, struct err *err)
{
    if (n == 0)
        return 0;
    AUTO_FD int json = make_state(state, err);
    if (json < 0)
        return fail_in(err, "%s hooks", name);
    struct point point = {name, dir, json, -1, -1};
    AUTO_FD int out = open_output(&point, state, "run.oci.hooks.stdout", err);
    AUTO_FD int error_out = open_output(&point, state, "run.oci.hooks.stderr", err);
    if (out < -1 || error_out < -1)
        return -1;
    point.out = out;
    point.error_out = error_out;
    for (size_t i = 0; i < n; i++) {
        if (run_hook(&point, &hooks[i], err) < 0)
            return fail_in(err, "%s hook %zu (%s)", name, i + 1, hooks[i].path);
    }
    return 0;
}

static int make_state(const struct oci_state *state, struct err *err)
{
    AUTO_BUF struct buf json;
    buf_init(&json, STATE_MAX);
    json_encode(&json, oci_state_fields, state, JSON_COMPACT);
    if (buf_check(&json, "the container's state", err) < 0)
        return -1;
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    AUTO_FD int fd = memfd_create("state", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("state", flags);
    if (fd < 0 || write_all(fd, json.at, json.n) < 0 || fchmod(fd, 0444) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return fail_sys(err, "keep the container's state for hooks");
    return TAKE_FD(fd);
}

// -1: not asked for. < -1: failed. The hooks of the container's own side never open a host's path.
static int open_output(const struct point *point, const struct oci_state *state, const char *key,
                       struct err *err)
{
    if (strcmp(point->name, "createContainer") == 0 || strcmp(point->name, "startContainer") == 0)
        return -1;
    for (size_t i = 0; i < state->n_annotations; i++) {
        if (strcmp(state->annotations[i].key, key) != 0)
            continue;
        int fd = open(state->annotations[i].value,
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
        return fd >= 0
                   ? fd
                   : fail_sys(err, "annotation %s: open %s", key, state->annotations[i].value) - 1;
    }
    return -1;
}

// In the child, which never returns. `wake` is where it says why the hook could not be executed.
__attribute__((noreturn)) static void become_hook(const struct point *point,
                                                  const struct oci_hook *hook, int output, int wake)
{
    static char *const no_environment[] = {NULL};
    AUTO_FREE char **args = xcalloc(hook->n_args + 2, sizeof *args);
    AUTO_FREE char **env = xcalloc(hook->n_env + 1, sizeof *env);
    args[0] = (char *)hook->path;
    if (hook->n_args != 0)
        memcpy(args, hook->args, hook->n_args * sizeof *args);
    if (hook->n_env != 0)
        memcpy(env, hook->env, hook->n_env * sizeof *env);
    sigset_t none;
    sigemptyset(&none);
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); // SIGKILL and SIGSTOP refuse, and are what they always are
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    if (dup2(point->state, STDIN_FILENO) < 0 ||
        dup2(point->out >= 0 ? point->out : output, STDOUT_FILENO) < 0 ||
        dup2(point->error_out >= 0 ? point->error_out : output, STDERR_FILENO) < 0 ||
        (point->dir >= 0 && fchdir(point->dir) < 0) ||
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(EXEC_FAILED);
    (void)execve(hook->path, args, hook->n_env != 0 ? env : no_environment);
    int why = errno;
    (void)write_all(wake, &why, sizeof why);
    _exit(EXEC_FAILED);
}

// 0 when the hook runs; *out->pidfd and *out->output are the caller's.
static int spawn(const struct point *point, const struct oci_hook *hook, struct running *out,
                 struct err *err)
{
    int output[2], wake[2];
    if (pipe2(output, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int read_end = output[0], write_end = output[1];
    if (pipe2(wake, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int wake_read = wake[0], wake_write = wake[1];
    if (lseek(point->state, 0, SEEK_SET) < 0)
        return fail_sys(err, "rewind the state");
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "fork");
    if (pid == 0)
        become_hook(point, hook, write_end, wake_write);
    (void)close(TAKE_FD(wake_write));
    int why = 0;
    bool has_failed = read(wake_read, &why, sizeof why) == sizeof why;
    int pidfd = has_failed ? -1 : pidfd_open(pid, 0);
    if (pidfd < 0) {
        int sys = has_failed ? why : errno;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        errno = sys;
        return fail_sys(err, has_failed ? "execute" : "watch");
    }
    *out = (struct running){.pid = pid, .pidfd = pidfd, .output = TAKE_FD(read_end)};
    return 0;
}

// Keeps the last of what the hook wrote. False at the end of it.
static bool take_output(struct running *hook)
{
    char text[4096];
    ssize_t n = read(hook->output, text, sizeof text);
    if (n <= 0)
        return n < 0 && (errno == EINTR || errno == EAGAIN);
    size_t fresh = (size_t)n > TAIL_MAX ? TAIL_MAX : (size_t)n;
    size_t kept = hook->n_tail + fresh > TAIL_MAX ? TAIL_MAX - fresh : hook->n_tail;
    memmove(hook->tail, hook->tail + hook->n_tail - kept, kept);
    memcpy(hook->tail + kept, text + n - fresh, fresh);
    hook->n_tail = kept + fresh;
    return true;
}

// Until the hook has ended. 1: the time was up first.
static int watch(struct running *hook, const int64_t *timeout_s)
{
    int64_t end_ms = timeout_s != NULL ? monotonic_ms() + *timeout_s * 1000 : 0;
    struct pollfd fds[] = {{.fd = hook->pidfd, .events = POLLIN},
                           {.fd = hook->output, .events = POLLIN}};
    for (;;) {
        int64_t left = timeout_s != NULL ? end_ms - monotonic_ms() : FOREVER;
        if (timeout_s != NULL && left <= 0)
            return 1;
        if (poll(fds, N_ELEMENTS(fds), left > INT32_MAX ? INT32_MAX : (int)left) < 0)
            continue; // EINTR
        if (fds[1].revents != 0 && !take_output(hook))
            fds[1].fd = -1;
        if (fds[0].revents == 0)
            continue;
        // A pipe's worth at most: a daemon that the hook left behind may write for ever.
        for (int i = 0; i < PIPE_READS && poll(&fds[1], 1, 0) > 0 && take_output(hook);)
            i++;
        return 0;
    }
}

static int describe(const struct running *hook, const siginfo_t *end, struct err *err)
{
    struct str said = str_trim((struct str){hook->tail, hook->n_tail});
    const char *colon = said.n != 0 ? ": " : "";
    if (end->si_code == CLD_EXITED)
        return fail(err, ERR_SYSTEM, "exit status %d%s%.*s", end->si_status, colon, (int)said.n,
                    said.at);
    return fail(err, ERR_SYSTEM, "killed by signal %d%s%.*s", end->si_status, colon, (int)said.n,
                said.at);
}

static int run_hook(const struct point *point, const struct oci_hook *hook, struct err *err)
{
    struct running running;
    if (spawn(point, hook, &running, err) < 0)
        return -1;
    AUTO_FD int pidfd = running.pidfd, output = running.output;
    (void)fcntl(output, F_SETFL, O_NONBLOCK);
    bool is_late = watch(&running, hook->timeout) == 1;
    if (is_late)
        (void)kill(-running.pid, SIGKILL); // the session's group, which setsid made
    siginfo_t end = {};
    while (waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "wait");
    }
    if (is_late)
        return fail(err, ERR_SYSTEM, "not done after its timeout of %lld s, killed",
                    (long long)*hook->timeout);
    return end.si_code == CLD_EXITED && end.si_status == 0 ? 0 : describe(&running, &end, err);
}
