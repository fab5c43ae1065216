// SPDX-License-Identifier: Apache-2.0
// mountspec.h — what users write of a mount becomes a struct container_mount, or an error in
// docker's words.
//
//     -v, Binds      [SOURCE:]TARGET[:OPTION,…]     SOURCE a name (a volume) or an absolute path
//     Mounts         struct mount_request
//     --tmpfs        TARGET and mount options
//     VolumesFrom    CONTAINER[:OPTION,…]
#pragma once
#include "base/arena.h"
#include "ops/spec.h"

// ERR_INVALID. *out and what it points to are in the arena, or the text's.
[[nodiscard]] int mountspec_bind(struct arena *arena, const char *text, struct container_mount *out,
                                 struct err *err);
[[nodiscard]] int mountspec_request(struct arena *arena, const struct mount_request *request,
                                    struct container_mount *out, struct err *err);
[[nodiscard]] int mountspec_tmpfs(struct arena *arena, const char *target, const char *options,
                                  struct container_mount *out, struct err *err);
// A path alone: an anonymous volume there.
[[nodiscard]] int mountspec_anonymous(struct arena *arena, const char *target,
                                      struct container_mount *out, struct err *err);
// The container's name, and whether its mounts are to be read-only.
[[nodiscard]] int mountspec_from(struct arena *arena, const char *text, const char **out_container,
                                 bool *out_read_only, struct err *err);
// "/a//b/../c/" → "/a/c", in the arena: as Go's path.Clean for an absolute path.
const char *path_clean(struct arena *arena, const char *path);
