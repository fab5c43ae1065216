// SPDX-License-Identifier: Apache-2.0
// commit.h — trees out of the store: an image from what a container has changed, a tree as a tar.
#pragma once
#include "image/image.h"

struct image_commit {
    const struct image *base; // what the container was made from
    int changes;              // overlayfs' upper directory; nobody writes to it now; borrowed
    const struct image_config *config; // of the new image
    const char *author, *comment;      // may be NULL
    const char *command;               // what made the changes, for the history
    const char *name;                  // full reference; NULL: it has an id only
};
// Adds one gzip layer to the base's. Durable when it returns; on failure nothing is to be found.
// *out as image_find gives it.
[[nodiscard]] int image_commit(const struct image_store *store, struct arena *arena,
                               const struct image_commit *request, struct image *out,
                               struct err *err);

// Writes the tree below the directory `tree` to `tar`, both borrowed.
[[nodiscard]] int image_export_tree(const struct image_store *store, struct arena *arena, int tree,
                                    int tar, struct err *err);
// Unpacks `tar` (plain or compressed) into the empty directory `into`, both borrowed; by a child
// that can reach nothing else.
[[nodiscard]] int image_import_tree(const struct image_store *store, struct arena *arena, int tar,
                                    int into, struct err *err);
