// SPDX-License-Identifier: Apache-2.0
// landlock.c — a ruleset that has scopes and nothing else, and one that has all.
//
// Scopes came with ABI 6 (Linux 6.12). With handled_access_fs of zero the kernel leaves files, and
// so mounting, alone.
#include "linux/landlock.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
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
    READ_DIR = 1 << 3,
    TCP = 3, // bind and connect
    TCP_BIND = 1,
};

enum { RULE_PATH_BENEATH = 1 };
struct __attribute__((packed)) rule {
    uint64_t allowed;
    int32_t parent;
};

// A new ruleset that forbids all that this kernel knows over files, `net` of TCP, and the scopes.
static int everything(int abi, uint64_t net, uint64_t *out_rights, struct err *err)
{
    struct ruleset ruleset = {.handled_access_fs = known_rights(abi)};
    size_t size = sizeof ruleset.handled_access_fs; // what an older kernel knows
    if (abi >= ABI_WITH_TCP) {
        ruleset.handled_access_net = net;
        size += sizeof ruleset.handled_access_net;
    }
    if (abi >= ABI_WITH_SCOPES) {
        ruleset.scoped = LANDLOCK_SCOPE_SOCKETS | LANDLOCK_SCOPE_SIGNALS;
        size += sizeof ruleset.scoped;
    }
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    if (fd < 0)
        return fail_sys(err, "make a Landlock ruleset");
    *out_rights = ruleset.handled_access_fs;
    return fd;
}

static int enter(int ruleset, struct err *err)
{
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return fail_sys(err, "enter the Landlock domain");
    return 1;
}

int landlock_beneath_apply(int dir, struct err *err)
{
    struct rule rule = {.parent = dir};
    int abi = landlock_abi();
    if (abi < ABI_WITH_LINKS)
        return 0;
    uint64_t rights;
    AUTO_FD int fd = everything(abi, TCP, &rights, err);
    if (fd < 0)
        return -1;
    rule.allowed = rights & ~(uint64_t)(EXECUTE | READ_FILE | MAKE_SOCKET);
    if (dir >= 0 && syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0)
        return fail_sys(err, "make a Landlock rule");
    return enter(fd, err);
}

static int allow_reading(int ruleset, const char *path, struct err *err)
{
    struct stat st;
    AUTO_FD int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    const struct rule rule = {READ_FILE | (S_ISDIR(st.st_mode) ? READ_DIR : 0), fd};
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
        return fail_sys(err, "make a Landlock rule for %s", path);
    return 0;
}

int landlock_read_only(const char *const *paths, size_t n, struct err *err)
{
    int abi = landlock_abi();
    uint64_t rights;
    if (abi == 0)
        return 0;
    AUTO_FD int fd = everything(abi, TCP_BIND, &rights, err);
    if (fd < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (allow_reading(fd, paths[i], err) < 0)
            return -1;
    return enter(fd, err);
}
