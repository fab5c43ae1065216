// SPDX-License-Identifier: Apache-2.0
// pull.h — images from registries, for every command that needs one.
#pragma once
#include "cli/command.h"
#include "ops/image.h"

struct pull {
    const char *reference; // as the user wrote it
    const char *platform;  // NULL: DOCKER_DEFAULT_PLATFORM, or the host's
    bool all_tags;
    bool quiet;      // no progress
    int progress_fd; // where it goes otherwise
};
// < 0: the reason is in cli->err. Ctrl-C ends the program with status 130, even where the caller
// has blocked the signal.
[[nodiscard]] int pull_image(struct cli *cli, const struct pull *pull,
                             struct image_pull_response *out);

// The login for the registry of a reference; without one, or when it cannot be had (a warning says
// why), anonymous.
struct registry_auth auth_for_reference(struct cli *cli, const char *reference);
// DOCKER_DEFAULT_PLATFORM where the user gives none; NULL: the host's.
const char *platform_or_default(const char *platform);
// "docker.io/library/alpine:latest" of "alpine".
const char *whole_reference(struct arena *arena, const char *reference);
// It has a tag or a digest.
bool reference_has_tag(const char *reference);
