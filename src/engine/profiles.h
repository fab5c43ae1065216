// SPDX-License-Identifier: Apache-2.0
// profiles.h — docker's default profiles: texts, each with its length.
#pragma once
#include <stddef.h>

// The `linux.seccomp` object of a container with the default capabilities on x86_64.
extern const char seccomp_profile[];
extern const size_t seccomp_profile_size;
// In docker's format, for every architecture and set of capabilities.
extern const char seccomp_whole_profile[];
extern const size_t seccomp_whole_profile_size;
// The AppArmor profile "docker-default".
extern const char apparmor_profile[];
extern const size_t apparmor_profile_size;
