// SPDX-License-Identifier: Apache-2.0
// unpacker.h — inside archive/: the unpacker's state, for the files it is made of.
#pragma once
#include "archive/dirs.h"
#include "archive/source.h"
#include "archive/tar.h"
#include "archive/unpack.h"

#include <sys/stat.h>

struct unpacker {
    const struct unpack_request *request;
    struct source source;
    struct tar *tar;
    struct dirs dirs;
    uint64_t entries, files_bytes, skipped_devices;
    uid_t uid; // whom new files belong to
    gid_t gid;
    // A directory gives its group, its setgid bit or a default ACL to what is made in it (or may):
    // then each new thing is looked at. Mostly none does, and that saves a system call a file.
    bool is_inherited;
    // Of a hard link: where it points.
    int target_parent;
    const char *target_name;
    int parent;                     // of the entry: borrowed from dirs
    char path[UNPACK_PATH_MAX + 1]; // of the entry: "usr/bin/true", or "" for the root
    const char *name;               // its last component, in path
};

// names.c: "/usr//bin/./true" → "usr/bin/true"; "./" → "". Leading slashes mean the target, as for
// all that unpack images. ".." and what is too long are refused.
[[nodiscard]] int clean_path(const char *raw, char out[UNPACK_PATH_MAX + 1], struct err *err);
// The same, with what a merge puts in place of the first component.
[[nodiscard]] int entry_path(const struct unpack_request *request, const char *raw,
                             char out[UNPACK_PATH_MAX + 1], struct err *err);
size_t parent_length(const char *path);
const char *last_component(const char *path);

// things.c: makes what the entry is, in `parent`, where it may replace another.
[[nodiscard]] int make_thing(struct unpacker *unpacker, const struct tar_entry *entry,
                             struct err *err);
// A name that is no file, but says that one below is hidden.
bool is_whiteout(const char *name);
[[nodiscard]] int make_whiteout(struct unpacker *unpacker, struct err *err);

// dress.c: gives what was just made its owner, mode, attributes and times.
[[nodiscard]] int dress_fd(struct unpacker *unpacker, int fd, const struct tar_entry *entry,
                           struct err *err);
// For what has no descriptor of its own that fchmod takes; it was just made, by us, in a directory
// that nobody else changes.
[[nodiscard]] int dress_name(const struct unpacker *unpacker, const struct tar_entry *entry,
                             struct err *err);
// Sets is_inherited for the target as it is.
[[nodiscard]] int dress_begin(struct unpacker *unpacker, struct err *err);
