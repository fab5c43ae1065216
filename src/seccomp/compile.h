// SPDX-License-Identifier: Apache-2.0
// compile.h — a profile becomes a BPF program, by libseccomp.
#pragma once
#include "seccomp/seccomp.h"

// Yours: seccomp_program_done. See seccomp_program_get for the failures.
[[nodiscard]] int seccomp_compile(const struct oci_seccomp *profile, struct seccomp_program *out,
                                  struct err *err);
