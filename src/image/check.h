// SPDX-License-Identifier: Apache-2.0
// check.h — is the store what it says? Everything is read and compared, and what is damaged can be
// repaired from what is whole.
#pragma once
#include "image/image.h"

struct image_finding {
    const char *what;    // "blob sha256:…", "layer …", "image alpine:latest"
    const char *problem; // "its bytes have another digest"
    bool is_repaired;
};
struct image_check {
    bool repair;
    void (*say)(void *self, const char *what); // what is being looked at; may be NULL
    void *self;
};
struct image_checked {
    struct image_finding *findings;
    size_t n_findings;
    uint64_t n_blobs, n_layers, n_images; // that were looked at
};
// Reads every blob again (digest), every document and what it names, every layer (unpacked again
// from its blob beside it, and compared file by file). With `repair`: damaged blobs go; layers are
// unpacked again, unless a container uses them; an image that has lost something it needs goes, so
// that it can be pulled or loaded again. Repairing while an image is being made is ERR_UNAVAILABLE.
[[nodiscard]] int image_check(const struct image_store *store, struct arena *arena,
                              const struct image_check *request, struct image_checked *out,
                              struct err *err);
