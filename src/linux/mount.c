// SPDX-License-Identifier: Apache-2.0
// mount.c — the descriptor mount calls, with errors that say what the filesystem said.
#include "linux/mount.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

int mount_clone(int fd, const char *name, bool is_recursive, struct err *err)
{
    int tree = (int)syscall(SYS_open_tree, fd, "",
                            AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                                (is_recursive ? AT_RECURSIVE : 0));
    return tree >= 0 ? tree : fail_sys(err, "bind mount %s", name);
}

// What the filesystem wrote to its log: "e overlay: Unknown parameter 'x'".
static int fail_config(struct err *err, int context, const char *type, const char *option)
{
    int sys = errno;
    char message[256];
    ssize_t n = read(context, message, sizeof message - 1);
    struct str text = n > 2 ? str_trim((struct str){message + 2, (size_t)n - 2}) : STR("");
    errno = sys;
    if (text.n != 0)
        return fail_sys(err, "mount %s%s%s (%.*s)", type, *option != '\0' ? " with option " : "",
                        option, (int)text.n, text.at);
    return fail_sys(err, "mount %s%s%s", type, *option != '\0' ? " with option " : "", option);
}

static int configure(int context, const char *type, const char *option, struct err *err)
{
    struct str value = str_of(option), key = str_cut(&value, '=');
    AUTO_FREE char *name = xstrndup(key.at, key.n);
    bool has_value = option[key.n] == '=';
    long result = has_value ? syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value.at, 0)
                            : syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, name, NULL, 0);
    return result == 0 ? 0 : fail_config(err, context, type, option);
}

int mount_new(const char *type, const char *source, const char *const *options, size_t n_options,
              uint64_t attributes, struct err *err)
{
    AUTO_FD int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0)
        return fail_sys(err, "mount a filesystem of type %s", type);
    if (source != NULL &&
        syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
        return fail_config(err, context, type, source);
    for (size_t i = 0; i < n_options; i++)
        if (configure(context, type, options[i], err) < 0)
            return -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fail_config(err, context, type, "");
    int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes);
    return mount >= 0 ? mount : fail_config(err, context, type, "");
}

static int set_attributes(int fd, struct mount_attr *attributes, bool is_recursive)
{
    return (int)syscall(SYS_mount_setattr, fd, "",
                        AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0), attributes,
                        sizeof *attributes);
}

int mount_change(int fd, uint64_t set, uint64_t clear, bool is_recursive, struct err *err)
{
    if (set & MOUNT_ATTR__ATIME) // the kernel wants the whole field cleared to set a mode in it
        clear |= MOUNT_ATTR__ATIME;
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};
    if ((set | clear) != 0 && set_attributes(fd, &attributes, is_recursive) < 0)
        return fail_sys(err, "change the attributes of a mount");
    return 0;
}

int mount_idmap(int fd, int userns, bool is_recursive, struct err *err)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
    if (set_attributes(fd, &attributes, is_recursive) == 0)
        return 0;
    if (errno == EINVAL)
        return fail(err, ERR_UNAVAILABLE, "the filesystem cannot be mounted with an id mapping");
    return fail_sys(err, "give the mount its id mapping");
}

int mount_propagation(int fd, uint64_t propagation, bool is_recursive, struct err *err)
{
    struct mount_attr attributes = {.propagation = propagation};
    if (set_attributes(fd, &attributes, is_recursive) < 0)
        return fail_sys(err, "change the propagation of a mount");
    return 0;
}

int mount_attach(int mount, int target, struct err *err)
{
    if (syscall(SYS_move_mount, mount, "", target, "",
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return fail_sys(err, "attach the mount");
    return 0;
}

int mount_verify(int mount, uint64_t set, struct err *err)
{
    static const struct {
        uint64_t attribute;
        long flag;
        const char *name;
    } flags[] = {
        {MOUNT_ATTR_RDONLY, ST_RDONLY, "ro"},
        {MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid"},
        {MOUNT_ATTR_NODEV, ST_NODEV, "nodev"},
        {MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec"},
        {MOUNT_ATTR_NOSYMFOLLOW, ST_NOSYMFOLLOW, "nosymfollow"},
    };
    struct statfs fs;
    if (fstatfs(mount, &fs) < 0)
        return fail_sys(err, "verify a mount");
    for (size_t i = 0; i < N_ELEMENTS(flags); i++)
        if (set & flags[i].attribute && !((long)fs.f_flags & flags[i].flag))
            return fail(err, ERR_SYSTEM, "the mount is not %s although it was asked for",
                        flags[i].name);
    return 0;
}
