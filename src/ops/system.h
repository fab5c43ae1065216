// SPDX-License-Identifier: Apache-2.0
// system.h — responses about dhow itself.
#pragma once
#include "ops/container.h"
#include "ops/image.h"
#include "ops/volume.h"

struct named_version { // a part of dhow
    const char *name, *version;
    struct json_pair *details;
    size_t n_details;
};
struct system_platform {
    const char *name;
};
struct system_version {
    struct system_platform platform;
    struct named_version *components;
    size_t n_components;
    const char *version, *api_version, *min_api_version, *git_commit, *os, *arch, *kernel_version;
    bool experimental;
    const char *build_time;
};

struct info_words { // ["Backing Filesystem", "extfs"]
    const char **words;
    size_t n_words;
};
struct info_plugins {
    const char **volume, **network, **authorization, **log;
    size_t n_volume, n_network, n_authorization, n_log;
};
struct info_index {
    const char *key, *name;
    const char **mirrors;
    size_t n_mirrors;
    bool secure, official;
};
struct info_registries {
    const char **insecure_cidrs, **mirrors;
    size_t n_insecure_cidrs, n_mirrors;
    struct info_index *indexes;
    size_t n_indexes;
};
struct info_runtime {
    const char *name, *path;
    const char **args;
    size_t n_args;
};
struct info_swarm { // there is none
    const char *node_id, *node_addr, *local_node_state, *error;
    bool control_available;
};
struct info_commit {
    const char *id;
};
struct info_firewall {
    const char *driver;
};
struct info_device {
    const char *source, *id;
};
struct system_info {
    const char *id;
    int64_t containers, containers_running, containers_paused, containers_stopped, images;
    const char *driver;
    struct info_words *driver_status;
    size_t n_driver_status;
    const char *root_dir, *run_root;
    struct info_plugins plugins;
    // What the kernel's control groups can do here.
    bool memory_limit, swap_limit, cpu_cfs_period, cpu_cfs_quota, cpu_shares, cpu_set, pids_limit,
        oom_kill_disable, ipv4_forwarding;
    bool debug, experimental, live_restore;
    int64_t n_fd, n_goroutines, n_events_listener;
    const char *system_time, *logging_driver, *cgroup_driver, *cgroup_version;
    const char *kernel_version, *operating_system, *os_version, *os_type, *architecture, *name;
    int64_t ncpu, mem_total;
    const char *index_server;
    struct info_registries registries;
    const char *http_proxy, *https_proxy, *no_proxy;
    const char **labels;
    size_t n_labels;
    const char *server_version, *default_runtime, *init_binary, *isolation, *product_license;
    struct info_runtime *runtimes;
    size_t n_runtimes;
    struct info_swarm swarm;
    struct info_commit containerd_commit, runc_commit, init_commit;
    const char **security_options, **warnings, **cdi_spec_dirs;
    size_t n_security_options, n_warnings, n_cdi_spec_dirs;
    struct info_firewall firewall;
    struct info_device *devices; // CDI's
    size_t n_devices;
};

// How much disk is used by what; bytes. An item's members are those of the list of that type.
struct system_df_request {
    const char **types; // "image", "container"…; none: all
    size_t n_types;
    bool verbose; // with items
};
struct images_usage {
    int64_t active_count, total_count;
    uint64_t reclaimable, total_size;
    struct image_summary *items;
    size_t n_items;
};
struct containers_usage {
    int64_t active_count, total_count;
    uint64_t reclaimable, total_size;
    struct container_summary *items;
    size_t n_items;
};
struct volumes_usage {
    int64_t active_count, total_count;
    uint64_t reclaimable, total_size;
    struct volume_info *items;
    size_t n_items;
};
struct build_cache_usage { // of a builder that dhow does not have yet
    int64_t active_count, total_count;
    uint64_t reclaimable, total_size;
};
struct system_df {
    struct images_usage images;
    struct containers_usage containers;
    struct volumes_usage volumes;
    struct build_cache_usage build_cache;
};

// Are the stores what they say? Reads every blob and document.
struct system_check_request {
    bool repair;                          // remove or make anew what is damaged
    const struct progress_sink *progress; // what is being looked at
};
struct system_check_finding {
    const char *what;    // "blob sha256:…", "layer …", "image alpine:latest"
    const char *problem; // "its bytes have another digest"
    bool is_repaired;
};
struct system_check_response {
    struct system_check_finding *findings;
    size_t n_findings;
    uint64_t blobs, layers, images; // that were looked at
};
