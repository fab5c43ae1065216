// SPDX-License-Identifier: Apache-2.0
// rdt.h — the container's class of cache and memory bandwidth (config-linux.md, "IntelRdt").
#pragma once
#include "oci/config.h"

#include <sys/types.h>

// Puts the process into its group. Without a closID that is a group of its own, named by the
// container's id and removed with it. A group named by closID may be shared and stays; it is made
// when there are schemata for it, must have these limits when it is there, and must be there when
// there are none. < 0: what was made is gone again.
[[nodiscard]] int rdt_apply(const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
                            struct err *err);
// Fine when there is nothing (any more).
[[nodiscard]] int rdt_remove(const struct oci_intel_rdt *rdt, const char *id, struct err *err);
// The same with the root of the resctrl file system given.
[[nodiscard]] int rdt_apply_in(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
                               struct err *err);
[[nodiscard]] int rdt_remove_in(int root, const struct oci_intel_rdt *rdt, const char *id,
                                struct err *err);
