// SPDX-License-Identifier: Apache-2.0
// push.h — images to registries.
#pragma once
#include "image/pull.h"

struct image_push {
    const struct image_reference *name; // with a tag
    const struct platform *platform;    // only this one of an index; NULL: the target as it is
    const struct transfer_session *session;
    const struct image_sink *sink; // or NULL
};
struct image_pushed {
    const char *digest; // "sha256:…", of what the tag names now
    uint64_t size;
    const char *note; // for the user: not all platforms are there; or NULL
};
// Sends what the registry lacks, byte for byte: blobs, then manifests, the tag last. Of an index
// that names manifests which are neither here nor there, the only one that is here is sent in its
// place, as docker does; several are an error that names the platforms. ERR_NOT_FOUND: no image has
// the name.
[[nodiscard]] int image_push(const struct image_store *store, struct arena *arena,
                             const struct image_push *request, struct image_pushed *out,
                             struct err *err);
