// SPDX-License-Identifier: Apache-2.0
// snapshot.h — file trees: committed layers below `<root>/snapshot/<chain id>/fs`, complete or
// absent, and a container's own writable tree on top of some of them.
//
// A container's directory (`<root>/containers/<id>`, made by the engine, given as `container`) has
//     upper/ work/   what the container writes
//     rootfs/        where the overlay is attached while it is in use
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot_layers {
    const char *const *chain_ids; // base first
    size_t n;
};

// Makes upper/, work/ and rootfs/. Doing it twice is fine.
[[nodiscard]] int snapshot_prepare(int container, struct err *err);
// The overlay of the layers below the container's upper as a detached mount: an fd (O_CLOEXEC).
// `is_volatile`: without syncs, for what --rm throws away. ERR_NOT_FOUND when a layer is missing.
[[nodiscard]] int snapshot_mount(int root, int container, const struct snapshot_layers *layers,
                                 bool is_volatile, struct err *err);
// The same with every file shown as another's (a container with a user namespace): the layers and
// what the container writes are mapped on the way (mount_setattr(2)), nothing on the disk is
// changed.
struct snapshot_mapped {
    const char *container; // its directory's path below the data root
    int userns;            // whose mapping it is
    uint32_t uid, gid;     // who its root is outside
};
[[nodiscard]] int snapshot_mount_mapped(int root, const struct snapshot_mapped *mapped,
                                        const struct snapshot_layers *layers, bool is_volatile,
                                        struct err *err);
// The tree to read: of the layers (container -1), or as the container left it, which does not run.
// An fd of its root directory (O_CLOEXEC), of a detached mount that nothing else sees: it goes with
// the fd. Writing to it is an error.
[[nodiscard]] int snapshot_view(int root, int container, const struct snapshot_layers *layers,
                                struct err *err);
// An fd of the directory that holds what the container has changed, as overlayfs wrote it.
[[nodiscard]] int snapshot_changes(int container, struct err *err);
// Attaches it at <container>/rootfs, where any OCI runtime finds it as root.path.
[[nodiscard]] int snapshot_attach(int container, int mount, struct err *err);
// Takes every mount at <container>/rootfs away (detached, so that it works while somebody still
// looks at it). Nothing mounted is fine.
[[nodiscard]] int snapshot_detach(int container, struct err *err);
// snapshot_detach, then removes upper/, work/ and rootfs/ with all they hold. Idempotent.
[[nodiscard]] int snapshot_remove(int container, struct err *err);
// How many bytes the container has written: those of the files in upper/. 0 when it never ran.
uint64_t snapshot_measure(int container);
// The bytes of all regular files below a directory; what is deeper than 256 directories, or cannot
// be read, is left out.
uint64_t tree_measure(int dir);
