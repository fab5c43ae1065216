// SPDX-License-Identifier: Apache-2.0
// process_columns.c — /proc read as ps shows it.
//
// No program is executed, the container's never (S-8; CVE-2021-20188 was a ps of the container's).
// What a process says about itself may hold anything: control characters are shown as '?'.
// Kernel: proc(5), /proc/PID/stat and status.
#include "engine/process_columns.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024, COMMAND_MAX = 4096, STAT_FIELDS = 53 };
enum {
    PPID = 4,
    PGRP = 5,
    SESSION = 6,
    TTY = 7,
    UTIME = 14,
    STIME = 15,
    PRIORITY = 18,
    NICE = 19,
    THREADS = 20,
    START = 22,
    VSIZE = 23,
    RSS = 24
};

struct process {
    pid_t pid;
    uint32_t uid, gid;
    const char *name, *command;
    char state;
    int64_t fields[STAT_FIELDS]; // of /proc/PID/stat, counted as proc(5) does
    double age_s;
};

// --- reading ---

static double since_boot_s(void)
{
    struct timespec up;
    (void)clock_gettime(CLOCK_BOOTTIME, &up); // cannot fail for this clock
    return (double)up.tv_sec + (double)up.tv_nsec / 1e9;
}

static double ticks_s(int64_t ticks)
{
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static const char *printable(struct arena *arena, const char *bytes, size_t n)
{
    while (n > 0 && bytes[n - 1] == '\0')
        n--;
    char *text = arena_alloc(arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        text[i] = bytes[i];
        if (c == '\0')
            text[i] = ' ';
        else if (c < ' ' || c == 0x7f)
            text[i] = '?';
    }
    return text;
}

// A kernel thread or zombie has no words and shows its name in brackets.
static const char *read_command(struct arena *arena, int dir, const char *name)
{
    char words[COMMAND_MAX];
    AUTO_FD int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, words, sizeof words) : 0;
    return n > 0 ? printable(arena, words, (size_t)n) : arena_printf(arena, "[%s]", name);
}

// Fields count from 3: what follows the name, which itself may hold blanks and parentheses.
static void read_stat(struct arena *arena, struct str stat, struct process *out)
{
    struct str fields = str_cut_last(&stat, ')');
    (void)str_cut(&stat, '(');
    out->name = printable(arena, stat.at, stat.n);
    fields = str_trim(fields);
    out->state = fields.n != 0 ? fields.at[0] : '?';
    for (size_t i = 3; i < STAT_FIELDS && fields.n != 0; i++) {
        struct str word = str_cut(&fields, ' ');
        bool is_negative = str_starts(word, "-");
        if (is_negative)
            word = (struct str){word.at + 1, word.n - 1};
        uint64_t number = 0;
        (void)str_to_u64(word, &number); // the state is a letter
        out->fields[i] = is_negative ? -(int64_t)number : (int64_t)number;
    }
    out->age_s = since_boot_s() - ticks_s(out->fields[START]);
}

// The second number: the effective one.
static void read_id(const char *status, const char *line, uint32_t *out)
{
    const char *at = strstr(status, line);
    if (at == NULL)
        return;
    struct str rest = str_of(at + strlen(line));
    (void)str_cut(&rest, '\t');
    (void)str_to_u32(str_cut(&rest, '\t'), out); // else it stays the directory's owner
}

static bool read_process(struct arena *arena, pid_t pid, struct process *out)
{
    AUTO_FD int dir =
        open(arena_printf(arena, "/proc/%d", (int)pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_BUF struct buf stat, status;
    buf_init(&stat, FILE_MAX);
    buf_init(&status, FILE_MAX);
    struct err ignored; // it has ended
    if (dir < 0 || file_read_at(dir, "stat", &stat, &ignored) < 0 ||
        file_read_at(dir, "status", &status, &ignored) < 0)
        return false;
    *out = (struct process){.pid = pid};
    read_stat(arena, (struct str){stat.at, stat.n}, out);
    read_id(buf_get(&status), "\nUid:\t", &out->uid);
    read_id(buf_get(&status), "\nGid:\t", &out->gid);
    out->command = read_command(arena, dir, out->name);
    return true;
}

// --- columns ---

// The host's name of a number: what is not in the file, or not readable, is shown as a number.
static const char *name_of(struct arena *arena, const char *file, uint32_t id)
{
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    struct err ignored; // then it is a number
    if (file_read_at(AT_FDCWD, file, &text, &ignored) == 0) {
        struct str rest = {text.at, text.n};
        while (rest.n != 0) {
            struct str line = str_cut(&rest, '\n');
            struct str name = str_cut(&line, ':');
            uint32_t number;
            (void)str_cut(&line, ':');
            if (str_to_u32(str_cut(&line, ':'), &number) && number == id)
                return arena_strndup(arena, name.at, name.n);
        }
    }
    return arena_printf(arena, "%u", id);
}

static const char *show_user(struct arena *arena, const struct process *it)
{
    return name_of(arena, "/etc/passwd", it->uid);
}
static const char *show_group(struct arena *arena, const struct process *it)
{
    return name_of(arena, "/etc/group", it->gid);
}
static const char *show_uid(struct arena *arena, const struct process *it)
{
    return arena_printf(arena, "%u", it->uid);
}
static const char *show_gid(struct arena *arena, const struct process *it)
{
    return arena_printf(arena, "%u", it->gid);
}
static const char *show_pid(struct arena *arena, const struct process *it)
{
    return arena_printf(arena, "%d", (int)it->pid);
}

static const char *show_number(struct arena *arena, int64_t number)
{
    return arena_printf(arena, "%jd", (intmax_t)number);
}
#define SHOW_FIELD(name, field)                                                                    \
    static const char *show_##name(struct arena *arena, const struct process *it)                  \
    {                                                                                              \
        return show_number(arena, it->fields[field]);                                              \
    }
SHOW_FIELD(ppid, PPID)
SHOW_FIELD(pgid, PGRP)
SHOW_FIELD(sid, SESSION)
SHOW_FIELD(nice, NICE)
SHOW_FIELD(priority, PRIORITY)
SHOW_FIELD(threads, THREADS)

static double cpu_s(const struct process *it)
{
    return ticks_s(it->fields[UTIME] + it->fields[STIME]);
}
static double cpu_percent(const struct process *it)
{
    return it->age_s > 0 ? cpu_s(it) * 100 / it->age_s : 0;
}
static const char *show_c(struct arena *arena, const struct process *it)
{
    double percent = cpu_percent(it);
    return arena_printf(arena, "%d", percent > 99 ? 99 : (int)percent);
}
static const char *show_pcpu(struct arena *arena, const struct process *it)
{
    return arena_printf(arena, "%.1f", cpu_percent(it));
}

static int64_t rss_bytes(const struct process *it)
{
    return it->fields[RSS] * sysconf(_SC_PAGESIZE);
}
static const char *show_rss(struct arena *arena, const struct process *it)
{
    return show_number(arena, rss_bytes(it) / 1024);
}
static const char *show_vsz(struct arena *arena, const struct process *it)
{
    return show_number(arena, it->fields[VSIZE] / 1024);
}
static const char *show_pmem(struct arena *arena, const struct process *it)
{
    double all = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return arena_printf(arena, "%.1f", (double)rss_bytes(it) * 100 / all);
}

// The hour of one that is not a day old, else the day.
static const char *show_start(struct arena *arena, const struct process *it)
{
    enum { A_DAY_S = 24 * 60 * 60 };
    char text[16] = "";
    time_t start = time(NULL) - (time_t)it->age_s;
    struct tm local = {};
    (void)localtime_r(&start, &local);
    (void)strftime(text, sizeof text, it->age_s < A_DAY_S ? "%H:%M" : "%b%d", &local);
    return arena_strdup(arena, text);
}

// [days-]hours:minutes:seconds
static const char *span(struct arena *arena, int64_t seconds)
{
    enum { A_DAY_S = 24 * 60 * 60 };
    const char *days = "";
    if (seconds >= A_DAY_S)
        days = arena_printf(arena, "%jd-", (intmax_t)(seconds / A_DAY_S));
    seconds %= A_DAY_S;
    return arena_printf(arena, "%s%02d:%02d:%02d", days, (int)(seconds / 3600),
                        (int)(seconds / 60 % 60), (int)(seconds % 60));
}
static const char *show_time(struct arena *arena, const struct process *it)
{
    return span(arena, (int64_t)cpu_s(it));
}
static const char *show_elapsed(struct arena *arena, const struct process *it)
{
    return span(arena, (int64_t)it->age_s);
}

static const char *show_tty(struct arena *arena, const struct process *it)
{
    enum { PTS_FIRST = 136, PTS_LAST = 143, TTY_MAJOR = 4, TTYS_FIRST = 64 };
    unsigned device = (unsigned)it->fields[TTY], kind = major(device), number = minor(device);
    if (device == 0)
        return "?";
    if (kind >= PTS_FIRST && kind <= PTS_LAST)
        return arena_printf(arena, "pts/%u", (kind - PTS_FIRST) * 256 + number);
    if (kind == TTY_MAJOR && number < TTYS_FIRST)
        return arena_printf(arena, "tty%u", number);
    return arena_printf(arena, "%u:%u", kind, number);
}
static const char *show_state(struct arena *arena, const struct process *it)
{
    return arena_printf(arena, "%c", it->state);
}
// More of it: a session's leader, several threads, raised or lowered priority.
static const char *show_states(struct arena *arena, const struct process *it)
{
    int64_t nice = it->fields[NICE];
    return arena_printf(arena, "%c%s%s%s", it->state,
                        nice < 0   ? "<"
                        : nice > 0 ? "N"
                                   : "",
                        it->fields[SESSION] == it->pid ? "s" : "",
                        it->fields[THREADS] > 1 ? "l" : "");
}
static const char *show_name(struct arena *arena, const struct process *it)
{
    (void)arena;
    return it->name;
}
static const char *show_command(struct arena *arena, const struct process *it)
{
    (void)arena;
    return it->command;
}

struct column {
    const char *name, *title;
    const char *(*show)(struct arena *arena, const struct process *it);
};
static const struct column columns[] = {
    {"args", "COMMAND", show_command},
    {"c", "C", show_c},
    {"cmd", "CMD", show_command},
    {"comm", "COMMAND", show_name},
    {"command", "COMMAND", show_command},
    {"%cpu", "%CPU", show_pcpu},
    {"cputime", "TIME", show_time},
    {"egid", "EGID", show_gid},
    {"egroup", "EGROUP", show_group},
    {"etime", "ELAPSED", show_elapsed},
    {"euid", "EUID", show_uid},
    {"euser", "EUSER", show_user},
    {"gid", "GID", show_gid},
    {"group", "GROUP", show_group},
    {"%mem", "%MEM", show_pmem},
    {"ni", "NI", show_nice},
    {"nice", "NI", show_nice},
    {"nlwp", "NLWP", show_threads},
    {"pcpu", "%CPU", show_pcpu},
    {"pgid", "PGID", show_pgid},
    {"pgrp", "PGRP", show_pgid},
    {"pid", "PID", show_pid},
    {"pmem", "%MEM", show_pmem},
    {"ppid", "PPID", show_ppid},
    {"pri", "PRI", show_priority},
    {"rss", "RSS", show_rss},
    {"rssize", "RSS", show_rss},
    {"s", "S", show_state},
    {"sess", "SESS", show_sid},
    {"sid", "SID", show_sid},
    {"start", "START", show_start},
    {"start_time", "START", show_start},
    {"stat", "STAT", show_states},
    {"state", "S", show_state},
    {"stime", "STIME", show_start},
    {"thcount", "THCNT", show_threads},
    {"time", "TIME", show_time},
    {"tname", "TTY", show_tty},
    {"tt", "TT", show_tty},
    {"tty", "TT", show_tty},
    {"uid", "UID", show_uid},
    {"uname", "USER", show_user},
    {"user", "USER", show_user},
    {"vsize", "VSZ", show_vsz},
    {"vsz", "VSZ", show_vsz},
};

// What ps has for its usual flags.
static const struct column full[] = {
    {"uid", "UID", show_user},   {"pid", "PID", show_pid},       {"ppid", "PPID", show_ppid},
    {"c", "C", show_c},          {"stime", "STIME", show_start}, {"tty", "TTY", show_tty},
    {"time", "TIME", show_time}, {"cmd", "CMD", show_command},
};
static const struct column plain[] = {
    {"pid", "PID", show_pid},
    {"tty", "TTY", show_tty},
    {"time", "TIME", show_time},
    {"cmd", "CMD", show_name},
};
static const struct column bsd[] = {
    {"user", "USER", show_user},
    {"pid", "PID", show_pid},
    {"%cpu", "%CPU", show_pcpu},
    {"%mem", "%MEM", show_pmem},
    {"vsz", "VSZ", show_vsz},
    {"rss", "RSS", show_rss},
    {"tty", "TTY", show_tty},
    {"stat", "STAT", show_states},
    {"start", "START", show_start},
    {"time", "TIME", show_time},
    {"command", "COMMAND", show_command},
};

struct layout {
    const struct column *columns[64];
    size_t n;
};

static void add_all(struct layout *layout, const struct column *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        layout->columns[layout->n++] = &from[i];
}

static const struct column *find_column(struct str name)
{
    for (size_t i = 0; i < N_ELEMENTS(columns); i++) {
        if (str_is(name, columns[i].name))
            return &columns[i];
    }
    return NULL;
}

static int add_named(struct layout *layout, const char *list, struct err *err)
{
    struct str rest = str_of(list);
    while (rest.n != 0) {
        struct str name = str_cut(&rest, ',');
        const struct column *column = find_column(name);
        if (column == NULL)
            return fail(err, ERR_INVALID,
                        "unknown column \"%.*s\": the host has no ps, and dhow itself knows pid, "
                        "ppid, user, group, stat, time, etime, %%cpu, %%mem, rss, vsz, comm, args "
                        "and the like",
                        (int)name.n, name.at);
        if (layout->n == N_ELEMENTS(layout->columns))
            return fail(err, ERR_INVALID, "more columns than there is room for");
        layout->columns[layout->n++] = column;
    }
    return 0;
}

static const struct {
    const char *words;
    const struct column *columns;
    size_t n;
} known[] = {
    {"-ef", full, N_ELEMENTS(full)},  {"-f", full, N_ELEMENTS(full)},
    {"-fe", full, N_ELEMENTS(full)},  {"-e", plain, N_ELEMENTS(plain)},
    {"-A", plain, N_ELEMENTS(plain)}, {"aux", bsd, N_ELEMENTS(bsd)},
    {"-aux", bsd, N_ELEMENTS(bsd)},   {"auxw", bsd, N_ELEMENTS(bsd)},
    {"auxww", bsd, N_ELEMENTS(bsd)},  {"u", bsd, N_ELEMENTS(bsd)},
};

static int add_known(struct layout *layout, const char *word, struct err *err)
{
    for (size_t i = 0; i < N_ELEMENTS(known); i++) {
        if (strcmp(known[i].words, word) == 0) {
            if (layout->n == 0)
                add_all(layout, known[i].columns, known[i].n);
            return 0;
        }
    }
    return fail(err, ERR_INVALID,
                "unknown option \"%s\": the host has no ps, and dhow itself knows -ef, aux and "
                "-o COLUMN,...",
                word);
}

static int read_layout(const char *const *arguments, struct layout *out, struct err *err)
{
    static const char *const with_list[] = {"-o", "o", "-eo", "-Ao", "-axo", "axo", "--format"};
    for (; *arguments != NULL; arguments++) {
        bool takes_list = false;
        for (size_t i = 0; i < N_ELEMENTS(with_list) && !takes_list; i++)
            takes_list = strcmp(*arguments, with_list[i]) == 0;
        const char *list = text_starts(*arguments, "-o") && !takes_list ? *arguments + 2 : NULL;
        if (takes_list && arguments[1] == NULL)
            return fail(err, ERR_INVALID, "%s: which columns?", *arguments);
        if (takes_list)
            list = *++arguments;
        int added = list != NULL ? add_named(out, list, err) : add_known(out, *arguments, err);
        if (added < 0)
            return -1;
    }
    if (out->n == 0)
        add_all(out, full, N_ELEMENTS(full));
    return 0;
}

int processes_show(struct arena *arena, const pid_t *pids, size_t n, const char *const *arguments,
                   struct container_top_response *out, struct err *err)
{
    struct layout layout = {};
    if (read_layout(arguments, &layout, err) < 0)
        return -1;
    struct container_top_response table = {
        .titles = arena_array(arena, layout.n, sizeof *table.titles),
        .n_titles = layout.n,
        .processes = arena_array(arena, n + 1, sizeof *table.processes),
    };
    for (size_t i = 0; i < layout.n; i++)
        table.titles[i] = layout.columns[i]->title;
    for (size_t i = 0; i < n; i++) {
        struct process process;
        if (!read_process(arena, pids[i], &process))
            continue;
        const char **texts = arena_array(arena, layout.n, sizeof *texts);
        for (size_t j = 0; j < layout.n; j++)
            texts[j] = layout.columns[j]->show(arena, &process);
        table.processes[table.n_processes++] = (struct top_process){texts, layout.n};
    }
    *out = table;
    return 0;
}
