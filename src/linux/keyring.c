// SPDX-License-Identifier: Apache-2.0
// keyring.c — keyctl(2) by hand: two or three calls do not need libkeyutils.
//
// A new session keyring gives possessor all and its owner only view; processes that enter later
// (exec) are of the same user but do not possess it, so the owner gets search as well, or they
// would see none of its keys.
#include "linux/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    OWNER_SEARCH = 0x00080000, // KEY_USR_SEARCH of the kernel's include/linux/key.h
    KEY_ID_BASE = 16,
    NAME_MAX_BYTES = 256,
};

static long keyctl(int operation, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    return syscall(SYS_keyctl, operation, a, b, c, d);
}

// The permission field of KEYCTL_DESCRIBE's "type;uid;gid;permissions;description".
static int permissions_parse(const char *text, uint32_t *out)
{
    for (unsigned fields = 0; fields < 3; text++) {
        if (*text == '\0')
            return -1;
        fields += *text == ';';
    }
    uint32_t value = 0;
    for (; *text != ';'; text++) {
        unsigned digit = (unsigned char)*text - '0';
        if (digit > 9)
            digit = ((unsigned char)*text | 0x20U) - 'a' + 10;
        if (digit >= KEY_ID_BASE || value >> 28 != 0)
            return -1;
        value = value << 4 | digit;
    }
    *out = value;
    return 0;
}

static int widen(long keyring, struct err *err)
{
    char text[512] = "";
    long n = keyctl(KEYCTL_DESCRIBE, (uintptr_t)keyring, (uintptr_t)text, sizeof text - 1, 0);
    if (n < 0)
        return fail_sys(err, "describe the session keyring");
    uint32_t permissions;
    if ((size_t)n >= sizeof text || permissions_parse(text, &permissions) < 0)
        return fail(err, ERR_SYSTEM, "describe the session keyring: not understood: \"%s\"", text);
    if ((permissions & OWNER_SEARCH) != 0)
        return 0; // an exec joins what the container's start has made
    if (keyctl(KEYCTL_SETPERM, (uintptr_t)keyring, permissions | OWNER_SEARCH, 0, 0) < 0)
        return fail_sys(err, "set the permissions of the session keyring");
    return 0;
}

int keyring_join_session(const char *id, struct err *err)
{
    char name[NAME_MAX_BYTES];
    int n = snprintf(name, sizeof name, "_ses.%s", id);
    if (n < 0 || (size_t)n >= sizeof name)
        return fail(err, ERR_INVALID, "join session keyring: the name %s is too long", id);
    long keyring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, (uintptr_t)name, 0, 0, 0);
    if (keyring < 0 && errno == ENOSYS)
        return 0; // built without keyrings: nothing to keep apart
    if (keyring < 0 && errno == EDQUOT)
        return fail_sys(err,
                        "join session keyring %s: this user's quota of keys is used up; raise "
                        "kernel.keys.maxkeys or run with --no-new-keyring",
                        name);
    if (keyring < 0)
        return fail_sys(err, "join session keyring %s", name);
    return keyring == 0 ? 0 : widen(keyring, err); // 0: it is ours already
}
