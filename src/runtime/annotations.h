// SPDX-License-Identifier: Apache-2.0
// annotations.h — annotations that change the container (crun's, "Extensions to OCI").
#pragma once
#include "oci/config.h"

struct seccomp_program;

// Puts what they say into the configuration, before it is checked and used. < 0: the error names
// the annotation.
[[nodiscard]] int annotations_apply(struct oci_config *config, struct arena *arena,
                                    struct err *err);
// 1 and *out: an annotation brings the seccomp program itself, and linux.seccomp does not count.
// 0: none does.
[[nodiscard]] int annotations_filter(const struct json_pair *annotations, size_t n,
                                     struct seccomp_program *out, struct err *err);
