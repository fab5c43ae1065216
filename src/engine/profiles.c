// SPDX-License-Identifier: Apache-2.0
// profiles.c — docker's default profiles as bytes of this program (see LICENSES beside them):
// seccomp's whole, the same resolved for x86_64 and the default capabilities, and AppArmor's.
//
// Text, not structs: the resolved one goes into config.json as it is, and nothing parses it.
#include "engine/profiles.h"

#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #name "\n"                                                                  \
            ".global " #name "_size\n" #name ": .incbin \"src/engine/" file "\"\n"                 \
            "1: .byte 0\n"                                                                         \
            ".balign 8\n" #name "_size:\n"                                                         \
            ".quad 1b - " #name "\n"                                                               \
            ".previous\n");

EMBED(seccomp_profile, "seccomp-docker.json")
EMBED(seccomp_whole_profile, "seccomp-profile.json")
EMBED(apparmor_profile, "apparmor-docker-default.txt")
