// SPDX-License-Identifier: Apache-2.0
// netns.h — network namespaces: made, kept by a file that they are mounted on, visited.
//
// Only the calling thread is ever in another one, and it comes back; should coming back fail, the
// thread must not go on, and the process aborts.
#pragma once
#include "base/err.h"

// A new namespace, its fd. `inside` (may be NULL) is called in it, before anything else is there.
[[nodiscard]] int netns_make(int (*inside)(void *context, struct err *err), void *context,
                             struct err *err);
// The same, of a user namespace (an fd): its root has the network's powers, and not ours.
[[nodiscard]] int netns_make_for(int userns, int (*inside)(void *context, struct err *err),
                                 void *context, struct err *err);
// Calls `inside` in the namespace and gives back what that does.
[[nodiscard]] int netns_visit(int netns, int (*inside)(void *context, struct err *err),
                              void *context, struct err *err);
// Mounts the namespace on dir/name, a file that is made for it, so that it lives on without a
// process. What was there before is unpinned.
[[nodiscard]] int netns_pin(int netns, int dir, const char *name, struct err *err);
// The namespace that is mounted on dir/name: an fd. ERR_NOT_FOUND when there is none.
[[nodiscard]] int netns_open(int dir, const char *name, struct err *err);
// Takes mount and file away; with the last of its processes gone the kernel takes the namespace
// apart, some milliseconds later and in nobody's time. Not there is fine.
[[nodiscard]] int netns_unpin(int dir, const char *name, struct err *err);
