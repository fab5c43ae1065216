// SPDX-License-Identifier: Apache-2.0
// dhow-init.c — process 1 of a container that was run with --init: /sbin/docker-init inside.
//
//     dhow-init [--] PROGRAM [ARG...]
//
// A program that was not written to be process 1 gets two things wrong there: signals without a
// handler do not reach it (the kernel spares a namespace's init), and whoever loses its parent
// becomes its child and stays a zombie. This one stands in between. It starts the program as a
// child in a process group of its own, which becomes the terminal's foreground group when there is
// a terminal; sends each signal that it gets on to that child; reaps whatever ends; and ends with
// the child's exit status, or 128 + n when signal n ended it. What still runs then, the kernel ends
// with the namespace.
//
// Theory. All signals are blocked and fetched one by one, so there is no handler and no race: a
// signal that comes before the child is there waits. (A blocked signal of a process 1 is kept even
// where its default is to do nothing; a fault of our own ends us, blocked or not.) SIGCHLD is ours.
// SIGTTIN and SIGTTOU are the terminal's answer to a background process, which this is once the
// child has the terminal: ignored. The child gets the mask and the actions that we were started
// with. Where we are not process 1 (a shared pid namespace), orphans come here all the same, as we
// are the subreaper.
//
// It runs in images that may have no C library, from the host's file: so it needs none, on
// x86-64. Elsewhere the C library's syscall() is linked in.
#include <errno.h>
#include <linux/wait.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum {
    STDIN,
    STDOUT,
    STDERR,
    EXIT_USAGE = 2, // and when it cannot start anything
    EXIT_NOT_RUN = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_SIGNAL = 128,
    PATH_BYTES = 4096,
    WORDS_MAX = 8,
};

static int run(int argc, char **argv, char **envp);

// --- system calls: the result, or minus the errno ---

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static long new_process(void)
{
    return call(SYS_fork, 0, 0, 0, 0);
}

void begin(const long *stack);
__attribute__((used, noreturn)) void begin(const long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(uintptr_t)(stack + 1);
    (void)call(SYS_exit_group, run(argc, argv, argv + argc + 1), 0, 0, 0);
    __builtin_unreachable();
}

// The stack is as the kernel left it: argc, argv, envp.
void _start(void);
__attribute__((naked, used)) void _start(void)
{
    __asm__("mov %rsp, %rdi\n\t"
            "and $-16, %rsp\n\t"
            "call begin");
}
#else
#include <unistd.h>
static long call(long number, long a, long b, long c, long d)
{
    long result = syscall(number, a, b, c, d, 0L);
    return result == -1 ? -errno : result;
}

static long new_process(void)
{
    return fork();
}

int main(int argc, char **argv, char **envp)
{
    return run(argc, argv, envp);
}
#endif

// --- words ---

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n] != '\0')
        n++;
    return n;
}

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool has_slash(const char *text)
{
    while (*text != '\0' && *text != '/')
        text++;
    return *text != '\0';
}

// Writes the words, up to a NULL, in one go.
static void say(int fd, const char *const *words)
{
    struct iovec parts[WORDS_MAX];
    long n = 0;
    for (; n < WORDS_MAX && words[n] != NULL; n++) {
        parts[n].iov_base = (void *)(uintptr_t)words[n];
        parts[n].iov_len = length(words[n]);
    }
    (void)call(SYS_writev, fd, (long)parts, n, 0); // there is nobody else to tell
}
#define SAY(fd, ...) say(fd, (const char *const[]){__VA_ARGS__, NULL})

// --- the child ---

// The kernel's own shape of a sigset and of a signal's action.
struct action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};
enum { SET_BYTES = sizeof(uint64_t) };

// What we were started with, for the child to have.
struct inherited {
    uint64_t mask;
    struct action ttin, ttou;
};

static void set_action(int signal, const struct action *to, struct action *old)
{
    (void)call(SYS_rt_sigaction, signal, (long)to, (long)old, SET_BYTES); // these three cannot fail
}

static void take_signals(struct inherited *out)
{
    static const struct action ignore = {.handler = SIG_IGN}, usual = {.handler = SIG_DFL};
    static const uint64_t all = UINT64_MAX;
    (void)call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&out->mask, SET_BYTES);
    set_action(SIGTTIN, &ignore, &out->ttin);
    set_action(SIGTTOU, &ignore, &out->ttou);
    set_action(SIGCHLD, &usual, NULL); // ignored, it would lose us the exit status
}

static const char *search_path(char **envp)
{
    static const char name[] = "PATH=";
    for (; *envp != NULL; envp++) {
        size_t n = 0;
        while (n < sizeof name - 1 && (*envp)[n] == name[n])
            n++;
        if (n == sizeof name - 1)
            return *envp + n;
    }
    return "/bin:/usr/bin";
}

// The directory before the next colon of *rest, a slash and `name`; an empty one is the working
// directory. Moves *rest on. False: longer than a path may be.
static bool join(char out[PATH_BYTES], const char **rest, const char *name)
{
    size_t n = 0, n_name = length(name);
    const char *at = *rest;
    for (; *at != '\0' && *at != ':'; at++) {
        if (n < PATH_BYTES)
            out[n++] = *at;
    }
    *rest = at;
    if (n + n_name + 2 > PATH_BYTES)
        return false;
    if (n != 0)
        out[n++] = '/';
    for (size_t i = 0; i <= n_name; i++)
        out[n++] = name[i];
    return true;
}

// Comes back with why it could not; of several places, the one that was there but denied counts.
static long execute(char **argv, char **envp)
{
    if (has_slash(argv[0]))
        return -call(SYS_execve, (long)argv[0], (long)argv, (long)envp, 0);
    char path[PATH_BYTES];
    const char *rest = search_path(envp);
    long why = ENOENT;
    for (;;) {
        if (argv[0][0] != '\0' && join(path, &rest, argv[0])) {
            long failed = -call(SYS_execve, (long)path, (long)argv, (long)envp, 0);
            if (failed != ENOENT && failed != ENOTDIR && failed != EACCES)
                return failed;
            if (failed == EACCES)
                why = EACCES;
        }
        if (*rest == '\0')
            return why;
        rest++;
    }
}

static int explain(const char *program, long why)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {ENOTDIR, "not a directory"},
        {EACCES, "permission denied"},
        {EPERM, "operation not permitted"},
        {ENOEXEC, "exec format error"},
        {E2BIG, "argument list too long"},
        {ENOMEM, "cannot allocate memory"},
        {ELOOP, "too many levels of symbolic links"},
        {ETXTBSY, "text file busy"},
    };
    const char *text = "it cannot be executed";
    if (why == ENOENT)
        text =
            has_slash(program) ? "no such file or directory" : "executable file not found in $PATH";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].error == why)
            text = texts[i].text;
    }
    SAY(STDERR, "dhow-init: exec: \"", program, "\": ", text, "\n");
    return why == ENOENT || why == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static int become(char **argv, char **envp, const struct inherited *inherited)
{
    int group = (int)call(SYS_getpid, 0, 0, 0, 0);
    (void)call(SYS_setpgid, 0, 0, 0, 0); // of a new child that is no leader: cannot fail
    // No terminal, or not ours: then nothing is to be handed over.
    (void)call(SYS_ioctl, STDIN, TIOCSPGRP, (long)&group, 0);
    set_action(SIGTTIN, &inherited->ttin, NULL);
    set_action(SIGTTOU, &inherited->ttou, NULL);
    (void)call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&inherited->mask, 0, SET_BYTES);
    return explain(argv[0], execute(argv, envp));
}

// --- process 1 ---

// Every process that has ended. True when the child is among them, with how it ended.
static bool reap(long child, int *out_status)
{
    bool has_ended = false;
    for (;;) {
        int status = 0;
        long pid = call(SYS_wait4, -1, (long)&status, WNOHANG, 0);
        if (pid <= 0)
            return has_ended;
        if (pid == child) {
            has_ended = true;
            *out_status = status;
        }
    }
}

static int serve(long child)
{
    static const uint64_t ignored = UINT64_C(1) << (SIGTTIN - 1) | UINT64_C(1) << (SIGTTOU - 1);
    static const uint64_t wanted = ~ignored;
    for (;;) {
        int status = 0;
        long signal = call(SYS_rt_sigtimedwait, (long)&wanted, 0, 0, SET_BYTES);
        if (signal == SIGCHLD && reap(child, &status)) {
            int ended_by = status & 0x7f; // WTERMSIG
            return ended_by != 0 ? EXIT_SIGNAL + ended_by : status >> 8 & 0xff;
        }
        if (signal > 0 && signal != SIGCHLD)
            (void)call(SYS_kill, child, signal, 0, 0); // one that has ended is reaped next
    }
}

static int start(char **argv, char **envp)
{
    struct inherited inherited;
    take_signals(&inherited);
    (void)call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0);
    long child = new_process();
    if (child == 0)
        return become(argv, envp, &inherited);
    if (child < 0) {
        SAY(STDERR, "dhow-init: cannot start ", argv[0], ": no memory or no process left\n");
        return EXIT_USAGE;
    }
    return serve(child);
}

static int run(int argc, char **argv, char **envp)
{
    const char *first = argc > 1 ? argv[1] : "--help";
    if (is_same(first, "--version")) {
        SAY(STDOUT, "dhow-init version " DHOW_VERSION "\n");
        return 0;
    }
    int skipped = is_same(first, "--") ? 2 : 1;
    if (skipped == 1 && first[0] == '-' && !is_same(first, "--help")) {
        SAY(STDERR, "dhow-init: unknown option ", first, ": put -- before the program\n");
        return EXIT_USAGE;
    }
    if (argc <= skipped || is_same(first, "--help")) {
        SAY(argc > 1 && skipped == 1 ? STDOUT : STDERR,
            "Usage: dhow-init [--] PROGRAM [ARG...]\n"
            "Runs the program as a child: passes signals on to it, reaps orphans and ends with its "
            "exit status.\n");
        return argc > 1 && skipped == 1 ? 0 : EXIT_USAGE;
    }
    return start(argv + skipped, envp);
}
