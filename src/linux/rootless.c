// SPDX-License-Identifier: Apache-2.0
// rootless.c — see rootless.h.
#include "linux/rootless.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/capability.h"
#include "linux/process.h"
#include "linux/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK         "_DHOW_ROOTLESS"
#define HOLDER_FILE  "rootless.pid"
#define HOLDER_TITLE "dhow-rootless"
enum { IDS_FILE_MAX = 1024 * 1024, PASSWD_MAX = 4 * 1024 * 1024, RANGES_MAX = 32 };

bool rootless_is_entered(void)
{
    return getenv(MARK) != NULL && userns_is_nested();
}

bool rootless_is_needed(void)
{
    return geteuid() != 0 && !rootless_is_entered();
}

char *rootless_run_dir(struct err *err)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    char *path = !text_is_empty(xdg) ? str_printf("%s/dhow", xdg)
                                     : str_printf("/tmp/dhow-%u", (unsigned)geteuid());
    struct stat its;
    if ((mkdir(path, 0700) < 0 && errno != EEXIST) || lstat(path, &its) < 0) {
        (void)fail_sys(err, "make %s", path);
    } else if (!S_ISDIR(its.st_mode) || its.st_uid != geteuid() || (its.st_mode & 077) != 0) {
        (void)fail(err, ERR_DENIED,
                   "%s must be a directory of your own that nobody else can enter: remove it, or "
                   "set XDG_RUNTIME_DIR",
                   path);
    } else {
        return path;
    }
    free(path);
    return NULL;
}

// --- which ids ---

// The user's name, from /etc/passwd itself: a static program asks no name service.
static char *user_name(uid_t uid)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PASSWD_MAX);
    struct err ignored; // then ranges are looked up by number only
    if (file_read_at(AT_FDCWD, "/etc/passwd", &text, &ignored) < 0)
        return NULL;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), name = str_cut(&line, ':');
        uint32_t its;
        (void)str_cut(&line, ':'); // the password
        if (str_to_u32(str_cut(&line, ':'), &its) && its == uid)
            return xstrndup(name.at, name.n);
    }
    return NULL;
}

// Appends the user's ranges of a file like /etc/subuid: "name:first:count".
static size_t read_ranges(const char *path, uid_t uid, const char *name, struct id_map *maps)
{
    AUTO_BUF struct buf text;
    buf_init(&text, IDS_FILE_MAX);
    struct err ignored; // no file, no ranges
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return 0;
    struct str rest = {buf_get(&text), text.n};
    uint32_t inside = 1;
    size_t n = 0;
    while (rest.n != 0 && n < RANGES_MAX) {
        struct str line = str_cut(&rest, '\n'), owner = str_cut(&line, ':'),
                   first = str_cut(&line, ':');
        uint32_t outside, count, number;
        bool is_ours =
            (name != NULL && str_is(owner, name)) || (str_to_u32(owner, &number) && number == uid);
        if (!is_ours || !str_to_u32(first, &outside) || !str_to_u32(str_trim(line), &count) ||
            count == 0 || count > UINT32_MAX - inside)
            continue;
        maps[n++] = (struct id_map){inside, outside, count};
        inside += count;
    }
    return n;
}

static int write_maps(pid_t child, char **out_why_one, struct err *err)
{
    struct id_map uids[RANGES_MAX + 1] = {{0, geteuid(), 1}};
    struct id_map gids[RANGES_MAX + 1] = {{0, getegid(), 1}};
    AUTO_FREE char *name = user_name(geteuid());
    struct id_maps maps = {.uids = uids, .gids = gids, .n_uids = 1, .n_gids = 1};
    size_t n_uids = read_ranges("/etc/subuid", geteuid(), name, uids + 1);
    size_t n_gids = read_ranges("/etc/subgid", geteuid(), name, gids + 1);
    struct err why = {};
    if (n_uids == 0 || n_gids == 0) {
        (void)fail(&why, ERR_UNAVAILABLE,
                   "%s has no range of ids in /etc/subuid and /etc/subgid (usermod --add-subuids "
                   "100000-165535 --add-subgids 100000-165535 %s)",
                   name != NULL ? name : "this user", name != NULL ? name : "USER");
    } else {
        maps.n_uids += n_uids;
        maps.n_gids += n_gids;
        if (userns_write_maps(child, &maps, &why) == 0)
            return 0;
        maps.n_uids = maps.n_gids = 1;
    }
    if (userns_write_maps(child, &maps, err) < 0)
        return fail_in(err, "map your own id (%s)", why.text);
    if (out_why_one != NULL)
        *out_why_one = xstrdup(why.text);
    return 0;
}

// --- the process that holds the namespaces ---

// Takes the lock on the holder's file: 1 ours, 0 somebody has it.
static int take_lock(int fd, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 1;
    if (errno == EAGAIN || errno == EACCES)
        return 0;
    return fail_sys(err, "lock %s", HOLDER_FILE);
}

// In the child: it keeps the lock (its copy of `lock` is the same open file) until somebody ends
// it.
static _Noreturn void hold(int lock, int mapped)
{
    char byte;
    // Mounts of the machine come in, ours do not go out.
    if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
        (read(mapped, &byte, 1) < 0 && errno != EINTR))
        _exit(1);
    (void)setsid();
    if (chdir("/") < 0)
        _exit(1);
    (void)dup2(lock, 0);
    (void)syscall(SYS_close_range, 1U, ~0U, 0U);
    (void)prctl(PR_SET_NAME, HOLDER_TITLE, 0, 0, 0);
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (;;)
        (void)pause();
}

// Makes one; the lock is ours and goes over to it. Its pid.
static pid_t make_holder(int lock, char **out_why_one, struct err *err)
{
    int mapped[2];
    if (pipe2(mapped, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int wait = mapped[0], go = mapped[1];
    pid_t child = process_clone(CLONE_NEWUSER | CLONE_NEWNS, -1, NULL, err);
    if (child == 0) {
        (void)close(go);
        hold(lock, wait);
    }
    if (child < 0)
        return fail_in(err, "make a user namespace (see user.max_user_namespaces, "
                            "kernel.unprivileged_userns_clone)");
    AUTO_FREE char *text = str_printf("%d\n", (int)child);
    if (write_maps(child, out_why_one, err) < 0 || ftruncate(lock, 0) < 0 ||
        pwrite(lock, text, strlen(text), 0) < 0) {
        if (err->kind == ERR_NONE)
            (void)fail_sys(err, "write %s", HOLDER_FILE);
        int status;
        struct err ignored;
        (void)kill(child, SIGKILL); // ours, not waited for: the pid is its own
        (void)process_wait(child, &status, &ignored);
        return -1;
    }
    return child;
}

// The holder's pid: of one that lives, or of a new one.
static pid_t find_holder(const char *run_dir, char **out_why_one, struct err *err)
{
    AUTO_FREE char *path = str_printf("%s/" HOLDER_FILE, run_dir);
    for (;;) {
        AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return fail_sys(err, "open %s", path);
        int is_ours = take_lock(fd, err);
        if (is_ours < 0)
            return -1;
        if (is_ours > 0)
            return make_holder(fd, out_why_one, err);
        char text[16] = "";
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        uint32_t pid;
        if (n > 0 && str_to_u32(str_trim((struct str){text, (size_t)n}), &pid) && pid > 1)
            return (pid_t)pid;
        (void)usleep(1000); // it is being made
    }
}

// --- entering ---

static int become_root(struct err *err)
{
    // Without ranges setgroups is denied, and the groups that one has stay (as nobody's).
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return fail_sys(err, "drop the groups");
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return fail_sys(err, "become root in the user namespace");
    return setenv(MARK, "1", 1) < 0 ? fail_sys(err, "remember it") : 0;
}

int rootless_enter(const char *run_dir, char **out_why_one, struct err *err)
{
    char here[PATH_MAX];
    bool has_here = getcwd(here, sizeof here) != NULL;
    if (out_why_one != NULL)
        *out_why_one = NULL;
    *err = (struct err){};
    pid_t holder = find_holder(run_dir, out_why_one, err);
    if (holder < 0)
        return -1;
    AUTO_FD int pidfd = process_pidfd(holder, err);
    if (pidfd < 0)
        return -1;
    if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return fail_sys(err, "enter the user namespace of process %d", (int)holder);
    if (has_here && chdir(here) < 0)
        return fail_sys(err, "go back to %s", here);
    return become_root(err);
}
