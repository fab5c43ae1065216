// SPDX-License-Identifier: Apache-2.0
// landlock.c — a ruleset that has scopes and nothing else, and one that has all.
//
// Scopes came with ABI 6 (Linux 6.12). With handled_access_fs of zero the kernel leaves files, and
// so mounting, alone.
#include "linux/landlock.h"

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { ABI_WITH_LINKS = 2, ABI_WITH_TCP = 4, ABI_WITH_SCOPES = 6 };

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

// --- all but one directory

// Rights over files by the ABI that brought them: bits 0 … last (LANDLOCK_ACCESS_FS_…).
static uint64_t known_rights(int abi)
{
    static const int last[] = {0, 12, 13, 14, 14, 15};
    int most = sizeof last / sizeof *last - 1;
    return (UINT64_C(2) << last[abi < most ? abi : most]) - 1;
}

enum {
    EXECUTE = 1 << 0,
    READ_FILE = 1 << 2,
    MAKE_SOCKET = 1 << 9,
    TCP = 3, // bind and connect
};

int landlock_beneath_apply(int dir, struct err *err)
{
    enum { RULE_PATH_BENEATH = 1 };
    struct __attribute__((packed)) {
        uint64_t allowed;
        int32_t parent;
    } rule = {.parent = dir};
    int abi = landlock_abi();
    if (abi < ABI_WITH_LINKS)
        return 0;
    struct ruleset ruleset = {.handled_access_fs = known_rights(abi)};
    size_t size = sizeof ruleset.handled_access_fs; // what an older kernel knows
    if (abi >= ABI_WITH_TCP) {
        ruleset.handled_access_net = TCP;
        size += sizeof ruleset.handled_access_net;
    }
    if (abi >= ABI_WITH_SCOPES) {
        ruleset.scoped = LANDLOCK_SCOPE_SOCKETS | LANDLOCK_SCOPE_SIGNALS;
        size += sizeof ruleset.scoped;
    }
    rule.allowed = ruleset.handled_access_fs & ~(uint64_t)(EXECUTE | READ_FILE | MAKE_SOCKET);
    AUTO_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    if (fd < 0)
        return fail_sys(err, "make a Landlock ruleset");
    if (dir >= 0 && syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0)
        return fail_sys(err, "make a Landlock rule");
    if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return fail_sys(err, "enter the Landlock domain");
    return 1;
}
