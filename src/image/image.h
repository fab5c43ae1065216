// SPDX-License-Identifier: Apache-2.0
// image.h — images: what a container starts from. An image is its config (whose sha256 is its id)
// and an ordered list of layers, named by chain id, that snapshot/ holds unpacked.
#pragma once
#include "json/bind.h"

struct state;

struct image_store {
    int root;             // the data root's directory; borrowed
    struct state *state;  // borrowed
    const char *transfer; // path of dhow-transfer, the program that unpacks; borrowed
};

struct image_empty { // "80/tcp": {}
    const char *key;
};
// The `config` of an OCI image config (image-spec config.md), with docker's additions.
struct image_config {
    const char *user, *working_dir, *stop_signal;
    const char **env, **cmd, **entrypoint;
    size_t n_env, n_cmd, n_entrypoint;
    struct image_empty *exposed_ports, *volumes;
    size_t n_exposed_ports, n_volumes;
    struct json_pair *labels;
    size_t n_labels;
};
extern const struct json_field image_config_fields[]; // Env, Cmd, Entrypoint, WorkingDir, …

struct image {
    const char *id; // 64 hex digits
    struct image_config config;
    const char *architecture, *os;
    const char **layers; // chain ids, base first
    size_t n_layers;
    const char **names; // as users write them: "hello:latest"; filled by image_list and image_find
    size_t n_names;
    uint64_t size_bytes;
    int64_t created_ns;
};

// "hello" → "docker.io/library/hello:latest" (the form that is stored) and back. NULL and
// ERR_INVALID ("invalid reference format …") when it is none. In the arena.
[[nodiscard]] const char *image_reference_full(struct arena *arena, const char *text,
                                               struct err *err);
const char *image_reference_familiar(struct arena *arena, const char *full);

// By reference, id or id prefix ("sha256:" allowed). 1 found, 0 not.
[[nodiscard]] int image_find(const struct image_store *store, struct arena *arena,
                             const char *reference, struct image *out, struct err *err);
[[nodiscard]] int image_list(const struct image_store *store, struct arena *arena,
                             struct image **out, size_t *n_out, struct err *err);
struct image_import {
    int tar_fd;          // a root file system: tar, plain or gzip, zstd, xz; a pipe will do
    const char *name;    // may be NULL: the image has an id only
    const char *message; // of its history entry; may be NULL
    const struct image_config *changes; // may be NULL
};
// Makes an image of one layer from a tar stream and names it. Durable when it returns; on failure
// there is nothing to be found. *out as image_find gives it.
[[nodiscard]] int image_import(const struct image_store *store, struct arena *arena,
                               const struct image_import *request, struct image *out,
                               struct err *err);
// Takes the name away and, with the last one, the image and the layers nobody else has. The texts
// of what happened ("Untagged: hello:latest", "Deleted: sha256:…") go to *out. The caller has made
// sure that no container uses it.
[[nodiscard]] int image_remove(const struct image_store *store, struct arena *arena,
                               const char *reference, const char ***out, size_t *n_out,
                               struct err *err);
// Makes the image from the bytes inside this program when `reference` names one that is embedded
// ("hello"). 1 it is there now and in *out, 0 no such image is embedded.
[[nodiscard]] int image_embedded_ensure(const struct image_store *store, struct arena *arena,
                                        const char *reference, struct image *out, struct err *err);
