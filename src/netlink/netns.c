// SPDX-License-Identifier: Apache-2.0
// netns.c — unshare(2), setns(2), and a bind mount of /proc/thread-self/ns/net.
#include "netlink/netns.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int own_netns(struct err *err)
{
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    return own < 0 ? fail_sys(err, "open the own network namespace") : own;
}

static void come_back(int own)
{
    int back = setns(own, CLONE_NEWNET);
    assert(back == 0); // else all that this thread does from here on is done in the wrong place
}

int netns_make(int (*inside)(void *context, struct err *err), void *context, struct err *err)
{
    AUTO_FD int own = own_netns(err);
    if (own < 0)
        return -1;
    if (unshare(CLONE_NEWNET) < 0)
        return fail_sys(err, "make a network namespace");
    AUTO_FD int made = own_netns(err);
    int done = made < 0 ? -1 : 0;
    if (done == 0 && inside != NULL)
        done = inside(context, err);
    come_back(own);
    return done < 0 ? -1 : TAKE_FD(made);
}

// A child goes into the user namespace, from where there is no way back, makes it there, says so,
// and stays until it is open here. 0 is no failure of a system call.
static int make_in_child(int userns, int said, int go)
{
    char byte = 0;
    if (setns(userns, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNET) < 0)
        byte = (char)errno;
    if (write(said, &byte, 1) != 1 || byte != 0)
        return 1;
    return read(go, &byte, 1) < 0; // end of file: it was opened
}

int netns_make_for(int userns, int (*inside)(void *context, struct err *err), void *context,
                   struct err *err)
{
    int said[2], go[2];
    if (pipe2(said, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int said_read = said[0], said_write = said[1];
    if (pipe2(go, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int go_read = go[0], go_write = go[1];
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "make a network namespace");
    if (pid == 0) {
        (void)close(go_write);
        _exit(make_in_child(userns, said_write, go_read));
    }
    (void)close(TAKE_FD(said_write));
    char path[40], byte = EIO;
    (void)snprintf(path, sizeof path, "/proc/%d/ns/net", pid); // it fits
    bool has_said = read(said_read, &byte, 1) == 1;
    AUTO_FD int made = has_said && byte == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    errno = made < 0 && byte != 0 ? byte : errno;
    int done = made < 0 ? fail_sys(err, "make a network namespace of a user namespace") : 0;
    (void)close(TAKE_FD(go_write));
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (done == 0 && inside != NULL)
        done = netns_visit(made, inside, context, err);
    return done < 0 ? -1 : TAKE_FD(made);
}

int netns_visit(int netns, int (*inside)(void *context, struct err *err), void *context,
                struct err *err)
{
    AUTO_FD int own = own_netns(err);
    if (own < 0)
        return -1;
    if (setns(netns, CLONE_NEWNET) < 0)
        return fail_sys(err, "enter the container's network namespace");
    int done = inside(context, err);
    come_back(own);
    return done;
}

// Paths for mount(2), which knows no descriptors.
struct fd_path {
    char text[320];
};
static struct fd_path path_at(int dir, const char *name)
{
    struct fd_path path;
    int n = snprintf(path.text, sizeof path.text, "/proc/self/fd/%d/%s", dir, name);
    assert(n > 0 && (size_t)n < sizeof path.text);
    return path;
}

int netns_pin(int netns, int dir, const char *name, struct err *err)
{
    if (netns_unpin(dir, name, err) < 0)
        return -1;
    AUTO_FD int file = openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (file < 0)
        return fail_sys(err, "make the file %s for a network namespace", name);
    char from[40];
    snprintf(from, sizeof from, "/proc/self/fd/%d", netns);
    if (mount(from, path_at(dir, name).text, NULL, MS_BIND, NULL) < 0)
        return fail_sys(err, "keep a network namespace on the file %s", name);
    return 0;
}

int netns_open(int dir, const char *name, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct statfs fs;
    if (fd < 0 && errno != ENOENT)
        return fail_sys(err, "open the network namespace %s", name);
    if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC)
        return fail(err, ERR_NOT_FOUND, "there is no network namespace");
    return TAKE_FD(fd);
}

int netns_unpin(int dir, const char *name, struct err *err)
{
    // EINVAL: the file is there, but nothing is mounted on it.
    if (umount2(path_at(dir, name).text, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != ENOENT &&
        errno != EINVAL)
        return fail_sys(err, "unmount the network namespace %s", name);
    if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
        return fail_sys(err, "remove the file %s of a network namespace", name);
    return 0;
}
