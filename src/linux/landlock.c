// SPDX-License-Identifier: Apache-2.0
// landlock.c — a ruleset that has scopes and nothing else.
//
// Scopes came with ABI 6 (Linux 6.12). With handled_access_fs of zero the kernel leaves files, and
// so mounting, alone.
#include "linux/landlock.h"

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { ABI_WITH_SCOPES = 6 };

// linux/landlock.h of ABI 6; Debian 12's header is older.
struct ruleset {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

int landlock_abi(void)
{
    enum { CREATE_RULESET_VERSION = 1 };
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

int landlock_scope_apply(enum landlock_scopes scopes, struct err *err)
{
    if (landlock_abi() < ABI_WITH_SCOPES)
        return 0;
    const struct ruleset ruleset = {.scoped = scopes};
    AUTO_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (fd < 0)
        return fail_sys(err, "make a Landlock ruleset");
    if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return fail_sys(err, "enter the Landlock domain");
    return 1;
}
