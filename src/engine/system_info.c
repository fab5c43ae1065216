// SPDX-License-Identifier: Apache-2.0
// system_info.c — what there is, where it is, and what this machine can do.
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/list.h"
#include "linux/rootless.h"
#include "monitor/log_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { FILE_MAX = 64 * 1024, ID_BYTES = 16, ID_TEXT = 37 };

// --- who this is ---

// A number of this data root, made at the first question: "engine-id".
static const char *engine_id(const struct engine *engine, struct arena *arena)
{
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    struct err ignored; // then there is none
    if (file_read_at(engine->root, "engine-id", &text, &ignored) == 0) {
        struct str id = str_trim((struct str){text.at, text.n});
        return arena_strndup(arena, id.at, id.n);
    }
    unsigned char bytes[ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return "";
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); // RFC 9562: version 4
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *id = arena_alloc(arena, ID_TEXT), *to = id;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bool has_dash = i == 4 || i == 6 || i == 8 || i == 10;
        to += snprintf(to, 4, "%s%02x", has_dash ? "-" : "", bytes[i]);
    }
    (void)file_replace(engine->root, "engine-id", id, strlen(id), 0644, &ignored);
    return id;
}

// --- the machine ---

// A value of os-release(5), without its quotes.
static const char *os_release(struct arena *arena, const char *key)
{
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    struct err ignored; // not known, then
    if (file_read_at(AT_FDCWD, "/etc/os-release", &text, &ignored) < 0)
        return "";
    struct str rest = {text.at, text.n};
    while (rest.n != 0) {
        struct str value = str_cut(&rest, '\n');
        if (!str_is(str_cut(&value, '='), key))
            continue;
        if (value.n >= 2 && (value.at[0] == '"' || value.at[0] == '\''))
            value = (struct str){value.at + 1, value.n - 2};
        return arena_strndup(arena, value.at, value.n);
    }
    return "";
}

static bool says_one(const char *path)
{
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    struct err ignored; // no, then
    return file_read_at(AT_FDCWD, path, &text, &ignored) == 0 && text_starts(buf_get(&text), "1");
}

static const char *file_system(int root)
{
    static const struct {
        long magic;
        const char *name;
    } known[] = {{EXT4_SUPER_MAGIC, "extfs"},          {XFS_SUPER_MAGIC, "xfs"},
                 {BTRFS_SUPER_MAGIC, "btrfs"},         {TMPFS_MAGIC, "tmpfs"},
                 {OVERLAYFS_SUPER_MAGIC, "overlayfs"}, {F2FS_SUPER_MAGIC, "f2fs"}};
    struct statfs system;
    if (fstatfs(root, &system) < 0)
        return "<unknown>";
    for (size_t i = 0; i < N_ELEMENTS(known); i++) {
        if (known[i].magic == (long)system.f_type)
            return known[i].name;
    }
    return "<unknown>";
}

static void add_driver(const struct engine *engine, struct arena *arena, struct system_info *out)
{
    const char *pairs[][2] = {{"Backing Filesystem", file_system(engine->root)},
                              {"Supports d_type", "true"},
                              {"Native Overlay Diff", "true"},
                              {"userxattr", "false"}};
    out->driver_status = arena_array(arena, N_ELEMENTS(pairs), sizeof *out->driver_status);
    for (size_t i = 0; i < N_ELEMENTS(pairs); i++) {
        const char **words = arena_array(arena, 2, sizeof *words);
        memcpy(words, pairs[i], sizeof pairs[i]);
        out->driver_status[out->n_driver_status++] = (struct info_words){words, 2};
    }
}

// --- control groups ---

// Which file of a v1 hierarchy, or which controller of v2, tells that a limit is possible.
struct ability {
    size_t offset; // a bool of struct system_info
    const char *v1, *v2;
    const char *warning; // when it is not; NULL: nobody misses it
};
#define ABILITY(member) offsetof(struct system_info, member)
static const struct ability abilities[] = {
    {ABILITY(memory_limit), "memory/memory.limit_in_bytes", "memory", "No memory limit support"},
    {ABILITY(swap_limit), "memory/memory.memsw.limit_in_bytes", "memory", "No swap limit support"},
    {ABILITY(cpu_cfs_period), "cpu/cpu.cfs_period_us", "cpu", "No cpu cfs period support"},
    {ABILITY(cpu_cfs_quota), "cpu/cpu.cfs_quota_us", "cpu", "No cpu cfs quota support"},
    {ABILITY(cpu_shares), "cpu/cpu.shares", "cpu", "No cpu shares support"},
    {ABILITY(cpu_set), "cpuset/cpuset.cpus", "cpuset", "No cpuset support"},
    {ABILITY(pids_limit), "pids", "pids", "No pids limit support"},
    {ABILITY(oom_kill_disable), "memory/memory.oom_control", NULL, NULL},
};

static bool has_controller(const char *controllers, const char *name)
{
    struct str rest = str_trim(str_of(controllers));
    while (name != NULL && rest.n != 0) {
        if (str_is(str_trim(str_cut(&rest, ' ')), name))
            return true;
    }
    return false;
}

static void add_abilities(struct arena *arena, struct system_info *out, struct words *warnings)
{
    AUTO_BUF struct buf controllers;
    buf_init(&controllers, FILE_MAX);
    struct err ignored; // v1
    bool is_v2 =
        file_read_at(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", &controllers, &ignored) == 0;
    out->cgroup_version = is_v2 ? "2" : "1";
    out->cgroup_driver = "cgroupfs";
    for (size_t i = 0; i < N_ELEMENTS(abilities); i++) {
        const struct ability *it = &abilities[i];
        const char *path = arena_printf(arena, "/sys/fs/cgroup/%s", it->v1);
        bool can = is_v2 ? has_controller(buf_get(&controllers), it->v2) : access(path, F_OK) == 0;
        *(bool *)((char *)out + it->offset) = can;
        if (!can && it->warning != NULL)
            words_add(arena, warnings, arena_printf(arena, "WARNING: %s", it->warning));
    }
    out->ipv4_forwarding = says_one("/proc/sys/net/ipv4/ip_forward");
    if (!out->ipv4_forwarding)
        words_add(arena, warnings, "WARNING: IPv4 forwarding is disabled");
}

// --- security, runtimes, plugins ---

static void add_security(struct arena *arena, struct system_info *out)
{
    struct words options = {};
    if (access("/sys/module/apparmor/parameters/enabled", F_OK) == 0)
        words_add(arena, &options, "name=apparmor");
    words_add(arena, &options, "name=seccomp,profile=builtin");
    words_add(arena, &options, "name=cgroupns");
    if (rootless_is_entered())
        words_add(arena, &options, "name=rootless");
    out->security_options = options.at;
    out->n_security_options = options.n;
}

static void add_runtimes(struct engine *engine, struct arena *arena, struct system_info *out)
{
    static const char *const usual[] = {"dhow-runtime", "crun", "runc"};
    out->runtimes = arena_array(arena, N_ELEMENTS(usual), sizeof *out->runtimes);
    for (size_t i = 0; i < N_ELEMENTS(usual); i++) {
        struct err ignored; // not there, then
        const char *path = program_find(arena, usual[i], &ignored);
        if (path != NULL)
            out->runtimes[out->n_runtimes++] =
                (struct info_runtime){.name = usual[i], .path = path};
    }
    const char *chosen = engine->settings->runtime;
    out->default_runtime = chosen != NULL ? chosen : "dhow-runtime";
    out->init_binary = "dhow-init";
    out->runc_commit.id = out->init_commit.id = engine->settings->commit;
    out->containerd_commit.id = "";
}

static void add_plugins(struct system_info *out)
{
    static const char *volume[] = {"local"};
    static const char *network[] = {"bridge", "host", "ipvlan", "macvlan", "null"};
    static const char *log[] = {"fluentd", "gelf", "journald", "json-file",
                                "local",   "none", "syslog"};
    static const char *cdi[] = {"/etc/cdi", "/var/run/cdi"};
    out->plugins = (struct info_plugins){.volume = volume,
                                         .n_volume = N_ELEMENTS(volume),
                                         .network = network,
                                         .n_network = N_ELEMENTS(network),
                                         .log = log,
                                         .n_log = N_ELEMENTS(log)};
    out->cdi_spec_dirs = cdi;
    out->n_cdi_spec_dirs = N_ELEMENTS(cdi);
}

static void add_registries(struct system_info *out)
{
    static const char *cidrs[] = {"::1/128", "127.0.0.0/8"};
    static struct info_index hub = {
        .key = "docker.io", .name = "docker.io", .secure = true, .official = true};
    out->index_server = "https://index.docker.io/v1/";
    out->registries = (struct info_registries){.insecure_cidrs = cidrs,
                                               .n_insecure_cidrs = N_ELEMENTS(cidrs),
                                               .indexes = &hub,
                                               .n_indexes = 1};
}

static const char *either(const char *name, const char *other)
{
    const char *value = getenv(name);
    if (value == NULL)
        value = getenv(other);
    return value != NULL ? value : "";
}

// --- counting ---

static int count(struct engine *engine, struct arena *arena, struct system_info *out,
                 struct err *err)
{
    const struct container_list_request all = {.all = true};
    struct container_list_response containers;
    struct state_image *images;
    size_t n_images;
    if (engine_container_list(engine, arena, &all, &containers, err) < 0 ||
        state_images(engine->state, arena, &images, &n_images, err) < 0)
        return -1;
    for (size_t i = 0; i < containers.n_containers; i++) {
        const char *state = containers.containers[i].state;
        out->containers_running += text_equal(state, "running") || text_equal(state, "restarting");
        out->containers_paused += text_equal(state, "paused");
    }
    out->containers = (int64_t)containers.n_containers;
    out->containers_stopped = out->containers - out->containers_running - out->containers_paused;
    out->images = (int64_t)n_images;
    return 0;
}

int engine_system_info(struct engine *engine, struct arena *arena, const struct nothing *request,
                       struct system_info *response, struct err *err)
{
    (void)request;
    struct utsname system;
    if (uname(&system) < 0)
        return fail_sys(err, "uname");
    struct words warnings = {};
    struct system_info info = {
        .id = engine_id(engine, arena),
        .driver = "overlay",
        .root_dir = engine->settings->root,
        .run_root = engine->settings->run_root,
        .live_restore = true, // nothing of a container is in a daemon
        .system_time = time_rfc3339(arena, now_ns()),
        .logging_driver = LOG_DRIVER_USUAL,
        .kernel_version = arena_strdup(arena, system.release),
        .operating_system = os_release(arena, "PRETTY_NAME"),
        .os_version = os_release(arena, "VERSION_ID"),
        .os_type = "linux",
        .architecture = arena_strdup(arena, system.machine),
        .name = arena_strdup(arena, system.nodename),
        .ncpu = get_nprocs(),
        .mem_total = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
        .http_proxy = either("HTTP_PROXY", "http_proxy"),
        .https_proxy = either("HTTPS_PROXY", "https_proxy"),
        .no_proxy = either("NO_PROXY", "no_proxy"),
        .server_version = engine->settings->version,
        .isolation = "",
        .swarm = {"", "", "inactive", "", false},
        .firewall = {"nftables"},
    };
    if (count(engine, arena, &info, err) < 0)
        return -1;
    add_driver(engine, arena, &info);
    add_abilities(arena, &info, &warnings);
    add_security(arena, &info);
    add_runtimes(engine, arena, &info);
    add_plugins(&info);
    add_registries(&info);
    info.warnings = warnings.at;
    info.n_warnings = warnings.n;
    *response = info;
    return 0;
}
