// SPDX-License-Identifier: Apache-2.0
// stats.c — what a container's cgroup has used, from either version's files.
//
// Tables say which file (or which line of a file) is which number. A file that is missing leaves
// its number 0: kernels differ in what they count. Kernel: Documentation/admin-guide/cgroup-v2.rst,
// cgroup-v1/{cpuacct,memory,pids,blkio-controller,hugetlb}.rst. Two translations for v2 are as runc
// has them, because the readers of `events --stats` expect them: swap counts memory, too, and a
// failcnt is how often the limit was met.
#include "cgroup/stats.h"

#include "base/mem.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <dirent.h>
#include <string.h>

enum { STATS_FILE_MAX = 1024 * 1024 };

// A whole file that is a number (key NULL), or the line "key number" of a file.
struct number_row {
    const char *controller, *file, *key;
    uint16_t offset;
    uint32_t factor; // the file's unit in ours; 0: as it is
};
#define TO(member) offsetof(struct cgroup_stats, member)

// clang-format off
static const struct number_row v1_rows[] = {
    {"cpuacct", "cpuacct.usage",                      NULL,             TO(cpu_total_ns),       0},
    {"cpuacct", "cpuacct.usage_user",                 NULL,             TO(cpu_user_ns),        0},
    {"cpuacct", "cpuacct.usage_sys",                  NULL,             TO(cpu_kernel_ns),      0},
    {"cpu",     "cpu.stat",                           "nr_periods",     TO(throttle_periods),   0},
    {"cpu",     "cpu.stat",                           "nr_throttled",   TO(throttled_periods),  0},
    {"cpu",     "cpu.stat",                           "throttled_time", TO(throttled_ns),       0},
    {"memory",  "memory.usage_in_bytes",              NULL,             TO(memory_usage),       0},
    {"memory",  "memory.max_usage_in_bytes",          NULL,             TO(memory_max_usage),   0},
    {"memory",  "memory.limit_in_bytes",              NULL,             TO(memory_limit),       0},
    {"memory",  "memory.failcnt",                     NULL,             TO(memory_failcnt),     0},
    {"memory",  "memory.memsw.usage_in_bytes",        NULL,             TO(swap_usage),         0},
    {"memory",  "memory.memsw.max_usage_in_bytes",    NULL,             TO(swap_max_usage),     0},
    {"memory",  "memory.memsw.limit_in_bytes",        NULL,             TO(swap_limit),         0},
    {"memory",  "memory.memsw.failcnt",               NULL,             TO(swap_failcnt),       0},
    {"memory",  "memory.kmem.usage_in_bytes",         NULL,             TO(kernel_usage),       0},
    {"memory",  "memory.kmem.limit_in_bytes",         NULL,             TO(kernel_limit),       0},
    {"memory",  "memory.kmem.failcnt",                NULL,             TO(kernel_failcnt),     0},
    {"memory",  "memory.kmem.tcp.usage_in_bytes",     NULL,             TO(kernel_tcp_usage),   0},
    {"memory",  "memory.kmem.tcp.limit_in_bytes",     NULL,             TO(kernel_tcp_limit),   0},
    {"memory",  "memory.kmem.tcp.failcnt",            NULL,             TO(kernel_tcp_failcnt), 0},
    {"memory",  "memory.stat",                        "total_cache",    TO(memory_cache),       0},
    {"memory",  "memory.oom_control",                 "oom_kill",       TO(oom_kills),          0},
    {"pids",    "pids.current",                       NULL,             TO(pids_current),       0},
    {"pids",    "pids.max",                           NULL,             TO(pids_limit),         0},
};
static const struct number_row v2_rows[] = {
    {"cpu",     "cpu.stat",                           "usage_usec",     TO(cpu_total_ns),       1000},
    {"cpu",     "cpu.stat",                           "user_usec",      TO(cpu_user_ns),        1000},
    {"cpu",     "cpu.stat",                           "system_usec",    TO(cpu_kernel_ns),      1000},
    {"cpu",     "cpu.stat",                           "nr_periods",     TO(throttle_periods),   0},
    {"cpu",     "cpu.stat",                           "nr_throttled",   TO(throttled_periods),  0},
    {"cpu",     "cpu.stat",                           "throttled_usec", TO(throttled_ns),       1000},
    {"memory",  "memory.current",                     NULL,             TO(memory_usage),       0},
    {"memory",  "memory.peak",                        NULL,             TO(memory_max_usage),   0},
    {"memory",  "memory.max",                         NULL,             TO(memory_limit),       0},
    {"memory",  "memory.events",                      "max",            TO(memory_failcnt),     0},
    {"memory",  "memory.swap.current",                NULL,             TO(swap_usage),         0},
    {"memory",  "memory.swap.peak",                   NULL,             TO(swap_max_usage),     0},
    {"memory",  "memory.swap.max",                    NULL,             TO(swap_limit),         0},
    {"memory",  "memory.swap.events",                 "fail",           TO(swap_failcnt),       0},
    {"memory",  "memory.stat",                        "kernel",         TO(kernel_usage),       0},
    {"memory",  "memory.stat",                        "sock",           TO(kernel_tcp_usage),   0},
    {"memory",  "memory.stat",                        "file",           TO(memory_cache),       0},
    {"memory",  "memory.events",                      "oom_kill",       TO(oom_kills),          0},
    {"pids",    "pids.current",                       NULL,             TO(pids_current),       0},
    {"pids",    "pids.max",                           NULL,             TO(pids_limit),         0},
};
// clang-format on

// Reads a file of the controller; false when there is none.
static bool read_file(const struct cgroup *cgroup, const char *controller, const char *file,
                      struct buf *out)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, controller);
    struct err ignored; // what is not counted stays 0
    buf_clear(out);
    return hierarchy != NULL && !hierarchy->is_left_out &&
           hierarchy_read(hierarchy->path, file, out, &ignored) == 0;
}

// "max" is every bit; a negative number (v1's "-1") too.
static uint64_t to_number(struct str text)
{
    uint64_t number = 0;
    text = str_trim(text);
    if (str_is(text, "max") || str_starts(text, "-"))
        return UINT64_MAX;
    return str_to_u64(text, &number) ? number : 0;
}

static uint64_t line_number(const char *text, const char *key)
{
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        if (str_is(str_cut(&line, ' '), key))
            return to_number(line);
    }
    return 0;
}

static void read_numbers(const struct cgroup *cgroup, const struct number_row *rows, size_t n,
                         struct cgroup_stats *stats)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    const char *file = "";
    for (size_t i = 0; i < n; i++) {
        const struct number_row *row = &rows[i];
        if (!text_equal(row->file, file) && !read_file(cgroup, row->controller, row->file, &text))
            buf_clear(&text);
        file = row->file;
        uint64_t number = row->key != NULL ? line_number(buf_get(&text), row->key)
                                           : to_number(str_of(buf_get(&text)));
        *(uint64_t *)((char *)stats + row->offset) = number * (row->factor ? row->factor : 1);
    }
    if (stats->pids_limit == UINT64_MAX)
        stats->pids_limit = 0;
}

static size_t count(const char *text, char c)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == c;
    return n;
}

static void read_percpu(const struct cgroup *cgroup, struct arena *arena,
                        struct cgroup_stats *stats)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    if (!read_file(cgroup, "cpuacct", "cpuacct.usage_percpu", &text))
        return;
    struct str rest = str_trim(str_of(buf_get(&text)));
    uint64_t *numbers = arena_array(arena, count(buf_get(&text), ' ') + 1, sizeof *numbers);
    size_t n = 0;
    while (rest.n != 0)
        numbers[n++] = to_number(str_cut(&rest, ' '));
    stats->cpu_percpu_ns = numbers;
    stats->n_cpu_percpu_ns = n;
}

static void read_memory_stat(const struct cgroup *cgroup, struct arena *arena,
                             struct cgroup_stats *stats)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    if (!read_file(cgroup, "memory", "memory.stat", &text))
        return;
    struct json_pair *pairs = arena_array(arena, count(buf_get(&text), '\n') + 1, sizeof *pairs);
    size_t n = 0;
    struct str rest = str_of(buf_get(&text));
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        struct str key = str_cut(&line, ' ');
        uint64_t number;
        if (key.n != 0 && str_to_u64(line, &number))
            pairs[n++] = (struct json_pair){arena_strndup(arena, key.at, key.n),
                                            arena_strndup(arena, line.at, line.n)};
    }
    stats->memory_raw = pairs;
    stats->n_memory_raw = n;
}

static bool device_numbers(struct str text, int64_t *major, int64_t *minor)
{
    struct str first = str_cut(&text, ':');
    return str_to_i64(first, major) && str_to_i64(text, minor);
}

// "8:0 Read 4096" per device and operation, and "Total 4096" at the end, which is a sum and left.
static size_t read_blkio_v1(const struct cgroup *cgroup, struct arena *arena,
                            const char *const *files, struct cgroup_blkio_entry **out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    size_t n = 0;
    for (; *files != NULL && n == 0; files++) { // the first of them that has counted something
        if (!read_file(cgroup, "blkio", *files, &text))
            continue;
        struct cgroup_blkio_entry *entries =
            arena_array(arena, count(buf_get(&text), '\n') + 1, sizeof *entries);
        struct str rest = str_of(buf_get(&text));
        while (rest.n != 0) {
            struct str line = str_cut(&rest, '\n');
            struct cgroup_blkio_entry entry = {0};
            if (!device_numbers(str_cut(&line, ' '), &entry.major, &entry.minor))
                continue;
            struct str op = str_cut(&line, ' ');
            entry.op = arena_strndup(arena, op.at, op.n);
            entry.value = to_number(line);
            entries[n++] = entry;
        }
        *out = entries;
    }
    return n;
}

// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6"
static void read_io_v2(const struct cgroup *cgroup, struct arena *arena, struct cgroup_stats *stats)
{
    static const struct {
        const char *key, *op;
        bool is_bytes;
    } keys[] = {{"rbytes", "Read", true}, {"wbytes", "Write", true},   {"rios", "Read", false},
                {"wios", "Write", false}, {"dbytes", "Discard", true}, {"dios", "Discard", false}};
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    if (!read_file(cgroup, "io", "io.stat", &text))
        return;
    size_t room = (count(buf_get(&text), '\n') + 1) * N_ELEMENTS(keys);
    stats->blkio_bytes = arena_array(arena, room, sizeof *stats->blkio_bytes);
    stats->blkio_ops = arena_array(arena, room, sizeof *stats->blkio_ops);
    struct str rest = str_of(buf_get(&text));
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        struct cgroup_blkio_entry entry = {0};
        if (!device_numbers(str_cut(&line, ' '), &entry.major, &entry.minor))
            continue;
        uint8_t seen = 0; // a key twice on a line would pass the room
        while (line.n != 0) {
            struct str value = str_cut(&line, ' ');
            struct str key = str_cut(&value, '=');
            for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
                if (!str_is(key, keys[i].key) || (seen & 1 << i) != 0)
                    continue;
                seen |= (uint8_t)(1 << i);
                entry.op = keys[i].op;
                entry.value = to_number(value);
                if (keys[i].is_bytes)
                    stats->blkio_bytes[stats->n_blkio_bytes++] = entry;
                else
                    stats->blkio_ops[stats->n_blkio_ops++] = entry;
            }
        }
    }
}

static uint64_t read_number(const struct cgroup *cgroup, const char *controller, const char *size,
                            const char *end)
{
    AUTO_BUF struct buf text;
    buf_init(&text, STATS_FILE_MAX);
    AUTO_FREE char *file = str_printf("hugetlb.%s.%s", size, end);
    return read_file(cgroup, controller, file, &text) ? to_number(str_of(buf_get(&text))) : 0;
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir); // only read
}

// One entry for each page size that the controller has files for.
static void read_hugetlb(const struct cgroup *cgroup, struct arena *arena,
                         struct cgroup_stats *stats)
{
    enum { PAGE_SIZES_MAX = 16 };
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "hugetlb");
    __attribute__((cleanup(dir_close))) DIR *dir =
        hierarchy != NULL && !hierarchy->is_left_out ? opendir(hierarchy->path) : NULL;
    if (dir == NULL)
        return;
    const char *end = cgroup->is_v2 ? ".current" : ".usage_in_bytes";
    stats->hugetlb = arena_array(arena, PAGE_SIZES_MAX, sizeof *stats->hugetlb);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct str name = str_of(entry->d_name);
        bool is_size = str_starts(name, "hugetlb.") && text_ends(entry->d_name, end) &&
                       strstr(entry->d_name, ".rsvd.") == NULL;
        if (!is_size || stats->n_hugetlb == PAGE_SIZES_MAX)
            continue;
        (void)str_cut(&name, '.');
        struct str size = str_cut(&name, '.');
        struct cgroup_hugetlb *page = &stats->hugetlb[stats->n_hugetlb++];
        page->key = arena_strndup(arena, size.at, size.n);
        page->usage =
            read_number(cgroup, "hugetlb", page->key, cgroup->is_v2 ? "current" : "usage_in_bytes");
        page->max =
            cgroup->is_v2 ? 0 : read_number(cgroup, "hugetlb", page->key, "max_usage_in_bytes");
        if (!cgroup->is_v2) {
            page->failcnt = read_number(cgroup, "hugetlb", page->key, "failcnt");
            continue;
        }
        AUTO_BUF struct buf text;
        buf_init(&text, STATS_FILE_MAX);
        AUTO_FREE char *events = str_printf("hugetlb.%s.events", page->key);
        if (read_file(cgroup, "hugetlb", events, &text))
            page->failcnt = line_number(buf_get(&text), "max");
    }
}

static uint64_t add_unless_max(uint64_t a, uint64_t b)
{
    return a == UINT64_MAX || b == UINT64_MAX || a + b < a ? UINT64_MAX : a + b;
}

int cgroup_stats_read(const struct cgroup *cgroup, struct arena *arena, struct cgroup_stats *out,
                      struct err *err)
{
    static const char *const bytes_files[] = {"blkio.bfq.io_service_bytes_recursive",
                                              "blkio.throttle.io_service_bytes_recursive",
                                              "blkio.throttle.io_service_bytes", NULL};
    static const char *const ops_files[] = {"blkio.bfq.io_serviced_recursive",
                                            "blkio.throttle.io_serviced_recursive",
                                            "blkio.throttle.io_serviced", NULL};
    const struct hierarchy *hierarchy = hierarchy_main(cgroup);
    if (hierarchy == NULL)
        return fail(err, ERR_UNAVAILABLE, "statistics: cgroups are disabled for this container");
    if (!hierarchy_has(hierarchy->path, "cgroup.procs"))
        return fail(err, ERR_NOT_FOUND, "statistics: there is no cgroup %s", hierarchy->path);
    struct cgroup_stats stats = {0};
    read_memory_stat(cgroup, arena, &stats);
    read_hugetlb(cgroup, arena, &stats);
    if (cgroup->is_v2) {
        read_numbers(cgroup, v2_rows, N_ELEMENTS(v2_rows), &stats);
        read_io_v2(cgroup, arena, &stats);
        stats.swap_usage = add_unless_max(stats.swap_usage, stats.memory_usage);
        stats.swap_limit = add_unless_max(stats.swap_limit, stats.memory_limit);
    } else {
        read_numbers(cgroup, v1_rows, N_ELEMENTS(v1_rows), &stats);
        read_percpu(cgroup, arena, &stats);
        stats.n_blkio_bytes = read_blkio_v1(cgroup, arena, bytes_files, &stats.blkio_bytes);
        stats.n_blkio_ops = read_blkio_v1(cgroup, arena, ops_files, &stats.blkio_ops);
    }
    *out = stats;
    return 0;
}
