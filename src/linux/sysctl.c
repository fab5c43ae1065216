// SPDX-License-Identifier: Apache-2.0
// sysctl.c — a key becomes a path below /proc/sys, then one write.
#include "linux/sysctl.h"

#include "base/mem.h"
#include "linux/procfs.h"

#include <stdio.h>
#include <string.h>

static int fail_key(struct err *err, const char *key, const char *why)
{
    return fail(err, ERR_INVALID, "sysctl \"%.*s\": %s", SYSCTL_KEY_MAX, key, why);
}

// What kernel parameters and network devices are called; no blanks, no control characters.
static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-.:@+~/", c) != NULL);
}

static bool has_odd_part(struct str path)
{
    while (path.n != 0) {
        struct str part = str_cut(&path, '/');
        if (part.n == 0 || str_is(part, ".") || str_is(part, ".."))
            return true;
    }
    return false;
}

int sysctl_path(const char *key, char out[static SYSCTL_KEY_MAX + 1], struct err *err)
{
    size_t n = strlen(key);
    if (n == 0 || n > SYSCTL_KEY_MAX)
        return fail_key(err, key, "must have 1 to 255 characters");
    // The first separator decides which of the two it is; in dotted keys they are exchanged.
    bool is_dotted = key[strcspn(key, "./")] == '.';
    char path[SYSCTL_KEY_MAX + 1];
    for (size_t i = 0; i < n; i++) {
        if (!is_key_char(key[i]))
            return fail_key(err, key, "has a character that no kernel parameter has");
        path[i] = key[i];
        if (is_dotted && key[i] == '.')
            path[i] = '/';
        else if (is_dotted && key[i] == '/')
            path[i] = '.';
    }
    path[n] = '\0';
    if (path[n - 1] == '/' || has_odd_part((struct str){path, n}))
        return fail_key(err, key, "has an empty part, \".\" or \"..\"");
    memcpy(out, path, n + 1);
    return 0;
}

int sysctl_write(int proc, const char *key, const char *value, struct err *err)
{
    char path[sizeof "sys/" + SYSCTL_KEY_MAX] = "sys/";
    if (sysctl_path(key, path + strlen("sys/"), err) < 0)
        return -1;
    struct str text = str_of(value);
    if (text.n > SYSCTL_VALUE_MAX)
        return fail_key(err, key, "the value is longer than 4095 bytes");
    if (procfs_write(proc, path, text, err) < 0)
        return fail_in(err, "sysctl %s=%.80s", key, value);
    return 0;
}
