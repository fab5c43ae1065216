// SPDX-License-Identifier: Apache-2.0
// mountoptions.h — the words in a mount's "options", sorted by who has to be told: the mount's
// attributes (mount_setattr), the superblock (fsconfig), propagation, the runtime itself, or the
// filesystem.
//
// Nothing is copied: what the result points to are the caller's words.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MOUNT_DATA_MAX = 512,       // words for the filesystem (an overlay has one for each layer)
    MOUNT_PROPAGATIONS_MAX = 8, // more than this is no intention
    MOUNT_SUPER_FLAGS_MAX = 8,
};

enum mount_super {
    MOUNT_SUPER_SYNC = 1 << 0,
    MOUNT_SUPER_DIRSYNC = 1 << 1,
    MOUNT_SUPER_LAZYTIME = 1 << 2,
    MOUNT_SUPER_MAND = 1 << 3,     // gone from the kernel since 5.15; it is accepted there
    MOUNT_SUPER_IVERSION = 1 << 4, // these three have no fsconfig name: mount(2) only
    MOUNT_SUPER_SILENT = 1 << 5,
    MOUNT_SUPER_ACL = 1 << 6,
};

enum mount_idmap {
    MOUNT_IDMAP_NONE,
    MOUNT_IDMAP_PLAIN,     // idmap: the mount itself
    MOUNT_IDMAP_RECURSIVE, // ridmap: and all mounts below it
};

struct mount_propagation {
    uint64_t type; // MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE: mount_attr's `propagation`
    bool is_recursive;
};

struct mount_options {
    // As mount_setattr wants them: first these two for the mount itself, then the recursive pair
    // with AT_RECURSIVE. The access time modes are one field of several bits: when one is asked
    // for, all of MOUNT_ATTR__ATIME is in the clear mask, as the kernel demands. For fsmount,
    // attr_set alone is right.
    uint64_t attr_set, attr_clr;
    uint64_t rec_attr_set, rec_attr_clr;

    // For fsconfig(FSCONFIG_SET_FLAG) on a new superblock: "sync", "nolazytime" …. It never has
    // "ro": that is a mount attribute (is in attr_set), and a filesystem on a device that cannot be
    // written needs it on the superblock, too: is_readonly says so.
    const char *super_flags[MOUNT_SUPER_FLAGS_MAX];
    size_t n_super_flags;
    unsigned super_set, super_clr; // enum mount_super: all of them, for mount(2)
    bool is_readonly;              // the last of ro and rw is ro

    struct mount_propagation propagation[MOUNT_PROPAGATIONS_MAX]; // in the order given
    size_t n_propagation;

    bool is_bind, is_recursive; // bind · rbind
    bool is_remount;
    bool wants_copy_up;      // tmpcopyup: the tmpfs starts with what the image has there
    bool wants_copy_symlink; // copy-symlink: a source that is a symbolic link is made again
    bool is_source_nofollow, is_destination_nofollow;

    enum mount_idmap idmap;
    const char *idmap_value; // of idmap=VALUE; NULL: the mount's own mappings

    const char *data[MOUNT_DATA_MAX]; // key or key=value, for the filesystem
    size_t n_data;
};

// Sorts the words; of two that contradict each other the later one wins, as in mount(8). Fails with
// ERR_INVALID on an empty word, on more words than the limits above, and on a word that only a
// filesystem could understand when there is "bind" or "rbind" (a bind mount has no filesystem to
// ask; a caller that knows it from the type checks n_data itself).
[[nodiscard]] int mount_options_parse(const char *const *options, size_t n,
                                      struct mount_options *out, struct err *err);

// The words known here, in alphabetical order, for `features`: NULL when index is past the last.
const char *mount_option_name_get(size_t index);
