// SPDX-License-Identifier: Apache-2.0
// state.h — the one database: which containers and images there are, and what they are called.
//
// `<root>/state.db`, SQLite in WAL mode. One transaction per operation: *_begin takes the write
// lock, and what is not committed when the process dies never was. Names are unique by constraint.
// A container *is* its row: what the row stands for (directories, mounts, a cgroup) is made later,
// by start, under names that follow from the id, and is gone before the row is (S-18). A container
// whose row says REMOVING and that nobody holds is what a killed command left: the next one removes
// it. Not here: whether a container runs (its monitor's live.json).
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct state;

// Opens, or makes, the database below the directory `root` (a path that the user chose; made 0700).
// The schema is brought up to date; a database of a newer dhow is refused with ERR_INVALID.
[[nodiscard]] struct state *state_open(const char *root, struct err *err);
void state_close(struct state *state); // NULL-safe; rolls back what is open

[[nodiscard]] int state_begin(struct state *state, struct err *err); // BEGIN IMMEDIATE
// Commits. `is_durable`: the commit is on the disk when this returns; else it may be lost by a
// power cut (never by a crash of the process), for what --rm will throw away.
[[nodiscard]] int state_commit(struct state *state, bool is_durable, struct err *err);
// Several reads that see one state: 1 begun, to be ended by state_view_end; 0 a transaction is open
// already, and it serves.
[[nodiscard]] int state_view_begin(struct state *state, struct err *err);
void state_view_end(struct state *state);
// Runs `step` in a transaction and commits it, durably: for what makes room on the disk. When that
// is full a reserve is given up and all is done once more, so `step` may be called twice.
[[nodiscard]] int state_removal(struct state *state, int (*step)(void *data, struct err *err),
                                void *data, struct err *err);
// Makes every commit so far durable.
[[nodiscard]] int state_sync(struct state *state, struct err *err);
void state_rollback(struct state *state); // nothing open: nothing happens

// --- images (written by image/) ---
// Digests and ids are 64 hex digits. What the rows mean together: image/image.h.
struct state_image {
    const char *id;         // the target's digest
    const char *media_type; // the target's
    uint64_t size_bytes;    // of the target document
    int64_t created_ns;     // wall clock, when it came here
    const char *manifest;   // the manifest that this host would run; NULL: none
};
struct state_image_name {
    const char *name; // the whole reference: "docker.io/library/hello:latest"
    const char *image_id;
    int64_t given_ns; // wall clock, when the name got this meaning
};
struct state_manifest { // all of whose blobs, and layers, are here
    const char *digest;
    int kind;                  // enum manifest_kind of image/
    const char *platform;      // "linux/arm64/v8"
    const char *config_digest; // a blob, too
    const char *config;        // an image's config, its exact bytes; else ""
    const char *layers;        // chain ids, base first, blank-separated; "" when not unpacked
    const char *blobs;         // "digest:size" of itself, its config and its layers' blobs
    const char *media_type;
};
struct state_image_manifest {
    const char *image_id, *digest;
};
struct state_layer {
    const char *chain_id;
    uint64_t bytes; // unpacked
};
// Each adds its row if it is not there; inside a transaction.
[[nodiscard]] int state_image_put(struct state *state, const struct state_image *image,
                                  struct err *err);
[[nodiscard]] int state_manifest_put(struct state *state, const struct state_manifest *manifest,
                                     struct err *err);
[[nodiscard]] int state_image_manifest_put(struct state *state, const char *image_id,
                                           const char *digest, struct err *err);
[[nodiscard]] int state_layer_put(struct state *state, const struct state_layer *layer,
                                  struct err *err);
// Which of its manifests this host would run; NULL: none.
[[nodiscard]] int state_image_choose(struct state *state, const char *image_id,
                                     const char *manifest, struct err *err);
// By name (exact), by id, or by the only id that starts with it (at least 1 digit), with the
// manifest that this host would run (all NULL when there is none). 1 found, 0 not; ERR_CONFLICT
// when a prefix fits several.
[[nodiscard]] int state_image_by_name(struct state *state, struct arena *arena, const char *name,
                                      struct state_image *out, struct state_manifest *manifest,
                                      struct err *err);
[[nodiscard]] int state_image_by_id(struct state *state, struct arena *arena, const char *id,
                                    struct state_image *out, struct state_manifest *manifest,
                                    struct err *err);
[[nodiscard]] int state_manifest_find(struct state *state, struct arena *arena, const char *digest,
                                      struct state_manifest *out, struct err *err); // 1 or 0
// 1 when the layer has a row, 0 when not.
[[nodiscard]] int state_layer_find(struct state *state, const char *chain_id, struct err *err);
[[nodiscard]] int state_images(struct state *state, struct arena *arena, struct state_image **out,
                               size_t *n_out, struct err *err); // newest first
// Complete manifests: of one image, in the order they came, or of all when image_id is NULL.
[[nodiscard]] int state_manifests(struct state *state, struct arena *arena, const char *image_id,
                                  struct state_manifest **out, size_t *n_out, struct err *err);
[[nodiscard]] int state_image_manifests(struct state *state, struct arena *arena,
                                        struct state_image_manifest **out, size_t *n_out,
                                        struct err *err); // sorted by image
[[nodiscard]] int state_layers(struct state *state, struct arena *arena, struct state_layer **out,
                               size_t *n_out, struct err *err); // sorted by chain id
[[nodiscard]] int state_image_delete(struct state *state, const char *id, struct err *err);
[[nodiscard]] int state_image_manifest_delete(struct state *state, const char *image_id,
                                              const char *digest, struct err *err);
// Removes the manifests that neither an image nor a container has, and then the layers that no
// manifest has.
[[nodiscard]] int state_images_tidy(struct state *state, struct err *err);
// Lets the name mean this image (it may have meant another before).
[[nodiscard]] int state_image_name_put(struct state *state, const struct state_image_name *name,
                                       struct err *err);
[[nodiscard]] int state_image_name_delete(struct state *state, const char *name, struct err *err);
// All names of one image, or of all when id is NULL, sorted.
[[nodiscard]] int state_image_names(struct state *state, struct arena *arena, const char *image_id,
                                    struct state_image_name **out, size_t *n_out, struct err *err);

// --- containers (written by engine/) ---
enum container_phase {
    CONTAINER_CREATED,  // it is there, whatever its monitor says about it
    CONTAINER_REMOVING, // somebody has begun to take it apart: it will not run again
};
struct state_container {
    int64_t number;                    // the row
    const char *id;                    // 64 hex digits
    const char *name;                  // without a slash
    int phase;                         // enum container_phase
    bool auto_remove;                  // --rm
    const char *image_id, *image_name; // what it was made from, and as what the user named that
    const char *manifest;              // the image's manifest whose layers are its root
    const char *spec;                  // the request as JSON (struct container_create of ops/)
    int64_t created_ns;
};
// Adds it in phase CREATED and gives its number; inside a transaction. ERR_CONFLICT with docker's
// words when the name is taken; ERR_NOT_FOUND when the image's manifest has gone meanwhile.
[[nodiscard]] int state_container_put(struct state *state, struct state_container *container,
                                      struct err *err);
[[nodiscard]] int state_container_phase(struct state *state, int64_t number,
                                        enum container_phase phase, struct err *err);
// Its request changes: ERR_NOT_FOUND when it has gone.
[[nodiscard]] int state_container_spec(struct state *state, int64_t number, const char *spec,
                                       struct err *err);
// ERR_CONFLICT in docker's words when the name is taken.
[[nodiscard]] int state_container_rename(struct state *state, int64_t number, const char *name,
                                         struct err *err);
[[nodiscard]] int state_container_delete(struct state *state, int64_t number, struct err *err);
// By id, by name, or by the only id that starts with it. 1 found, 0 not.
[[nodiscard]] int state_container_find(struct state *state, struct arena *arena,
                                       const char *reference, struct state_container *out,
                                       struct err *err);
[[nodiscard]] int state_containers(struct state *state, struct arena *arena,
                                   struct state_container **out, size_t *n_out,
                                   struct err *err); // newest first
// Those in phase REMOVING: a cheap look, usually empty.
[[nodiscard]] int state_containers_unfinished(struct state *state, struct arena *arena,
                                              struct state_container **out, size_t *n_out,
                                              struct err *err);

// --- networks and the addresses on them (written by network/) ---
struct state_network {
    const char *id;   // 64 hex digits
    const char *name; // unique
    const char *driver;
    const char *spec; // JSON, network/'s own
    int64_t created_ns;
};
struct state_endpoint { // a container's place on a network, from its start to its end
    const char *network_id, *container_id;
    const char *spec;              // JSON, network/'s own
    const char *ipv4, *ipv6, *mac; // NULL: none
};
// ERR_CONFLICT in docker's words when the name is taken.
[[nodiscard]] int state_network_put(struct state *state, const struct state_network *network,
                                    struct err *err);
[[nodiscard]] int state_network_set(struct state *state, const char *id, const char *spec,
                                    struct err *err);
// ERR_CONFLICT while it has endpoints.
[[nodiscard]] int state_network_delete(struct state *state, const char *id, struct err *err);
// By name, by id, or by the only id that starts with it. 1 found, 0 not.
[[nodiscard]] int state_network_find(struct state *state, struct arena *arena,
                                     const char *reference, struct state_network *out,
                                     struct err *err);
[[nodiscard]] int state_networks(struct state *state, struct arena *arena,
                                 struct state_network **out, size_t *n_out,
                                 struct err *err); // by name
// ERR_CONFLICT: the container has one there already, or an address is taken.
[[nodiscard]] int state_endpoint_put(struct state *state, const struct state_endpoint *endpoint,
                                     struct err *err);
[[nodiscard]] int state_endpoint_set(struct state *state, const char *network_id,
                                     const char *container_id, const char *spec, struct err *err);
// Of a container (network_id NULL: all of its); none is fine.
[[nodiscard]] int state_endpoint_delete(struct state *state, const char *container_id,
                                        const char *network_id, struct err *err);
// Of a network, of a container, or all (both NULL).
[[nodiscard]] int state_endpoints(struct state *state, struct arena *arena, const char *network_id,
                                  const char *container_id, struct state_endpoint **out,
                                  size_t *n_out, struct err *err);

// --- volumes (written by volume/) ---
enum volume_phase {
    VOLUME_THERE,
    VOLUME_REMOVING, // nobody uses it and nobody may: the next who meets it finishes that
};
struct state_volume {
    const char *name, *driver;
    const char *spec; // labels and options as JSON
    bool is_anonymous;
    int phase; // enum volume_phase
    int64_t created_ns;
    int64_t n_users; // containers
};
// Adds its row. 1 added; 0 there is one of that name already (which may be REMOVING).
[[nodiscard]] int state_volume_put(struct state *state, const struct state_volume *volume,
                                   struct err *err);
// 1 found, 0 not; also one that is REMOVING.
[[nodiscard]] int state_volume_find(struct state *state, struct arena *arena, const char *name,
                                    struct state_volume *out, struct err *err);
[[nodiscard]] int state_volumes(struct state *state, struct arena *arena, struct state_volume **out,
                                size_t *n_out, struct err *err); // by name
[[nodiscard]] int state_volume_spec(struct state *state, const char *name, const char *spec,
                                    struct err *err);
[[nodiscard]] int state_volume_phase(struct state *state, const char *name, enum volume_phase phase,
                                     struct err *err);
// Those that are REMOVING: a cheap look, usually 0.
[[nodiscard]] int state_volumes_unfinished(struct state *state, struct arena *arena,
                                           struct state_volume **out, size_t *n_out,
                                           struct err *err);
// Marks it REMOVING when no container uses it (then 1), else 0. Inside a transaction.
[[nodiscard]] int state_volume_condemn(struct state *state, const char *name, struct err *err);
[[nodiscard]] int state_volume_delete(struct state *state, const char *name, struct err *err);
// From now on the container uses the volume; twice is fine. ERR_NOT_FOUND when it is not there or
// is being removed.
[[nodiscard]] int state_volume_use(struct state *state, const char *name, const char *container_id,
                                   struct err *err);
// Takes one use away, or, with name NULL, all of the container's.
[[nodiscard]] int state_volume_leave(struct state *state, const char *name,
                                     const char *container_id, struct err *err);
// The ids of the containers that use it.
[[nodiscard]] int state_volume_users(struct state *state, struct arena *arena, const char *name,
                                     const char ***out, size_t *n_out, struct err *err);

// --- secrets (written by engine/secrets.c) ---
struct state_secret {
    const char *id, *name;
    const char *spec; // labels as JSON; no value
    int64_t created_ns, updated_ns;
};
// 1 added; 0 there is one of that name already.
[[nodiscard]] int state_secret_put(struct state *state, const struct state_secret *secret,
                                   struct err *err);
// By name, id, or the beginning of an id. 1 found, 0 not; ERR_INVALID: several begin so.
[[nodiscard]] int state_secret_find(struct state *state, struct arena *arena, const char *reference,
                                    struct state_secret *out, struct err *err);
[[nodiscard]] int state_secrets(struct state *state, struct arena *arena, struct state_secret **out,
                                size_t *n_out, struct err *err); // by name
[[nodiscard]] int state_secret_update(struct state *state, const struct state_secret *secret,
                                      struct err *err);
[[nodiscard]] int state_secret_delete(struct state *state, const char *id, struct err *err);
