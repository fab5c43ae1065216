// SPDX-License-Identifier: Apache-2.0
// layout.h — where the machine's cgroup hierarchies are mounted, and where this process is in them.
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CGROUP_HIERARCHIES_MAX = 32,
    MOUNTINFO_MAX = 16 * 1024 * 1024, // a host with 100,000 mounts
    SELF_CGROUP_MAX = 256 * 1024,
};

struct layout_hierarchy {
    const char *controllers; // v1: "cpu,cpuacct" or "name=systemd"; v2: ""
    const char *root;        // where it is mounted
    const char *mount_root;  // which directory of the hierarchy is mounted there: "/" nearly always
    const char *own;         // where this process is below `root`; NULL until layout_find_self
};
struct layout {
    bool is_v2;
    struct layout_hierarchy hierarchies[CGROUP_HIERARCHIES_MAX];
    size_t n;
};

// Finds out the machine's layout. Texts live in the arena. ERR_UNAVAILABLE when no cgroup file
// system is mounted.
[[nodiscard]] int layout_detect(struct arena *arena, struct layout *out, struct err *err);
// Fills `own` of each hierarchy from /proc/self/cgroup.
[[nodiscard]] int layout_find_self(struct arena *arena, struct layout *layout, struct err *err);

// The parsers behind them. layout_parse: the text of a mountinfo; a cgroup2 is taken only when no
// v1 hierarchy is there.
[[nodiscard]] int layout_parse(struct arena *arena, const char *mountinfo, struct layout *out,
                               struct err *err);
void layout_parse_self(struct arena *arena, const char *self_cgroup, struct layout *layout);
