// SPDX-License-Identifier: Apache-2.0
// events.c — what a container uses, and when the kernel killed in it: one JSON object a line, in
// runc's shape.
//
//   {"type":"stats","id":"c1","data":{"cpu":{…},"memory":{…},"pids":{…},"blkio":{…},"hugetlb":{…}}}
//   {"type":"oom","id":"c1"}
//
// Ends when the container's first process has ended. Out-of-memory kills are counted by the kernel;
// the count is looked at once a second, so that no kill is missed and nobody waits long to hear of
// it.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/stats.h"
#include "runtime/commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

enum { LINE_MAX_BYTES = 4 * 1024 * 1024, INTERVAL_DEFAULT_MS = 5000, OOM_CHECK_MS = 1000 };

struct events_options {
    int64_t *interval_ms;
    bool stats;
};

// "5s", "500ms", "1m", and a bare number of seconds.
static int read_duration(struct arena *arena, const char *text, void *member, struct err *err)
{
    static const struct {
        const char *suffix;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"", 1000}};
    enum { LONGEST_MS = 86'400'000 };
    for (size_t i = 0; i < N_ELEMENTS(units); i++) {
        struct str number = str_of(text), suffix = str_of(units[i].suffix);
        int64_t value;
        if (number.n <= suffix.n || !text_ends(text, units[i].suffix))
            continue;
        number.n -= suffix.n;
        if (!str_to_i64(number, &value))
            continue;
        if (value <= 0 || value > LONGEST_MS / units[i].ms)
            break;
        *(int64_t **)member = arena_new(arena, int64_t);
        **(int64_t **)member = value * units[i].ms;
        return 0;
    }
    return fail(err, ERR_INVALID, "expected a duration like 500ms, 5s or 1m, at most a day");
}

static const struct option events_table[] = {
    OPTION_READ(struct events_options, interval_ms, "interval", 0, "duration", read_duration,
                "time between statistics (default 5s)"),
    OPTION_FLAG(struct events_options, stats, "stats", 0, "print the statistics once and end"),
    {},
};

static int print_stats(const struct container *container, struct err *err);
static int follow(const struct container *container, int64_t interval_ms, struct err *err);

static int show(const struct container *container, const struct events_options *options,
                struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    if (status == CONTAINER_STOPPED || status == CONTAINER_CREATING || container->cgroup == NULL)
        return fail(err, ERR_CONFLICT, "container \"%s\" is not running", container->id);
    if (options->stats)
        return print_stats(container, err);
    return follow(container,
                  options->interval_ms != NULL ? *options->interval_ms : INTERVAL_DEFAULT_MS, err);
}

static int events_run(struct command_call *call, struct err *err)
{
    struct container container;
    if (container_open(call->runtime, call->arguments.at[0], CONTAINER_READ, &container, err) < 0)
        return -1;
    int r = show(&container, call->options, err);
    container_close(&container);
    return r;
}

// --- the JSON ----------------------------------------------------------------------------------

static void print_number(struct buf *out, const char *name, uint64_t value, const char *end)
{
    buf_printf(out, "\"%s\":%llu%s", name, (unsigned long long)value, end);
}

static void print_cpu(const struct cgroup_stats *stats, struct buf *out)
{
    buf_text(out, "\"cpu\":{\"usage\":{");
    print_number(out, "total", stats->cpu_total_ns, ",");
    if (stats->n_cpu_percpu_ns != 0) {
        buf_text(out, "\"percpu\":[");
        for (size_t i = 0; i < stats->n_cpu_percpu_ns; i++)
            buf_printf(out, "%s%llu", i != 0 ? "," : "",
                       (unsigned long long)stats->cpu_percpu_ns[i]);
        buf_text(out, "],");
    }
    print_number(out, "kernel", stats->cpu_kernel_ns, ",");
    print_number(out, "user", stats->cpu_user_ns, "},\"throttling\":{");
    print_number(out, "periods", stats->throttle_periods, ",");
    print_number(out, "throttledPeriods", stats->throttled_periods, ",");
    print_number(out, "throttledTime", stats->throttled_ns, "}},");
}

struct usage {
    const char *name;
    uint64_t limit, usage, max, failcnt;
};

static void print_usage(const struct usage *use, struct buf *out)
{
    buf_printf(out, "\"%s\":{", use->name);
    print_number(out, "limit", use->limit, ",");
    print_number(out, "usage", use->usage, ",");
    print_number(out, "max", use->max, ",");
    print_number(out, "failcnt", use->failcnt, "}");
}

static void print_memory(const struct cgroup_stats *stats, struct buf *out)
{
    const struct usage uses[] = {
        {"usage", stats->memory_limit, stats->memory_usage, stats->memory_max_usage,
         stats->memory_failcnt},
        {"swap", stats->swap_limit, stats->swap_usage, stats->swap_max_usage, stats->swap_failcnt},
        {"kernel", stats->kernel_limit, stats->kernel_usage, 0, stats->kernel_failcnt},
        {"kernelTCP", stats->kernel_tcp_limit, stats->kernel_tcp_usage, 0,
         stats->kernel_tcp_failcnt},
    };
    buf_text(out, "\"memory\":{");
    print_number(out, "cache", stats->memory_cache, ",");
    for (size_t i = 0; i < N_ELEMENTS(uses); i++) {
        print_usage(&uses[i], out);
        buf_char(out, ',');
    }
    buf_text(out, "\"raw\":{");
    for (size_t i = 0; i < stats->n_memory_raw; i++)
        buf_printf(out, "%s\"%s\":%s", i != 0 ? "," : "", stats->memory_raw[i].key,
                   stats->memory_raw[i].value);
    buf_text(out, "}},");
}

static void print_entries(const char *name, const struct cgroup_blkio_entry *entries, size_t n,
                          struct buf *out)
{
    buf_printf(out, "\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s{\"major\":%lld,\"minor\":%lld,\"op\":\"%s\",", i != 0 ? "," : "",
                   (long long)entries[i].major, (long long)entries[i].minor, entries[i].op);
        print_number(out, "value", entries[i].value, "}");
    }
    buf_char(out, ']');
}

static void print_hugetlb(const struct cgroup_stats *stats, struct buf *out)
{
    buf_text(out, "\"hugetlb\":{");
    for (size_t i = 0; i < stats->n_hugetlb; i++) {
        const struct cgroup_hugetlb *pages = &stats->hugetlb[i];
        buf_printf(out, "%s\"%s\":{", i != 0 ? "," : "", pages->key);
        print_number(out, "usage", pages->usage, ",");
        print_number(out, "max", pages->max, ",");
        print_number(out, "failcnt", pages->failcnt, "}");
    }
    buf_char(out, '}');
}

static void print_data(const struct cgroup_stats *stats, struct buf *out)
{
    buf_char(out, '{');
    print_cpu(stats, out);
    print_memory(stats, out);
    buf_text(out, "\"pids\":{");
    print_number(out, "current", stats->pids_current, ",");
    print_number(out, "limit", stats->pids_limit, "},\"blkio\":{");
    print_entries("ioServiceBytesRecursive", stats->blkio_bytes, stats->n_blkio_bytes, out);
    buf_char(out, ',');
    print_entries("ioServicedRecursive", stats->blkio_ops, stats->n_blkio_ops, out);
    buf_text(out, "},");
    print_hugetlb(stats, out);
    buf_text(out, ",\"intel_rdt\":{},\"network_interfaces\":null}");
}

static int print_line(const struct buf *line, struct err *err)
{
    if (buf_check(line, "an event", err) < 0)
        return -1;
    fputs(buf_get(line), stdout);
    return fflush(stdout) < 0 ? fail_sys(err, "write an event") : 0;
}

static int print_stats(const struct container *container, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct cgroup_stats stats = {};
    if (cgroup_stats_read(container->cgroup, &arena, &stats, err) < 0)
        return fail_in(err, "statistics of container \"%s\"", container->id);
    AUTO_BUF struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_printf(&line, "{\"type\":\"stats\",\"id\":\"%s\",\"data\":", container->id);
    print_data(&stats, &line);
    buf_text(&line, "}\n");
    return print_line(&line, err);
}

// --- following ---------------------------------------------------------------------------------

// Prints an event when the kernel has killed since the last look. A cgroup that has gone has
// nothing more to say.
static int look_for_oom(const struct container *container, uint64_t *kills, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct cgroup_stats stats = {};
    struct err gone;
    if (cgroup_stats_read(container->cgroup, &arena, &stats, &gone) < 0 ||
        stats.oom_kills <= *kills)
        return 0;
    *kills = stats.oom_kills;
    AUTO_BUF struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_printf(&line, "{\"type\":\"oom\",\"id\":\"%s\"}\n", container->id);
    return print_line(&line, err);
}

static uint64_t kills_so_far(const struct container *container)
{
    AUTO_ARENA struct arena arena = {};
    struct cgroup_stats stats = {};
    struct err gone;
    return cgroup_stats_read(container->cgroup, &arena, &stats, &gone) < 0 ? 0 : stats.oom_kills;
}

static int follow(const struct container *container, int64_t interval_ms, struct err *err)
{
    AUTO_FD int pidfd = container_pidfd(container, err);
    if (pidfd < 0)
        return -1;
    uint64_t kills = kills_so_far(container);
    int64_t next_ms = monotonic_ms();
    for (;;) {
        if (monotonic_ms() >= next_ms) {
            next_ms += interval_ms;
            if (print_stats(container, err) < 0)
                return -1;
        }
        int64_t wait_ms = next_ms - monotonic_ms();
        wait_ms = wait_ms > OOM_CHECK_MS ? OOM_CHECK_MS : wait_ms < 0 ? 0 : wait_ms;
        struct pollfd end = {.fd = pidfd, .events = POLLIN};
        int n = poll(&end, 1, (int)wait_ms);
        if (n < 0 && errno != EINTR)
            return fail_sys(err, "wait for container \"%s\"", container->id);
        if (look_for_oom(container, &kills, err) < 0)
            return -1;
        if (n > 0)
            return 0;
    }
}

const struct command events_command = {.name = "events",
                                       .arguments = "ID",
                                       .help = "Print what a container uses, as JSON lines",
                                       .options = events_table,
                                       .options_size = sizeof(struct events_options),
                                       .min = 1,
                                       .max = 1,
                                       .run = events_run};
