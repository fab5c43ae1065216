// SPDX-License-Identifier: Apache-2.0
// overlay.c — an overlayfs mount, made detached with the mount API from descriptors (I9).
//
// What differs between kernels is only how they are told the directories; a list of more than
// LIST_MAX layers needs 6.5. Kernel: Documentation/filesystems/overlayfs.rst.
#include "snapshot/overlay.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

// One value of fsconfig is at most 255 bytes; relative to /proc/self/fd, "1234:" is a layer.
enum { VALUE_MAX = 255, FD_PATH = 32 };

static int name_by_fd(int fs, const struct overlay *overlay, struct err *err);
static int name_by_path(int fs, const struct overlay *overlay, struct err *err);
static int mount_by_list(const struct overlay *overlay, struct err *err);
static int finish(int fs, const struct overlay *overlay, struct err *err);

int overlay_mount(const struct overlay *overlay, struct err *err)
{
    int mount = -1;
    for (int dialect = OVERLAY_BY_FD; mount < 0 && dialect <= OVERLAY_BY_LIST; dialect++) {
        mount = overlay_mount_as(overlay, dialect, err);
        // EINVAL: no such parameter (or value type); EBADF: an old kernel looked for a string;
        // EOPNOTSUPP: before 6.5 overlayfs took mount(2)'s options, which are strings.
        if (mount < 0 && err->sys != EINVAL && err->sys != EBADF && err->sys != EOPNOTSUPP)
            break;
    }
    return mount;
}

int overlay_mount_as(const struct overlay *overlay, enum overlay_dialect dialect, struct err *err)
{
    if (dialect == OVERLAY_BY_LIST)
        return mount_by_list(overlay, err);
    AUTO_FD int fs = fsopen("overlay", FSOPEN_CLOEXEC);
    if (fs < 0)
        return fail_sys(err, "open overlayfs (is the kernel's overlay module there?)");
    int named =
        dialect == OVERLAY_BY_FD ? name_by_fd(fs, overlay, err) : name_by_path(fs, overlay, err);
    return named < 0 ? -1 : finish(fs, overlay, err);
}

static int name_by_fd(int fs, const struct overlay *overlay, struct err *err)
{
    for (size_t i = 0; i < overlay->n_lowers; i++) {
        if (fsconfig(fs, FSCONFIG_SET_FD, "lowerdir+", NULL, overlay->lowers[i]) < 0)
            return fail_sys(err, "give overlayfs layer %zu", i);
    }
    if (overlay->upper < 0)
        return 0;
    if (fsconfig(fs, FSCONFIG_SET_FD, "upperdir", NULL, overlay->upper) < 0 ||
        fsconfig(fs, FSCONFIG_SET_FD, "workdir", NULL, overlay->work) < 0)
        return fail_sys(err, "give overlayfs the container's directories");
    return 0;
}

static int set_path(int fs, const char *key, int dir, struct err *err)
{
    char path[FD_PATH];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir); // it fits
    if (fsconfig(fs, FSCONFIG_SET_STRING, key, path, 0) < 0)
        return fail_sys(err, "give overlayfs its %s", key);
    return 0;
}

static int name_upper_by_path(int fs, const struct overlay *overlay, struct err *err)
{
    if (overlay->upper < 0)
        return 0;
    if (set_path(fs, "upperdir", overlay->upper, err) < 0 ||
        set_path(fs, "workdir", overlay->work, err) < 0)
        return -1;
    return 0;
}

static int name_by_path(int fs, const struct overlay *overlay, struct err *err)
{
    for (size_t i = 0; i < overlay->n_lowers; i++) {
        if (set_path(fs, "lowerdir+", overlay->lowers[i], err) < 0)
            return -1;
    }
    return name_upper_by_path(fs, overlay, err);
}

// The whole stack as one value: "12:13:14", relative to /proc/self/fd as the current directory (of
// this thread alone: unshare(CLONE_FS)).
static int mount_by_list(const struct overlay *overlay, struct err *err)
{
    AUTO_BUF struct buf list;
    buf_init(&list, VALUE_MAX);
    for (size_t i = 0; i < overlay->n_lowers; i++)
        buf_printf(&list, "%s%d", i == 0 ? "" : ":", overlay->lowers[i]);
    if (list.is_full)
        return fail(err, ERR_UNAVAILABLE,
                    "an image of %zu layers is too much for this kernel; it needs Linux 6.5",
                    overlay->n_lowers);
    AUTO_FD int fs = fsopen("overlay", FSOPEN_CLOEXEC);
    AUTO_FD int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fs < 0 || before < 0)
        return fail_sys(err, "open overlayfs");
    if (unshare(CLONE_FS) < 0 || chdir("/proc/self/fd") < 0)
        return fail_sys(err, "enter /proc/self/fd");
    int mount = -1;
    if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", buf_get(&list), 0) < 0)
        mount = fail_sys(err, "give overlayfs %zu layers", overlay->n_lowers);
    else if (name_upper_by_path(fs, overlay, err) == 0)
        mount = finish(fs, overlay, err);
    if (fchdir(before) < 0 && mount >= 0) {
        (void)close(mount); // never attached
        return fail_sys(err, "return from /proc/self/fd");
    }
    return mount;
}

// The kernel says more than the errno: lines that begin with "e " (error), "w " or "i ".
static int fail_with_log(int fs, struct err *err)
{
    int reason = errno;
    char log[300];
    ssize_t n = read(fs, log, sizeof log - 1);
    log[n > 0 ? n : 0] = '\0';
    struct str text = str_trim(str_of(n > 2 ? log + 2 : "see dmesg"));
    errno = reason;
    return fail_sys(err, "mount the container's root with overlayfs (%.*s)", (int)text.n, text.at);
}

static int finish(int fs, const struct overlay *overlay, struct err *err)
{
    static const char *const settings[][2] = {
        {"source", "dhow"}, {"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "off"}};
    // userxattr means the last two, and the kernel refuses to hear them from a user namespace.
    size_t n = overlay->is_user ? 2 : N_ELEMENTS(settings);
    for (size_t i = 0; i < n; i++) {
        if (fsconfig(fs, FSCONFIG_SET_STRING, settings[i][0], settings[i][1], 0) < 0)
            return fail_sys(err, "set overlayfs' %s", settings[i][0]);
    }
    if (overlay->is_user && fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
        return fail_sys(err, "set overlayfs' userxattr");
    if (overlay->is_volatile && fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0)
        return fail_sys(err, "set overlayfs' volatile");
    if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail_with_log(fs, err);
    int mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
    return mount < 0 ? fail_sys(err, "mount the container's root with overlayfs") : mount;
}
