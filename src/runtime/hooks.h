// SPDX-License-Identifier: Apache-2.0
// hooks.h — programs that the caller wants run at points of a container's life (config.md,
// "POSIX-platform Hooks").
#pragma once
#include "oci/config.h"
#include "oci/state.h"

// Runs each in order with the state as JSON on its standard input, its own args and env only (S-8),
// cwd `dir` (an fd of the bundle, or -1: stay), the timeout enforced (the hook's whole process
// group is killed). `name` is the point's name for errors ("prestart"). < 0 at the first that
// fails: the error has its path, exit status or signal and the last of what it wrote to stderr.
// Called by the runtime in its own namespaces and by the container's first process inside
// (startContainer, createContainer), there without access to the host's paths.
[[nodiscard]] int hooks_run(const char *name, const struct oci_hook *hooks, size_t n, int dir,
                            const struct oci_state *state, struct err *err);
