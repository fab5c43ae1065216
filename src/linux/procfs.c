// SPDX-License-Identifier: Apache-2.0
// procfs.c — procfs by descriptor, as invariant S-4 wants it.
#include "linux/procfs.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

int procfs_open(struct err *err)
{
    AUTO_FD int fs = fsopen("proc", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail_sys(err, "make a private procfs");
    int proc =
        fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (proc < 0)
        return fail_sys(err, "mount a private procfs");
    return proc;
}

int procfs_check(int fd, struct err *err)
{
    struct statfs st;
    if (fstatfs(fd, &st) < 0)
        return fail_sys(err, "look at procfs");
    if (st.f_type != PROC_SUPER_MAGIC)
        return fail(err, ERR_DENIED, "what should be procfs is a file system of type 0x%lx",
                    (unsigned long)st.f_type);
    return 0;
}

int procfs_open_file(int proc, const char *path, int flags, struct err *err)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
    };
    AUTO_FD int fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof how);
    if (fd < 0) {
        int failed = fail_sys(err, "open /proc/%s", path);
        if (err->sys == ENOENT)
            err->kind = ERR_NOT_FOUND;
        return failed;
    }
    // Without a mount crossed it is what proc is; the caller's fd is checked here once and for all.
    if (procfs_check(fd, err) < 0)
        return fail_in(err, "open /proc/%s", path);
    return TAKE_FD(fd);
}

int procfs_write(int proc, const char *path, struct str text, struct err *err)
{
    AUTO_FD int fd = procfs_open_file(proc, path, O_WRONLY, err);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text.at, text.n);
    if (n < 0)
        return fail_sys(err, "write \"%.*s\" to /proc/%s", (int)(text.n < 80 ? text.n : 80),
                        text.at, path);
    if ((size_t)n != text.n)
        return fail(err, ERR_SYSTEM, "write to /proc/%s: only %zd of %zu bytes went in", path, n,
                    text.n);
    return 0;
}
