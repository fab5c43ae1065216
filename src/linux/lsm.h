// SPDX-License-Identifier: Apache-2.0
// lsm.h — AppArmor profiles and SELinux labels: asked for means applied, or the container does not
// start.
//
// Labels are written through `proc`, an fd of the root of a private procfs mount (S-4): nothing
// that a container mounted over /proc can catch them (CVE-2019-16884, CVE-2025-52881).
#pragma once
#include "base/err.h"

#include <stdbool.h>

// Is it built in and switched on?
bool lsm_apparmor_is_enabled(void);
bool lsm_selinux_is_enabled(void);

// The profile or label that the next execve of this thread takes on. "" does nothing, and so does
// the profile "unconfined" without AppArmor. ERR_UNAVAILABLE: asked for, but the kernel does not
// have it; ERR_INVALID: no valid name.
[[nodiscard]] int lsm_apparmor_apply(int proc, const char *profile, struct err *err);
[[nodiscard]] int lsm_selinux_apply(int proc, const char *label, struct err *err);
// The label of keyrings made from now on; before keyring_join_session.
[[nodiscard]] int lsm_selinux_apply_keycreate(int proc, const char *label, struct err *err);

// Can the texts be a profile's name, a label? 0 or ERR_INVALID.
[[nodiscard]] int lsm_apparmor_check(const char *profile, struct err *err);
[[nodiscard]] int lsm_selinux_check(const char *label, struct err *err);
// The mount option for a label, `context=system_u:object_r:…`: yours to free; NULL without a label
// or without SELinux. `kind` is context, fscontext, defcontext or rootcontext. Without the quotes
// that mount(2) wants for the commas in it: fsconfig(2) takes them for part of the label.
[[nodiscard]] char *lsm_mount_option(const char *kind, const char *label);
