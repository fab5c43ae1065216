// SPDX-License-Identifier: Apache-2.0
// overlay.h — inside snapshot/ only: an overlayfs mount from directory descriptors.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { OVERLAY_LAYERS_MAX = 500 }; // overlayfs' own limit (OVL_MAX_STACK)

struct overlay {
    const int *lowers; // the topmost first; open for reading, not O_PATH
    size_t n_lowers;
    int upper, work; // both -1: nothing is written, and there are at least two lowers
    bool is_volatile;
    bool is_user; // in a user namespace: attributes are user.overlay.*, not trusted.overlay.*
};

// How the kernel takes directories, the newest first.
enum overlay_dialect {
    OVERLAY_BY_FD,   // fsconfig(SET_FD, "lowerdir+"): since 6.13
    OVERLAY_BY_PATH, // one string each, "lowerdir+": since 6.5
    OVERLAY_BY_LIST, // one string for all, at most 255 bytes with fsconfig
};

// A detached mount: an fd. Tries the dialects from the newest on.
[[nodiscard]] int overlay_mount(const struct overlay *overlay, struct err *err);
// One dialect. < 0 with err->sys == EINVAL: the kernel does not speak it.
[[nodiscard]] int overlay_mount_as(const struct overlay *overlay, enum overlay_dialect dialect,
                                   struct err *err);
