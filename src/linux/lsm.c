// SPDX-License-Identifier: Apache-2.0
// lsm.c — labels by the files that the kernel's security modules have in /proc and /sys.
//
// AppArmor: attr/apparmor/exec since 5.8, attr/exec before and when it is the only module with that
// file. SELinux: attr/exec and attr/keycreate. thread-self is a symbolic link inside procfs that
// the kernel makes, the one link that procfs_open_file lets pass.
#include "linux/lsm.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

enum { LABEL_MAX = 4000, PROFILE_MAX = 4000 };

#define APPARMOR_ENABLED "/sys/module/apparmor/parameters/enabled"
#define SELINUX_ROOT     "/sys/fs/selinux"

bool lsm_apparmor_is_enabled(void)
{
    AUTO_FD int fd = open(APPARMOR_ENABLED, O_RDONLY | O_CLOEXEC);
    char answer = 'N';
    return fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y';
}

bool lsm_selinux_is_enabled(void)
{
    struct statfs st;
    return statfs(SELINUX_ROOT, &st) == 0 && st.f_type == SELINUX_MAGIC;
}

int lsm_apparmor_check(const char *profile, struct err *err)
{
    size_t n = strlen(profile);
    bool is_fine = n <= PROFILE_MAX;
    for (size_t i = 0; i < n && is_fine; i++)
        is_fine = (unsigned char)profile[i] >= ' ' && profile[i] != '\x7f';
    // The kernel reads "exec PROFILE": a blank at either end would be lost, and with it the
    // meaning.
    if (!is_fine || profile[0] == ' ' || (n != 0 && profile[n - 1] == ' '))
        return fail(err, ERR_INVALID, "\"%.80s\" is no name of an AppArmor profile", profile);
    return 0;
}

// user:role:type[:range]
int lsm_selinux_check(const char *label, struct err *err)
{
    static const char punctuation[] = "_-.:,";
    size_t n = strlen(label);
    struct str rest = {label, n};
    bool is_fine = n <= LABEL_MAX;
    for (int i = 0; i < 3 && n != 0; i++)
        is_fine &= str_cut(&rest, ':').n != 0;
    for (size_t i = 0; i < n && is_fine; i++) {
        char c = label[i];
        is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  strchr(punctuation, c) != NULL;
    }
    if (!is_fine)
        return fail(err, ERR_INVALID, "\"%.80s\" is no SELinux label (user:role:type:range)",
                    label);
    return 0;
}

static int fail_absent(struct err *err, const char *module, const char *what)
{
    return fail(
        err, ERR_UNAVAILABLE,
        "%s \"%.200s\" was asked for, but this kernel has no %s switched on; leave it out or "
        "enable it",
        strcmp(module, "AppArmor") == 0 ? "AppArmor profile" : "SELinux label", what, module);
}

int lsm_apparmor_apply(int proc, const char *profile, struct err *err)
{
    if (text_is_empty(profile))
        return 0;
    if (lsm_apparmor_check(profile, err) < 0)
        return -1;
    // Asked here, /sys may be the container's or not be there: it explains a failure, no more.
    bool is_enabled = lsm_apparmor_is_enabled();
    if (!is_enabled && strcmp(profile, "unconfined") == 0)
        return 0;
    AUTO_FREE char *text = str_printf("exec %s", profile);
    int r = procfs_write(proc, "thread-self/attr/apparmor/exec", str_of(text), err);
    if (r < 0 && err->kind == ERR_NOT_FOUND)
        r = procfs_write(proc, "thread-self/attr/exec", str_of(text), err);
    if (r < 0 && !is_enabled)
        return fail_absent(err, "AppArmor", profile);
    return r < 0 ? fail_in(err, "apply AppArmor profile %s", profile) : 0;
}

// Whether SELinux is on, asked in a container, where selinuxfs is hardly ever mounted: only its
// labels have colons.
static bool has_selinux_label(int proc)
{
    char label[256];
    AUTO_FD int fd = openat(proc, "thread-self/attr/current", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, label, sizeof label) : -1;
    return n > 0 && memchr(label, ':', (size_t)n) != NULL;
}

static int selinux_put(int proc, const char *file, const char *label, struct err *err)
{
    if (text_is_empty(label))
        return 0;
    if (lsm_selinux_check(label, err) < 0)
        return -1;
    if (procfs_write(proc, file, str_of(label), err) < 0)
        return has_selinux_label(proc) ? fail_in(err, "apply SELinux label %s", label)
                                       : fail_absent(err, "SELinux", label);
    return 0;
}

int lsm_selinux_apply(int proc, const char *label, struct err *err)
{
    return selinux_put(proc, "thread-self/attr/exec", label, err);
}

int lsm_selinux_apply_keycreate(int proc, const char *label, struct err *err)
{
    return selinux_put(proc, "thread-self/attr/keycreate", label, err);
}

char *lsm_mount_option(const char *kind, const char *label)
{
    if (text_is_empty(label) || !lsm_selinux_is_enabled())
        return NULL;
    return str_printf("%s=%s", kind, label);
}
