// SPDX-License-Identifier: Apache-2.0
// system.h — responses about dhow itself.
#pragma once
#include "ops/container.h"
#include "ops/image.h"
#include "ops/volume.h"

struct system_version {
    const char *version, *git_commit, *os, *arch, *kernel_version;
};
struct system_info {
    int64_t containers, containers_running, containers_stopped, images;
    const char *driver, *root_dir, *run_root, *cgroup_version, *kernel_version, *architecture,
        *name;
    int64_t ncpu, mem_total;
    const char *server_version, *default_runtime;
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
