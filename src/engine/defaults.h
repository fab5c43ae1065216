// SPDX-License-Identifier: Apache-2.0
// defaults.h — what every container gets: docker's mounts, paths, device rules, seccomp profile.
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
// The `linux.seccomp` object as JSON text.
extern const char seccomp_profile[];
extern const size_t seccomp_profile_size;
