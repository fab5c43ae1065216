// SPDX-License-Identifier: Apache-2.0
// volume.h — requests and responses of the volume operations, and of mounts that come and go. JSON
// names are the Docker Engine API's (v1.55); clone, export, import and changing mounts are ours.
#pragma once
#include "ops/spec.h"

struct volume_usage {
    int64_t size, ref_count; // -1: not known
};
struct volume_info { // a volume as docker shows it
    const char *name, *driver, *mountpoint, *created_at, *scope;
    struct json_pair *labels, *options;
    size_t n_labels, n_options;
    struct volume_usage *usage; // system df only
};

struct volume_create_request {
    const char *name, *driver; // NULL: made up, local
    struct json_pair *options, *labels;
    size_t n_options, n_labels;
};
struct volume_reference {
    const char *name;
};
struct volume_list_request {
    const char *filters; // dangling, driver, label, name
};
struct volume_list_response {
    struct volume_info *volumes;
    size_t n_volumes;
    const char **warnings;
    size_t n_warnings;
};
struct volume_remove_request {
    const char *name;
    bool force; // one that is not there is fine
};
struct volume_prune_request {
    const char *filters; // all, label, label!
};
struct volume_prune_response {
    const char **removed;
    size_t n_removed;
    uint64_t space_reclaimed;
};
struct volume_update_request {
    const char *name;
    struct json_pair *labels; // to set
    size_t n_labels;
    const char **remove_labels;
    size_t n_remove_labels;
};
struct volume_clone_request {
    const char *name, *target; // target NULL: made of the name and the time
    struct json_pair *labels;
    size_t n_labels;
    bool is_snapshot; // is labelled as one of `name`
};
struct volume_stream_request {
    const char *name;
    int tar; // written or read; borrowed
};
// Mounts of a container that is there, running or not: one after the other; what was done stays
// when a later one fails.
struct container_mounts_request {
    const char *id;
    const char **remove; // targets; first
    size_t n_remove;
    struct mount_request *add;
    size_t n_add;
};
