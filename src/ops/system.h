// SPDX-License-Identifier: Apache-2.0
// system.h — responses about dhow itself.
#pragma once
#include "ops/image.h"

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
struct container_usage {
    const char *id;
    const char **names;
    size_t n_names;
    const char *image, *command, *status, *state;
    int64_t created;
    uint64_t size_rw, size_root_fs;
};
struct containers_usage {
    int64_t active_count, total_count;
    uint64_t reclaimable, total_size;
    struct container_usage *items;
    size_t n_items;
};
struct system_df {
    struct images_usage images;
    struct containers_usage containers;
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
