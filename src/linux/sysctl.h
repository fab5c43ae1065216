// SPDX-License-Identifier: Apache-2.0
// sysctl.h — kernel parameters of the namespaces that the caller is in.
//
// Not here: which keys a container may set (oci/ checks that).
#pragma once
#include "base/err.h"

enum {
    SYSCTL_KEY_MAX = 255,
    SYSCTL_VALUE_MAX = 4095, // the kernel takes at most a page
};

// Writes one value. `proc` is an fd of the root of a private procfs (procfs_open) made in the
// namespaces concerned. Keys are "net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding": when
// the first separator is a slash, dots are part of names; when it is a dot, a slash in a part
// stands for a dot (sysctl.d(5)).
[[nodiscard]] int sysctl_write(int proc, const char *key, const char *value, struct err *err);
// The path below /proc/sys for a key, into out (SYSCTL_KEY_MAX + 1 bytes). ERR_INVALID: bad
// grammar.
[[nodiscard]] int sysctl_path(const char *key, char out[static SYSCTL_KEY_MAX + 1],
                              struct err *err);
