// SPDX-License-Identifier: Apache-2.0
// user.h — USER[:GROUP] becomes numbers, with the /etc/passwd and /etc/group of a container.
//
// Grammar (SECURITY.md S-13): what consists of digits is a number, always, and must be in
// 0..4294967294 without leading zeros; it never falls back to a name. Anything else is a name that
// begins with a letter or underscore and must be in the file. An empty USER is 0, an empty GROUP is
// the user's own. The files belong to the container: they are read with limits, and a line that
// makes no sense does not exist.
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    USER_FILE_MAX = 1024 * 1024, // bytes of passwd, of group
    USER_LINE_MAX = 64 * 1024,   // longer lines are skipped
    USER_NAME_MAX = 256,
    USER_GROUPS_MAX = 65536, // NGROUPS_MAX
    USER_ID_MAX = 4294967294,
};

struct user {
    uint32_t uid, gid;
    uint32_t *groups; // supplementary; the first is always gid (CVE-2023-25173)
    size_t n_groups;
    char *name; // of the passwd line, or NULL when it has none
    char *home; // of the passwd line, or "/"
};

// passwd, group: readable fds of the two files, opened inside the container's root; -1 when the
// file is not there. Must be regular files. ERR_INVALID: bad grammar or range or file;
// ERR_NOT_FOUND: no such name. Yours: user_done.
[[nodiscard]] int user_resolve(const char *spec, int passwd, int group, struct user *out,
                               struct err *err);
void user_done(struct user *user); // NULL-safe
