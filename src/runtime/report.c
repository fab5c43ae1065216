// SPDX-License-Identifier: Apache-2.0
// report.c — the pid by rename, the pidfd by socket.
#include "runtime/report.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

// Into what cannot be replaced by a file.
static int put(const char *path, const char *text, size_t n, struct err *err)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || write_all(fd, text, n) < 0)
        return fail_sys(err, "pid file: write to %s", path);
    return 0;
}

int report_pid_file(const char *path, pid_t pid, struct err *err)
{
    struct str rest = str_of(path);
    struct str name = str_cut_last(&rest, '/');
    bool has_slash = name.n != strlen(path);
    AUTO_FREE char *dir_path = !has_slash    ? xstrdup(".")
                               : rest.n == 0 ? xstrdup("/")
                                             : xstrndup(rest.at, rest.n);
    AUTO_FREE char *file = xstrndup(name.at, name.n);
    if (*file == '\0')
        return fail(err, ERR_INVALID, "pid file %s: not a file's name", path);
    AUTO_FD int dir = open(dir_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "pid file: open directory %s", dir_path);
    char text[20];
    int n = snprintf(text, sizeof text, "%d", (int)pid);
    struct stat there;
    if (fstatat(dir, file, &there, 0) == 0 &&
        !S_ISREG(there.st_mode)) // /dev/null, /dev/fd/3, a fifo
        return put(path, text, (size_t)n, err);
    if (file_replace_volatile(dir, file, text, (size_t)n, 0644, err) < 0)
        return fail_in(err, "pid file");
    return 0;
}

int report_pidfd(const char *socket_path, int pidfd, struct err *err)
{
    AUTO_FD int fd = socket_connect(socket_path, SOCK_STREAM, err);
    if (fd < 0)
        return fail_in(err, "pidfd socket");
    if (socket_send_fd(fd, "pidfd", strlen("pidfd"), pidfd) < 0)
        return fail_sys(err, "pidfd socket: send to %s", socket_path);
    return 0;
}
