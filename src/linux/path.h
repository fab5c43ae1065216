// SPDX-License-Identifier: Apache-2.0
// path.h — paths that a container can influence: resolved inside its root, once, and then held by
// descriptor.
//
// Invariants I8 and S-1: a symbolic link is followed as if `root` were "/", never out of it, never
// through /proc's magic links; what comes back is acted on by descriptor. openat2(2),
// RESOLVE_IN_ROOT. There is no realpath here.
#pragma once
#include "base/err.h"

#include <sys/types.h>

// Opens `path` inside `root` (an fd of a directory). O_CLOEXEC is added. < 0: err->sys is the
// errno; ENOENT has the kind ERR_NOT_FOUND.
[[nodiscard]] int path_open_in(int root, const char *path, int flags, struct err *err);
// The same without following any link and without crossing a mount.
[[nodiscard]] int path_open_beneath(int root, const char *path, int flags, struct err *err);
// An O_PATH fd of the directory, made with its parents (mode each) where missing. Dangling symbolic
// links on the way are followed inside the root, as mount targets of images want it
// (/etc/resolv.conf -> ../run/…).
[[nodiscard]] int path_make_dir_in(int root, const char *path, mode_t mode, struct err *err);
// The same for an empty regular file (O_EXCL: an existing one is opened, never truncated).
[[nodiscard]] int path_make_file_in(int root, const char *path, mode_t mode, struct err *err);
// The directory that holds the last component, made where missing, and that component's name
// (yours). Fails for a path without one ("/", "a/..").
[[nodiscard]] int path_parent_in(int root, const char *path, mode_t mode, char **out_name,
                                 struct err *err);
