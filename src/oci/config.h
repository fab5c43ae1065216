// SPDX-License-Identifier: Apache-2.0
// config.h — a container's config.json as the OCI runtime specification 1.3.0 defines it, for
// Linux.
//
// Members have the specification's names where C allows (config.md, config-linux.md); pointers are
// NULL and lists empty where a property is absent. All of it lives in the arena that it was decoded
// into.
#pragma once
#include "json/bind.h"

struct oci_id_map {
    uint32_t containerID, hostID, size;
};

struct oci_hook {
    const char *path;
    const char **args;
    size_t n_args;
    const char **env;
    size_t n_env;
    int64_t *timeout; // seconds
};
struct oci_hooks {
    struct oci_hook *prestart, *createRuntime, *createContainer, *startContainer, *poststart,
        *poststop;
    size_t n_prestart, n_createRuntime, n_createContainer, n_startContainer, n_poststart,
        n_poststop;
};

struct oci_mount {
    const char *destination, *type, *source;
    const char **options;
    size_t n_options;
    struct oci_id_map *uidMappings, *gidMappings;
    size_t n_uidMappings, n_gidMappings;
};

struct oci_root {
    const char *path;
    bool readonly;
};

struct oci_user {
    uint32_t uid, gid;
    uint32_t *umask;
    uint32_t *additionalGids;
    size_t n_additionalGids;
    const char *username;
};
struct oci_capabilities {
    const char **bounding, **permitted, **effective, **inheritable, **ambient;
    size_t n_bounding, n_permitted, n_effective, n_inheritable, n_ambient;
};
struct oci_rlimit {
    const char *type; // RLIMIT_NOFILE …
    uint64_t soft, hard;
};
struct oci_console_size {
    uint64_t height, width;
};
struct oci_io_priority {
    const char *class_; // IOPRIO_CLASS_RT | _BE | _IDLE
    int64_t priority;
};
struct oci_scheduler {
    const char *policy; // SCHED_OTHER …
    int64_t nice, priority;
    const char **flags;
    size_t n_flags;
    uint64_t runtime, deadline, period; // nanoseconds
};
struct oci_cpu_affinity {
    const char *initial, *final; // "0-3,7"
};
struct oci_process {
    bool terminal;
    struct oci_console_size *consoleSize;
    struct oci_user user;
    const char **args;
    size_t n_args;
    const char *commandLine; // Windows; kept for `state`
    const char **env;
    size_t n_env;
    const char *cwd;
    struct oci_capabilities *capabilities;
    struct oci_rlimit *rlimits;
    size_t n_rlimits;
    bool noNewPrivileges;
    const char *apparmorProfile;
    int64_t *oomScoreAdj;
    const char *selinuxLabel;
    struct oci_io_priority *ioPriority;
    struct oci_scheduler *scheduler;
    struct oci_cpu_affinity *execCPUAffinity;
};

struct oci_device {          // a node to make
    const char *path, *type; // type: c b u p
    int64_t major, minor;
    uint32_t *fileMode, *uid, *gid;
};
struct oci_namespace {
    const char *type, *path;
};
struct oci_net_device {
    const char *key;  // its name on the host
    const char *name; // in the container; NULL keeps it
};
struct oci_time_offset {
    const char *key; // monotonic | boottime
    int64_t secs;
    uint32_t nanosecs;
};

struct oci_device_rule {
    bool allow;
    const char *type;       // a c b, NULL is a
    int64_t *major, *minor; // NULL or -1 are all
    const char *access;     // of rwm, NULL is all
};
struct oci_memory {
    int64_t *limit, *reservation, *swap, *kernel, *kernelTCP; // bytes; -1 unlimited
    uint64_t *swappiness;
    bool *disableOOMKiller, *useHierarchy, *checkBeforeUpdate;
};
struct oci_cpu {
    uint64_t *shares;
    int64_t *quota;
    uint64_t *burst, *period;
    int64_t *realtimeRuntime;
    uint64_t *realtimePeriod;
    const char *cpus, *mems;
    int64_t *idle;
};
struct oci_pids {
    int64_t *limit;
};
struct oci_throttle_device {
    int64_t major, minor;
    uint64_t rate;
};
struct oci_weight_device {
    int64_t major, minor;
    uint32_t *weight, *leafWeight;
};
struct oci_block_io {
    uint32_t *weight, *leafWeight;
    struct oci_weight_device *weightDevice;
    size_t n_weightDevice;
    struct oci_throttle_device *throttleReadBpsDevice, *throttleWriteBpsDevice,
        *throttleReadIOPSDevice, *throttleWriteIOPSDevice;
    size_t n_throttleReadBpsDevice, n_throttleWriteBpsDevice, n_throttleReadIOPSDevice,
        n_throttleWriteIOPSDevice;
};
struct oci_hugepage_limit {
    const char *pageSize; // 2MB
    uint64_t limit;
};
struct oci_interface_priority {
    const char *name;
    uint32_t priority;
};
struct oci_network {
    uint32_t *classID;
    struct oci_interface_priority *priorities;
    size_t n_priorities;
};
struct oci_rdma {
    const char *key; // the device
    uint32_t *hcaHandles, *hcaObjects;
};
struct oci_resources {
    struct json_pair *unified; // cgroup v2 file → content
    size_t n_unified;
    struct oci_device_rule *devices;
    size_t n_devices;
    struct oci_memory *memory;
    struct oci_cpu *cpu;
    struct oci_pids *pids;
    struct oci_block_io *blockIO;
    struct oci_hugepage_limit *hugepageLimits;
    size_t n_hugepageLimits;
    struct oci_network *network;
    struct oci_rdma *rdma;
    size_t n_rdma;
};

struct oci_seccomp_arg {
    uint32_t index;
    uint64_t value, valueTwo;
    const char *op; // SCMP_CMP_EQ …
};
struct oci_seccomp_rule {
    const char **names;
    size_t n_names;
    const char *action;
    uint32_t *errnoRet;
    struct oci_seccomp_arg *args;
    size_t n_args;
};
struct oci_seccomp {
    const char *defaultAction;
    uint32_t *defaultErrnoRet;
    const char **architectures;
    size_t n_architectures;
    const char **flags;
    size_t n_flags;
    const char *listenerPath, *listenerMetadata;
    struct oci_seccomp_rule *syscalls;
    size_t n_syscalls;
};

struct oci_intel_rdt {
    const char *closID;
    const char **schemata;
    size_t n_schemata;
    const char *l3CacheSchema, *memBwSchema;
    bool enableMonitoring;
};
struct oci_memory_policy {
    const char *mode;  // MPOL_BIND …
    const char *nodes; // "0-3"
    const char **flags;
    size_t n_flags;
};
struct oci_personality {
    const char *domain; // LINUX | LINUX32
    const char **flags;
    size_t n_flags;
};

struct oci_linux {
    struct oci_device *devices;
    size_t n_devices;
    struct oci_net_device *netDevices;
    size_t n_netDevices;
    struct oci_id_map *uidMappings, *gidMappings;
    size_t n_uidMappings, n_gidMappings;
    struct oci_namespace *namespaces;
    size_t n_namespaces;
    struct oci_resources *resources;
    const char *cgroupsPath;
    const char *rootfsPropagation;
    struct oci_seccomp *seccomp;
    struct json_pair *sysctl;
    size_t n_sysctl;
    const char **maskedPaths, **readonlyPaths;
    size_t n_maskedPaths, n_readonlyPaths;
    const char *mountLabel;
    struct oci_intel_rdt *intelRdt;
    struct oci_memory_policy *memoryPolicy;
    struct oci_personality *personality;
    struct oci_time_offset *timeOffsets;
    size_t n_timeOffsets;
};

struct oci_config {
    const char *ociVersion;
    const char *hostname, *domainname;
    struct oci_root *root;
    struct oci_process *process;
    struct oci_mount *mounts;
    size_t n_mounts;
    struct oci_hooks hooks;
    struct json_pair *annotations;
    size_t n_annotations;
    struct oci_linux linux_;
};

// The tables, for those who embed parts of a config in a document of their own.
extern const struct json_field oci_config_fields[], oci_process_fields[], oci_resources_fields[],
    oci_seccomp_fields[], oci_hook_fields[], oci_personality_fields[], oci_intel_rdt_fields[];

// Reads and checks a whole config.json: JSON, types, required properties, and everything that can
// be said without looking at the system (names, ranges, combinations): errors name the field and
// the reason ("process.cwd: must be an absolute path: \"etc\""). Optional texts that are empty come
// out as NULL, mounts' destinations with a leading slash. Unknown properties are ignored.
[[nodiscard]] int oci_config_read(struct arena *arena, int dir, const char *name,
                                  struct oci_config *out, struct err *err);
[[nodiscard]] int oci_config_parse(struct arena *arena, const char *text, size_t n,
                                   struct oci_config *out, struct err *err);
// What only a container that is to be created must have besides: process, root, a mount namespace
// for whatever changes mounts, and a network namespace for netDevices.
[[nodiscard]] int oci_config_check_create(const struct oci_config *config, struct err *err);
// The same for a process (exec --process) and for resources (update --resources).
[[nodiscard]] int oci_process_parse(struct arena *arena, const char *text, size_t n,
                                    struct oci_process *out, struct err *err);
[[nodiscard]] int oci_resources_parse(struct arena *arena, const char *text, size_t n,
                                      struct oci_resources *out, struct err *err);
// Checks of what was not read but put together by a program (an exec's command line).
[[nodiscard]] int oci_process_check(const struct oci_process *process, struct err *err);
// The namespace of that type, or NULL: the container then shares the runtime's.
const struct oci_namespace *oci_namespace_get(const struct oci_config *config, const char *type);
// The annotation's value, or NULL.
const char *oci_annotation_get(const struct oci_config *config, const char *key);

// Appends the template that `spec` writes: a shell on a terminal, confined as engines do by
// default. Rootless maps root to the calling user.
void oci_config_template(struct buf *out, bool is_rootless);
