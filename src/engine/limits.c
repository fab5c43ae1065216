// SPDX-License-Identifier: Apache-2.0
// limits.c — what a container may use of the machine: checked at create in docker's words, said to
// the runtime at start, changed while it runs.
//
// docker's rule for what the kernel cannot do: the wish is dropped and a warning says so; what
// makes no sense is refused. Which cgroup files there are is looked up only when one is asked for.
#include "engine/limits.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/settings.h"
#include "linux/rlimit.h"
#include "linux/userns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup"
enum {
    MEMORY_MIN = 6 * 1024 * 1024,
    CPU_PERIOD = 100'000,
    PIDS_DEFAULT = 8192, // SECURITY.md §7: or a quarter of what the machine has
    CPU_NUMBER_MAX = 8191,
    SMALL_FILE_MAX = 4096,
};

// --- what the kernel can do ---

struct feature {
    const char *v1, *v1_other; // files below /sys/fs/cgroup, one of which is there
    const char *v2;            // a controller; NULL: v2 has nothing like it
};
#define FEATURE(name, ...) static const struct feature name = {__VA_ARGS__}
FEATURE(memory_limit, "memory/memory.limit_in_bytes", NULL, "memory");
FEATURE(memory_soft, "memory/memory.soft_limit_in_bytes", NULL, "memory");
FEATURE(memory_swappiness, "memory/memory.swappiness", NULL, NULL);
FEATURE(memory_swap, "memory/memory.memsw.limit_in_bytes", NULL, "memory");
FEATURE(oom_control, "memory/memory.oom_control", NULL, NULL);
FEATURE(pids, "pids", NULL, "pids");
FEATURE(cpu_shares, "cpu/cpu.shares", NULL, "cpu");
FEATURE(cpu_quota, "cpu/cpu.cfs_quota_us", NULL, "cpu");
FEATURE(cpu_realtime, "cpu/cpu.rt_period_us", NULL, NULL);
FEATURE(cpuset, "cpuset/cpuset.cpus", "cpuset/cpus", "cpuset");
FEATURE(io_weight, "blkio/blkio.weight", "blkio/dhow/blkio.bfq.weight", "io");
FEATURE(io_weight_device, "blkio/blkio.weight_device", "blkio/dhow/blkio.bfq.weight_device", "io");
FEATURE(io_throttle, "blkio/blkio.throttle.read_bps_device", NULL, "io");

bool limits_cgroup_is_v2(void)
{
    return access(CGROUP "/cgroup.controllers", F_OK) == 0;
}

static bool has_word(struct str text, const char *word)
{
    struct str rest = str_trim(text);
    while (rest.n != 0) {
        if (str_is(str_cut(&rest, ' '), word))
            return true;
    }
    return false;
}

static bool is_supported(const struct feature *feature)
{
    char path[128];
    if (!limits_cgroup_is_v2()) {
        (void)snprintf(path, sizeof path, CGROUP "/%s", feature->v1); // they fit
        if (access(path, F_OK) == 0)
            return true;
        if (feature->v1_other == NULL)
            return false;
        (void)snprintf(path, sizeof path, CGROUP "/%s", feature->v1_other);
        return access(path, F_OK) == 0;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, SMALL_FILE_MAX);
    struct err ignored;
    return feature->v2 != NULL &&
           file_read_at(AT_FDCWD, CGROUP "/cgroup.controllers", &text, &ignored) == 0 &&
           has_word((struct str){buf_get(&text), text.n}, feature->v2);
}

// Whether v2 accounts for swap shows only below the root.
static bool accounts_swap(void)
{
    if (!limits_cgroup_is_v2())
        return is_supported(&memory_swap);
    return is_supported(&memory_limit) && (access("/proc/swaps", F_OK) == 0);
}

// --- check: memory ---

static int check_swap(struct creation *creation, struct host_config *host, bool is_update,
                      struct err *err)
{
    if (host->memory > 0 && host->memory_swap == 0 && !is_update)
        host->memory_swap = host->memory * 2;
    if (host->memory > 0 && host->memory_swap != -1 && !accounts_swap()) {
        creation_warn(creation,
                      "Your kernel does not support swap limit capabilities or the cgroup "
                      "is not mounted. Memory limited without swap.");
        host->memory_swap = -1;
    }
    if (host->memory > 0 && host->memory_swap > 0 && host->memory_swap < host->memory)
        return fail(err, ERR_INVALID,
                    "Minimum memoryswap limit should be larger than memory limit, see usage");
    if (host->memory == 0 && host->memory_swap > 0 && !is_update)
        return fail(
            err, ERR_INVALID,
            "You should always set the Memory limit when using Memoryswap limit, see usage");
    if (host->memory_swap < -1)
        return fail(err, ERR_INVALID, "invalid memory swap limit: %jd: -1 is no limit",
                    (intmax_t)host->memory_swap);
    return 0;
}

static int check_swappiness(struct creation *creation, struct host_config *host, struct err *err)
{
    if (host->memory_swappiness != NULL && *host->memory_swappiness == -1)
        host->memory_swappiness = NULL;
    if (host->memory_swappiness == NULL)
        return 0;
    if (!is_supported(&memory_swappiness)) {
        creation_warn(creation,
                      "Your kernel does not support memory swappiness capabilities or the "
                      "cgroup is not mounted. Memory swappiness discarded.");
        host->memory_swappiness = NULL;
        return 0;
    }
    if (*host->memory_swappiness < 0 || *host->memory_swappiness > 100)
        return fail(err, ERR_INVALID, "invalid value: %jd. Valid memory swappiness range is 0-100",
                    (intmax_t)*host->memory_swappiness);
    return 0;
}

static int check_reservation(struct creation *creation, struct host_config *host, struct err *err)
{
    if (host->memory_reservation > 0 && !is_supported(&memory_soft)) {
        creation_warn(creation,
                      "Your kernel does not support memory soft limit capabilities or the "
                      "cgroup is not mounted. Limitation discarded.");
        host->memory_reservation = 0;
    }
    if (host->memory_reservation != 0 && host->memory_reservation < MEMORY_MIN)
        return fail(err, ERR_INVALID, "Minimum memory reservation allowed is 6MB");
    if (host->memory > 0 && host->memory < host->memory_reservation)
        return fail(
            err, ERR_INVALID,
            "Minimum memory limit can not be less than memory reservation limit, see usage");
    return 0;
}

static int check_memory(struct creation *creation, struct host_config *host, bool is_update,
                        struct err *err)
{
    if (host->memory != 0 && host->memory < MEMORY_MIN)
        return fail(err, ERR_INVALID, "Minimum memory limit allowed is 6MB");
    if (host->memory > 0 && !is_supported(&memory_limit)) {
        creation_warn(creation, "Your kernel does not support memory limit capabilities or the "
                                "cgroup is not mounted. Limitation discarded.");
        host->memory = 0;
        host->memory_swap = -1;
    }
    if (check_swap(creation, host, is_update, err) < 0 ||
        check_swappiness(creation, host, err) < 0 || check_reservation(creation, host, err) < 0)
        return -1;
    if (host->oom_kill_disable && !is_supported(&oom_control)) {
        creation_warn(creation,
                      "Your kernel does not support OomKillDisable. OomKillDisable discarded.");
        host->oom_kill_disable = false;
    }
    if (host->oom_kill_disable && host->memory == 0)
        creation_warn(creation,
                      "OOM killer is disabled for the container, but no memory limit is set, this "
                      "can result in the system running out of resources.");
    if (host->pids_limit != NULL && *host->pids_limit > 0 && !is_supported(&pids)) {
        creation_warn(creation,
                      "Your kernel does not support PIDs limit capabilities or the cgroup "
                      "is not mounted. PIDs limit discarded.");
        host->pids_limit = NULL;
    }
    return 0;
}

// --- check: CPUs ---

static int check_nano_cpus(const struct host_config *host, struct err *err)
{
    if (host->nano_cpus == 0)
        return 0;
    if (host->cpu_period > 0)
        return fail(err, ERR_INVALID,
                    "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    if (host->cpu_quota > 0)
        return fail(err, ERR_INVALID,
                    "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    if (!is_supported(&cpu_quota))
        return fail(err, ERR_INVALID,
                    "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or "
                    "the cgroup is not mounted");
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (host->nano_cpus < 10'000'000 || host->nano_cpus > cpus * 1'000'000'000)
        return fail(err, ERR_INVALID,
                    "range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available",
                    cpus, cpus);
    return 0;
}

static int check_realtime(const struct host_config *host, struct err *err)
{
    if (host->cpu_realtime_period == 0 && host->cpu_realtime_runtime == 0)
        return 0;
    if (!is_supported(&cpu_realtime))
        return fail(err, ERR_INVALID, "Your kernel does not support CPU real-time scheduler");
    if (host->cpu_realtime_period < 0 || host->cpu_realtime_runtime < 0)
        return fail(err, ERR_INVALID, "cpu real-time period and runtime cannot be negative");
    if (host->cpu_realtime_period != 0 && host->cpu_realtime_runtime > host->cpu_realtime_period)
        return fail(err, ERR_INVALID,
                    "cpu real-time runtime cannot be higher than cpu real-time period");
    return 0;
}

static int check_cpu(struct creation *creation, struct host_config *host, struct err *err)
{
    if (check_nano_cpus(host, err) < 0 || check_realtime(host, err) < 0)
        return -1;
    if (host->cpu_shares < 0)
        return fail(err, ERR_INVALID, "invalid CPU shares (%jd): value must be a positive integer",
                    (intmax_t)host->cpu_shares);
    if (host->cpu_shares > 0 && !is_supported(&cpu_shares)) {
        creation_warn(creation, "Your kernel does not support CPU shares or the cgroup is not "
                                "mounted. Shares discarded.");
        host->cpu_shares = 0;
    }
    if ((host->cpu_period != 0 || host->cpu_quota != 0) && !is_supported(&cpu_quota)) {
        creation_warn(creation, "Your kernel does not support CPU CFS scheduler. CPU period/quota "
                                "discarded.");
        host->cpu_period = host->cpu_quota = 0;
    }
    if (host->cpu_period != 0 && (host->cpu_period < 1000 || host->cpu_period > 1'000'000))
        return fail(err, ERR_INVALID,
                    "CPU cfs period can not be less than 1ms (i.e. 1000) or "
                    "larger than 1s (i.e. 1000000)");
    if (host->cpu_quota > 0 && host->cpu_quota < 1000)
        return fail(err, ERR_INVALID, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    return 0;
}

// "0-3,7" into bits. Bounded before anything is counted (CVE-2018-20699).
static int read_numbers(const char *list, bool numbers[CPU_NUMBER_MAX + 1], struct err *err)
{
    struct str rest = str_trim(str_of(list));
    while (rest.n != 0) {
        uint64_t first, last;
        struct str range = str_cut(&rest, ','), end = range, begin = str_cut(&end, '-');
        bool is_range = begin.n != range.n;
        if (!str_to_u64(begin, &first) || (is_range && !str_to_u64(end, &last)))
            return fail(err, ERR_INVALID, "invalid format: %s", list);
        if (!is_range)
            last = first;
        if (last < first)
            return fail(err, ERR_INVALID, "invalid format: %s", list);
        if (last > CPU_NUMBER_MAX)
            return fail(err, ERR_INVALID, "value of out range, maximum is %d", CPU_NUMBER_MAX);
        for (uint64_t i = first; i <= last; i++)
            numbers[i] = true;
    }
    return 0;
}

static int check_numbers(const char *asked, const char *file, const char *words[2], struct err *err)
{
    bool wanted[CPU_NUMBER_MAX + 1] = {}, there[CPU_NUMBER_MAX + 1] = {};
    if (text_is_empty(asked))
        return 0;
    if (read_numbers(asked, wanted, err) < 0)
        return fail_in(err, "Invalid value %s for cpuset %s", asked, words[0]);
    AUTO_BUF struct buf text;
    buf_init(&text, SMALL_FILE_MAX);
    char path[128];
    (void)snprintf(path, sizeof path, CGROUP "/%s%s%s", limits_cgroup_is_v2() ? "" : "cpuset/",
                   file, limits_cgroup_is_v2() ? ".effective" : "");
    if (file_read_at(AT_FDCWD, path, &text, err) < 0)
        return -1;
    struct str available = str_trim((struct str){buf_get(&text), text.n});
    AUTO_FREE char *list = str_printf("%.*s", (int)available.n, available.at);
    if (read_numbers(list, there, err) < 0)
        return -1;
    for (size_t i = 0; i <= CPU_NUMBER_MAX; i++) {
        if (wanted[i] && !there[i])
            return fail(err, ERR_INVALID,
                        "Requested %s are not available - requested %s, available: %s", words[1],
                        asked, list);
    }
    return 0;
}

static int check_cpuset(struct creation *creation, struct host_config *host, struct err *err)
{
    if (text_is_empty(host->cpuset_cpus) && text_is_empty(host->cpuset_mems))
        return 0;
    if (!is_supported(&cpuset)) {
        creation_warn(creation, "Your kernel does not support cpuset or the cgroup is not mounted. "
                                "CPUset discarded.");
        host->cpuset_cpus = host->cpuset_mems = NULL;
        return 0;
    }
    if (check_numbers(host->cpuset_cpus, "cpuset.cpus", (const char *[]){"cpus", "CPUs"}, err) < 0)
        return -1;
    return check_numbers(host->cpuset_mems, "cpuset.mems", (const char *[]){"mems", "memory nodes"},
                         err);
}

// --- check: disks ---

static void check_throttle(struct creation *creation, size_t *n, const char *unit,
                           const char *direction)
{
    if (*n == 0 || is_supported(&io_throttle))
        return;
    bool is_bps = strcmp(unit, "BPS") == 0;
    creation_warn(creation,
                  "Your kernel does not support %s Block%s %s limit or the cgroup is not mounted. "
                  "Block I/O %s %s limit discarded.",
                  unit, is_bps ? " I/O" : "", direction, unit, direction);
    *n = 0;
}

static int check_disks(struct creation *creation, struct host_config *host, struct err *err)
{
    if (host->blkio_weight != 0 && !is_supported(&io_weight)) {
        creation_warn(creation,
                      "Your kernel does not support Block I/O weight or the cgroup is not "
                      "mounted. Weight discarded.");
        host->blkio_weight = 0;
    }
    if (host->blkio_weight != 0 && (host->blkio_weight < 10 || host->blkio_weight > 1000))
        return fail(err, ERR_INVALID, "Range of blkio weight is from 10 to 1000");
    if (host->n_blkio_weight_device != 0 && !is_supported(&io_weight_device)) {
        creation_warn(creation,
                      "Your kernel does not support Block I/O weight_device or the cgroup "
                      "is not mounted. Weight-device discarded.");
        host->n_blkio_weight_device = 0;
    }
    check_throttle(creation, &host->n_blkio_read_bps, "BPS", "read");
    check_throttle(creation, &host->n_blkio_write_bps, "BPS", "write");
    check_throttle(creation, &host->n_blkio_read_iops, "IOPS", "read");
    check_throttle(creation, &host->n_blkio_write_iops, "IOPS", "write");
    return 0;
}

// --- check: the rest ---

// RLIMIT_… of docker's name, into `out`; false: there is none.
static bool rlimit_of(const char *name, char out[static 32])
{
    int ignored;
    size_t n = (size_t)snprintf(out, 32, "RLIMIT_%s", name);
    for (size_t i = strlen("RLIMIT_"); i < n && i < 31; i++)
        out[i] = (char)(out[i] >= 'a' && out[i] <= 'z' ? out[i] - 'a' + 'A' : out[i]);
    return n < 32 && rlimit_find(out, &ignored);
}

static int check_ulimits(const struct host_config *host, struct err *err)
{
    for (size_t i = 0; i < host->n_ulimits; i++) {
        const struct ulimit *it = &host->ulimits[i];
        char type[32];
        if (it->name == NULL || !rlimit_of(it->name, type))
            return fail(err, ERR_INVALID, "invalid ulimit type: %s",
                        it->name != NULL ? it->name : "");
        if (it->soft < -1 || it->hard < -1)
            return fail(err, ERR_INVALID, "invalid ulimit %s: -1 is no limit, and nothing less",
                        it->name);
        bool is_upside_down = it->hard != -1 && (it->soft == -1 || it->soft > it->hard);
        if (is_upside_down)
            return fail(err, ERR_INVALID,
                        "ulimit soft limit must be less than or equal to hard limit: %jd > %jd",
                        (intmax_t)it->soft, (intmax_t)it->hard);
    }
    return 0;
}

static int check_rest(const struct host_config *host, struct err *err)
{
    if (host->oom_score_adj < -1000 || host->oom_score_adj > 1000)
        return fail(err, ERR_INVALID, "Invalid value %jd, range for oom score adj is [-1000, 1000]",
                    (intmax_t)host->oom_score_adj);
    if (host->shm_size < 0)
        return fail(err, ERR_INVALID, "SHM size can not be less than 0");
    for (struct str rest = str_of(host->cgroup_parent); rest.n != 0;) {
        if (str_is(str_cut(&rest, '/'), ".."))
            return fail(err, ERR_INVALID, "invalid cgroup parent %s: \"..\" leads out of it",
                        host->cgroup_parent);
    }
    if (host->n_cgroup_conf != 0 && !limits_cgroup_is_v2())
        return fail(err, ERR_UNAVAILABLE,
                    "--cgroup-conf %s: writes files of cgroup v2, and this machine has cgroup v1",
                    host->cgroup_conf[0].key);
    return check_ulimits(host, err);
}

static int check_all(struct creation *creation, struct host_config *host, bool is_update,
                     struct err *err)
{
    if (check_memory(creation, host, is_update, err) < 0 || check_cpu(creation, host, err) < 0 ||
        check_cpuset(creation, host, err) < 0 || check_disks(creation, host, err) < 0)
        return -1;
    return 0;
}

// default-ulimits of dhow.json, for what nothing was said about.
static int add_usual_ulimits(struct creation *creation, struct host_config *host, struct err *err)
{
    const struct container_settings *settings = creation_settings(creation, err);
    if (settings == NULL)
        return -1;
    if (settings->n_default_ulimits == 0)
        return 0;
    size_t n = host->n_ulimits;
    struct ulimit *all = arena_array(creation->arena, n + settings->n_default_ulimits, sizeof *all);
    if (n != 0)
        memcpy(all, host->ulimits, n * sizeof *all);
    for (size_t i = 0; i < settings->n_default_ulimits; i++) {
        bool is_said = false;
        for (size_t j = 0; j < host->n_ulimits && !is_said; j++)
            is_said = text_equal(host->ulimits[j].name, settings->default_ulimits[i].name);
        if (!is_said)
            all[n++] = settings->default_ulimits[i];
    }
    host->ulimits = all;
    host->n_ulimits = n;
    return 0;
}

int limits_check(struct creation *creation, struct err *err)
{
    struct host_config *host = &creation->spec->host;
    if (add_usual_ulimits(creation, host, err) < 0)
        return -1;
    if (check_all(creation, host, false, err) < 0 || check_rest(host, err) < 0)
        return -1;
    return devices_check(creation, err);
}

// --- say it to the runtime ---

static int64_t *number(struct arena *arena, int64_t value)
{
    int64_t *copy = arena_new(arena, int64_t);
    *copy = value;
    return copy;
}

static uint64_t *natural(struct arena *arena, int64_t value)
{
    return (uint64_t *)number(arena, value);
}

static void set_memory(struct arena *arena, const struct host_config *host,
                       struct oci_resources *out)
{
    if (host->memory == 0 && host->memory_reservation == 0 && host->memory_swap == 0 &&
        host->memory_swappiness == NULL && !host->oom_kill_disable)
        return;
    struct oci_memory *memory = out->memory = arena_new(arena, struct oci_memory);
    if (host->memory != 0)
        memory->limit = number(arena, host->memory);
    if (host->memory_reservation != 0)
        memory->reservation = number(arena, host->memory_reservation);
    if (host->memory_swap != 0 && accounts_swap())
        memory->swap = number(arena, host->memory_swap);
    if (host->memory_swappiness != NULL)
        memory->swappiness = natural(arena, *host->memory_swappiness);
    if (host->oom_kill_disable) {
        memory->disableOOMKiller = arena_new(arena, bool);
        *memory->disableOOMKiller = true;
    }
}

static void set_cpu(struct arena *arena, const struct host_config *host, struct oci_resources *out)
{
    struct oci_cpu cpu = {
        .cpus = text_is_empty(host->cpuset_cpus) ? NULL : host->cpuset_cpus,
        .mems = text_is_empty(host->cpuset_mems) ? NULL : host->cpuset_mems,
    };
    int64_t period = host->cpu_period, quota = host->cpu_quota;
    if (host->nano_cpus != 0) {
        period = CPU_PERIOD;
        quota = host->nano_cpus / (1'000'000'000 / CPU_PERIOD);
    }
    if (host->cpu_shares != 0)
        cpu.shares = natural(arena, host->cpu_shares);
    if (period != 0)
        cpu.period = natural(arena, period);
    if (quota != 0)
        cpu.quota = number(arena, quota);
    if (host->cpu_realtime_period != 0)
        cpu.realtimePeriod = natural(arena, host->cpu_realtime_period);
    if (host->cpu_realtime_runtime != 0)
        cpu.realtimeRuntime = number(arena, host->cpu_realtime_runtime);
    const struct oci_cpu nothing = {};
    if (memcmp(&cpu, &nothing, sizeof cpu) == 0)
        return;
    out->cpu = arena_new(arena, struct oci_cpu);
    *out->cpu = cpu;
}

static int device_number(const char *path, dev_t *out, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return fail_sys(err, "limit of the disk %s", path);
    if (!S_ISBLK(st.st_mode))
        return fail(err, ERR_INVALID, "limit of the disk %s: it is no block device", path);
    *out = st.st_rdev;
    return 0;
}

static int set_throttle(struct arena *arena, const struct throttle_device *from, size_t n,
                        struct oci_throttle_device **out, struct err *err)
{
    *out = arena_array(arena, n + 1, sizeof **out);
    for (size_t i = 0; i < n; i++) {
        dev_t device;
        if (device_number(from[i].path, &device, err) < 0)
            return -1;
        (*out)[i] = (struct oci_throttle_device){major(device), minor(device), from[i].rate};
    }
    return 0;
}

static int set_weights(struct arena *arena, const struct host_config *host,
                       struct oci_block_io *block, struct err *err)
{
    if (host->blkio_weight != 0) {
        block->weight = arena_new(arena, uint32_t);
        *block->weight = (uint32_t)host->blkio_weight;
    }
    size_t n = host->n_blkio_weight_device;
    block->weightDevice = arena_array(arena, n + 1, sizeof *block->weightDevice);
    block->n_weightDevice = n;
    for (size_t i = 0; i < n; i++) {
        dev_t device;
        if (device_number(host->blkio_weight_device[i].path, &device, err) < 0)
            return -1;
        uint32_t *weight = arena_new(arena, uint32_t);
        *weight = (uint32_t)host->blkio_weight_device[i].weight;
        block->weightDevice[i] =
            (struct oci_weight_device){major(device), minor(device), .weight = weight};
    }
    return 0;
}

static int set_disks(struct arena *arena, const struct host_config *host, struct oci_resources *out,
                     struct err *err)
{
    if (host->blkio_weight == 0 && host->n_blkio_weight_device + host->n_blkio_read_bps +
                                           host->n_blkio_write_bps + host->n_blkio_read_iops +
                                           host->n_blkio_write_iops ==
                                       0)
        return 0;
    struct oci_block_io *block = out->blockIO = arena_new(arena, struct oci_block_io);
    block->n_throttleReadBpsDevice = host->n_blkio_read_bps;
    block->n_throttleWriteBpsDevice = host->n_blkio_write_bps;
    block->n_throttleReadIOPSDevice = host->n_blkio_read_iops;
    block->n_throttleWriteIOPSDevice = host->n_blkio_write_iops;
    if (set_weights(arena, host, block, err) < 0 ||
        set_throttle(arena, host->blkio_read_bps, host->n_blkio_read_bps,
                     &block->throttleReadBpsDevice, err) < 0 ||
        set_throttle(arena, host->blkio_write_bps, host->n_blkio_write_bps,
                     &block->throttleWriteBpsDevice, err) < 0 ||
        set_throttle(arena, host->blkio_read_iops, host->n_blkio_read_iops,
                     &block->throttleReadIOPSDevice, err) < 0)
        return -1;
    return set_throttle(arena, host->blkio_write_iops, host->n_blkio_write_iops,
                        &block->throttleWriteIOPSDevice, err);
}

// What a container gets that says nothing: room for any program, none for a fork bomb.
static int64_t pids_default(void)
{
    AUTO_BUF struct buf text;
    buf_init(&text, SMALL_FILE_MAX);
    struct err ignored;
    int64_t most;
    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/pid_max", &text, &ignored) < 0 ||
        !str_to_i64(str_trim((struct str){buf_get(&text), text.n}), &most) ||
        most / 4 > PIDS_DEFAULT)
        return PIDS_DEFAULT;
    return most / 4;
}

static void set_pids(struct arena *arena, const struct host_config *host, bool has_default,
                     struct oci_resources *out)
{
    int64_t limit = host->pids_limit != NULL ? *host->pids_limit : 0;
    // A user without root may have no cgroup to write to: who asks for nothing must not fail.
    bool wants_default = has_default && !host->privileged && !userns_is_nested();
    if (host->pids_limit == NULL && wants_default && is_supported(&pids))
        limit = pids_default();
    if (limit == 0 && (has_default || host->pids_limit == NULL))
        return; // no limit is what a new cgroup has
    out->pids = arena_new(arena, struct oci_pids);
    out->pids->limit = number(arena, limit == 0 ? -1 : limit);
}

static int set_resources(struct arena *arena, const struct host_config *host, bool is_new,
                         struct oci_resources *out, struct err *err)
{
    set_memory(arena, host, out);
    set_cpu(arena, host, out);
    set_pids(arena, host, is_new, out);
    return set_disks(arena, host, out, err);
}

void limits_process(struct arena *arena, const struct host_config *host,
                    struct oci_process *process)
{
    process->rlimits = arena_array(arena, host->n_ulimits + 1, sizeof *process->rlimits);
    for (size_t i = 0; i < host->n_ulimits; i++) {
        const struct ulimit *from = &host->ulimits[i];
        char type[32];
        (void)rlimit_of(from->name, type); // checked at create
        size_t at = 0;
        while (at < process->n_rlimits && strcmp(process->rlimits[at].type, type) != 0)
            at++; // the last of a name counts
        process->n_rlimits += at == process->n_rlimits;
        process->rlimits[at] = (struct oci_rlimit){
            .type = arena_strdup(arena, type),
            .soft = from->soft < 0 ? UINT64_MAX : (uint64_t)from->soft,
            .hard = from->hard < 0 ? UINT64_MAX : (uint64_t)from->hard,
        };
    }
}

int limits_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct host_config *host = &start->container->spec.host;
    struct oci_resources *resources = out->linux_.resources;
    if (set_resources(start->arena, host, true, resources, err) < 0)
        return -1;
    resources->unified = host->cgroup_conf;
    resources->n_unified = host->n_cgroup_conf;
    return devices_bundle(start, out, err);
}

int limits_check_update(struct creation *creation, struct host_config *host, struct err *err)
{
    return check_all(creation, host, true, err);
}

int limits_resources(struct arena *arena, const struct host_config *host, struct oci_resources *out,
                     struct err *err)
{
    return set_resources(arena, host, false, out, err);
}
