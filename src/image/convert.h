// SPDX-License-Identifier: Apache-2.0
// convert.h — the same image with its layers compressed in another way.
#pragma once
#include "image/image.h"

struct image_convert {
    const char *reference;
    const char *compression; // gzip, zstd, none
    const char *name;        // of the result: a full reference
};
// The files, the configs and so the chain ids stay; blobs, manifests and the id are new, in the
// OCI's media types. Of an index all that is complete here is converted, but what attests to the
// old manifests. Durable when it returns; on failure nothing is to be found.
[[nodiscard]] int image_convert(const struct image_store *store, struct arena *arena,
                                const struct image_convert *request, struct image *out,
                                struct err *err);
