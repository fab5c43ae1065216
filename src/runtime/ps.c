// SPDX-License-Identifier: Apache-2.0
// ps.c — the processes of a container, from its cgroup and /proc.
//
// The columns are those of `ps -ef`. Neither the host's ps nor, ever, the container's is executed
// (S-8). What a process says about itself (its command line) may hold anything: control characters
// are shown as '?'.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "runtime/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

enum { STAT_MAX = 4096, COMMAND_MAX = 4096, OUTPUT_MAX = 64 * 1024 * 1024 };

struct ps_options {
    const char *format;
};
static const struct option ps_table[] = {
    OPTION_TEXT(struct ps_options, format, "format", 'f', "format",
                "table or json (default table)"),
    {},
};

// What a line shows.
struct process {
    uid_t uid;
    uint64_t parent, cpu_percent, started_s, cpu_s;
    unsigned tty;
    char command[COMMAND_MAX + 1];
};

static void print_table(const pid_t *pids, size_t n, struct buf *out);
static void print_json(const pid_t *pids, size_t n, struct buf *out);

static int ps_run(struct command_call *call, struct err *err)
{
    const struct ps_options *options = call->options;
    const char *format = options->format != NULL ? options->format : "table";
    bool is_json = strcmp(format, "json") == 0;
    if (!is_json && strcmp(format, "table") != 0)
        return fail(err, ERR_INVALID, "ps: invalid --format \"%s\": expected table or json",
                    format);
    struct container container;
    if (container_open(call->runtime, call->arguments.at[0], CONTAINER_READ, &container, err) < 0)
        return -1;
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    int r = container.cgroup == NULL
                ? fail(err, ERR_CONFLICT, "ps: container \"%s\" has no cgroup to look into",
                       container.id)
                : cgroup_pids(container.cgroup, &pids, &n, err);
    container_close(&container);
    if (r < 0)
        return -1;
    AUTO_BUF struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (is_json)
        print_json(pids, n, &out);
    else
        print_table(pids, n, &out);
    fputs(buf_get(&out), stdout);
    return buf_check(&out, "the list of processes", err);
}

static void print_json(const pid_t *pids, size_t n, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%d", i != 0 ? "," : "", (int)pids[i]);
    buf_text(out, "]\n");
}

// The whole file below the process's directory, NULL when it is gone.
static const char *read_file(int dir, const char *name, struct buf *into)
{
    struct err ignored;
    buf_clear(into);
    return file_read_at(dir, name, into, &ignored) < 0 ? NULL : buf_get(into);
}

// The words are NUL-separated; a kernel thread or zombie has none and shows its name in brackets.
static void read_command(int dir, struct str name, struct process *out)
{
    ssize_t n = 0;
    AUTO_FD int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        n = read(fd, out->command, COMMAND_MAX);
    if (n <= 0) {
        snprintf(out->command, sizeof out->command, "[%.*s]", (int)name.n, name.at);
        n = (ssize_t)strlen(out->command);
    }
    while (n > 0 && out->command[n - 1] == '\0')
        n--;
    out->command[n] = '\0';
    for (ssize_t i = 0; i < n; i++) {
        if (out->command[i] == '\0')
            out->command[i] = ' ';
        else if ((unsigned char)out->command[i] < ' ' || out->command[i] == 0x7f)
            out->command[i] = '?';
    }
}

static double uptime_s(void)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    return (double)up.tv_sec + (double)up.tv_nsec / 1e9;
}

// Of proc(5)'s stat: what follows the name, which itself may hold blanks and parentheses. Fields
// count from 3.
static void read_stat(struct str stat, struct process *out)
{
    enum { PPID = 4, TTY = 7, UTIME = 14, STIME = 15, START = 22 };
    uint64_t field[START + 1] = {};
    for (size_t i = 3; i <= START && stat.n != 0; i++) {
        struct str word = str_cut(&stat, ' ');
        (void)str_to_u64(word, &field[i]); // the state is a letter, some are negative: not shown
    }
    uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
    double age_s = uptime_s() - (double)field[START] / (double)hz;
    out->parent = field[PPID];
    out->tty = (unsigned)field[TTY];
    out->cpu_s = (field[UTIME] + field[STIME]) / hz;
    out->started_s = (uint64_t)((double)time(NULL) - age_s);
    out->cpu_percent = age_s >= 1 ? (uint64_t)((double)out->cpu_s * 100 / age_s) : 0;
}

// False when the process has gone meanwhile.
static bool read_process(pid_t pid, struct process *out)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    AUTO_FD int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat owner;
    AUTO_BUF struct buf text;
    buf_init(&text, STAT_MAX);
    if (dir < 0 || fstat(dir, &owner) < 0 || read_file(dir, "stat", &text) == NULL)
        return false;
    out->uid = owner.st_uid;
    // The directory belongs to root when the process is not dumpable; status always tells.
    struct str stat = {text.at, text.n};
    struct str fields = str_cut_last(&stat, ')');
    (void)str_cut(&stat, '(');
    read_command(dir, stat, out);
    (void)str_cut(&fields, ' ');
    read_stat(fields, out);
    const char *status = read_file(dir, "status", &text);
    const char *line = status != NULL ? strstr(status, "\nUid:\t") : NULL;
    if (line != NULL) {
        struct str rest = str_of(line + strlen("\nUid:\t"));
        (void)str_cut(&rest, '\t'); // real, then effective
        (void)str_to_u32(str_cut(&rest, '\t'), &out->uid);
    }
    return true;
}

static void tty_name(unsigned device, char *out, size_t size)
{
    enum { PTS_FIRST = 136, PTS_LAST = 143, TTY_MAJOR = 4, TTYS_FIRST = 64 };
    unsigned major_number = major(device), minor_number = minor(device);
    if (device == 0)
        snprintf(out, size, "?");
    else if (major_number >= PTS_FIRST && major_number <= PTS_LAST)
        snprintf(out, size, "pts/%u", (major_number - PTS_FIRST) * 256 + minor_number);
    else if (major_number == TTY_MAJOR && minor_number < TTYS_FIRST)
        snprintf(out, size, "tty%u", minor_number);
    else
        snprintf(out, size, "%u:%u", major_number, minor_number);
}

static void print_process(pid_t pid, const struct process *process, struct buf *out)
{
    enum { A_DAY_S = 24 * 60 * 60, AN_HOUR_S = 60 * 60, A_MINUTE_S = 60 };
    char started[10], tty[24];
    time_t start = (time_t)process->started_s;
    struct tm local;
    localtime_r(&start, &local);
    strftime(started, sizeof started, time(NULL) - start < A_DAY_S ? "%H:%M" : "%b%d", &local);
    tty_name(process->tty, tty, sizeof tty);
    buf_printf(out, "%-8u %7d %7llu %2llu %5s %-8s %02llu:%02llu:%02llu %s\n", process->uid,
               (int)pid, (unsigned long long)process->parent,
               (unsigned long long)process->cpu_percent, started, tty,
               (unsigned long long)(process->cpu_s / AN_HOUR_S),
               (unsigned long long)(process->cpu_s / A_MINUTE_S % A_MINUTE_S),
               (unsigned long long)(process->cpu_s % A_MINUTE_S), process->command);
}

static void print_table(const pid_t *pids, size_t n, struct buf *out)
{
    buf_printf(out, "%-8s %7s %7s %2s %5s %-8s %8s %s\n", "UID", "PID", "PPID", "C", "STIME", "TTY",
               "TIME", "CMD");
    struct process process;
    for (size_t i = 0; i < n; i++) {
        if (read_process(pids[i], &process))
            print_process(pids[i], &process, out);
    }
}

const struct command ps_command = {.name = "ps",
                                   .arguments = "ID",
                                   .help = "Show the processes of a container",
                                   .options = ps_table,
                                   .options_size = sizeof(struct ps_options),
                                   .min = 1,
                                   .max = 1,
                                   .run = ps_run};
