// SPDX-License-Identifier: Apache-2.0
// projectquota.c — project ids are random numbers of 31 bits: nobody keeps a list of them.
#include "linux/projectquota.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCK = 1024, PROJECT_LEAST = 1 << 20 }; // below: those that people give by hand

// QCMD of a command of <linux/quota.h> shifts ones out of an int.
static unsigned project_command(unsigned command)
{
    return command << SUBCMDSHIFT | PRJQUOTA;
}

static int set_limit(int dir, uint32_t project, uint64_t bytes)
{
    struct if_dqblk limits = {
        .dqb_bhardlimit = (bytes + BLOCK - 1) / BLOCK,
        .dqb_bsoftlimit = (bytes + BLOCK - 1) / BLOCK,
        .dqb_valid = QIF_BLIMITS,
    };
    return (int)syscall(SYS_quotactl_fd, dir, project_command(Q_SETQUOTA), project, &limits);
}

static int fail_quota(struct err *err)
{
    static const int lacking[] = {ENOTTY, EOPNOTSUPP, ENOSYS, ESRCH, EINVAL, ENOTBLK};
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        if (errno == lacking[i])
            return fail(err, ERR_UNAVAILABLE,
                        "quota size requested but no quota support (the data root's file system "
                        "must be xfs or ext4 mounted with prjquota): %s",
                        strerror(errno));
    }
    return fail_sys(err, "set a project quota");
}

int project_quota_set(int dir, uint64_t bytes, struct err *err)
{
    uint32_t project = 0;
    struct fsxattr attributes;
    if (getrandom(&project, sizeof project, 0) != sizeof project)
        return fail_sys(err, "getrandom");
    project = (project >> 1) | PROJECT_LEAST;
    if (ioctl(dir, FS_IOC_FSGETXATTR, &attributes) == 0 && set_limit(dir, project, bytes) == 0) {
        attributes.fsx_projid = project;
        attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
        if (ioctl(dir, FS_IOC_FSSETXATTR, &attributes) == 0)
            return 0;
        int reason = errno;
        (void)set_limit(dir, project, 0); // nothing has that project
        errno = reason;
    }
    return fail_quota(err);
}

int project_quota_check(int dir, struct err *err)
{
    struct if_dqinfo info;
    if (syscall(SYS_quotactl_fd, dir, project_command(Q_GETINFO), 0, &info) == 0)
        return 0;
    return fail_quota(err);
}

int project_quota_join(int dir, int like, struct err *err)
{
    struct fsxattr attributes, theirs;
    if (ioctl(dir, FS_IOC_FSGETXATTR, &attributes) < 0 ||
        ioctl(like, FS_IOC_FSGETXATTR, &theirs) < 0)
        return fail_quota(err);
    attributes.fsx_projid = theirs.fsx_projid;
    attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    return ioctl(dir, FS_IOC_FSSETXATTR, &attributes) < 0 ? fail_quota(err) : 0;
}

void project_quota_clear(int dir)
{
    struct fsxattr attributes;
    if (ioctl(dir, FS_IOC_FSGETXATTR, &attributes) == 0 && attributes.fsx_projid >= PROJECT_LEAST)
        (void)set_limit(dir, attributes.fsx_projid, 0); // a limit without files costs nothing
}
