// SPDX-License-Identifier: Apache-2.0
// unknown.h — system calls that are younger than a profile do not exist for its container.
#pragma once
#include "seccomp/seccomp.h"

// Puts instructions before a program whose default is an errno: a number above all that the profile
// names, for its architecture, answers ENOSYS. Other programs, and one that would get too long,
// stay as they are.
void seccomp_program_add_unknown(const struct oci_seccomp *profile, uint32_t default_action,
                                 struct seccomp_program *program);
