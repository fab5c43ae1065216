// SPDX-License-Identifier: Apache-2.0
// archive.h — images as tar archives, out and in.
//
// What save writes is what docker 25 and later write: an OCI image layout (oci-layout, index.json,
// blobs/sha256/…; image-spec image-layout.md) that also has the manifest.json of docker's older
// archives. load reads both, each alone too, in any compression that dhow-transfer knows, from
// docker, podman, skopeo and buildkit.
#pragma once
#include "image/image.h"

struct image_save {
    const char **names; // a name without a tag: all tags of that repository
    size_t n_names;
    const struct platform *platforms; // only manifests for these; none: all that are complete here
    size_t n_platforms;
    const char *since;    // an image whose blobs the reader has; or NULL
    const char **without; // digests (64 hex digits) that the reader has
    size_t n_without;
    int tar; // written to; borrowed
};
// < 0: what was written so far is no whole archive. ERR_NOT_FOUND names the image or platform.
[[nodiscard]] int image_save(const struct image_store *store, struct arena *arena,
                             const struct image_save *request, struct err *err);
// The digests (64 hex digits) of all blobs that image_save would write for it.
[[nodiscard]] int image_blobs(const struct image_store *store, struct arena *arena,
                              const char *reference, const char ***out, size_t *n_out,
                              struct err *err);

struct image_load {
    int tar;               // read to its end, or a directory with what it would hold; borrowed
    const char *reference; // only the image that the archive calls so; NULL: all
    const struct platform *platforms; // only manifests for these; none: all that the archive has
    size_t n_platforms;
    // Called when a layer is being unpacked ("Loading layer"); may be NULL.
    void (*say)(void *self, const char *diff_id, uint64_t bytes);
    void *self;
};
struct image_loaded {
    const char *name; // "alpine:latest"; NULL: the image has no name
    const char *id;   // 64 hex digits
};
// Everything in the archive, or nothing: what was loaded is durable when it returns. ERR_INVALID
// says what is wrong with the archive.
[[nodiscard]] int image_load(const struct image_store *store, struct arena *arena,
                             const struct image_load *request, struct image_loaded **out,
                             size_t *n_out, struct err *err);
