// SPDX-License-Identifier: Apache-2.0
// seccomp_profile.c — docker's default seccomp profile, resolved for x86_64 and the default
// capabilities, as the bytes of seccomp-docker.json (see LICENSES beside it).
//
// Text, not a struct: it goes into config.json as it is, and nothing here has to parse it.
#include "engine/defaults.h"

#include <stddef.h>

__asm__(".section .rodata\n"
        ".global seccomp_profile\n"
        ".global seccomp_profile_end\n"
        "seccomp_profile: .incbin \"src/engine/seccomp-docker.json\"\n"
        "seccomp_profile_end: .byte 0\n"
        ".balign 8\n"
        ".global seccomp_profile_size\n"
        "seccomp_profile_size: .quad seccomp_profile_end - seccomp_profile\n"
        ".previous\n");
