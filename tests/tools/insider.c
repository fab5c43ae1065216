// SPDX-License-Identifier: Apache-2.0
// insider.c — what an attacker inside a container tries; it prints how far he got and damages
// nothing.
//
//     insider syscalls                each system call by number: denied (EPERM), absent (ENOSYS)
//     or reached insider sockets                 each family and type, by 64 and by 32 bits: denied
//     or reached insider namespaces              unshare, clone and clone3 with each flag: denied
//     or made insider files DIRECTORY         what below it is there and which files open for
//     writing insider devices ALL|FEW         nodes that can be made and opened, of each major
//     number insider device TYPE MAJOR MINOR which of r, w, m the device controller lets through
//     insider watch SECONDS           programs and descriptors of other processes that could be
//     looked at insider program SECONDS         tries to get the runtime's binary, from
//     /proc/PID/exe, opened for writing insider terminal                TIOCSTI and TIOCLINUX on
//     standard input, the controlling terminal insider descriptors             its own, with what
//     they lead to
//
// One static program: it needs nothing of the image. Digits in names become N where they only count
// things, so that the answers of two machines can be compared.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SYSCALLS = 512, FAMILIES = 64, MAJORS = 256, SEEN_MAX = 4096, DEPTH_MAX = 12 };

static int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static char *seen[SEEN_MAX];
static size_t n_seen;

// Prints each text once.
static void say_once(const char *text)
{
    for (size_t i = 0; i < n_seen; i++)
        if (strcmp(seen[i], text) == 0)
            return;
    if (n_seen < SEEN_MAX)
        seen[n_seen++] = strdup(text);
    puts(text);
    fflush(stdout);
}

static const char *outcome(long result)
{
    if (result < 0 && errno == EPERM)
        return "denied";
    if (result < 0 && errno == ENOSYS)
        return "absent";
    return "reached";
}

// --- syscalls
// ---------------------------------------------------------------------------------------------------------

// Each call is made by a child of its own with arguments that cannot be right: what comes back
// tells only whether the call was reached. A child that never comes back, or dies, has reached it.
static int try_syscalls(void)
{
    signal(SIGCHLD, SIG_DFL);
    for (int nr = 0; nr < SYSCALLS; nr++) {
        int pipes[2];
        if (pipe(pipes) < 0)
            return 1;
        pid_t child = fork();
        if (child == 0) {
            alarm(1);
            for (int fd = 0; fd < 3; fd++)
                close(fd);
            char answer = 'r';
            errno = 0;
            long result = syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
            answer = outcome(result)[0];
            if (write(pipes[1], &answer, 1) != 1)
                _exit(1);
            _exit(0);
        }
        close(pipes[1]);
        char answer = 'r';
        bool is_stopped = false;
        for (;;) { // pause, select …: a tenth of a second stands for "never"
            fd_set set;
            FD_ZERO(&set);
            FD_SET(pipes[0], &set);
            struct timeval limit = {0, 100'000};
            if (select(pipes[0] + 1, &set, NULL, NULL, &limit) <= 0)
                is_stopped = true;
            else if (read(pipes[0], &answer, 1) < 0)
                answer = 'r';
            break;
        }
        if (is_stopped)
            kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(pipes[0]);
        printf("%d %s\n", nr, answer == 'd' ? "denied" : answer == 'a' ? "absent" : "reached");
    }
    return 0;
}

// The 32-bit way in, with numbers of its own. Its pointers have 32 bits, too.
static long call32(long nr, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(nr), "b"(a), "c"(b), "d"(c)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

// In a child: a kernel without that way in answers with a signal.
static void try_socket32(const char *name, long nr, long a, long b, long c, int family)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        long result = call32(nr, a, b, c);
        errno = result < 0 ? (int)-result : 0;
        _exit(outcome(result < 0 ? -1 : 0)[0]);
    }
    int status;
    waitpid(child, &status, 0);
    int answer = WIFEXITED(status) ? WEXITSTATUS(status) : 'a';
    printf("%s %d %s\n", name, family,
           answer == 'd'   ? "denied"
           : answer == 'a' ? "absent"
                           : "reached");
}

static void try_sockets32(void)
{
    enum { NR_SOCKET = 359, NR_SOCKETCALL = 102, SOCKETCALL_SOCKET = 1 };
    uint32_t *args =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    for (int family = 0; family < FAMILIES; family++) {
        int type = family == 38 ? SOCK_SEQPACKET : SOCK_STREAM; // AF_ALG has only that
        args[0] = (uint32_t)family;
        args[1] = (uint32_t)type;
        args[2] = 0;
        try_socket32("socket32", NR_SOCKET, family, type, 0, family);
        try_socket32("socketcall32", NR_SOCKETCALL, SOCKETCALL_SOCKET, (long)(uintptr_t)args, 0,
                     family);
    }
}

static int try_sockets(void)
{
    try_sockets32();
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
    for (int family = 0; family < FAMILIES; family++) {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            int fd = socket(family, types[i], 0);
            printf("%d %d %s\n", family, types[i], outcome(fd));
            if (fd >= 0)
                close(fd);
        }
    }
    return 0;
}

static const struct {
    const char *name;
    unsigned long flag;
} spaces[] = {
    {"none", 0},           {"mount", CLONE_NEWNS},      {"uts", CLONE_NEWUTS},
    {"ipc", CLONE_NEWIPC}, {"user", CLONE_NEWUSER},     {"pid", CLONE_NEWPID},
    {"net", CLONE_NEWNET}, {"cgroup", CLONE_NEWCGROUP}, {"user,net", CLONE_NEWUSER | CLONE_NEWNET}};

static int in_child(long (*call)(unsigned long), unsigned long flag)
{
    pid_t child = fork();
    if (child == 0) {
        long result = call(flag);
        _exit(result == 0 ? 0 : result > 0 ? 0 : errno);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static long by_unshare(unsigned long flag)
{
    return unshare((int)flag);
}

static long by_clone(unsigned long flag)
{
    long pid = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : 0;
}

static long by_clone3(unsigned long flag)
{
    struct clone_args args = {.flags = flag, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : 0;
}

static int try_namespaces(void)
{
    const struct {
        const char *name;
        long (*call)(unsigned long);
    } calls[] = {{"unshare", by_unshare}, {"clone", by_clone}, {"clone3", by_clone3}};
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
        for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
            int why = in_child(calls[c].call, spaces[i].flag);
            printf("%s %s %s\n", calls[c].name, spaces[i].name,
                   why == 0        ? "made"
                   : why == ENOSYS ? "absent"
                                   : "denied");
        }
    }
    return 0;
}

// --- files
// ------------------------------------------------------------------------------------------------------------

// "cpu12" → "cpuN"; addresses and ids count things, too: a word with a digit that is all
// hexadecimal becomes N.
static void generalise(const char *path, char *out, size_t size)
{
    size_t at = 0;
    for (const char *c = path; *c != '\0' && at + 2 < size;) {
        if (isdigit((unsigned char)*c)) {
            out[at++] = 'N';
            while (isdigit((unsigned char)*c))
                c++;
        } else {
            out[at++] = *c++;
        }
    }
    out[at] = '\0';
}

// Root may open a file for writing that nobody was meant to write: only those with a mode that says
// so count. What is masked is the null device.
static void look_at(const char *path, const struct stat *st)
{
    char name[4096], line[4200];
    generalise(path, name, sizeof name);
    bool is_masked = S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
    (void)snprintf(line, sizeof line, "%s %s", is_masked ? "masked" : "there", name);
    say_once(line);
    if (is_masked || (st->st_mode & 0222) == 0)
        return;
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    close(fd);
    (void)snprintf(line, sizeof line, "writable %s", name);
    say_once(line);
}

static void walk(const char *directory, int depth)
{
    DIR *dir = depth < DEPTH_MAX ? opendir(directory) : NULL;
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        struct stat st;
        if (lstat(path, &st) < 0 || S_ISLNK(st.st_mode))
            continue;
        // Descriptors and threads of processes: the process itself is looked at once.
        bool is_alike = strcmp(entry->d_name, "task") == 0 || strcmp(entry->d_name, "fd") == 0 ||
                        strcmp(entry->d_name, "fdinfo") == 0 ||
                        strcmp(entry->d_name, "map_files") == 0;
        if (S_ISDIR(st.st_mode) && !(depth == 1 && is_alike))
            walk(path, depth + 1);
        else if (!S_ISDIR(st.st_mode))
            look_at(path, &st);
    }
    closedir(dir);
}

// --- devices
// ----------------------------------------------------------------------------------------------------------

static const char node[] = "/insider-node";

static bool may_open(mode_t type, unsigned major_number, unsigned minor_number, int flags)
{
    (void)unlink(node);
    if (mknod(node, type | 0600, makedev(major_number, minor_number)) < 0)
        return false;
    int fd = open(node, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int sys = errno;
    if (fd >= 0)
        close(fd);
    (void)unlink(node);
    return fd >= 0 || sys != EPERM;
}

// Read only: whatever is let through by mistake must not notice.
static int try_devices(bool is_all)
{
    static const mode_t types[] = {S_IFCHR, S_IFBLK};
    for (size_t t = 0; t < 2; t++) {
        for (unsigned major_number = 0; major_number < MAJORS; major_number++) {
            for (unsigned minor_number = 0; minor_number < 256;
                 minor_number += !is_all && minor_number >= 16 ? 16 : 1) {
                bool is_open = may_open(types[t], major_number, minor_number, O_RDONLY);
                if (is_open && major_number == 136)
                    say_once("c 136:*");
                else if (is_open)
                    printf("%c %u:%u\n", t == 0 ? 'c' : 'b', major_number, minor_number);
            }
        }
    }
    return 0;
}

// The node is there already (made from outside); what the controller lets through fails with ENXIO,
// no such driver.
static int try_device(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return 1;
    bool is_readable = open(path, O_RDONLY | O_NONBLOCK) >= 0 || errno != EPERM;
    bool is_writable = open(path, O_WRONLY | O_NONBLOCK) >= 0 || errno != EPERM;
    (void)unlink(node);
    bool is_makeable = mknod(node, (st.st_mode & S_IFMT) | 0600, st.st_rdev) == 0;
    (void)unlink(node);
    printf("%s %s%s%s%s\n", strrchr(path, '/') + 1, is_readable ? "r" : "", is_writable ? "w" : "",
           is_makeable ? "m" : "", is_readable || is_writable || is_makeable ? "" : "-");
    return 0;
}

// --- other processes
// --------------------------------------------------------------------------------------------------

static void note_link(const char *what, const char *path)
{
    char target[4096], name[4096], line[4200];
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return;
    target[n] = '\0';
    generalise(target, name, sizeof name);
    (void)snprintf(line, sizeof line, "%s %s", what, name);
    say_once(line);
}

static void look_into(const char *pid)
{
    char path[300];
    (void)snprintf(path, sizeof path, "/proc/%s/exe", pid);
    note_link("program", path);
    (void)snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *fds = opendir(path);
    for (struct dirent *entry; fds != NULL && (entry = readdir(fds)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, entry->d_name);
        if (entry->d_name[0] != '.')
            note_link("descriptor", path);
    }
    if (fds != NULL)
        closedir(fds);
}

// Calls `look` with each other process's number, again and again.
static int for_each_process(int seconds, void (*look)(const char *))
{
    time_t end = time(NULL) + seconds;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 1;
    puts("looking");
    fflush(stdout);
    while (time(NULL) < end) {
        rewinddir(proc);
        for (struct dirent *entry; (entry = readdir(proc)) != NULL;)
            if (isdigit((unsigned char)entry->d_name[0]) && number(entry->d_name) != getpid() &&
                number(entry->d_name) != 1)
                look(entry->d_name);
    }
    closedir(proc);
    return 0;
}

static void try_to_write(int program)
{
    char path[64], line[200];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", program);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    (void)snprintf(line, sizeof line, "open for writing: %s",
                   fd >= 0 ? "SUCCESS" : strerrorname_np(errno));
    say_once(line);
    if (fd >= 0)
        close(fd);
    int result = chmod(path, 0755);
    (void)snprintf(line, sizeof line, "change the mode: %s",
                   result == 0 ? "SUCCESS" : strerrorname_np(errno));
    say_once(line);
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
    result =
        (int)syscall(SYS_mount_setattr, program, "", AT_EMPTY_PATH, &writable, sizeof writable);
    (void)snprintf(line, sizeof line, "make the mount writable: %s",
                   result == 0 ? "SUCCESS" : strerrorname_np(errno));
    say_once(line);
}

static int seized = -1;

// Any program that is neither this one nor the image's is kept open.
static void seize_program(const char *pid)
{
    char path[64];
    struct stat st, own, shell;
    (void)snprintf(path, sizeof path, "/proc/%s/exe", pid);
    int program = open(path, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return;
    if (fstat(program, &st) == 0 && stat("/proc/self/exe", &own) == 0 &&
        stat("/bin/busybox", &shell) == 0 && (st.st_ino != own.st_ino || st.st_dev != own.st_dev) &&
        (st.st_ino != shell.st_ino || st.st_dev != shell.st_dev)) {
        say_once("seized");
        try_to_write(program);
        if (seized < 0) {
            seized = program;
            return;
        }
    }
    close(program);
}

// As long as anybody runs it ETXTBSY protects it: only afterwards is it seen what else does.
static int seize(int seconds)
{
    int result = for_each_process(seconds, seize_program);
    for (int i = 0; i < 50 && seized >= 0; i++) {
        try_to_write(seized);
        usleep(20'000);
    }
    puts("done");
    return result;
}

// --- itself
// -----------------------------------------------------------------------------------------------------------

static int try_terminal(void)
{
    char letter = 'X';
    printf("TIOCSTI %s\n", ioctl(0, TIOCSTI, &letter) == 0 ? "SUCCESS" : strerrorname_np(errno));
    char selection = 2; // TIOCL_SETSEL's neighbour: paste
    printf("TIOCLINUX %s\n",
           ioctl(0, TIOCLINUX, &selection) == 0 ? "SUCCESS" : strerrorname_np(errno));
    printf("controlling terminal %s\n",
           open("/dev/tty", O_RDWR | O_NOCTTY) >= 0 ? "OPEN" : strerrorname_np(errno));
    printf("session %s\n", getsid(0) == getpid() ? "own" : "inherited");
    return 0;
}

static int list_descriptors(void)
{
    char path[64], target[4096];
    for (int fd = 0; fd < 4096; fd++) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
            continue;
        target[n] = '\0';
        printf("%d %s\n", fd, target);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *arg = argc > 2 ? argv[2] : "";
    if (strcmp(what, "syscalls") == 0)
        return try_syscalls();
    if (strcmp(what, "sockets") == 0)
        return try_sockets();
    if (strcmp(what, "namespaces") == 0)
        return try_namespaces();
    if (strcmp(what, "files") == 0) {
        for (int i = 2; i < argc; i++)
            walk(argv[i], 0);
        return 0;
    }
    if (strcmp(what, "devices") == 0)
        return try_devices(strcmp(arg, "ALL") == 0);
    if (strcmp(what, "device") == 0) {
        int result = 0;
        for (int i = 2; i < argc; i++)
            result |= try_device(argv[i]);
        return result;
    }
    if (strcmp(what, "watch") == 0)
        return for_each_process(number(arg), look_into);
    if (strcmp(what, "program") == 0)
        return seize(number(arg));
    if (strcmp(what, "terminal") == 0)
        return try_terminal();
    if (strcmp(what, "descriptors") == 0)
        return list_descriptors();
    fputs("usage: insider syscalls|sockets|namespaces|files DIR|devices ALL|FEW|device NODE…|watch "
          "S|program S|"
          "terminal|descriptors\n",
          stderr);
    return 2;
}
