// SPDX-License-Identifier: Apache-2.0
// run_resources.c — options of run: what it may use of the machine.
//
// Grammars are docker's (features.md, appendix C); what a value means and whether it is possible is
// the engine's to say.
#include "base/mem.h"
#include "base/str.h"
#include "cli/run_args.h"

#include <string.h>

static int read_windows(struct arena *arena, const char *text, void *member, struct err *err)
{
    (void)arena;
    (void)text;
    (void)member;
    return fail(err, ERR_INVALID,
                "only supported on a Docker daemon running on windows, but this one runs on linux");
}

// clang-format off
#define LIMIT(member, name_, letter_, value_, reader, help_) OPTION_READ(struct run_resources_args, member, name_, letter_, value_, reader, help_)
#define INT(member, name_, letter_, help_) OPTION_INT(struct run_resources_args, member, name_, letter_, help_)
#define TEXT(member, name_, help_) OPTION_TEXT(struct run_resources_args, member, name_, 0, "string", help_)
#define LIST(member, name_, help_) OPTION_LIST(struct run_resources_args, member, name_, 0, "list", help_)
const struct option run_resources_options[] = {
    INT(blkio_weight, "blkio-weight", 0, "share of the disks' time, 10 to 1000; 0 says nothing"),
    LIST(blkio_weight_device, "blkio-weight-device", "the same for one disk (DEVICE:WEIGHT)"),
    TEXT(cgroup_parent, "cgroup-parent", "the control group to put it below"),
    LIST(cgroup_conf, "cgroup-conf", "a file of its control group and what to write (v2; FILE=VALUE)"),
    INT(cpu_period, "cpu-period", 0, "microseconds of a period of --cpu-quota"),
    INT(cpu_quota, "cpu-quota", 0, "microseconds of CPU time in a period"),
    INT(cpu_rt_period, "cpu-rt-period", 0, "microseconds of a period of --cpu-rt-runtime"),
    INT(cpu_rt_runtime, "cpu-rt-runtime", 0, "microseconds of real-time scheduling in a period"),
    INT(cpu_shares, "cpu-shares", 'c', "share of the CPUs, relative to other containers"),
    LIMIT(nano_cpus, "cpus", 0, "decimal", read_cpus, "how many CPUs it may use"),
    TEXT(cpuset_cpus, "cpuset-cpus", "which CPUs it may use (0-3, 0,1)"),
    TEXT(cpuset_mems, "cpuset-mems", "which memory nodes it may use"),
    LIST(devices, "device", "a device of the host, or of CDI (PATH[:PATH[:rwm]], VENDOR/CLASS=NAME)"),
    LIST(device_cgroup_rules, "device-cgroup-rule", "allow more devices (TYPE MAJOR:MINOR ACCESS)"),
    LIST(read_bps, "device-read-bps", "bytes a second that it may read from a disk (DEVICE:RATE)"),
    LIST(read_iops, "device-read-iops", "reads a second from a disk (DEVICE:RATE)"),
    LIST(write_bps, "device-write-bps", "bytes a second that it may write to a disk (DEVICE:RATE)"),
    LIST(write_iops, "device-write-iops", "writes a second to a disk (DEVICE:RATE)"),
    LIST(gpus, "gpus", "GPUs that it gets: all, a number, device=ID,…"),
    TEXT(isolation, "isolation", "default, which is all there is on Linux"),
    LIMIT(memory, "memory", 'm', "bytes", read_bytes, "memory limit"),
    LIMIT(kernel_memory, "kernel-memory", 0, "bytes", read_bytes, NULL), // kernels no longer have it: read, and no more
    LIMIT(memory_reservation, "memory-reservation", 0, "bytes", read_bytes, "memory to keep when the machine is short of it"),
    LIMIT(memory_swap, "memory-swap", 0, "bytes", read_signed_bytes, "limit of memory and swap together; -1 for no limit"),
    INT(memory_swappiness, "memory-swappiness", 0, "how eagerly its memory is swapped out, 0 to 100 (cgroup v1)"),
    OPTION_FLAG(struct run_resources_args, oom_kill_disable, "oom-kill-disable", 0, "let it wait for memory in place of ending it (cgroup v1)"),
    INT(oom_score_adj, "oom-score-adj", 0, "how soon the kernel ends it when memory runs out (-1000 to 1000)"),
    INT(pids_limit, "pids-limit", 0, "how many processes it may have; -1 for no limit"),
    LIMIT(shm_size, "shm-size", 0, "bytes", read_bytes, "size of /dev/shm"),
    LIST(ulimits, "ulimit", "limits of its processes (NAME=SOFT[:HARD])"),
    // Of Windows: known, so that the answer is the right one.
    LIMIT(windows, "cpu-count", 0, "int", read_windows, NULL),
    LIMIT(windows, "cpu-percent", 0, "int", read_windows, NULL),
    LIMIT(windows, "io-maxbandwidth", 0, "bytes", read_windows, NULL),
    LIMIT(windows, "io-maxiops", 0, "uint", read_windows, NULL),
    {},
};
// clang-format on

static int64_t number_or(const int64_t *number, int64_t other)
{
    return number != NULL ? *number : other;
}

static const char *keep(struct cli *cli, struct str text)
{
    return arena_strndup(&cli->arena, text.at, text.n);
}

// --- disks ---

static int cut_device(struct cli *cli, const char *word, struct str *out_path, struct str *out_rest)
{
    struct str rest = str_of(word), path = str_cut(&rest, ':');
    if (path.n == strlen(word) || memchr(rest.at, ':', rest.n) != NULL)
        return fail(&cli->err, ERR_INVALID, "bad format: %s", word);
    if (!str_starts(path, "/dev/"))
        return fail(&cli->err, ERR_INVALID, "bad format for device path: %s", word);
    *out_path = path;
    *out_rest = rest;
    return 0;
}

static int read_rate(struct cli *cli, const char *word, bool is_bytes, struct throttle_device *out)
{
    struct str path, rate;
    int64_t bytes = 0;
    uint64_t number;
    if (cut_device(cli, word, &path, &rate) < 0)
        return -1;
    struct err ignored;
    bool is_number = is_bytes ? read_bytes(&cli->arena, keep(cli, rate), &bytes, &ignored) == 0
                              : str_to_u64(rate, &number);
    if (!is_number)
        return fail(&cli->err, ERR_INVALID,
                    "invalid rate for device: %s. The correct format is <device-path>:<number>%s. "
                    "Number must be a positive integer%s",
                    word, is_bytes ? "[<unit>]" : "",
                    is_bytes ? ". Unit is optional and can be kb, mb, or gb" : "");
    out->path = keep(cli, path);
    out->rate = is_bytes ? (uint64_t)bytes : number;
    return 0;
}

static int read_rates(struct cli *cli, const struct words *words, bool is_bytes,
                      struct throttle_device **out, size_t *n_out)
{
    struct throttle_device *rates = arena_array(&cli->arena, words->n + 1, sizeof *rates);
    for (size_t i = 0; i < words->n; i++) {
        if (read_rate(cli, words->at[i], is_bytes, &rates[i]) < 0)
            return -1;
    }
    *out = rates;
    *n_out = words->n;
    return 0;
}

static int read_weights(struct cli *cli, const struct words *words, struct host_config *host)
{
    host->blkio_weight_device =
        arena_array(&cli->arena, words->n + 1, sizeof *host->blkio_weight_device);
    host->n_blkio_weight_device = words->n;
    for (size_t i = 0; i < words->n; i++) {
        struct str path, weight;
        struct weight_device *device = &host->blkio_weight_device[i];
        if (cut_device(cli, words->at[i], &path, &weight) < 0)
            return -1;
        if (!str_to_i64(weight, &device->weight) ||
            (device->weight != 0 && (device->weight < 10 || device->weight > 1000)))
            return fail(&cli->err, ERR_INVALID, "invalid weight for device: %s", words->at[i]);
        device->path = keep(cli, path);
    }
    return 0;
}

static int read_disks(struct cli *cli, const struct run_resources_args *args,
                      struct host_config *host)
{
    host->blkio_weight = number_or(args->blkio_weight, 0);
    if (read_weights(cli, &args->blkio_weight_device, host) < 0 ||
        read_rates(cli, &args->read_bps, true, &host->blkio_read_bps, &host->n_blkio_read_bps) <
            0 ||
        read_rates(cli, &args->write_bps, true, &host->blkio_write_bps, &host->n_blkio_write_bps) <
            0 ||
        read_rates(cli, &args->read_iops, false, &host->blkio_read_iops, &host->n_blkio_read_iops) <
            0)
        return -1;
    return read_rates(cli, &args->write_iops, false, &host->blkio_write_iops,
                      &host->n_blkio_write_iops);
}

// --- devices ---

static bool is_device_mode(struct str text)
{
    static const char letters[] = {'r', 'w', 'm'};
    bool seen[sizeof letters] = {};
    for (size_t i = 0; i < text.n; i++) {
        const char *at = memchr(letters, text.at[i], sizeof letters);
        if (at == NULL || seen[at - letters])
            return false;
        seen[at - letters] = true;
    }
    return text.n != 0;
}

static int read_device(struct cli *cli, const char *word, struct device_mapping *out)
{
    struct str rest = str_of(word), parts[4] = {};
    size_t n = 0;
    do
        parts[n++] = str_cut(&rest, ':');
    while (rest.n != 0 && n < N_ELEMENTS(parts));
    if (n > 3 || parts[0].n == 0)
        return fail(&cli->err, ERR_INVALID, "bad format for path: %s", word);
    struct str inside = parts[0], mode = STR("rwm");
    if (n == 2 && is_device_mode(parts[1]))
        mode = parts[1];
    else if (n >= 2)
        inside = parts[1];
    if (n == 3)
        mode = parts[2];
    if (!is_device_mode(mode))
        return fail(&cli->err, ERR_INVALID, "bad mode specified: %.*s", (int)mode.n, mode.at);
    if (!str_starts(inside, "/"))
        return fail(&cli->err, ERR_INVALID, "%.*s is not an absolute path", (int)inside.n,
                    inside.at);
    *out = (struct device_mapping){keep(cli, parts[0]), keep(cli, inside), keep(cli, mode)};
    return 0;
}

// "vendor.com/class=name", which no path is.
static bool is_cdi_name(const char *word)
{
    return word[0] != '/' && strchr(word, '/') != NULL && strchr(word, '=') != NULL;
}

static void ask_for(struct cli *cli, struct host_config *host, const struct device_request *wanted)
{
    struct device_request *all = arena_array(&cli->arena, host->n_device_requests + 1, sizeof *all);
    if (host->n_device_requests != 0)
        memcpy(all, host->device_requests, host->n_device_requests * sizeof *all);
    all[host->n_device_requests++] = *wanted;
    host->device_requests = all;
}

static int read_devices(struct cli *cli, const struct words *words, struct host_config *host)
{
    struct words cdi = {};
    host->devices = arena_array(&cli->arena, words->n + 1, sizeof *host->devices);
    for (size_t i = 0; i < words->n; i++) {
        if (is_cdi_name(words->at[i]))
            words_add(&cli->arena, &cdi, words->at[i]);
        else if (read_device(cli, words->at[i], &host->devices[host->n_devices++]) < 0)
            return -1;
    }
    if (cdi.n != 0)
        ask_for(
            cli, host,
            &(struct device_request){.driver = "cdi", .device_ids = cdi.at, .n_device_ids = cdi.n});
    return 0;
}

// "all", "2", "device=0,GPU-3", "driver=nvidia,count=2", fields with commas in double quotes.
static int read_gpu_field(struct cli *cli, struct str field, struct device_request *out)
{
    struct str value = field, key = str_cut(&value, '=');
    bool has_key = key.n != field.n;
    struct words ids = {};
    if (!has_key || str_is(key, "count")) {
        struct str count = has_key ? value : field;
        if (str_is(count, "all"))
            out->count = -1;
        else if (!str_to_i64(count, &out->count))
            return fail(&cli->err, ERR_INVALID,
                        "count (%.*s) must be an integer, or 'all': see --gpus", (int)count.n,
                        count.at);
        return 0;
    }
    if (str_is(key, "driver")) {
        out->driver = keep(cli, value);
        return 0;
    }
    if (str_is(key, "capabilities") || str_is(key, "options"))
        return 0; // CDI has no place for them
    if (!str_is(key, "device"))
        return fail(&cli->err, ERR_INVALID, "unexpected key '%.*s' in '%.*s'", (int)key.n, key.at,
                    (int)field.n, field.at);
    while (value.n != 0)
        words_add(&cli->arena, &ids, keep(cli, str_cut(&value, ',')));
    out->device_ids = ids.at;
    out->n_device_ids = ids.n;
    return 0;
}

static int read_gpus(struct cli *cli, const char *word, struct host_config *host)
{
    static const char *gpu[] = {"gpu"};
    struct device_request request = {};
    request.capabilities = arena_array(&cli->arena, 1, sizeof *request.capabilities);
    request.capabilities[0] = (struct device_capabilities){gpu, 1};
    request.n_capabilities = 1;
    for (struct str rest = str_of(word); rest.n != 0;) {
        bool is_quoted = rest.at[0] == '"';
        if (is_quoted)
            rest = (struct str){rest.at + 1, rest.n - 1};
        // A list of devices goes on to the end, as everybody writes it.
        bool is_list = !is_quoted && str_starts(rest, "device=");
        struct str field = is_list ? rest : str_cut(&rest, is_quoted ? '"' : ',');
        if (is_list)
            rest = (struct str){};
        else if (is_quoted && rest.n != 0)
            (void)str_cut(&rest, ',');
        if (read_gpu_field(cli, field, &request) < 0)
            return -1;
    }
    if (request.n_device_ids == 0 && request.count == 0)
        request.count = 1;
    ask_for(cli, host, &request);
    return 0;
}

// --- ulimits ---

static int read_ulimit(struct cli *cli, const char *word, struct ulimit *out)
{
    struct str values = str_of(word), name = str_cut(&values, '=');
    if (values.n == 0)
        return fail(&cli->err, ERR_INVALID, "invalid ulimit argument: %s", word);
    struct str hard = values, soft = str_cut(&hard, ':');
    bool has_hard = soft.n != values.n;
    if (has_hard && memchr(hard.at, ':', hard.n) != NULL)
        return fail(&cli->err, ERR_INVALID,
                    "too many limit values - %s, can only have up to two, `soft[:hard]`", word);
    out->name = keep(cli, name);
    if (!str_to_i64(soft, &out->soft) || (has_hard && !str_to_i64(hard, &out->hard)))
        return fail(&cli->err, ERR_INVALID, "invalid ulimit argument: %s: expected whole numbers",
                    word);
    if (!has_hard)
        out->hard = out->soft;
    return 0;
}

static int read_ulimits(struct cli *cli, const struct words *words, struct host_config *host)
{
    host->ulimits = arena_array(&cli->arena, words->n + 1, sizeof *host->ulimits);
    host->n_ulimits = words->n;
    for (size_t i = 0; i < words->n; i++) {
        if (read_ulimit(cli, words->at[i], &host->ulimits[i]) < 0)
            return -1;
    }
    return 0;
}

static void take_limits(const struct run_resources_args *args, struct host_config *host)
{
    host->memory = args->memory;
    host->memory_reservation = args->memory_reservation;
    host->memory_swap = args->memory_swap;
    // docker's -1 is "nothing was said".
    bool has_swappiness = args->memory_swappiness != NULL && *args->memory_swappiness != -1;
    host->memory_swappiness = has_swappiness ? args->memory_swappiness : NULL;
    host->oom_kill_disable = args->oom_kill_disable;
    host->nano_cpus = args->nano_cpus;
    host->cpu_shares = number_or(args->cpu_shares, 0);
    host->cpu_period = number_or(args->cpu_period, 0);
    host->cpu_quota = number_or(args->cpu_quota, 0);
    host->cpu_realtime_period = number_or(args->cpu_rt_period, 0);
    host->cpu_realtime_runtime = number_or(args->cpu_rt_runtime, 0);
    host->cpuset_cpus = args->cpuset_cpus;
    host->cpuset_mems = args->cpuset_mems;
    host->shm_size = args->shm_size;
    host->pids_limit = args->pids_limit;
    host->oom_score_adj = number_or(args->oom_score_adj, 0);
    host->cgroup_parent = args->cgroup_parent;
}

int run_resources(struct cli *cli, const struct run_resources_args *args,
                  struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    take_limits(args, host);
    if (!text_is_empty(args->isolation) && strcmp(args->isolation, "default") != 0)
        return fail(&cli->err, ERR_INVALID, "invalid isolation (%s): linux only supports 'default'",
                    args->isolation);
    host->device_cgroup_rules = args->device_cgroup_rules.at;
    host->n_device_cgroup_rules = args->device_cgroup_rules.n;
    host->cgroup_conf = run_pairs(&cli->arena, &args->cgroup_conf);
    host->n_cgroup_conf = args->cgroup_conf.n;
    if (read_disks(cli, args, host) < 0 || read_devices(cli, &args->devices, host) < 0 ||
        read_ulimits(cli, &args->ulimits, host) < 0)
        return -1;
    for (size_t i = 0; i < args->gpus.n; i++) {
        if (read_gpus(cli, args->gpus.at[i], host) < 0)
            return -1;
    }
    return 0;
}
