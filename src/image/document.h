// SPDX-License-Identifier: Apache-2.0
// document.h — the documents that images are made of, read strictly: index, manifest, config.
//
// One reader decides what a document is (S-11, S-16): a text that could be taken for two kinds, or
// that is not of the kind that whoever pointed to it said, is refused. What it gives has passed all
// limits: digests are sha256 and 64 lower-case digits, sizes and counts are within reason.
#pragma once
#include "base/str.h"
#include "image/platform.h"
#include "json/bind.h"

#define MEDIA_INDEX           "application/vnd.oci.image.index.v1+json"
#define MEDIA_MANIFEST        "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_CONFIG          "application/vnd.oci.image.config.v1+json"
#define MEDIA_EMPTY           "application/vnd.oci.empty.v1+json"
#define MEDIA_LAYER           "application/vnd.oci.image.layer.v1.tar"
#define MEDIA_DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_CONFIG   "application/vnd.docker.container.image.v1+json"
#define MEDIA_DOCKER_LAYER    "application/vnd.docker.image.rootfs.diff.tar"
// What a descriptor of an attestation says about itself, and of which manifest it speaks.
#define ANNOTATION_TYPE    "vnd.docker.reference.type"
#define ANNOTATION_SUBJECT "vnd.docker.reference.digest"

enum {
    DOCUMENT_MAX = 4 * 1024 * 1024, // bytes
    DOCUMENT_LAYERS_MAX = 500,      // overlayfs takes no more
    DOCUMENT_MANIFESTS_MAX = 1000,  // of an index
};
#define DOCUMENT_BLOB_MAX (UINT64_C(1) << 42) // bytes that a descriptor may promise

struct descriptor {
    const char *mediaType, *digest; // "sha256:<64 hex>"
    uint64_t size;
    const char *artifactType;
    const char **urls;
    size_t n_urls;
    struct json_pair *annotations;
    size_t n_annotations;
    struct platform *platform; // NULL: not said
};
extern const struct json_field descriptor_fields[];
// The digits of a descriptor's (or any "sha256:…") digest.
const char *digest_hex(const char *digest);
// True for exactly "sha256:" and 64 lower-case hexadecimal digits.
bool digest_is_valid(const char *text);
// ERR_INVALID that names the text; says so when it is a sha512 one, which dhow does not store.
[[nodiscard]] int digest_check(const char *text, struct err *err);

enum document_kind {
    DOCUMENT_INDEX,    // OCI index, docker manifest list
    DOCUMENT_MANIFEST, // OCI manifest, docker schema 2
};
struct document {
    enum document_kind kind;
    const char *media_type; // never NULL: what it says, or what it was said to be
    const char *artifact_type;
    struct json_pair *annotations;
    size_t n_annotations;
    struct descriptor *subject; // NULL: none
    // of an index
    struct descriptor *manifests;
    size_t n_manifests;
    // of a manifest
    struct descriptor config;
    struct descriptor *layers;
    size_t n_layers;
};
// `expected`: the media type that the descriptor or the registry's header gave; NULL: nobody said.
// ERR_INVALID. Texts live in the arena.
[[nodiscard]] int document_read(struct arena *arena, struct str text, const char *expected,
                                struct document *out, struct err *err);
// A manifest as an OCI (or docker) document's text; for what we make ourselves.
void document_write_manifest(struct buf *out, const struct document *document);
void document_write_index(struct buf *out, const struct document *document);

bool media_is_index(const char *media_type);    // OCI or docker's
bool media_is_manifest(const char *media_type); // OCI or docker's
bool media_is_config(const char *media_type);   // of an image: OCI or docker's

enum layer_compression {
    LAYER_PLAIN,
    LAYER_GZIP,
    LAYER_ZSTD,
    LAYER_OTHER, // xz, bzip2: of imported archives; no registry's client knows them
    LAYER_UNKNOWN,
};
struct layer_media {
    enum layer_compression compression;
    bool is_foreign; // the registry does not hand it out ("nondistributable", "foreign")
};
// What a layer's media type says. LAYER_UNKNOWN: it is no layer of an image (an artifact's file).
struct layer_media media_of_layer(const char *media_type);
// The OCI media type of a layer compressed as dhow-transfer's report says it ("none", "gzip", …).
const char *media_for_layer(struct arena *arena, const char *compression);

// What a manifest is for, by what it and the descriptor that points to it say. `descriptor` may be
// NULL.
enum manifest_kind {
    MANIFEST_IMAGE,       // has an image's config and layers: can be unpacked and run
    MANIFEST_ATTESTATION, // speaks about another of the same index; kept, never run
    MANIFEST_ARTIFACT,    // anything else; kept, never run
};
enum manifest_kind manifest_kind_of(const struct document *manifest,
                                    const struct descriptor *descriptor);
const char *annotation_get(const struct json_pair *annotations, size_t n, const char *key);

// --- the config of an image (image-spec config.md), with docker's additions ---
struct image_empty { // "80/tcp": {}
    const char *key;
};
struct image_health {
    const char **test;
    size_t n_test;
    int64_t interval, timeout, start_period, start_interval; // nanoseconds
    int64_t retries;
};
struct image_config {
    const char *user, *working_dir, *stop_signal;
    const char **env, **cmd, **entrypoint, **on_build, **shell;
    size_t n_env, n_cmd, n_entrypoint, n_on_build, n_shell;
    struct image_empty *exposed_ports, *volumes;
    size_t n_exposed_ports, n_volumes;
    struct json_pair *labels;
    size_t n_labels;
    struct image_health *health; // NULL: says nothing
    bool args_escaped;
};
extern const struct json_field image_config_fields[]; // Env, Cmd, Entrypoint, WorkingDir, …

struct history {
    const char *created, *created_by, *author, *comment;
    bool empty_layer;
};
struct rootfs {
    const char *type;
    const char **diff_ids; // "sha256:…"
    size_t n_diff_ids;
};
struct config_document {
    const char *created, *author;
    const char *architecture, *os, *variant, *os_version;
    struct image_config config;
    struct rootfs rootfs;
    struct history *history;
    size_t n_history;
};
extern const struct json_field config_document_fields[];
// Reads an image's config: os and architecture are there, diff ids are digests, 1 to 500 of them.
[[nodiscard]] int config_read(struct arena *arena, struct str text, struct config_document *out,
                              struct err *err);
// ERR_INVALID unless it is the config of an image without layers.
[[nodiscard]] int config_check_empty(struct str text, struct err *err);
// The chain id of a layer on top of the chain `parent` (NULL: it is the lowest); all are 64 hex
// digits (image-spec config.md). In the arena.
const char *chain_id_of(struct arena *arena, const char *parent, const char *diff_id);
// The chain ids of all layers of a config, base first.
const char **chain_ids_of(struct arena *arena, const struct rootfs *rootfs);
