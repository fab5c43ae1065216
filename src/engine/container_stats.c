// SPDX-License-Identifier: Apache-2.0
// container_stats.c — what a container uses now: its cgroup's counters, and those of the interfaces
// in its network namespace.
//
// Counters only grow; rates come from two looks. Who looks again hands in the look before; who
// looks once waits a second here, as docker does.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "engine/parts.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROC_FILE_MAX = 4 * 1024 * 1024, INTERFACES_MAX = 1024 };

// --- processors ---

// Everything that all of them have done, idling included: the first seven columns of /proc/stat.
static void read_system(struct cpu_stats *out)
{
    enum { COLUMNS = 7 };
    AUTO_BUF struct buf text;
    buf_init(&text, PROC_FILE_MAX);
    struct err ignored; // not known, then
    if (file_read_at(AT_FDCWD, "/proc/stat", &text, &ignored) < 0)
        return;
    uint64_t ticks = 0, tick_ns = 1'000'000'000 / (uint64_t)sysconf(_SC_CLK_TCK);
    struct str rest = {text.at, text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), name = str_cut(&line, ' ');
        if (!str_starts(name, "cpu"))
            break;
        out->online_cpus += name.n > 3;
        for (int i = 0; name.n == 3 && i < COLUMNS; i++) {
            uint64_t number = 0;
            line = str_trim(line);
            (void)str_to_u64(str_cut(&line, ' '), &number); // the kernel's
            ticks += number;
        }
    }
    out->system_cpu_usage = ticks * tick_ns;
}

static struct cpu_stats cpu_of(const struct cgroup_stats *from)
{
    struct cpu_stats out = {
        .usage = {.total_usage = from->cpu_total_ns,
                  .usage_in_kernelmode = from->cpu_kernel_ns,
                  .usage_in_usermode = from->cpu_user_ns},
        .throttling = {from->throttle_periods, from->throttled_periods, from->throttled_ns},
    };
    read_system(&out);
    return out;
}

// --- memory, disks ---

static struct memory_stats memory_of(const struct cgroup_stats *from)
{
    uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    bool is_limited = from->memory_limit != 0 && from->memory_limit < host;
    return (struct memory_stats){
        .usage = from->memory_usage,
        .max_usage = from->memory_max_usage,
        .failcnt = from->memory_failcnt,
        .limit = is_limited ? from->memory_limit : host,
        .stats = from->memory_raw,
        .n_stats = from->n_memory_raw,
    };
}

static struct blkio_entry *entries_of(struct arena *arena, const struct cgroup_blkio_entry *from,
                                      size_t n)
{
    struct blkio_entry *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        char *op = arena_strdup(arena, from[i].op);
        for (char *at = op; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        out[i] = (struct blkio_entry){(uint64_t)from[i].major, (uint64_t)from[i].minor, op,
                                      from[i].value};
    }
    return out;
}

// --- network ---

// "  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0": eight numbers received, eight sent.
static bool read_interface(struct arena *arena, struct str line, struct network_stats *out)
{
    enum { COLUMNS = 16 };
    struct str name = str_trim(str_cut(&line, ':'));
    uint64_t numbers[COLUMNS] = {};
    for (int i = 0; i < COLUMNS; i++) {
        line = str_trim(line);
        if (!str_to_u64(str_cut(&line, ' '), &numbers[i]))
            return false;
    }
    *out = (struct network_stats){
        .interface = arena_strndup(arena, name.at, name.n),
        .rx_bytes = numbers[0],
        .rx_packets = numbers[1],
        .rx_errors = numbers[2],
        .rx_dropped = numbers[3],
        .tx_bytes = numbers[8],
        .tx_packets = numbers[9],
        .tx_errors = numbers[10],
        .tx_dropped = numbers[11],
    };
    return !str_is(name, "lo");
}

// In the host's network there are no interfaces of its own.
static bool is_host_network(struct arena *arena, int64_t pid)
{
    struct stat host, its;
    return stat("/proc/self/ns/net", &host) == 0 &&
           stat(arena_printf(arena, "/proc/%jd/ns/net", (intmax_t)pid), &its) == 0 &&
           host.st_ino == its.st_ino;
}

static void read_networks(struct arena *arena, int64_t pid, struct container_stats *out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PROC_FILE_MAX);
    struct err ignored; // it has just ended
    const char *path = arena_printf(arena, "/proc/%jd/net/dev", (intmax_t)pid);
    if (is_host_network(arena, pid) || file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return;
    struct str rest = {text.at, text.n};
    out->networks = arena_array(arena, INTERFACES_MAX, sizeof *out->networks);
    while (rest.n != 0 && out->n_networks < INTERFACES_MAX)
        out->n_networks +=
            read_interface(arena, str_cut(&rest, '\n'), &out->networks[out->n_networks]);
}

// --- one look ---

static int look(struct arena *arena, const struct container *container, struct container_stats *out,
                struct err *err)
{
    struct cgroup *cgroup;
    struct cgroup_stats stats;
    if (container_cgroup_plan(arena, container, &cgroup, err) < 0)
        return -1;
    int done = cgroup_stats_read(cgroup, arena, &stats, err);
    cgroup_close(cgroup);
    if (done < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1; // it has just ended
    out->cpu = cpu_of(&stats);
    out->memory = memory_of(&stats);
    out->pids = (struct pids_stats){stats.pids_current, stats.pids_limit};
    out->blkio.bytes = entries_of(arena, stats.blkio_bytes, stats.n_blkio_bytes);
    out->blkio.n_bytes = stats.n_blkio_bytes;
    out->blkio.ops = entries_of(arena, stats.blkio_ops, stats.n_blkio_ops);
    out->blkio.n_ops = stats.n_blkio_ops;
    read_networks(arena, container->live.pid, out);
    return 0;
}

static int measure(struct engine *engine, struct arena *arena, const char *id,
                   struct container_stats *out, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    struct container_stats stats = {
        .id = container.row.id,
        .name = arena_printf(arena, "/%s", container.row.name),
        .os_type = "linux",
        .read = time_rfc3339(arena, now_ns()),
        .preread = time_rfc3339(arena, 0),
    };
    if (container_is_up(&container) && container.live.pid != 0 &&
        look(arena, &container, &stats, err) < 0)
        return -1;
    *out = stats;
    return 0;
}

int engine_container_stats(struct engine *engine, struct arena *arena,
                           const struct container_stats_request *request,
                           struct container_stats *response, struct err *err)
{
    struct container_stats first = {}, now;
    const struct container_stats *before = request->before;
    if (before == NULL && !request->one_shot) {
        if (measure(engine, arena, request->id, &first, err) < 0)
            return -1;
        before = &first;
        if (first.cpu.system_cpu_usage != 0) // it runs
            (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    if (measure(engine, arena, request->id, &now, err) < 0)
        return -1;
    if (before != NULL) {
        now.preread = before->read;
        now.precpu = before->cpu;
    }
    *response = now;
    return 0;
}
