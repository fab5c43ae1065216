// SPDX-License-Identifier: Apache-2.0
// mount.h — mounts by descriptor: made detached, given their attributes, attached last (I9, S-2).
//
// fsopen(2), fsconfig(2), fsmount(2), open_tree(2), mount_setattr(2), move_mount(2). A mount that
// is not attached yet is seen by nobody and goes away with its descriptor.
#pragma once
#include "base/err.h"

#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// glibc 2.36 lacks some of what the kernel has.
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

// A detached copy of what is mounted at the fd's place (a bind mount to be), with everything below
// it if recursive.
[[nodiscard]] int mount_clone(int fd, const char *name, bool is_recursive, struct err *err);
// A new filesystem, detached. Options are "key" and "key=value" as mount(8) takes them; attributes
// MOUNT_ATTR_…. `what` names it in errors. The kernel's own message is in the error where it gives
// one.
[[nodiscard]] int mount_new(const char *type, const char *source, const char *const *options,
                            size_t n_options, uint64_t attributes, struct err *err);
// Sets and clears MOUNT_ATTR_… of the mount at fd, and below it if recursive.
[[nodiscard]] int mount_change(int fd, uint64_t set, uint64_t clear, bool is_recursive,
                               struct err *err);
// Gives a detached mount the id mapping of a user namespace.
[[nodiscard]] int mount_idmap(int fd, int userns, bool is_recursive, struct err *err);
// MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE.
[[nodiscard]] int mount_propagation(int fd, uint64_t propagation, bool is_recursive,
                                    struct err *err);
// Attaches a detached mount onto what target is a descriptor of.
[[nodiscard]] int mount_attach(int mount, int target, struct err *err);
// 0 when the mount's flags have all of MOUNT_ATTR_{RDONLY,NOSUID,NODEV,NOEXEC,NOSYMFOLLOW} in `set`
// and none of `clear`.
[[nodiscard]] int mount_verify(int mount, uint64_t set, struct err *err);
