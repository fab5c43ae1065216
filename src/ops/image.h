// SPDX-License-Identifier: Apache-2.0
// image.h — requests and responses of the image operations.
//
// An image's id is the digest of its target: the index, or the manifest of an image for one
// platform (docker's containerd store, its default since 29). Platforms are texts as users write
// them ("linux/arm64/v8"); NULL or empty is the host's. `filters` is docker's JSON:
// {"reference":["alp*"]} or {"reference":{"alp*":true}}; see filters.h.
#pragma once
#include "ops/progress.h"

// --- for registries ---

// Who asks the registry: docker's AuthConfig. All members may be NULL: anonymous.
struct registry_auth {
    const char *username, *password, *identitytoken, *registrytoken, *serveraddress;
};
extern const struct json_field registry_auth_fields[];

struct image_pull_request {
    const char *from_image; // the reference as the user wrote it
    const char *platform;
    bool all_tags;
    struct registry_auth auth;            // X-Registry-Auth
    const struct progress_sink *progress; // or NULL
};
struct image_pull_response {
    const char *name;   // the whole reference: "docker.io/library/alpine:latest"
    const char *id;     // "sha256:…"
    bool is_up_to_date; // nothing had to be done
};

struct image_push_request {
    const char *name, *tag; // tag may be NULL: it is in the name, or `latest`
    const char *platform;   // only this one; NULL: all that are here
    bool all_tags;
    struct registry_auth auth;
    const struct progress_sink *progress;
};
struct image_push_response {
    const char *digest; // of the last tag
    uint64_t size;      // of what it names
};

struct image_search_request {
    const char *term;
    int64_t limit; // 0: docker's 25
    const char *filters;
    struct registry_auth auth;
};
struct image_search_result {
    const char *name, *description;
    int64_t star_count;
    bool is_official, is_automated;
};
struct image_search_response {
    struct image_search_result *results;
    size_t n_results;
};

struct system_auth_response {
    const char *status; // "Login Succeeded"
    const char *identity_token;
};

struct image_platform {
    const char *architecture, *os, *os_version, *variant;
    const char **os_features;
    size_t n_os_features;
};
extern const struct json_field image_platform_fields[];
struct image_descriptor {
    const char *media_type, *digest;
    uint64_t size;
    struct json_pair *annotations;
    size_t n_annotations;
    struct image_platform *platform; // NULL: it says none
    const char *artifact_type;
};
extern const struct json_field image_descriptor_fields[];

struct distribution_request {
    const char *name;
    struct registry_auth auth;
};
struct distribution_response {
    struct image_descriptor descriptor;
    struct image_platform *platforms;
    size_t n_platforms;
};

// A manifest or index by itself, from or to a registry: what `manifest …` works with.
struct manifest_get_request {
    const char *name;
    bool is_insecure;
    struct registry_auth auth;
};
struct manifest_get_response {
    struct image_descriptor descriptor; // its platform: from the config, for a manifest
    const char *content;                // the document, byte for byte
};
struct manifest_put_request {
    const char *name;
    const char *media_type, *content;
    const char **mount_from; // manifests to be there first, as references: copied when they are of
    size_t n_mount_from;     // another repository of the same registry
    bool is_insecure;
    struct registry_auth auth;
};
struct manifest_put_response {
    const char *digest;
};

// --- the local store ---

struct image_import_request {
    const char *repo; // the reference it gets; NULL: none
    const char *message, *platform;
    const char **changes; // Dockerfile instructions: "CMD [\"sh\"]"
    size_t n_changes;
    int tar; // the stream; borrowed
};
struct image_import_response {
    const char *id; // "sha256:…"
};

struct image_list_request {
    const char *filters;
    bool all, shared_size, manifests; // `manifests`: fill that member
};
struct image_sizes {
    uint64_t content, total; // compressed blobs; these and the unpacked files
};
struct image_manifest { // one manifest of an index
    const char *id;     // "sha256:…"
    struct image_descriptor descriptor;
    bool available; // all of it is here
    struct image_sizes sizes;
    const char *kind;     // image, attestation, unknown
    const char *platform; // "linux/amd64"; of an image
    const char *attests;  // the manifest that an attestation is about
    uint64_t unpacked;    // bytes
    const char **containers;
    size_t n_containers;
};
struct image_summary {
    const char *id; // "sha256:…"
    const char *parent_id;
    const char **repo_tags, **repo_digests;
    size_t n_repo_tags, n_repo_digests;
    int64_t created; // seconds
    uint64_t size;
    int64_t shared_size; // -1: not asked for
    int64_t containers;  // how many use it
    struct json_pair *labels;
    size_t n_labels;
    struct image_descriptor descriptor;
    struct image_manifest *manifests;
    size_t n_manifests;
};
struct image_list_response {
    struct image_summary *images;
    size_t n_images;
};

struct image_inspect_request {
    const char *name, *platform;
    bool manifests;
};
struct image_root_fs {
    const char *type;
    const char **layers; // diff ids
    size_t n_layers;
};
struct image_metadata {
    const char *last_tag_time;
};
// What image_inspection.config holds: docker's ImageConfig.
struct image_config_shown {
    const char *user, *working_dir, *stop_signal, *healthcheck; // healthcheck: JSON text
    struct json_pair *labels, *exposed_ports, *volumes;         // of the last two only the keys
    size_t n_labels, n_exposed_ports, n_volumes;
    const char **env, **cmd, **entrypoint, **on_build, **shell;
    size_t n_env, n_cmd, n_entrypoint, n_on_build, n_shell;
    bool args_escaped;
};
struct image_inspection {
    const char *id;
    struct image_descriptor descriptor;
    struct image_manifest *manifests;
    size_t n_manifests;
    const char **repo_tags, **repo_digests;
    size_t n_repo_tags, n_repo_digests;
    const char *comment, *created, *author;
    const char *config; // JSON text of docker's ImageConfig
    const char *architecture, *variant, *os, *os_version;
    uint64_t size;
    struct image_root_fs root_fs;
    struct image_metadata metadata;
};

struct image_history_request {
    const char *name, *platform;
};
struct image_history_entry {
    const char *id; // "<missing>" but for the image itself
    int64_t created;
    const char *created_by;
    const char **tags;
    size_t n_tags;
    uint64_t size;
    const char *comment;
};
struct image_history_response {
    struct image_history_entry *entries; // the newest first
    size_t n_entries;
};

struct image_tag_request {
    const char *name;       // what there is
    const char *repo, *tag; // what it is to be called, too; tag NULL: in `repo`, or latest
};

// Another image with the same files, whose layers are compressed in another way.
struct image_convert_request {
    const char *name;
    const char *repo;        // what the new one is to be called
    const char *compression; // gzip, zstd, none
};
struct image_convert_response {
    const char *id; // "sha256:…"
};

struct image_remove_request {
    const char *name;
    bool force, no_prune;
    const char **platforms;
    size_t n_platforms;
};
struct image_removed { // one of the two
    const char *untagged, *deleted;
};
struct image_remove_response {
    struct image_removed *done;
    size_t n_done;
};

struct image_prune_request {
    const char *filters; // {"dangling":["false"]} is `-a`
};
struct image_prune_response {
    struct image_removed *done;
    size_t n_done;
    uint64_t space_reclaimed;
};

struct image_save_request {
    const char **names;
    size_t n_names;
    const char **platforms; // NULL: all that are here
    size_t n_platforms;
    const char *since;    // an image whose blobs the other side has: they are left out
    const char **without; // so are these digests
    size_t n_without;
    int tar; // the stream to write; borrowed
};

struct image_load_request {
    const char **platforms;
    size_t n_platforms;
    bool quiet;
    const char *reference; // only the image of this name in the archive; NULL: all
    int tar;               // the stream to read, or the directory of an OCI layout; borrowed
    const struct progress_sink *progress;
};
struct image_load_response {
    const char **loaded; // "Loaded image: alpine:latest", "Loaded image ID: sha256:…"
    size_t n_loaded;
};

// The file system of an image, to look into. Mounted until it is unmounted or the machine ends.
struct image_mount_request {
    const char *name, *platform;
};
struct mount_response {
    const char *path;
};
struct image_unmount_request {
    const char *name;
};

// What an image consists of, for sending it without a registry in between (push ssh://…).
struct image_blobs_request {
    const char **names; // an image's; or, with has_only, digests to look for
    size_t n_names;
    bool has_only;
};
struct image_blobs_response {
    const char **digests; // that the image needs, or that are here
    size_t n_digests;
};
