// SPDX-License-Identifier: Apache-2.0
// projectquota.h — a limit on what a directory tree may hold: project quotas of xfs and ext4
// (quotactl_fd(2), FS_IOC_FSSETXATTR).
#pragma once
#include "base/err.h"

#include <stdint.h>

// Gives the (empty) directory a project of its own, which what is made in it inherits, with a limit
// of so many bytes. ERR_UNAVAILABLE, in docker's words, where the file system has no project
// quotas.
[[nodiscard]] int project_quota_set(int dir, uint64_t bytes, struct err *err);
// Whether there would be some.
[[nodiscard]] int project_quota_check(int dir, struct err *err);
// Lets another (empty) directory of the same file system belong to the project of `like`.
[[nodiscard]] int project_quota_join(int dir, int like, struct err *err);
// Takes the limit away, for a directory that is to be removed; none is fine.
void project_quota_clear(int dir);
