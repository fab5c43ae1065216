// SPDX-License-Identifier: Apache-2.0
// sysfault.c — runs a command and does one thing at the Nth system call of its whole process tree.
//
//     sysfault --count -- COMMAND                      print how many system calls the tree makes
//     sysfault --at 57 --errno EIO -- COMMAND          the 57th is not executed and returns -EIO
//     sysfault --at 57 --script 'mv a b' -- COMMAND    stop there, run the script, go on
//
// A tracer by ptrace(2). Every process and thread the command makes is followed (fork, vfork,
// clone, any namespace) and counted from the command's own execve on, at the *entry* of each call,
// before it has any effect: what is done "at N" happens after N-1 and before N. While a script runs
// nobody else gets further than their next system call, so an attacker's move made by it falls
// exactly between two calls. Once the one thing is done the rest runs untraced at full speed, but
// still ours: PTRACE_O_EXITKILL ends all of it when this process ends for any reason.
//
// Exit status: the command's own (128+N for a signal), 124 when it hung, 125 when sysfault itself
// failed.
//
// The order of calls of processes that run at the same time is the scheduler's: N is exact
// for one process, and close for a tree.
#include "syscalls_x86_64.h"

#include <elf.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_HANG   124
#define EXIT_BROKEN 125
#define TICK_MS     20
#define NAMES       (sizeof syscall_names / sizeof *syscall_names)

enum action { NOTHING, COUNT, LIST, KILL_CALLER, KILL_TREE, FAIL, SCRIPT, SLEEP };
enum survivors { SURVIVORS_KILL, SURVIVORS_DETACH, SURVIVORS_WAIT };

static const char usage[] = "usage: sysfault [OPTION...] -- COMMAND [ARG...]\n"
                            "  --count                 print the number of system calls\n"
                            "  --list                  print each: number, pid, name\n"
                            "  --at N                  the system call at which to do one of:\n"
                            "    --kill-caller         kill the process that makes it\n"
                            "    --kill-tree           kill all processes\n"
                            "    --errno NAME          do not execute it, let it fail\n"
                            "    --script TEXT         stop it and run sh -c TEXT with "
                            "SYSFAULT_PID, SYSFAULT_NR, SYSFAULT_SYSCALL\n"
                            "    --sleep-ms N          delay it; the others go on\n"
                            "  --onward                do it at every system call from N on\n"
                            "  --only NAME,NAME...     count only these\n"
                            "  --except NAME,NAME...   count all but these\n"
                            "  --timeout-ms N          after this time report a hang, kill "
                            "everything, exit with status 124\n"
                            "  --survivors kill|detach|wait   what to do with the rest when the "
                            "command itself has ended (default kill)\n"
                            "  --report FILE           where count, list and events are written "
                            "(default: standard error)\n";

struct tracee {
    pid_t pid;
    int nr;                  // the call it is in or was in last, -1 before the first
    int fail_with;           // an errno to put in place of the result at the next exit, or 0
    bool has_other_argument; // to be put back at the next exit: a call keeps its registers
    long argument;
    struct timespec wake;     // resume then, when is_held
    bool is_held, is_stopped; // stopped: no need for PTRACE_INTERRUPT
};

static struct {
    enum action action;
    enum survivors survivors;
    bool is_onward;
    long at, timeout_ms, sleep_ms;
    int fail_with;
    const char *script;
    bool only[1024];
    bool has_only;
} want = {.at = -1};

static struct {
    struct tracee *all;
    size_t n, capacity;
    pid_t root;
    int root_status;
    bool root_ended, is_counting, is_done, is_detaching, is_killing, is_hung;
    long count;
    FILE *report;
    struct timespec deadline;
} tree;

// --- the architecture: how a stopped call is skipped and its result replaced
// ---------------------------------------

static void call_skip(pid_t pid)
{
    (void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}

static void call_set_result(pid_t pid, long result)
{
    (void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result);
}

static long call_argument(pid_t pid)
{
    return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rdi), 0L);
}

static void call_set_argument(pid_t pid, long value)
{
    (void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), value);
}

// --- small things
// --------------------------------------------------------------------------------------------------

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "sysfault: %s: %s\n", what, strerror(errno));
    exit(EXIT_BROKEN);
}

static const char *name_of(int nr)
{
    static char unknown[32];
    if (nr >= 0 && (size_t)nr < NAMES && syscall_names[nr] != NULL)
        return syscall_names[nr];
    (void)snprintf(unknown, sizeof unknown, "syscall_%d", nr);
    return unknown;
}

__attribute__((format(printf, 1, 2))) static void report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(tree.report, format, args);
    va_end(args);
    (void)fflush(tree.report);
}

static struct timespec now_plus(long ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1'000'000;
    if (t.tv_nsec >= 1'000'000'000) {
        t.tv_sec++;
        t.tv_nsec -= 1'000'000'000;
    }
    return t;
}

static bool has_passed(const struct timespec *t)
{
    struct timespec now = now_plus(0);
    return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

static void on_tick(int)
{
}

// --- the table of tracees
// -------------------------------------------------------------------------------------------

static struct tracee *tracee_find(pid_t pid)
{
    for (size_t i = 0; i < tree.n; i++)
        if (tree.all[i].pid == pid)
            return &tree.all[i];
    return NULL;
}

static struct tracee *tracee_add(pid_t pid)
{
    struct tracee *known = tracee_find(pid);
    if (known != NULL)
        return known;
    if (tree.n == tree.capacity) {
        tree.capacity = tree.capacity ? 2 * tree.capacity : 64;
        tree.all = realloc(tree.all, tree.capacity * sizeof *tree.all);
        if (tree.all == NULL)
            die("memory");
    }
    tree.all[tree.n] = (struct tracee){.pid = pid, .nr = -1};
    return &tree.all[tree.n++];
}

static void tracee_drop(pid_t pid)
{
    struct tracee *tracee = tracee_find(pid);
    if (tracee != NULL)
        *tracee = tree.all[--tree.n];
}

// A tracee that is gone meanwhile (killed while stopped) says ESRCH; its end is reported by
// waitpid.
static void tracee_resume(struct tracee *tracee, int signal)
{
    tracee->is_stopped = false;
    if (tree.is_detaching) {
        pid_t pid = tracee->pid;
        if (ptrace(PTRACE_DETACH, pid, 0L, (long)signal) == 0)
            tracee_drop(pid);
        return;
    }
    bool at_full_speed = tree.is_done && tracee->fail_with == 0 && !tracee->has_other_argument;
    (void)ptrace(at_full_speed ? PTRACE_CONT : PTRACE_SYSCALL, tracee->pid, 0L, (long)signal);
}

static void tree_kill(void)
{
    tree.is_killing = true;
    for (size_t i = 0; i < tree.n; i++)
        (void)kill(tree.all[i].pid, SIGKILL);
}

static void tree_detach(void)
{
    tree.is_detaching = true;
    for (size_t i = tree.n; i-- > 0;) {
        struct tracee *tracee = &tree.all[i];
        if (tracee->is_held)
            tracee->is_held = false, tracee_resume(tracee, 0);
        else if (!tracee->is_stopped)
            (void)ptrace(PTRACE_INTERRUPT, tracee->pid, 0L, 0L);
    }
}

// --- what is done at N
// ----------------------------------------------------------------------------------------------

// The script is our child but no tracee. It is bounded by the same deadline as the command.
static void run_script(const struct tracee *tracee)
{
    char pid_text[32], number_text[32];
    (void)snprintf(pid_text, sizeof pid_text, "%d", tracee->pid);
    (void)snprintf(number_text, sizeof number_text, "%ld", tree.count);
    pid_t script = fork();
    if (script < 0)
        die("fork");
    if (script == 0) {
        (void)setenv("SYSFAULT_PID", pid_text, 1);
        (void)setenv("SYSFAULT_NR", number_text, 1);
        (void)setenv("SYSFAULT_SYSCALL", name_of(tracee->nr), 1);
        (void)execl("/bin/sh", "sh", "-c", want.script, NULL);
        _exit(127);
    }
    int status = 0;
    while (waitpid(script, &status, 0) < 0 && errno == EINTR)
        if (want.timeout_ms > 0 && has_passed(&tree.deadline))
            (void)kill(script, SIGKILL);
    if (status != 0)
        report("script failed with status %d\n", status);
}

// Calls that never return an errno: some do not return at all, the others cannot fail.
static bool can_fail(int nr)
{
    static const int never[] = {
        SYS_exit,    SYS_exit_group, SYS_rt_sigreturn, SYS_getpid,          SYS_getppid,
        SYS_gettid,  SYS_getuid,     SYS_geteuid,      SYS_getgid,          SYS_getegid,
        SYS_getpgrp, SYS_umask,      SYS_sched_yield,  SYS_set_tid_address,
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (nr == never[i])
            return false;
    return true;
}

static void fail_call(struct tracee *tracee)
{
    if (tracee->nr == SYS_brk) { // fails by returning the old break, as brk(0) does
        tracee->argument = call_argument(tracee->pid);
        tracee->has_other_argument = true;
        call_set_argument(tracee->pid, 0);
    } else if (can_fail(tracee->nr)) {
        if (tracee->nr != SYS_close) // Linux has closed the descriptor whatever close says
            call_skip(tracee->pid);
        tracee->fail_with = want.fail_with;
    }
}

// Returns whether the tracee may go on now.
static bool act(struct tracee *tracee)
{
    switch (want.action) {
    case NOTHING:
    case COUNT:
    case LIST:
        break;
    case KILL_CALLER:
        (void)kill(tracee->pid, SIGKILL);
        break;
    case KILL_TREE:
        tree_kill();
        break;
    case FAIL:
        fail_call(tracee);
        break;
    case SCRIPT:
        run_script(tracee);
        break;
    case SLEEP:
        tracee->wake = now_plus(want.sleep_ms);
        tracee->is_held = true;
        return false;
    }
    return true;
}

static bool at_entry(struct tracee *tracee)
{
    if (!tree.is_counting || tree.is_done || tree.is_killing)
        return true;
    if (want.has_only && !(tracee->nr >= 0 && tracee->nr < 1024 && want.only[tracee->nr]))
        return true;
    tree.count++;
    if (want.action == LIST)
        report("%ld %d %s\n", tree.count, tracee->pid, name_of(tracee->nr));
    if (want.at < 0 || (want.is_onward ? tree.count < want.at : tree.count != want.at))
        return true;
    tree.is_done = !want.is_onward;
    report("at %ld %s pid %d%s\n", tree.count, name_of(tracee->nr), tracee->pid,
           tracee->pid == tree.root ? " itself" : "");
    return act(tracee);
}

// --- events
// ---------------------------------------------------------------------------------------------------------

static void at_exit(struct tracee *tracee)
{
    if (tracee->fail_with != 0)
        call_set_result(tracee->pid, -(long)tracee->fail_with);
    if (tracee->has_other_argument)
        call_set_argument(tracee->pid, tracee->argument);
    tracee->fail_with = 0;
    tracee->has_other_argument = false;
}

static void on_syscall_stop(struct tracee *tracee)
{
    struct __ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) > 0) {
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            tracee->nr = (int)info.entry.nr;
            if (!at_entry(tracee))
                return;
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
            at_exit(tracee);
        }
    }
    tracee_resume(tracee, 0);
}

static void on_event(struct tracee *tracee, int event, int signal)
{
    unsigned long message = 0;
    (void)ptrace(PTRACE_GETEVENTMSG, tracee->pid, 0L, &message);
    pid_t pid = tracee->pid;
    switch (event) {
    case PTRACE_EVENT_EXEC: // a thread that is not the leader takes the leader's pid; its old id is
                            // never heard of again
        if ((pid_t)message != pid)
            tracee_drop((pid_t)message);
        if (pid == tree.root)
            tree.is_counting = true;
        break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        (void)tracee_add((pid_t)message);
        break;
    case PTRACE_EVENT_STOP:
        if (signal != SIGTRAP && !tree.is_detaching &&
            !tree.is_killing) { // a group stop: leave it stopped
            tracee->is_stopped = false;
            (void)ptrace(PTRACE_LISTEN, pid, 0L, 0L);
            return;
        }
        break;
    default:
        break;
    }
    tracee = tracee_find(pid);
    if (tracee != NULL)
        tracee_resume(tracee, 0);
}

// The first process of a pid namespace ignores signals that have no handler, except that the kernel
// kills it for its own faults; of a traced one it leaves that to the tracer. Without this a crash
// would repeat itself for ever.
static bool is_fault_of_namespace_init(pid_t pid, int signal)
{
    siginfo_t info;
    if (signal != SIGSEGV && signal != SIGILL && signal != SIGBUS && signal != SIGFPE)
        return false;
    if (ptrace(PTRACE_GETSIGINFO, pid, 0L, &info) < 0 || info.si_code <= 0)
        return false;
    char path[64], line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    unsigned long long caught = 0;
    bool is_init = false;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "NSpid:", 6) == 0)
            is_init = strcmp(strrchr(line, '\t'), "\t1\n") == 0;
        if (strncmp(line, "SigCgt:", 7) == 0)
            caught = strtoull(line + 7, NULL, 16);
    }
    if (file != NULL)
        (void)fclose(file);
    return is_init && (caught >> (signal - 1) & 1) == 0;
}

static void on_stop(pid_t pid, int status)
{
    struct tracee *tracee = tracee_add(pid);
    int signal = WSTOPSIG(status), event = status >> 16;
    tracee->is_stopped = true;
    if (tree.is_killing)
        (void)kill(pid, SIGKILL); // one that was made after tree_kill
    if (event != 0)
        on_event(tracee, event, signal);
    else if (signal == (SIGTRAP | 0x80))
        on_syscall_stop(tracee);
    else if (is_fault_of_namespace_init(pid, signal)) {
        report("crash pid %d signal %d in %s\n", pid, signal, name_of(tracee->nr));
        (void)kill(pid, SIGKILL);
    } else
        tracee_resume(tracee, signal);
}

static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGILL ||
           signal == SIGFPE || signal == SIGSYS || signal == SIGTRAP;
}

static void on_end(pid_t pid, int status)
{
    struct tracee *tracee = tracee_find(pid);
    if (WIFSIGNALED(status) && is_crash(WTERMSIG(status)))
        report("crash pid %d signal %d in %s\n", pid, WTERMSIG(status),
               name_of(tracee ? tracee->nr : -1));
    tracee_drop(pid);
    if (pid != tree.root)
        return;
    tree.root_ended = true;
    tree.root_status = status;
    if (want.survivors == SURVIVORS_KILL || tree.is_killing)
        tree_kill();
    else if (want.survivors == SURVIVORS_DETACH)
        tree_detach();
}

static void on_time(void)
{
    for (size_t i = 0; i < tree.n; i++) {
        if (tree.all[i].is_held && has_passed(&tree.all[i].wake)) {
            tree.all[i].is_held = false;
            tracee_resume(&tree.all[i], 0);
        }
    }
    if (want.timeout_ms > 0 && !tree.is_hung && has_passed(&tree.deadline)) {
        tree.is_hung = true;
        for (size_t i = 0; i < tree.n; i++)
            report("hang pid %d in %s\n", tree.all[i].pid, name_of(tree.all[i].nr));
        tree_kill();
    }
}

static void follow(void)
{
    while (!tree.root_ended || tree.n > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD)
            break;
        if (pid > 0 && WIFSTOPPED(status))
            on_stop(pid, status);
        else if (pid > 0)
            on_end(pid, status);
        if (pid < 0 || want.timeout_ms > 0 || want.action == SLEEP)
            on_time();
    }
}

// --- start
// ----------------------------------------------------------------------------------------------------------

// LeakSanitizer is a tracer itself, and a process can have one only.
static void no_leak_search(void)
{
    char options[1000];
    const char *given = getenv("ASAN_OPTIONS");
    (void)snprintf(options, sizeof options, "%s:detect_leaks=0", given != NULL ? given : "");
    (void)setenv("ASAN_OPTIONS", options, 1);
}

static void start(char **command)
{
    int go[2];
    if (pipe(go) < 0)
        die("pipe");
    tree.root = fork();
    if (tree.root < 0)
        die("fork");
    if (tree.root == 0) {
        char byte;
        (void)close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            _exit(EXIT_BROKEN);
        (void)close(go[0]);
        no_leak_search();
        (void)execvp(command[0], command);
        fprintf(stderr, "sysfault: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    (void)tracee_add(tree.root);
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, tree.root, 0L, options) < 0)
        die("ptrace");
    if (write(go[1], "", 1) != 1)
        die("pipe");
    (void)close(go[0]);
    (void)close(go[1]);
}

// Ticks wake waitpid to look at deadlines; one that falls just before waitpid is followed by the
// next.
static void start_clock(void)
{
    struct sigaction action = {.sa_handler = on_tick};
    struct itimerval tick = {{0, TICK_MS * 1000}, {0, TICK_MS * 1000}};
    (void)sigaction(SIGALRM, &action, NULL);
    tree.deadline = now_plus(want.timeout_ms);
    if (want.timeout_ms > 0 || want.action == SLEEP)
        (void)setitimer(ITIMER_REAL, &tick, NULL);
}

static long number(const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0) {
        fprintf(stderr, "sysfault: not a number: %s\n", text);
        exit(EXIT_BROKEN);
    }
    return value;
}

static int errno_number(const char *name)
{
    for (int i = 1; i < 134; i++)
        if (strerrorname_np(i) != NULL && strcmp(strerrorname_np(i), name) == 0)
            return i;
    fprintf(stderr, "sysfault: no such errno: %s\n", name);
    exit(EXIT_BROKEN);
}

static void choose(char *names, bool is_only)
{
    want.has_only = true;
    for (size_t i = 0; i < sizeof want.only / sizeof *want.only && !is_only; i++)
        want.only[i] = true;
    for (char *name; (name = strsep(&names, ",")) != NULL;) {
        size_t nr = 0;
        while (nr < NAMES && (syscall_names[nr] == NULL || strcmp(syscall_names[nr], name) != 0))
            nr++;
        if (nr == NAMES) {
            fprintf(stderr, "sysfault: no such system call: %s\n", name);
            exit(EXIT_BROKEN);
        }
        want.only[nr] = is_only;
    }
}

static enum survivors survivors_named(const char *name)
{
    static const char *const names[] = {"kill", "detach", "wait"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum survivors)i;
    fprintf(stderr, "sysfault: --survivors is kill, detach or wait, not %s\n", name);
    exit(EXIT_BROKEN);
}

static const struct option options[] = {
    {"count", no_argument, NULL, 'c'},
    {"list", no_argument, NULL, 'l'},
    {"at", required_argument, NULL, 'a'},
    {"kill-caller", no_argument, NULL, 'k'},
    {"kill-tree", no_argument, NULL, 'K'},
    {"errno", required_argument, NULL, 'e'},
    {"script", required_argument, NULL, 's'},
    {"sleep-ms", required_argument, NULL, 'S'},
    {"onward", no_argument, NULL, 'w'},
    {"only", required_argument, NULL, 'o'},
    {"except", required_argument, NULL, 'x'},
    {"timeout-ms", required_argument, NULL, 't'},
    {"survivors", required_argument, NULL, 'v'},
    {"report", required_argument, NULL, 'r'},
    {},
};

static void set_option(int option)
{
    switch (option) {
    case 'c':
        want.action = COUNT;
        break;
    case 'l':
        want.action = LIST;
        break;
    case 'a':
        want.at = number(optarg);
        break;
    case 'k':
        want.action = KILL_CALLER;
        break;
    case 'K':
        want.action = KILL_TREE;
        break;
    case 'e':
        want.action = FAIL, want.fail_with = errno_number(optarg);
        break;
    case 's':
        want.action = SCRIPT, want.script = optarg;
        break;
    case 'S':
        want.action = SLEEP, want.sleep_ms = number(optarg);
        break;
    case 'w':
        want.is_onward = true;
        break;
    case 'o':
        choose(optarg, true);
        break;
    case 'x':
        choose(optarg, false);
        break;
    case 't':
        want.timeout_ms = number(optarg);
        break;
    case 'v':
        want.survivors = survivors_named(optarg);
        break;
    case 'r':
        tree.report = fopen(optarg, "we");
        if (tree.report == NULL)
            die(optarg);
        break;
    default:
        fputs(usage, stderr);
        exit(EXIT_BROKEN);
    }
}

int main(int argc, char **argv)
{
    tree.report = stderr;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;)
        set_option(option);
    if (optind == argc || (want.action > LIST) != (want.at > 0)) {
        fputs(usage, stderr);
        return EXIT_BROKEN;
    }
    start_clock();
    start(argv + optind);
    follow();
    if (want.action == COUNT)
        report("%ld\n", tree.count);
    else if (want.at > tree.count)
        report("not reached: %ld of %ld\n", tree.count, want.at);
    if (tree.is_hung)
        return EXIT_HANG;
    return WIFSIGNALED(tree.root_status) ? 128 + WTERMSIG(tree.root_status)
                                         : WEXITSTATUS(tree.root_status);
}
