// SPDX-License-Identifier: Apache-2.0
// document.h — inside image/: the two documents of an image, as image-spec has them, and the
// database's row read as an image.
#pragma once
#include "image/image.h"
#include "state/state.h"

#define MEDIA_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_CONFIG   "application/vnd.oci.image.config.v1+json"
#define MEDIA_LAYER    "application/vnd.oci.image.layer.v1.tar"

enum { DOCUMENT_MAX = 4 * 1024 * 1024 };

struct history {
    const char *created, *created_by, *comment;
    bool empty_layer;
};
struct rootfs {
    const char *type;
    const char **diff_ids;
    size_t n_diff_ids;
};
struct config_document {
    const char *created, *architecture, *os;
    struct image_config config;
    struct rootfs rootfs;
    struct history *history;
    size_t n_history;
};
extern const struct json_field config_document_fields[];

struct descriptor {
    const char *mediaType, *digest;
    uint64_t size;
};
struct manifest_document {
    uint32_t schemaVersion;
    const char *mediaType;
    struct descriptor config;
    struct descriptor *layers;
    size_t n_layers;
};
extern const struct json_field manifest_document_fields[];

// In the arena. An image whose documents do not fit each other is an error.
[[nodiscard]] int image_from_row(const struct image_store *store, struct arena *arena,
                                 const struct state_image *row, struct image *out, struct err *err);

// import.c: image_import with the time that the image says it was made at (RFC 3339; NULL is now).
[[nodiscard]] int image_import_as(const struct image_store *store, struct arena *arena,
                                  const struct image_import *request, const char *created,
                                  struct image *out, struct err *err);

// sweep.c: one flock orders those who add to the stores and those who clear them. Holds it until
// the fd is closed.
[[nodiscard]] int images_lock(int root, bool is_exclusive, struct err *err);
// Removes layers and blobs that no image has. Does nothing while an image is being made.
[[nodiscard]] int images_sweep(const struct image_store *store, struct err *err);
