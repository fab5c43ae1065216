// SPDX-License-Identifier: Apache-2.0
// trees.h — an entry of a directory becomes a tar stream, and a tar stream becomes files in a
// directory that is not empty: what copying into and out of containers is made of.
//
// dhow-transfer does it, as a child whose root directory is the one that is given: whatever names
// and links are in the tree or in the stream, nothing outside of it is read or written (S-1, S-9).
#pragma once
#include "base/arena.h"
#include "transfer/child.h"

#include <stdbool.h>
#include <stdint.h>

struct tree_pack {
    int tree;          // a directory; borrowed
    const char *entry; // of it; "." is the directory itself; NULL: all that is in it, by its name
    const char *name;  // in the archive; "" and "." for what is in it alone
};
struct tree_unpack {
    int into;                   // a directory; borrowed
    const char *strip, *prefix; // see archive/unpack.h, struct unpack_merge; or NULL
    bool keeps_kinds;
    bool has_owner;
    uint32_t uid, gid;
};
// Each starts the child; tree_finish is due then. `program` is dhow-transfer's path, `tar` a
// descriptor that stays the caller's.
[[nodiscard]] int tree_pack_start(const char *program, const struct tree_pack *what, int tar,
                                  struct child *out, struct err *err);
[[nodiscard]] int tree_unpack_start(const char *program, const struct tree_unpack *what, int tar,
                                    struct child *out, struct err *err);
// Waits for it. *out_bytes (may be NULL): of the plain stream.
[[nodiscard]] int tree_finish(struct child *child, struct arena *arena, uint64_t *out_bytes,
                              struct err *err);
