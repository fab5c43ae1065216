// SPDX-License-Identifier: Apache-2.0
// container_root.h — a container's files as the container sees them, mounts included, by one
// descriptor.
#pragma once
#include "engine/parts.h"

struct container_root {
    struct container container; // not held any more when it runs
    int fd;                     // O_PATH of its root directory
    int namespace_;             // keeps the mounts of one that does not run; -1
    bool has_mounts;            // mounts_release is due
};
#define CONTAINER_ROOT_NONE                                                                        \
    {                                                                                              \
        .container = CONTAINER_NONE, .fd = -1, .namespace_ = -1                                    \
    }
// Everything below is to be resolved with path_open_in(root->fd, …): never by a path of the host's.
// Afterwards, success or not, container_root_close is due.
[[nodiscard]] int container_root_open(struct engine *engine, struct arena *arena,
                                      const char *reference, struct container_root *out,
                                      struct err *err);
void container_root_close(struct engine *engine, struct arena *arena, struct container_root *root);
