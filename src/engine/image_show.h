// SPDX-License-Identifier: Apache-2.0
// image_show.h — inside engine/: images as responses have them.
#pragma once
#include "engine/parts.h"

// When the image says it was made, since 1970; 0: it does not say.
int64_t image_made_ns(const struct image *image);
struct shown_names {
    const char **tags, **digests; // "alpine:3.20", "alpine@sha256:…"
    size_t n_tags, n_digests;
};
// From image->names.
void image_show_names(struct arena *arena, const struct image *image, struct shown_names *out);
struct image_descriptor image_show_descriptor(struct arena *arena, const struct image *image);
// Of the manifest that was chosen; NULL: none was.
struct image_descriptor *image_show_manifest(struct arena *arena, const struct image *image);
// NULL gives NULL.
struct image_platform *image_show_platform(struct arena *arena, const struct platform *platform);
[[nodiscard]] int image_show_manifests(struct engine *engine, struct arena *arena,
                                       const struct image *image, struct image_manifest **out,
                                       size_t *n_out, struct err *err);
// Without manifests and shared size.
void image_show_summary(struct arena *arena, const struct image *image,
                        const struct image_space *space, struct image_summary *out);
