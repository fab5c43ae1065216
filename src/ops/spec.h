// SPDX-License-Identifier: Apache-2.0
// spec.h — what a container is asked to be: docker's ContainerConfig, HostConfig and
// NetworkingConfig (Engine API v1.55), as create takes them, the state keeps them and inspect shows
// them. Fields for Windows are not here; a strict reader refuses them.
#pragma once
#include "json/bind.h"

struct container_key { // "80/tcp": {}
    const char *key;
};

// --- health ---
struct health_config {
    const char **test; // {}: inherit; {"NONE"}; {"CMD", …}; {"CMD-SHELL", "…"}
    size_t n_test;
    int64_t interval, timeout, start_period, start_interval; // nanoseconds; 0: inherit
    int64_t retries;
    const char *on_unhealthy; // ours: none, kill, restart, stop; NULL is none
};
extern const struct json_field health_config_fields[];

// --- mounts ---
struct mount_bind_options {
    const char *propagation; // private, rprivate, shared, rshared, slave, rslave
    bool non_recursive, create_mountpoint, read_only_non_recursive, read_only_force_recursive;
    const char *ownership; // ours: own=USER[:GROUP], shown as that user's by an idmapped mount
};
struct mount_driver {
    const char *name;
    struct json_pair *options;
    size_t n_options;
};
struct mount_volume_options {
    bool no_copy;
    struct json_pair *labels;
    size_t n_labels;
    struct mount_driver *driver_config;
    const char *subpath;
};
struct mount_image_options {
    const char *subpath;
};
struct mount_option_words { // ["noexec"], ["size", "64k"]
    const char **words;
    size_t n_words;
};
struct mount_tmpfs_options {
    int64_t size_bytes, mode;
    struct mount_option_words *options;
    size_t n_options;
};
struct mount_request {
    const char *type, *source, *target; // bind, volume, tmpfs, image
    bool read_only;
    const char *consistency;
    struct mount_bind_options *bind_options;
    struct mount_volume_options *volume_options;
    struct mount_image_options *image_options;
    struct mount_tmpfs_options *tmpfs_options;
};
extern const struct json_field mount_request_fields[];

// One mount of a container, whatever way it was asked for: made at create, stored with the request;
// start mounts these, inspect shows them.
struct container_mount {
    const char *type;   // bind, volume, tmpfs, image
    const char *name;   // volume, image
    const char *source; // bind: the host's path; image: its manifest
    const char *destination, *driver;
    const char *mode; // docker's: the words behind the second colon
    const char *subpath, *propagation, *relabel;
    const char *ownership; // own=USER[:GROUP]
    bool read_only, non_recursive, read_only_non_recursive, read_only_force_recursive;
    bool no_copy, is_anonymous, creates_source, changes_owner, is_overlay;
    bool is_plain_tmpfs;  // --tmpfs: docker does not show these
    const char **options; // more words for the mount
    size_t n_options;
    struct mount_volume_options *volume; // what the volume is to be, at create only
    bool is_new;                         // the volume was made just now, at create only
};

// --- devices and limits ---
struct throttle_device {
    const char *path;
    uint64_t rate;
};
struct weight_device {
    const char *path;
    int64_t weight;
};
struct device_mapping {
    const char *path_on_host, *path_in_container, *cgroup_permissions;
};
struct device_capabilities { // one of the alternatives: all of these words
    const char **words;
    size_t n_words;
};
struct device_request {
    const char *driver;
    int64_t count; // -1: all
    const char **device_ids;
    size_t n_device_ids;
    struct device_capabilities *capabilities;
    size_t n_capabilities;
    struct json_pair *options;
    size_t n_options;
};
struct ulimit {
    const char *name;
    int64_t hard, soft; // -1: unlimited
};

// --- ports and networks ---
struct port_binding {
    const char *host_ip, *host_port; // "" or NULL: any
};
struct port_map { // "80/tcp": [{"HostIp": "", "HostPort": "8080"}], or null
    const char *port;
    struct port_binding *bindings;
    size_t n_bindings;
};
struct endpoint_ipam {
    const char *ipv4_address, *ipv6_address;
    const char **link_local_ips;
    size_t n_link_local_ips;
};
// Asked for at create and connect (the first half), shown by inspect (all of it).
struct endpoint_settings {
    const char *network; // the key: its name
    struct endpoint_ipam *ipam_config;
    const char **links, **aliases;
    size_t n_links, n_aliases;
    const char *mac_address;
    struct json_pair *driver_opts;
    size_t n_driver_opts;
    int64_t gw_priority;
    const char *network_id, *endpoint_id;
    const char *gateway, *ip_address;
    int64_t ip_prefix_len;
    const char *ipv6_gateway, *global_ipv6_address;
    int64_t global_ipv6_prefix_len;
    const char **dns_names;
    size_t n_dns_names;
};
extern const struct json_field port_binding_fields[], port_map_fields[], endpoint_settings_fields[];

// --- HostConfig ---
struct restart_policy {
    const char *name; // no (or NULL), always, unless-stopped, on-failure
    int64_t maximum_retry_count;
};
struct log_config {
    const char *type; // NULL or "": the default
    struct json_pair *config;
    size_t n_config;
};
extern const struct json_field log_config_fields[], restart_policy_fields[];

struct host_config {
    // processors and memory
    int64_t memory, memory_swap, memory_reservation; // bytes; 0 unlimited; swap -1 unlimited
    int64_t *memory_swappiness;
    int64_t nano_cpus, cpu_shares, cpu_period, cpu_quota, cpu_realtime_period, cpu_realtime_runtime;
    const char *cpuset_cpus, *cpuset_mems;
    int64_t *pids_limit;
    bool oom_kill_disable;
    int64_t shm_size, oom_score_adj;
    const char *cgroup_parent, *cgroupns_mode;
    // disks
    int64_t blkio_weight;
    struct weight_device *blkio_weight_device;
    struct throttle_device *blkio_read_bps, *blkio_write_bps, *blkio_read_iops, *blkio_write_iops;
    size_t n_blkio_weight_device, n_blkio_read_bps, n_blkio_write_bps, n_blkio_read_iops,
        n_blkio_write_iops;
    struct json_pair *storage_opt;
    size_t n_storage_opt;
    struct json_pair *cgroup_conf; // ours: --cgroup-conf, files of cgroup v2 as they are
    size_t n_cgroup_conf;
    // devices
    struct device_mapping *devices;
    struct device_request *device_requests;
    const char **device_cgroup_rules;
    struct ulimit *ulimits;
    size_t n_devices, n_device_requests, n_device_cgroup_rules, n_ulimits;
    // mounts
    const char **binds, **volumes_from; // "source:target:options"
    size_t n_binds, n_volumes_from;
    struct mount_request *mounts;
    size_t n_mounts;
    struct json_pair *tmpfs; // target → options
    size_t n_tmpfs;
    const char *volume_driver;
    bool readonly_rootfs;
    // life
    bool auto_remove;
    bool init; // process 1 is dhow-init, not the command itself
    struct restart_policy restart_policy;
    struct log_config log_config;
    const char *container_id_file;
    struct json_pair *annotations;
    size_t n_annotations;
    uint32_t *console_size; // height, width
    size_t n_console_size;
    const char *runtime;
    // network
    const char *network_mode; // default, bridge, host, none, container:ID, a network's name
    struct port_map *port_bindings;
    size_t n_port_bindings;
    bool publish_all_ports;
    const char **dns, **dns_options, **dns_search, **extra_hosts, **links;
    size_t n_dns, n_dns_options, n_dns_search, n_extra_hosts, n_links;
    // security
    const char **cap_add, **cap_drop, **security_opt, **group_add;
    size_t n_cap_add, n_cap_drop, n_security_opt, n_group_add;
    bool privileged;
    const char *ipc_mode, *pid_mode, *uts_mode, *userns_mode;
    const char **masked_paths, **readonly_paths; // NULL: the defaults
    size_t n_masked_paths, n_readonly_paths;
    struct json_pair *sysctls;
    size_t n_sysctls;
    struct secret_mount *secrets; // ours: --secret
    size_t n_secrets;
};
struct secret_mount {
    const char *source, *target, *uid, *gid, *mode; // mode: octal text
    const char *type;                               // mount (or NULL): a file; env: a variable
};

// ContainerConfig with its HostConfig and NetworkingConfig: the body of container_create, and what
// is stored.
struct container_spec {
    const char *hostname, *domainname, *user;
    bool attach_stdin, attach_stdout, attach_stderr;
    bool tty, open_stdin, stdin_once;
    struct container_key *exposed_ports, *volumes;
    size_t n_exposed_ports, n_volumes;
    const char **env, **cmd, **entrypoint; // entrypoint [""]: none, and not the image's
    size_t n_env, n_cmd, n_entrypoint;
    struct health_config *healthcheck;
    bool network_disabled;
    const char *image, *working_dir;
    struct json_pair *labels;
    size_t n_labels;
    const char *stop_signal;
    int64_t *stop_timeout; // seconds
    const char **shell;
    size_t n_shell;
    struct host_config host;
    struct endpoint_settings *networks; // NetworkingConfig.EndpointsConfig
    size_t n_networks;
    struct container_mount *mount_points; // the engine's own: what a request says is not looked at
    size_t n_mount_points;
};
extern const struct json_field container_spec_fields[];
extern const struct json_field host_config_fields[];
extern const struct json_field container_config_fields[]; // without HostConfig, as inspect shows it
