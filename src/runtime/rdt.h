// SPDX-License-Identifier: Apache-2.0
// rdt.h — the container's class of cache and memory bandwidth (config-linux.md, "IntelRdt").
#pragma once
#include "oci/config.h"

#include <sys/types.h>

// Puts the process into its group, made where it is missing and allowed; *out_is_own: made here, so
// removed with the container. A closID without any schema must exist already.
[[nodiscard]] int rdt_apply(const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
                            bool *out_is_own, struct err *err);
[[nodiscard]] int rdt_remove(const struct oci_intel_rdt *rdt, const char *id, bool is_own,
                             struct err *err);
