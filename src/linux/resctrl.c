// SPDX-License-Identifier: Apache-2.0
// resctrl.c — directories and one-line writes below /sys/fs/resctrl.
#include "linux/resctrl.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { RESCTRL_MAGIC = 0x7655821 };
static const char mount_point[] = "/sys/fs/resctrl";

int resctrl_open(struct err *err)
{
    AUTO_FD int root = open(mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs about;
    if (root < 0 || fstatfs(root, &about) < 0 || about.f_type != RESCTRL_MAGIC)
        return fail(err, ERR_UNAVAILABLE,
                    "Intel RDT: no resctrl file system at %s: the processor or kernel has none, or "
                    "it must be mounted",
                    mount_point);
    return TAKE_FD(root);
}

static int check_name(const char *name, struct err *err)
{
    if (text_is_empty(name) || *name == '.' || strchr(name, '/') != NULL)
        return fail(err, ERR_INVALID, "Intel RDT: invalid group name \"%s\"", name);
    return 0;
}

int resctrl_group_make(int root, const char *group, struct err *err)
{
    if (check_name(group, err) < 0)
        return -1;
    if (mkdirat(root, group, 0755) == 0)
        return 1;
    if (errno == ENOSPC)
        return fail(err, ERR_UNAVAILABLE,
                    "Intel RDT: make group %s: the processor has no class of service left", group);
    return errno == EEXIST ? 0 : fail_sys(err, "Intel RDT: make group %s", group);
}

int resctrl_group_exists(int root, const char *group, struct err *err)
{
    if (check_name(group, err) < 0)
        return -1;
    if (faccessat(root, group, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 1;
    return errno == ENOENT ? 0 : fail_sys(err, "Intel RDT: look for group %s", group);
}

// What the kernel did not like stands in info/last_cmd_status, not in the errno.
static int explain(int root, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    struct err ignored;
    if (file_read_at(root, "info/last_cmd_status", &text, &ignored) < 0)
        return -1;
    struct str why = str_trim((struct str){text.at, text.n});
    if (why.n == 0 || str_is(why, "ok"))
        return -1;
    return fail_in(err, "Intel RDT: %.*s", (int)why.n, why.at);
}

int resctrl_limit(int root, const char *group, const char *lines, struct err *err)
{
    if (check_name(group, err) < 0)
        return -1;
    AUTO_FREE char *path = str_printf("%s/schemata", group);
    return file_put_at(root, path, lines, err) < 0 ? explain(root, err) : 0;
}

int resctrl_limits_read(int root, const char *group, struct buf *out, struct err *err)
{
    if (check_name(group, err) < 0)
        return -1;
    AUTO_FREE char *path = str_printf("%s/schemata", group);
    return file_read_at(root, path, out, err);
}

int resctrl_enter(int root, const char *group, const char *monitor, pid_t pid, struct err *err)
{
    if (check_name(group, err) < 0 || (monitor != NULL && check_name(monitor, err) < 0))
        return -1;
    char number[20];
    snprintf(number, sizeof number, "%d", (int)pid);
    AUTO_FREE char *tasks = str_printf("%s/tasks", group);
    if (file_put_at(root, tasks, number, err) < 0)
        return explain(root, err);
    if (monitor == NULL)
        return 0;
    AUTO_FREE char *dir = str_printf("%s/mon_groups/%s", group, monitor);
    if (mkdirat(root, dir, 0755) < 0 && errno != EEXIST)
        return fail_sys(err, "Intel RDT: make monitoring group %s", dir);
    AUTO_FREE char *monitored = str_printf("%s/tasks", dir);
    return file_put_at(root, monitored, number, err) < 0 ? explain(root, err) : 0;
}

int resctrl_remove(int root, const char *group, const char *monitor, struct err *err)
{
    if (check_name(group, err) < 0 || (monitor != NULL && check_name(monitor, err) < 0))
        return -1;
    AUTO_FREE char *path =
        monitor != NULL ? str_printf("%s/mon_groups/%s", group, monitor) : xstrdup(group);
    if (unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "Intel RDT: remove group %s", path);
    return 0;
}
