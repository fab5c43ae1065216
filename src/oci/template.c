// SPDX-License-Identifier: Apache-2.0
// template.c — the configuration that `spec` writes: a shell on a terminal, confined as engines
// confine by default.
//
// Rootless differs where the kernel lets an unprivileged user do less: a user namespace with one
// id, the host's network, /sys bound from the host (sysfs can only be mounted by who owns the
// network namespace), no group 5 for terminals, and no device rules (there is no cgroup to put them
// in).
#include "base/mem.h"
#include "oci/config.h"
#include "oci/state.h"
#include "oci/tables.h"

#include <unistd.h>

// A configuration's table without "hooks", which would be written as an empty object.
static const struct json_field template_fields[] = {
    JSON_FIELD(struct oci_config, ociVersion, JSON_REQUIRED),
    JSON_BEHIND(struct oci_config, process, oci_process_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_config, root, oci_root_fields, JSON_OPTIONAL),
    JSON_FIELD(struct oci_config, hostname, JSON_OPTIONAL),
    JSON_LIST(struct oci_config, mounts, oci_mount_fields, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct oci_config, linux_, "linux", oci_linux_fields, JSON_OPTIONAL),
    {},
};

#define LIST(member, array) .member = (array), .n_##member = N_ELEMENTS(array)
#define OPTIONS(...)                                                                               \
    .options = (const char *[]){__VA_ARGS__},                                                      \
    .n_options = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)

static const char *args[] = {"sh"};
static const char *env[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM=xterm",
};
static const char *capabilities[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
static struct oci_capabilities capability_sets = {
    LIST(bounding, capabilities),
    LIST(effective, capabilities),
    LIST(permitted, capabilities),
};
static struct oci_rlimit rlimits[] = {{.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024}};
static struct oci_process process = {
    .terminal = true,
    LIST(args, args),
    LIST(env, env),
    .cwd = "/",
    .capabilities = &capability_sets,
    LIST(rlimits, rlimits),
    .noNewPrivileges = true,
};
static struct oci_root root = {.path = "rootfs", .readonly = true};

// clang-format off
static struct oci_mount mounts[] = {
    {.destination = "/proc", .type = "proc", .source = "proc", OPTIONS("nosuid", "noexec", "nodev")},
    {.destination = "/dev", .type = "tmpfs", .source = "tmpfs", OPTIONS("nosuid", "strictatime", "mode=755", "size=65536k")},
    {.destination = "/dev/pts", .type = "devpts", .source = "devpts",
     OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")},
    {.destination = "/dev/shm", .type = "tmpfs", .source = "shm", OPTIONS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")},
    {.destination = "/dev/mqueue", .type = "mqueue", .source = "mqueue", OPTIONS("nosuid", "noexec", "nodev")},
    {.destination = "/sys", .type = "sysfs", .source = "sysfs", OPTIONS("nosuid", "noexec", "nodev", "ro")},
    {.destination = "/sys/fs/cgroup", .type = "cgroup", .source = "cgroup",
     OPTIONS("nosuid", "noexec", "nodev", "relatime", "ro")},
};
static struct oci_mount rootless_mounts[] = {
    {.destination = "/proc", .type = "proc", .source = "proc", OPTIONS("nosuid", "noexec", "nodev")},
    {.destination = "/dev", .type = "tmpfs", .source = "tmpfs", OPTIONS("nosuid", "strictatime", "mode=755", "size=65536k")},
    {.destination = "/dev/pts", .type = "devpts", .source = "devpts",
     OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")},
    {.destination = "/dev/shm", .type = "tmpfs", .source = "shm", OPTIONS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")},
    {.destination = "/dev/mqueue", .type = "mqueue", .source = "mqueue", OPTIONS("nosuid", "noexec", "nodev")},
    {.destination = "/sys", .type = "none", .source = "/sys", OPTIONS("rbind", "nosuid", "noexec", "nodev", "ro")},
};
// clang-format on

static struct oci_namespace namespaces[] = {
    {.type = "pid"}, {.type = "network"}, {.type = "ipc"},
    {.type = "uts"}, {.type = "mount"},   {.type = "cgroup"},
};
static struct oci_namespace rootless_namespaces[] = {
    {.type = "pid"},   {.type = "ipc"},    {.type = "uts"},
    {.type = "mount"}, {.type = "cgroup"}, {.type = "user"},
};
static struct oci_device_rule device_rules[] = {{.allow = false, .access = "rwm"}};
static struct oci_resources resources = {LIST(devices, device_rules)};

// What tells about the host, or gives a way to act on it.
static const char *masked_paths[] = {
    "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
    "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap",
};
static const char *readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static void make_rootless(struct oci_config *config, struct oci_id_map *uids,
                          struct oci_id_map *gids)
{
    config->mounts = rootless_mounts;
    config->n_mounts = N_ELEMENTS(rootless_mounts);
    config->linux_.namespaces = rootless_namespaces;
    config->linux_.n_namespaces = N_ELEMENTS(rootless_namespaces);
    config->linux_.resources = NULL;
    *uids = (struct oci_id_map){.hostID = geteuid(), .size = 1};
    *gids = (struct oci_id_map){.hostID = getegid(), .size = 1};
    config->linux_.uidMappings = uids;
    config->linux_.gidMappings = gids;
    config->linux_.n_uidMappings = config->linux_.n_gidMappings = 1;
}

void oci_config_template(struct buf *out, bool is_rootless)
{
    struct oci_id_map uids, gids;
    struct oci_config config = {
        .ociVersion = OCI_VERSION,
        .process = &process,
        .root = &root,
        .hostname = "dhow",
        LIST(mounts, mounts),
        .linux_ =
            {
                .resources = &resources,
                LIST(namespaces, namespaces),
                LIST(maskedPaths, masked_paths),
                LIST(readonlyPaths, readonly_paths),
            },
    };
    if (is_rootless)
        make_rootless(&config, &uids, &gids);
    json_encode(out, template_fields, &config, JSON_PRETTY);
    buf_char(out, '\n');
}
