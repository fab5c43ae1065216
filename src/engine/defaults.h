// SPDX-License-Identifier: Apache-2.0
// defaults.h — what every container gets: docker's mounts, paths and device rules.
#pragma once
#include "oci/config.h"
#include "ops/container.h"

// Where a container sees the program that --init puts before its command: docker's place.
#define INIT_INSIDE "/sbin/docker-init"

// Fills in `out` what does not depend on the request, and the mounts and namespaces that do.
// `init`: dhow-init's path, for INIT_INSIDE; NULL when the container has none.
void defaults_mounts(struct arena *arena, const struct host_config *host, const char *container_dir,
                     const char *init, struct oci_config *out);
void defaults_linux(struct arena *arena, const struct host_config *host, struct oci_linux *out);
// Appends the paths that are masked, and those that cannot be written.
struct words;
void defaults_masked(struct arena *arena, struct words *out);
void defaults_readonly(struct arena *arena, struct words *out);
