// SPDX-License-Identifier: Apache-2.0
// defaults.c — the tables of what every container gets. They are docker's, so that what runs there
// runs here: see SECURITY.md §7 for what is to become stricter.
#include "engine/defaults.h"

#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "linux/userns.h"

#include <string.h>
#include <unistd.h>

#define TTY_GROUP  "gid=5"
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct default_mount {
    const char *destination, *type, *source;
    const char *const *options;
};
static const struct default_mount mounts[] = {
    {"/proc", "proc", "proc", WORDS("nosuid", "noexec", "nodev")},
    {"/dev", "tmpfs", "tmpfs", WORDS("nosuid", "strictatime", "mode=755", "size=65536k")},
    {"/dev/pts", "devpts", "devpts",
     WORDS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", TTY_GROUP)},
    {"/sys", "sysfs", "sysfs", WORDS("nosuid", "noexec", "nodev", "ro")},
    {"/sys/fs/cgroup", "cgroup", "cgroup", WORDS("ro", "nosuid", "noexec", "nodev")},
    {"/dev/mqueue", "mqueue", "mqueue", WORDS("nosuid", "noexec", "nodev")},
};
// Files of the container's directory that are seen in its /etc.
static const char *const etc_files[] = {"resolv.conf", "hostname", "hosts"};

// docker's, podman's, and what else tells of the machine (SECURITY.md §7). What is not there costs
// a look.
static const char *const masked_paths[] = {
    "/proc/acpi",          "/proc/asound",      "/proc/interrupts",
    "/proc/kcore",         "/proc/keys",        "/proc/kpagecgroup",
    "/proc/kpagecount",    "/proc/kpageflags",  "/proc/latency_stats",
    "/proc/sched_debug",   "/proc/scsi",        "/proc/timer_list",
    "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap",
    "/sys/fs/selinux",     "/sys/kernel/debug", "/sys/kernel/security",
    "/sys/kernel/tracing",
};
static const char *const readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};
static const char *const namespaces[] = {"mount", "uts", "pid", "ipc", "cgroup"};

// Devices a container may use: the nodes that the runtime makes, and ptys. Making nodes is allowed
// (CAP_MKNOD), opening others is not.
static const struct {
    int64_t major, minor; // -1: all
    const char *type, *access;
} allowed_devices[] = {
    {-1, -1, "c", "m"}, {-1, -1, "b", "m"}, {1, 3, "c", "rwm"},    {1, 5, "c", "rwm"},
    {1, 7, "c", "rwm"}, {1, 8, "c", "rwm"}, {1, 9, "c", "rwm"},    {5, 0, "c", "rwm"},
    {5, 1, "c", "rwm"}, {5, 2, "c", "rwm"}, {136, -1, "c", "rwm"},
};

enum { SHM_DEFAULT = 64 * 1024 * 1024 };

static const char **copy_words(struct arena *arena, const char *const *words, size_t n)
{
    const char **copy = arena_array(arena, n + 1, sizeof *copy);
    memcpy(copy, words, n * sizeof *copy);
    return copy;
}

static void add_mount(struct arena *arena, struct oci_config *out, const struct default_mount *from)
{
    size_t n = 0;
    while (from->options[n] != NULL)
        n++;
    // Its group owns terminals, if there is such a group: not where one's own id is all there is.
    if (n != 0 && strcmp(from->options[n - 1], TTY_GROUP) == 0 && userns_is_nested() &&
        !userns_has_gid(5))
        n--;
    out->mounts[out->n_mounts++] = (struct oci_mount){
        .destination = from->destination,
        .type = from->type,
        .source = from->source,
        .options = copy_words(arena, from->options, n),
        .n_options = n,
    };
}

void defaults_mounts(struct arena *arena, const struct host_config *host, const char *container_dir,
                     const char *init, struct oci_config *out)
{
    out->mounts =
        arena_array(arena, N_ELEMENTS(mounts) + 2 + N_ELEMENTS(etc_files), sizeof *out->mounts);
    // A user may mount sysfs for network namespaces of their own only: the host's is bound.
    const struct default_mount sys = {"/sys", "bind", "/sys",
                                      WORDS("rbind", "ro", "nosuid", "noexec", "nodev")};
    bool is_foreign = userns_is_nested() && text_equal(host->network_mode, "host");
    for (size_t i = 0; i < N_ELEMENTS(mounts); i++)
        add_mount(arena, out,
                  is_foreign && strcmp(mounts[i].type, "sysfs") == 0 ? &sys : &mounts[i]);
    int64_t shm_size = host->shm_size != 0 ? host->shm_size : SHM_DEFAULT;
    const char *size = arena_printf(arena, "size=%jd", (intmax_t)shm_size);
    add_mount(arena, out,
              &(struct default_mount){"/dev/shm", "tmpfs", "shm",
                                      WORDS("nosuid", "noexec", "nodev", "mode=1777", size)});
    for (size_t i = 0; i < N_ELEMENTS(etc_files); i++)
        add_mount(arena, out,
                  &(struct default_mount){arena_printf(arena, "/etc/%s", etc_files[i]), "bind",
                                          arena_printf(arena, "%s/%s", container_dir, etc_files[i]),
                                          WORDS("rbind", "rprivate")});
    if (init != NULL)
        add_mount(arena, out,
                  &(struct default_mount){INIT_INSIDE, "bind", init,
                                          WORDS("bind", "ro", "nosuid", "nodev", "rprivate")});
}

static int64_t *number(struct arena *arena, int64_t value)
{
    int64_t *copy = arena_new(arena, int64_t);
    *copy = value;
    return copy;
}

static void set_devices(struct arena *arena, struct oci_resources *out)
{
    out->devices = arena_array(arena, N_ELEMENTS(allowed_devices) + 1, sizeof *out->devices);
    out->devices[out->n_devices++] = (struct oci_device_rule){.allow = false, .access = "rwm"};
    for (size_t i = 0; i < N_ELEMENTS(allowed_devices); i++)
        out->devices[out->n_devices++] = (struct oci_device_rule){
            .allow = true,
            .type = allowed_devices[i].type,
            .major = allowed_devices[i].major >= 0 ? number(arena, allowed_devices[i].major) : NULL,
            .minor = allowed_devices[i].minor >= 0 ? number(arena, allowed_devices[i].minor) : NULL,
            .access = allowed_devices[i].access,
        };
}

static void set_namespaces(struct arena *arena, const struct host_config *host,
                           struct oci_linux *out)
{
    out->namespaces = arena_array(arena, N_ELEMENTS(namespaces) + 1, sizeof *out->namespaces);
    for (size_t i = 0; i < N_ELEMENTS(namespaces); i++)
        out->namespaces[out->n_namespaces++] = (struct oci_namespace){.type = namespaces[i]};
    if (!text_equal(host->network_mode, "host"))
        out->namespaces[out->n_namespaces++] = (struct oci_namespace){.type = "network"};
}

static void set_sysctls(struct arena *arena, const struct host_config *host, struct oci_linux *out)
{
    const struct json_pair in_own_network[] = {
        {"net.ipv4.ip_unprivileged_port_start", "0"},
        // Only groups that there are can be named: without root these are few.
        {"net.ipv4.ping_group_range", userns_is_nested() ? "0 0" : "0 2147483647"},
    };
    out->sysctl =
        arena_array(arena, host->n_sysctls + N_ELEMENTS(in_own_network), sizeof *out->sysctl);
    // Not those of another container's namespace, nor, by way of that, the host's.
    bool is_own = !text_equal(host->network_mode, "host") &&
                  (host->network_mode == NULL || !text_starts(host->network_mode, "container:"));
    if (is_own) {
        memcpy(out->sysctl, in_own_network, sizeof in_own_network);
        out->n_sysctl = N_ELEMENTS(in_own_network);
    }
    for (size_t i = 0; i < host->n_sysctls; i++)
        out->sysctl[out->n_sysctl++] = host->sysctls[i];
}

void defaults_linux(struct arena *arena, const struct host_config *host, struct oci_linux *out)
{
    set_namespaces(arena, host, out);
    set_sysctls(arena, host, out);
    out->resources = arena_new(arena, struct oci_resources);
    set_devices(arena, out->resources);
}

void defaults_masked(struct arena *arena, struct words *out)
{
    for (size_t i = 0; i < N_ELEMENTS(masked_paths); i++)
        words_add(arena, out, masked_paths[i]);
    // One directory for each processor, on Intel's.
    long n = sysconf(_SC_NPROCESSORS_CONF);
    static const char format[] = "/sys/devices/system/cpu/cpu%ld/thermal_throttle";
    for (long i = 0; i < n && access("/sys/devices/system/cpu/cpu0/thermal_throttle", F_OK) == 0;
         i++)
        words_add(arena, out, arena_printf(arena, format, i));
}

void defaults_readonly(struct arena *arena, struct words *out)
{
    for (size_t i = 0; i < N_ELEMENTS(readonly_paths); i++)
        words_add(arena, out, readonly_paths[i]);
}
