// SPDX-License-Identifier: Apache-2.0
// image.h — requests and responses of the image operations.
#pragma once
#include "json/bind.h"

struct image_import_request {
    const char *repo; // the reference it gets
    int tar;          // the stream; borrowed
};
struct image_import_response {
    const char *id; // "sha256:…"
};

struct image_summary {
    const char *id; // "sha256:…"
    const char **repo_tags;
    size_t n_repo_tags;
    int64_t created; // seconds
    uint64_t size;
    int64_t containers; // how many use it
};
struct image_list_response {
    struct image_summary *images;
    size_t n_images;
};

struct image_remove_request {
    const char *name;
    bool force;
};
struct image_remove_response {
    const char **done; // "Untagged: hello:latest"
    size_t n_done;
};
