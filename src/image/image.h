// SPDX-License-Identifier: Apache-2.0
// image.h — images: what a container starts from.
//
// As in docker's containerd store an image *is* its target: the document, index or manifest, that
// its names point to; the image's id is the sha256 of that document's bytes. Blobs (documents and
// compressed layers) are kept byte for byte in content/. A manifest is *complete* when all its
// blobs are here and, if it is of an image, its layers are unpacked in snapshot/, each once per
// chain id. An index may name manifests that are not here: they are for other machines.
//
//     image_names   docker.io/library/alpine:3.20 ─┐
//     images        target 8a4e… (index) ──────────┴─▶ the manifest this host would run
//     manifests     complete ones: config, chain ids, blobs
//     containers    target and manifest they were made from: they keep the manifest alive
//
// Digests and ids are 64 hex digits without "sha256:" unless a comment says otherwise. Who makes an
// image holds images_lock(shared) from before its first blob until image_record has returned.
#pragma once
#include "image/document.h"

struct state;
struct state_container;

struct image_store {
    int root;             // the data root's directory; borrowed
    struct state *state;  // borrowed
    const char *transfer; // path of dhow-transfer, the program that unpacks; borrowed
};

struct image {
    const char *id;         // of the target
    const char *media_type; // of the target
    uint64_t target_bytes;  // of the target document alone
    int64_t created_ns;     // when it came here
    // The manifest that was chosen: for the platform that was asked for, or the best for this host.
    // NULL: there is none that runs (an artifact, or no platform is complete): what follows is
    // empty.
    const char *manifest;
    const char *manifest_media_type;
    uint64_t manifest_bytes; // of the document alone
    const char *config_digest, *config_text;
    struct config_document document;
    struct platform platform;
    const char **layers; // chain ids, base first
    size_t n_layers;
    // Filled by image_names and image_list:
    const char **names; // full references
    size_t n_names;
    int64_t tagged_ns; // when the last of them was given; 0: never
};

// --- names (reference.c) ---
struct image_reference {
    const char *registry, *path; // "docker.io", "library/alpine"
    const char *tag;             // NULL when there is a digest and no tag
    const char *digest;          // "sha256:…", or NULL
};
// With docker's defaults filled in. ERR_INVALID ("invalid reference format …") when it is none.
[[nodiscard]] int image_reference_parse(struct arena *arena, const char *text,
                                        struct image_reference *out, struct err *err);
// "hello" → "docker.io/library/hello:latest" (the form that is stored; a digest wins over a tag)
// and back. NULL and ERR_INVALID when it is none. In the arena.
[[nodiscard]] const char *image_reference_full(struct arena *arena, const char *text,
                                               struct err *err);
const char *image_reference_familiar(struct arena *arena, const char *full);
// The name without tag and digest: "docker.io/library/hello".
const char *image_reference_repository(struct arena *arena, const char *full);

// --- finding ---
// By name, name@digest, id or id prefix ("sha256:" allowed). `platform` NULL: the best for this
// host. 1 found (without its names), 0 not; ERR_NOT_FOUND in docker's words when the image is there
// but not for that platform. One look-up in the database, no file.
[[nodiscard]] int image_find(const struct image_store *store, struct arena *arena,
                             const char *reference, const struct platform *platform,
                             struct image *out, struct err *err);
// "No such image: hello:latest", ERR_NOT_FOUND: docker's words, which clients match. Always -1.
[[nodiscard]] int image_fail_missing(struct arena *arena, const char *reference, struct err *err);
// The manifest that a container was made from. 1, or 0 when it is gone.
[[nodiscard]] int image_of_container(const struct image_store *store, struct arena *arena,
                                     const struct state_container *container, struct image *out,
                                     struct err *err);
// Fills image->names.
[[nodiscard]] int image_names(const struct image_store *store, struct arena *arena,
                              struct image *image, struct err *err);
// All of them, newest first, with names.
[[nodiscard]] int image_list(const struct image_store *store, struct arena *arena,
                             struct image **out, size_t *n_out, struct err *err);

// A manifest that the target names, or the target itself when it is one.
struct image_part {
    struct descriptor descriptor;
    enum manifest_kind kind;
    bool is_complete;         // here and, an image's, unpacked
    struct platform platform; // of the descriptor, or of the config
    const char *subject;      // of an attestation: the digest ("sha256:…") it speaks about
    uint64_t content_bytes;   // of its blobs that are here, the manifest included
    uint64_t unpacked_bytes;  // of its layers
};
// In the order of the index. Reads the target.
[[nodiscard]] int image_parts(const struct image_store *store, struct arena *arena,
                              const struct image *image, struct image_part **out, size_t *n_out,
                              struct err *err);

struct image_layer_entry { // one entry of the history, newest first
    const char *created, *created_by, *comment;
    uint64_t bytes;       // unpacked; 0 for entries without a layer
    const char *chain_id; // NULL for entries without a layer
};
[[nodiscard]] int image_history(const struct image_store *store, struct arena *arena,
                                const struct image *image, struct image_layer_entry **out,
                                size_t *n_out, struct err *err);

// --- making ---
// One flock (images.lock in the data root) orders who adds to the stores and who clears them. An fd
// that holds it until it is closed. Exclusive does not wait: ERR_UNAVAILABLE.
[[nodiscard]] int images_lock(int root, bool is_exclusive, struct err *err);

struct image_unpacked { // how large a layer became when it was unpacked just now
    const char *chain_id;
    uint64_t bytes;
};
struct image_record {
    const char *target;     // its blob is in content/
    const char *media_type; // that a registry or descriptor gave for it; NULL: nobody said
    // Manifests (the target itself, or those that it names) whose blobs are all in content/, and
    // whose layers are all in snapshot/ if they are images.
    const char **manifests;
    size_t n_manifests;
    struct image_unpacked *layers; // of those made now; what was here before needs no entry
    size_t n_layers;
    const char **names; // full references that shall mean this image from now on
    size_t n_names;
};
// Reads all documents again, checks that they fit each other and that every blob and layer is there
// (S-16, S-24: the one verifier for pulled, loaded, imported and built images), and makes image,
// manifests and names visible in one transaction, which is on the disk when this returns (S-17).
// The caller has synced the blobs and layers. An image that is there already gains manifests and
// names. *out as image_find gives it.
[[nodiscard]] int image_record(const struct image_store *store, struct arena *arena,
                               const struct image_record *record, struct image *out,
                               struct err *err);

struct image_import {
    int tar_fd;          // a root file system: tar, plain or gzip, zstd, xz; a pipe will do
    const char *name;    // may be NULL: the image has an id only
    const char *message; // of its history entry; may be NULL
    const char *created; // what the image says, RFC 3339; NULL is now
    bool is_plain; // the layer is stored as it comes; else what is not gzip or zstd becomes gzip
    const struct image_config *changes; // may be NULL
    const struct platform *platform;    // may be NULL: this host
};
// Makes an image of one layer from a tar stream and names it. Durable when it returns; on failure
// there is nothing to be found. *out as image_find gives it.
[[nodiscard]] int image_import(const struct image_store *store, struct arena *arena,
                               const struct image_import *request, struct image *out,
                               struct err *err);
// Makes the image from the bytes inside this program when `reference` names one that is embedded
// ("hello"). 1 it is there now and in *out, 0 no such image is embedded.
[[nodiscard]] int image_embedded_ensure(const struct image_store *store, struct arena *arena,
                                        const char *reference, struct image *out, struct err *err);

// Another name for an image. `name` as the user wrote it; a digest in it is refused. Durable.
[[nodiscard]] int image_tag(const struct image_store *store, struct arena *arena,
                            const char *reference, const char *name, struct err *err);

// --- removing ---
struct image_removal {    // one of the two
    const char *untagged; // "hello:latest"
    const char *deleted;  // "sha256:…"
};
struct image_removals {
    struct image_removal *at;
    size_t n;
    uint64_t bytes; // that went
};
struct image_users { // who says whether a container runs: the engine
    bool (*is_running)(const void *data, const struct state_container *container);
    const void *data;
};
struct image_remove {
    const char *reference;
    bool force;
    const struct platform *platforms; // only these manifests of it
    size_t n_platforms;
    struct image_users users;
};
// Takes the name away and, with the last one, the image and what nobody else has. ERR_CONFLICT in
// docker's words when several names or containers need it.
[[nodiscard]] int image_remove(const struct image_store *store, struct arena *arena,
                               const struct image_remove *request, struct image_removals *out,
                               struct err *err);
struct image_prune {
    bool all;                                                       // those with names, too
    bool (*is_wanted)(const void *data, const struct image *image); // false: keep; NULL: none kept
    const void *data;
};
// Removes the images that no container uses and downloads that nobody goes on with.
[[nodiscard]] int image_prune(const struct image_store *store, struct arena *arena,
                              const struct image_prune *request, struct image_removals *out,
                              struct err *err);
// Removes layers, blobs and old partial downloads that nobody needs. Does nothing while an image is
// being made: the next one does it. *out_bytes (may be NULL) is what went.
[[nodiscard]] int images_sweep(const struct image_store *store, bool drop_partial,
                               uint64_t *out_bytes, struct err *err);
// A sweep that had to leave everything to the next one, because an image was being made, is done
// now. Cheap when there was none.
void images_sweep_if_due(const struct image_store *store);

// --- sizes that add up ---
struct image_space {
    const char *id;
    uint64_t bytes;        // of all its blobs that are here and its unpacked layers, each once
    uint64_t shared_bytes; // of those that another image has, too
    size_t n_containers;   // that were made from it
};
struct images_space {
    struct image_space *images; // in image_list's order
    size_t n_images, n_active;  // active: with a container
    uint64_t bytes;             // of everything, each once
    uint64_t reclaimable_bytes; // what image_prune(all) would free
};
[[nodiscard]] int images_measure(const struct image_store *store, struct arena *arena,
                                 struct images_space *out, struct err *err);
