// SPDX-License-Identifier: Apache-2.0
// userns.h — user namespaces: their id maps, and one made only to be an id mapping for a mount.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct id_map {
    uint32_t inside, outside, size;
};
struct id_maps {
    const struct id_map *uids, *gids;
    size_t n_uids, n_gids;
};

// Writes the maps of a process that was just cloned into a new user namespace. Without privilege:
// newuidmap and newgidmap, or, for one id that is the caller's own, directly with setgroups denied.
[[nodiscard]] int userns_write_maps(pid_t pid, const struct id_maps *maps, struct err *err);
// An fd of a fresh user namespace with these maps.
[[nodiscard]] int userns_make(const struct id_maps *maps, struct err *err);
// Whether this process is in another user namespace than the machine's first: then it has no power
// over devices and no trusted.… attributes, whatever its capabilities say.
bool userns_is_nested(void);
// Whether setgroups(2) is allowed in it.
bool userns_has_setgroups(void);
// Whether this group is mapped into this process's user namespace.
bool userns_has_gid(uint32_t gid);
