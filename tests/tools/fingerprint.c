// SPDX-License-Identifier: Apache-2.0
// fingerprint.c — how well a running process is isolated, as text that is the same for each start
// with the same options.
//
//     fingerprint [--raw] [--replace TEXT=NAME]... PID    one fact a line, in a fixed order
//     fingerprint diff A B     lines of file A only (-) and of B only (+); fails when there is one
//
// Seen from outside, by root, through /proc/PID and its root directory, so a container cannot lie
// about itself. Nothing that changes from run to run is printed (pids, mount ids, inode and device
// numbers) unless --raw; what remains of a container's own name or directory is replaced by
// --replace. The reader's own namespaces stand for the host's. mountinfo shows every per-mount
// attribute that statmount(2) has (idmapped and nosymfollow too), on all kernels.
//
// Not here: the session keyring and Landlock domains of another process, which the kernel shows to
// nobody, and eBPF device programs of cgroup v2.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define REPLACEMENTS_MAX 16

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

static struct {
    const char *text, *name;
} replacements[REPLACEMENTS_MAX];
static size_t n_replacements;
static bool is_raw;
static int proc = -1; // /proc/PID
static pid_t pid;

// --- output
// ---------------------------------------------------------------------------------------------------------

static char *replaced(char *line, const char *text, const char *name)
{
    for (char *at; (at = strstr(line, text)) != NULL;) {
        char *longer;
        if (asprintf(&longer, "%.*s%s%s", (int)(at - line), line, name, at + strlen(text)) < 0)
            abort();
        free(line);
        line = longer;
    }
    return line;
}

__attribute__((format(printf, 1, 2))) static void emit(const char *format, ...)
{
    char *line;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&line, format, args);
    va_end(args);
    if (n < 0)
        abort();
    for (size_t i = 0; i < n_replacements; i++)
        line = replaced(line, replacements[i].text, replacements[i].name);
    puts(line);
    free(line);
}

// The whole of a file of /proc, or NULL. Never NULL-terminated by accident: the text may hold NULs.
static char *read_at(int dir, const char *path)
{
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t n = 0, size = 65536;
    char *text = malloc(size + 1);
    for (ssize_t got; text != NULL && (got = read(fd, text + n, size - n)) > 0;) {
        n += (size_t)got;
        if (n == size)
            text = realloc(text, (size *= 2) + 1);
    }
    (void)close(fd);
    if (text == NULL)
        abort();
    text[n] = '\0';
    return text;
}

static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        char c = *from == '\t' || *from == '\n' ? ' ' : *from;
        if (c == ' ' && (to == text || to[-1] == ' '))
            continue;
        *to++ = c;
    }
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

static void emit_file(const char *name, const char *path)
{
    char *text = read_at(proc, path);
    if (text != NULL)
        squeeze(text);
    emit("%s %s", name, text == NULL ? "absent" : text);
    free(text);
}

static void link_text(int dir, const char *path, char *text, size_t size)
{
    ssize_t n = readlinkat(dir, path, text, size - 1);
    text[n < 0 ? 0 : n] = '\0';
}

// --- the process
// ----------------------------------------------------------------------------------------------------

// What /proc/PID/status says, by our names.
static void emit_status(void)
{
    static const char *const fields[][2] = {
        {"Uid:", "uid"},
        {"Gid:", "gid"},
        {"Groups:", "groups"},
        {"Umask:", "umask"},
        {"CapInh:", "cap-inheritable"},
        {"CapPrm:", "cap-permitted"},
        {"CapEff:", "cap-effective"},
        {"CapBnd:", "cap-bounding"},
        {"CapAmb:", "cap-ambient"},
        {"NoNewPrivs:", "no-new-privs"},
        {"Seccomp:", "seccomp"},
        {"Seccomp_filters:", "seccomp-filters"},
        {"Speculation_Store_Bypass:", "speculation-store-bypass"},
        {"SpeculationIndirectBranch:", "speculation-indirect-branch"},
        {"SigBlk:", "signals-blocked"},
        {"SigIgn:", "signals-ignored"},
        {"SigCgt:", "signals-caught"},
        {"Cpus_allowed_list:", "cpus-allowed"},
        {"Mems_allowed_list:", "memory-nodes-allowed"},
        {"THP_enabled:", "huge-pages"},
    };
    char *text = read_at(proc, "status");
    for (size_t i = 0; text != NULL && i < sizeof fields / sizeof *fields; i++) {
        char *at = strstr(text, fields[i][0]);
        if (at == NULL)
            continue;
        char *value = strndup(at + strlen(fields[i][0]), strcspn(at, "\n") - strlen(fields[i][0]));
        squeeze(value);
        emit("%s %s", fields[i][1], value);
        free(value);
    }
    const char *levels = text ? strstr(text, "NSpid:") : NULL;
    int n = 0;
    for (; levels != NULL && *levels != '\n'; levels++)
        n += *levels == '\t';
    emit("pid-namespace-levels %d", n);
    free(text);
}

static void emit_session(void)
{
    char *stat = read_at(proc, "stat");
    const char *rest = stat ? strrchr(stat, ')') : NULL;
    long fields[5] = {0}; // ppid pgrp session tty_nr tpgid
    if (rest != NULL && strlen(rest) > 4) {
        char *at = (char *)rest + 4;
        for (int i = 0; i < 5; i++)
            fields[i] = strtol(at, &at, 10);
    }
    emit("session-leader %s", fields[2] == pid ? "yes" : "no");
    emit("process-group-leader %s", fields[1] == pid ? "yes" : "no");
    emit("terminal %s", fields[3] == 0 ? "none" : "yes");
    free(stat);
}

static void emit_scheduler(void)
{
    struct sched_param param = {0};
    int policy = sched_getscheduler(pid);
    (void)sched_getparam(pid, &param);
    emit("scheduler %d priority %d nice %d", policy, param.sched_priority,
         getpriority(PRIO_PROCESS, (id_t)pid));
    emit("io-priority %ld", syscall(SYS_ioprio_get, 1, pid));
    emit_file("timer-slack-ns", "timerslack_ns");
}

static void emit_limits(void)
{
    char *text = read_at(proc, "limits"), *rest = text;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "Max ", 4) != 0)
            continue;
        squeeze(line);
        emit("limit %s", line + 4);
    }
    free(text);
}

static const char *access_text(int flags)
{
    int mode = flags & O_ACCMODE;
    if (flags & O_PATH)
        return "path";
    return mode == O_RDONLY ? "r" : mode == O_WRONLY ? "w" : "rw";
}

static void emit_fd(const char *name)
{
    char path[300], target[4096];
    struct stat st;
    (void)snprintf(path, sizeof path, "fd/%s", name);
    link_text(proc, path, target, sizeof target);
    if (fstatat(proc, path, &st, 0) < 0)
        st.st_mode = 0;
    (void)snprintf(path, sizeof path, "fdinfo/%s", name);
    char *info = read_at(proc, path);
    const char *at = info ? strstr(info, "flags:") : NULL;
    int flags = at ? (int)strtol(at + 6, NULL, 8) : 0;
    free(info);
    const char *closes = flags & O_CLOEXEC ? " cloexec" : "";
    if (S_ISCHR(st.st_mode))
        emit("fd %s device %u:%u %s%s", name, major(st.st_rdev), minor(st.st_rdev),
             access_text(flags), closes);
    else if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
        emit("fd %s %s %s%s", name, S_ISFIFO(st.st_mode) ? "pipe" : "socket", access_text(flags),
             closes);
    else
        emit("fd %s %s %s%s", name, target, access_text(flags), closes);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return (int)(strtol((*a)->d_name, NULL, 10) - strtol((*b)->d_name, NULL, 10));
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void emit_fds(void)
{
    struct dirent **entries;
    int n = scandirat(proc, "fd", &entries, not_dots, by_number);
    for (int i = 0; i < n; i++) {
        emit_fd(entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

// --- namespaces and cgroups
// -----------------------------------------------------------------------------------------

static void emit_namespaces(void)
{
    static const char *const kinds[] = {"cgroup", "ipc",  "mnt",  "net",
                                        "pid",    "time", "user", "uts"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64], target[64];
        struct stat theirs, ours;
        (void)snprintf(path, sizeof path, "ns/%s", kinds[i]);
        link_text(proc, path, target, sizeof target);
        bool known = fstatat(proc, path, &theirs, 0) == 0;
        (void)snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        known = known && stat(path, &ours) == 0;
        const char *relation = !known                         ? "unknown"
                               : theirs.st_ino == ours.st_ino ? "of the host"
                                                              : "own";
        emit("namespace %s %s%s%s", kinds[i], relation, is_raw ? " " : "", is_raw ? target : "");
    }
    emit_file("uid-map", "uid_map");
    emit_file("gid-map", "gid_map");
    emit_file("setgroups", "setgroups");
    emit_file("time-offsets", "timens_offsets");
}

static void emit_cgroup_files(const char *directory)
{
    static const char *const files[] = {
        "cpu.cfs_period_us",
        "cpu.cfs_quota_us",
        "cpu.idle",
        "cpu.max",
        "cpu.shares",
        "cpu.weight",
        "cpuset.cpus",
        "cpuset.mems",
        "devices.list",
        "freezer.state",
        "io.max",
        "io.weight",
        "memory.high",
        "memory.limit_in_bytes",
        "memory.low",
        "memory.max",
        "memory.memsw.limit_in_bytes",
        "memory.oom_control",
        "memory.soft_limit_in_bytes",
        "memory.swap.max",
        "memory.swappiness",
        "pids.max",
    };
    int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dir >= 0 && i < sizeof files / sizeof *files; i++) {
        char *text = read_at(dir, files[i]);
        if (text == NULL)
            continue;
        char *kills = strstr(text, "oom_kill "); // a counter
        if (kills != NULL)
            *kills = '\0';
        squeeze(text);
        emit("cgroup-file %s %s", files[i], text);
        free(text);
    }
    if (dir >= 0)
        (void)close(dir);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Lines `7:blkio:/path`: the hierarchy's number is of this boot only.
static void emit_cgroups(void)
{
    char *text = read_at(proc, "cgroup"), *rest = text, *lines[64];
    size_t n = 0;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL && n < 64;) {
        char *colon = strchr(line, ':');
        if (colon != NULL)
            lines[n++] = colon + 1;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        char *path = strchr(lines[i], ':'), directory[4096];
        *path++ = '\0';
        const char *name = strncmp(lines[i], "name=", 5) == 0 ? lines[i] + 5 : lines[i];
        emit("cgroup %s %s", *lines[i] ? lines[i] : "v2", path);
        (void)snprintf(directory, sizeof directory, "/sys/fs/cgroup/%s%s", *name ? name : "unified",
                       path);
        if (*name == '\0' && access(directory, F_OK) < 0)
            (void)snprintf(directory, sizeof directory, "/sys/fs/cgroup%s", path);
        if (strcmp(path, "/") != 0)
            emit_cgroup_files(directory);
    }
    free(text);
}

// --- the file system
// ------------------------------------------------------------------------------------------------

struct mount {
    char *point, *line;
    int order;
};

// shared:12 master:3 and the like: the kind counts, not the number.
static void without_numbers(char *optional)
{
    char *to = optional;
    for (const char *from = optional; *from != '\0'; from++)
        if (*from != ':' && !(*from >= '0' && *from <= '9'))
            *to++ = *from;
    *to = '\0';
}

static bool mount_parse(char *line, struct mount *mount)
{
    char *fields[6], *rest = line;
    char *tail = strstr(line, " - ");
    if (tail == NULL)
        return false;
    *tail = '\0';
    for (int i = 0; i < 6; i++)
        if ((fields[i] = strsep(&rest, " ")) == NULL)
            return false;
    char nothing[1] = "", *optional = rest == NULL ? nothing : rest;
    without_numbers(optional);
    tail += 3;
    char *type = strsep(&tail, " "), *source = strsep(&tail, " "), *super = tail;
    if (source == NULL || super == NULL)
        return false;
    mount->point = fields[4];
    if (asprintf(&mount->line,
                 "mount %s type %s from %s root %s flags %s super %s propagation %s%s%s", fields[4],
                 type, source, fields[3], fields[5], super, *optional ? optional : "private",
                 is_raw ? " device " : "", is_raw ? fields[2] : "") < 0)
        abort();
    return true;
}

// By mount point; what is mounted over another stays after it.
static int by_point(const void *a, const void *b)
{
    const struct mount *x = a, *y = b;
    int order = strcmp(x->point, y->point);
    return order != 0 ? order : x->order - y->order;
}

static void emit_mounts(void)
{
    char *text = read_at(proc, "mountinfo"), *rest = text;
    struct mount *mounts = NULL;
    size_t n = 0;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        mounts = reallocarray(mounts, n + 1, sizeof *mounts);
        if (mounts == NULL)
            abort();
        mounts[n].order = (int)n;
        n += mount_parse(line, &mounts[n]);
    }
    qsort(mounts, n, sizeof *mounts, by_point);
    for (size_t i = 0; i < n; i++) {
        emit("%s", mounts[i].line);
        free(mounts[i].line);
    }
    free(mounts);
    free(text);
}

static int open_inside(int root, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static void emit_guarded_path(int root, const char *path)
{
    struct stat st;
    struct statfs fs;
    int fd = open_inside(root, path);
    if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0) {
        emit("guard %s absent", path);
    } else {
        bool is_null = S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
        const char *what = is_null ? "null device" : fs.f_type == TMPFS_MAGIC ? "tmpfs" : "visible";
        emit("guard %s %s %s", path, what, fs.f_flags & ST_RDONLY ? "ro" : "rw");
    }
    if (fd >= 0)
        (void)close(fd);
}

static void emit_guarded_paths(int root)
{
    static const char *const paths[] = {
        "/proc",
        "/proc/acpi",
        "/proc/asound",
        "/proc/bus",
        "/proc/fs",
        "/proc/interrupts",
        "/proc/irq",
        "/proc/kallsyms",
        "/proc/kcore",
        "/proc/keys",
        "/proc/kmsg",
        "/proc/latency_stats",
        "/proc/mtrr",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/self/attr",
        "/proc/sys",
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/vm",
        "/proc/sysrq-trigger",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        "/sys/fs/bpf",
        "/sys/fs/cgroup",
        "/sys/kernel",
        "/sys/kernel/debug",
        "/sys/kernel/security",
        "/sys/module",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        emit_guarded_path(root, paths[i]);
}

static void emit_device(int dev, const char *name)
{
    struct stat st;
    char target[4096];
    if (fstatat(dev, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    link_text(dev, name, target, sizeof target);
    if (S_ISLNK(st.st_mode))
        emit("dev %s -> %s", name, target);
    else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        emit("dev %s %c %u:%u mode %04o owner %u:%u", name, S_ISCHR(st.st_mode) ? 'c' : 'b',
             major(st.st_rdev), minor(st.st_rdev), st.st_mode & 07777, st.st_uid, st.st_gid);
    else
        emit("dev %s %s mode %04o owner %u:%u", name, S_ISDIR(st.st_mode) ? "directory" : "file",
             st.st_mode & 07777, st.st_uid, st.st_gid);
}

static void emit_devices(int root)
{
    struct dirent **entries;
    int dev = open_inside(root, "/dev");
    int n = dev < 0 ? -1 : scandirat(dev, ".", &entries, not_dots, alphasort);
    for (int i = 0; i < n; i++) {
        emit_device(dev, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    if (dev >= 0)
        (void)close(dev);
}

static void emit_root(void)
{
    char target[4096];
    struct stat theirs, ours;
    link_text(proc, "root", target, sizeof target);
    bool same = fstatat(proc, "root", &theirs, 0) == 0 && stat("/", &ours) == 0 &&
                theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
    emit("root %s %s", target, same ? "of the host" : "own");
    link_text(proc, "cwd", target, sizeof target);
    emit("cwd %s", target);
}

// Where the reader itself lives is no fact about the other: containers started by it may be below.
static void hide_own_cgroups(void)
{
    char *rest = read_at(AT_FDCWD, "/proc/self/cgroup"); // kept: the replacements point into it
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        const char *path = strchr(line, '/');
        if (path != NULL && path[1] != '\0' && n_replacements < REPLACEMENTS_MAX) {
            replacements[n_replacements].text = path;
            replacements[n_replacements++].name = "<reader>";
        }
    }
}

static int print_fingerprint(void)
{
    char path[64];
    hide_own_cgroups();
    (void)snprintf(path, sizeof path, "/proc/%d", pid);
    proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int root = proc < 0 ? -1 : openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        fprintf(stderr, "fingerprint: process %d: %s\n", pid, strerror(errno));
        return 2;
    }
    emit_status();
    emit_session();
    emit_scheduler();
    emit_limits();
    emit_file("oom-score-adj", "oom_score_adj");
    emit_file("personality", "personality");
    emit_file("security-label", "attr/current");
    emit_file("core-dump-filter", "coredump_filter");
    emit_namespaces();
    emit_cgroups();
    emit_root();
    emit_fds();
    emit_mounts();
    emit_guarded_paths(root);
    emit_devices(root);
    return 0;
}

// --- diff
// -----------------------------------------------------------------------------------------------------------

static char *read_file(const char *path)
{
    char *text = read_at(AT_FDCWD, path);
    if (text == NULL) {
        fprintf(stderr, "fingerprint: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    return text;
}

// Takes one line equal to this out of the text (by clearing it), so that a line that is there twice
// counts twice.
static bool strike(char *text, const char *line)
{
    size_t n = strlen(line);
    for (char *at = text; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        if (strncmp(at, line, n) == 0 && (at[n] == '\n' || at[n] == '\0') && n > 0) {
            memset(at, '\n', n);
            return true;
        }
    }
    return false;
}

static int print_difference(const char *a, const char *b)
{
    char *old = read_file(a), *new = read_file(b), *rest = old;
    int status = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0' && !strike(new, line)) {
            printf("- %s\n", line);
            status = 1;
        }
    }
    rest = new;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0') {
            printf("+ %s\n", line);
            status = 1;
        }
    }
    free(old);
    free(new);
    return status;
}

static int usage(void)
{
    fputs("usage: fingerprint [--raw] [--replace TEXT=NAME]... PID | fingerprint diff FILE FILE\n",
          stderr);
    return 2;
}

// The later name may not hold the text, or replacing would not end.
static bool add_replacement(char *argument)
{
    char *equals = strrchr(argument, '=');
    if (equals == NULL || equals == argument || n_replacements == REPLACEMENTS_MAX)
        return false;
    *equals = '\0';
    replacements[n_replacements].text = argument;
    replacements[n_replacements++].name = equals + 1;
    return strstr(equals + 1, argument) == NULL;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "diff") == 0)
        return print_difference(argv[2], argv[3]);
    int i = 1;
    for (; i < argc - 1; i++) {
        if (strcmp(argv[i], "--raw") == 0)
            is_raw = true;
        else if (strcmp(argv[i], "--replace") != 0 || !add_replacement(argv[++i]))
            return usage();
    }
    if (i != argc - 1)
        return usage();
    char *end;
    pid = (pid_t)strtol(argv[i], &end, 10);
    return *end != '\0' || pid <= 0 ? usage() : print_fingerprint();
}
