// SPDX-License-Identifier: Apache-2.0
// self.c — the read-only detached mount, and the sealed memory for those who may not mount.
//
// The danger: a container's program named #!/proc/self/exe makes the kernel run the runtime's own
// binary inside, where another process opens /proc/PID/exe, waits until nothing runs it any more,
// and writes. Through a mount that is read-only that open(O_WRONLY) is EROFS for ever, for the file
// is reached by the path's mount; and nobody inside can change the mount, for it is in no mount
// namespace. A memfd sealed against writing is EPERM.
#include "linux/self.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#ifndef MFD_EXEC // Linux 6.3
#define MFD_EXEC 0x0010U
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static const char own_program[] = "/proc/self/exe";
enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

// `program`: the running one, opened.
static bool is_protected(int program)
{
    // A mount that is attached nowhere has no name but "/". One of the host's, a read-only /usr, is
    // none to rely on: once it is writable again, so is what a container kept open of it.
    char name[2];
    struct statvfs about;
    if (readlink(own_program, name, sizeof name) == 1 && fstatvfs(program, &about) == 0 &&
        (about.f_flag & ST_RDONLY))
        return true;
    int seals = fcntl(program, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS;
}

// 0 and *out, or -1 with errno.
static int open_mount(const char *path, int *out)
{
    AUTO_FD int tree =
        (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | (unsigned)O_CLOEXEC);
    struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    if (tree < 0 ||
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &readonly, sizeof readonly) < 0)
        return -1;
    *out = TAKE_FD(tree);
    return 0;
}

static int copy_sealed(int from, int to)
{
    struct stat about;
    if (fstat(from, &about) < 0)
        return -1;
    for (off_t left = about.st_size; left > 0;) {
        ssize_t n = sendfile(to, from, NULL, (size_t)left);
        if (n <= 0)
            return -1;
        left -= n;
    }
    return fchmod(to, 0500) < 0 || fcntl(to, F_ADD_SEALS, SEALS) < 0 ? -1 : 0;
}

static int open_copy(const char *path, struct err *err)
{
    AUTO_FD int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return fail_sys(err, "open %s", path);
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    AUTO_FD int copy = memfd_create("dhow-runtime", flags | MFD_EXEC);
    if (copy < 0 && errno == EINVAL) // before Linux 6.3 all are executable
        copy = memfd_create("dhow-runtime", flags);
    if (copy < 0 || copy_sealed(from, copy) < 0)
        return fail_sys(err, "make a sealed copy of %s", path);
    return TAKE_FD(copy);
}

int self_protected_open(const char *path, struct err *err)
{
    int mount;
    if (open_mount(path, &mount) == 0)
        return mount;
    return open_copy(
        path, err); // not allowed to mount (rootless), or a file system that cannot be cloned
}

int self_protect(char **argv, struct err *err)
{
    AUTO_FD int program = open(own_program, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return fail_sys(err, "open %s", own_program);
    if (is_protected(program)) {
        (void)prctl(PR_SET_NAME, "dhow-runtime"); // an exec by descriptor leaves its number there
        return 0;
    }
    AUTO_FD int copy = self_protected_open(own_program, err);
    if (copy < 0)
        return fail_in(err, "protect the runtime's own binary");
    (void)execveat(copy, "", argv, environ, AT_EMPTY_PATH);
    return fail_sys(err, "execute the protected copy of the runtime");
}
