// SPDX-License-Identifier: Apache-2.0
// terminal.c — the container's terminal and where its other end goes.
//
// The pair is made in the container's own devpts. The slave is opened through the master
// (TIOCGPTPEER), never by a name in /dev/pts that could be replaced (CVE-2025-52565).
#include "base/mem.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "linux/socket.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2 };

int console_connect(const char *path, struct err *err)
{
    int fd = socket_connect(path, SOCK_STREAM, err);
    return fd < 0 ? fail_in(err, "--console-socket") : fd;
}

// runtime.md has the master as SCM_RIGHTS; its name is the message, as runc and crun send it.
static int send_master(int socket, int master, struct err *err)
{
    if (socket_send_fd(socket, "/dev/ptmx", strlen("/dev/ptmx"), master) < 0)
        return fail_sys(err, "hand the terminal to the console socket");
    return 0;
}

static int open_master(int root, struct err *err)
{
    AUTO_FD int master = path_open_in(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, err);
    if (master < 0) // a /dev of the host's, bound as it is
        master = path_open_in(root, "/dev/ptmx", O_RDWR | O_NOCTTY, err);
    if (master < 0)
        return fail_in(err, "process.terminal needs a devpts at /dev/pts");
    struct stat st;
    struct statfs fs;
    if (fstat(master, &st) < 0 || fstatfs(master, &fs) < 0)
        return fail_sys(err, "look at /dev/pts/ptmx");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
        return fail(err, ERR_INVALID, "/dev/pts/ptmx in the container is no terminal multiplexer");
    return TAKE_FD(master);
}

static int set_size(int terminal, const struct oci_console_size *size, struct err *err)
{
    if (size == NULL || (size->height == 0 && size->width == 0))
        return 0;
    struct winsize window = {.ws_row = (unsigned short)size->height,
                             .ws_col = (unsigned short)size->width};
    if (ioctl(terminal, TIOCSWINSZ, &window) < 0)
        return fail_sys(err, "process.consoleSize");
    return 0;
}

static int bind_console(int slave, int root, struct err *err)
{
    AUTO_FD int target = path_make_file_in(root, "/dev/console", 0620, err);
    if (target < 0)
        return -1;
    AUTO_FD int tree = mount_clone(slave, "/dev/console", false, err);
    if (tree < 0 || mount_attach(tree, target, err) < 0)
        return -1;
    struct stat ours, seen;
    AUTO_FD int now = path_open_in(root, "/dev/console", O_PATH, err);
    if (now < 0)
        return -1;
    if (fstat(now, &seen) < 0 || fstat(slave, &ours) < 0 || seen.st_rdev != ours.st_rdev)
        return fail(err, ERR_SYSTEM,
                    "/dev/console is not the container's terminal: something replaced it");
    return 0;
}

int terminal_make(const struct process_plan *plan, int root, bool binds_console, struct err *err)
{
    AUTO_FD int master = open_master(root, err);
    if (master < 0)
        return -1;
    int unlock = 0;
    if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return fail_sys(err, "unlock the terminal");
    AUTO_FD int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return fail_sys(err, "open the terminal's slave");
    if (set_size(slave, plan->process->consoleSize, err) < 0)
        return -1;
    if (binds_console && bind_console(slave, root, err) < 0)
        return fail_in(err, "/dev/console");
    if (send_master(plan->console_socket, master, err) < 0)
        return -1;
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(slave, fd) < 0)
            return fail_sys(err, "make the terminal standard input and output");
    if (ioctl(0, TIOCSCTTY, 0) < 0)
        return fail_sys(err, "make the terminal the controlling one");
    return 0;
}
