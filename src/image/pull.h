// SPDX-License-Identifier: Apache-2.0
// pull.h — images from registries and to them.
#pragma once
#include "image/image.h"

struct transfer_session;

// What there is to say on the way, in docker's words.
struct image_sink {
    // `id`: of what ("a3ed95caeb02", a tag), or NULL; `current` of `total` bytes, 0: no number.
    void (*say)(void *self, const char *id, const char *status, uint64_t current, uint64_t total);
    void *self;
};

struct policy;
struct image_pull {
    const struct image_reference *name; // with a tag or a digest
    const struct platform *platform;    // NULL: the best for this host
    const struct transfer_session *session;
    const struct image_sink *sink; // or NULL
    const struct policy *policy;   // what may be pulled at all (policy.h); NULL: everything
};
// Downloads the image, verifies it, unpacks its layers, names it; durable when it returns. An index
// is kept as it is, with the manifest for the platform and what attests to that. 1: it is new; 0:
// all of it was here. On failure nothing is visible, and what was downloaded is not lost.
[[nodiscard]] int image_pull(const struct image_store *store, struct arena *arena,
                             const struct image_pull *pull, struct image *out, struct err *err);
// All tags of a repository.
[[nodiscard]] int image_tags(const struct image_store *store, struct arena *arena,
                             const struct transfer_session *session, const char ***out,
                             size_t *n_out, struct err *err);
