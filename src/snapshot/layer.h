// SPDX-License-Identifier: Apache-2.0
// layer.h — the unpacked layers of images, shared by all containers and never written again.
//
//   <root>/snapshot/<chain id>/fs                   complete and synced, or absent
//   <root>/snapshot/incoming/<chain id>.<random>/fs   being unpacked; its maker holds a flock on it
//
// `root` is always the data root's directory fd; a chain id is 64 hex digits (checked: S-12).
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct layer_writer {
    int root; // borrowed
    int fs;   // unpack into this one
    int dir;  // incoming/<name>, locked
    char name[96];
};

// 1 when the layer is there, 0 when not.
[[nodiscard]] int layer_find(int root, const char *chain_id, struct err *err);
// An fd of the layer's `fs`. ERR_NOT_FOUND.
[[nodiscard]] int layer_open(int root, const char *chain_id, struct err *err);
// About how many bytes its files have (directories deeper than the kernel's path limit are left
// out); for a layer of which nobody wrote it down.
[[nodiscard]] int layer_measure(int root, const char *chain_id, uint64_t *out, struct err *err);
// Starts a layer (its chain id may become known later) and clears what killed makers have left.
// Yours: layer_commit or layer_abort ends it.
[[nodiscard]] int layer_begin(int root, struct layer_writer *out, struct err *err);
// Syncs its files and gives it its name; a layer that is there already is kept. On failure it is
// still to be aborted.
[[nodiscard]] int layer_commit(struct layer_writer *writer, const char *chain_id, struct err *err);
void layer_abort(struct layer_writer *writer); // after a commit or publish: closes only
// The same in steps, for many layers with one sync: layer_seal of each, one syncfs of the data root
// (content_sync), layer_publish of each, layers_sync_names, then a durable commit of what needs
// them. A layer that is there already is kept (layer_abort removes ours).
[[nodiscard]] int layer_seal(struct layer_writer *writer, struct err *err);
[[nodiscard]] int layer_publish(struct layer_writer *writer, const char *chain_id, struct err *err);
[[nodiscard]] int layers_sync_names(int root, struct err *err);
// Syncs the new one's files and puts it in the place of the layer that is there (or is not):
// whoever looks finds the one or the other. layer_abort removes the old one.
[[nodiscard]] int layer_replace(struct layer_writer *writer, const char *chain_id, struct err *err);
// Removes a layer: renamed away first, so that it is never seen in part. Fine when it is gone.
[[nodiscard]] int layer_remove(int root, const char *chain_id, struct err *err);
// Removes all layers for which is_used says no, and what killed makers have left.
[[nodiscard]] int layer_sweep(int root, bool (*is_used)(const void *data, const char *chain_id),
                              const void *data, struct err *err);
