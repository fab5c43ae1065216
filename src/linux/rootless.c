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
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK         "_DHOW_ROOTLESS"
#define HOLDER_FILE  "rootless.pid"
#define NETWORK_FILE "rootless-network.pid"
#define NETNS_PIN    "rootless-netns"
#define PASTA_FILE   "rootless-pasta.pid"
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
    if (rootless_is_entered())
        return xstrdup(getenv(MARK)); // it was checked by who entered
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

// --- the processes that hold namespaces ---

struct holder {
    const char *file, *title;
    uint64_t flags; // its namespaces: CLONE_NEW…
    // Makes it ready for who joins it; it waits meanwhile. *out_note is the caller's.
    int (*prepare)(pid_t holder, const char *run_dir, char **out_note, struct err *err);
};

// Takes the lock on the holder's file: 1 ours, 0 somebody has it.
static int take_lock(int fd, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 1;
    if (errno == EAGAIN || errno == EACCES)
        return 0;
    return fail_sys(err, "lock the file of a namespace's holder");
}

// In the child: it keeps the lock (its copy of `lock` is the same open file) until somebody ends
// it.
static _Noreturn void hold(const struct holder *what, int lock, int ready)
{
    char byte;
    bool has_mounts = what->flags & CLONE_NEWNS;
    // Mounts of the machine come in, ours do not go out.
    if ((has_mounts && mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0) || chdir("/") < 0 ||
        (read(ready, &byte, 1) < 0 && errno != EINTR))
        _exit(1);
    (void)setsid();
    (void)dup2(lock, 0);
    (void)syscall(SYS_close_range, 1U, ~0U, 0U);
    (void)prctl(PR_SET_NAME, what->title, 0, 0, 0);
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (;;)
        (void)pause();
}

// Makes one; the lock is ours and goes over to it. Its pid.
static pid_t make_holder(const struct holder *what, const char *run_dir, int lock, char **out_note,
                         struct err *err)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int wait = ready[0], go = ready[1];
    pid_t child = process_clone(what->flags, -1, NULL, err);
    if (child == 0) {
        (void)close(go);
        hold(what, lock, wait);
    }
    if (child < 0)
        return fail_in(err, "make a namespace (see user.max_user_namespaces, "
                            "kernel.unprivileged_userns_clone)");
    AUTO_FREE char *text = str_printf("%d\n", (int)child);
    int done = what->prepare(child, run_dir, out_note, err);
    if (done == 0 && (ftruncate(lock, 0) < 0 || pwrite(lock, text, strlen(text), 0) < 0))
        done = fail_sys(err, "write %s", what->file);
    if (done == 0)
        return child;
    int status;
    struct err ignored;
    (void)kill(child, SIGKILL); // ours, not waited for: the pid is its own
    (void)process_wait(child, &status, &ignored);
    return -1;
}

// A pid that a file says; 0: none (yet).
static pid_t read_pid(int fd)
{
    char text[16] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    uint32_t pid;
    if (n > 0 && str_to_u32(str_trim((struct str){text, (size_t)n}), &pid) && pid > 1)
        return (pid_t)pid;
    return 0;
}

// The holder's pid: of one that lives, or of a new one.
static pid_t find_holder(const struct holder *what, const char *run_dir, char **out_note,
                         struct err *err)
{
    AUTO_FREE char *path = str_printf("%s/%s", run_dir, what->file);
    for (;;) {
        AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return fail_sys(err, "open %s", path);
        int is_ours = take_lock(fd, err);
        if (is_ours < 0)
            return -1;
        if (is_ours > 0)
            return make_holder(what, run_dir, fd, out_note, err);
        pid_t pid = read_pid(fd);
        if (pid != 0)
            return pid;
        (void)usleep(1000); // it is being made
    }
}

static int prepare_user(pid_t holder, const char *run_dir, char **out_note, struct err *err)
{
    (void)run_dir;
    return write_maps(holder, out_note, err);
}

static const struct holder user_holder = {HOLDER_FILE, "dhow-rootless", CLONE_NEWUSER | CLONE_NEWNS,
                                          prepare_user};

// --- entering ---

static int become_root(const char *run_dir, struct err *err)
{
    // Without ranges setgroups is denied, and the groups that one has stay (as nobody's).
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return fail_sys(err, "drop the groups");
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return fail_sys(err, "become root in the user namespace");
    return setenv(MARK, run_dir, 1) < 0 ? fail_sys(err, "remember it") : 0;
}

int rootless_enter(const char *run_dir, char **out_why_one, struct err *err)
{
    char here[PATH_MAX];
    bool has_here = getcwd(here, sizeof here) != NULL;
    if (out_why_one != NULL)
        *out_why_one = NULL;
    *err = (struct err){};
    pid_t holder = find_holder(&user_holder, run_dir, out_why_one, err);
    if (holder < 0)
        return -1;
    AUTO_FD int pidfd = process_pidfd(holder, err);
    if (pidfd < 0)
        return -1;
    if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return fail_sys(err, "enter the user namespace of process %d", (int)holder);
    if (has_here && chdir(here) < 0)
        return fail_sys(err, "go back to %s", here);
    return become_root(run_dir, err);
}

// --- the network ---

// pasta may not look at other processes: it gets the namespace as a file.
static char *pin_network(pid_t holder, const char *run_dir, struct err *err)
{
    char *path = str_printf("%s/" NETNS_PIN, run_dir);
    AUTO_FREE char *from = str_printf("/proc/%d/ns/net", (int)holder);
    // An earlier one's: with the file that pasta goes that served it. None is there, mostly.
    (void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
    (void)unlink(path);
    AUTO_FD int file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0 && mount(from, path, NULL, MS_BIND, NULL) == 0)
        return path;
    (void)fail_sys(err, "keep a network namespace on %s", path);
    free(path);
    return NULL;
}

// pasta puts itself into the background when the namespace is connected. What comes in goes by
// containers' monitors, which have sockets of the host.
static int start_pasta(pid_t holder, const char *run_dir, char **out_note, struct err *err)
{
    (void)out_note;
    AUTO_FREE char *netns = pin_network(holder, run_dir, err);
    if (netns == NULL)
        return -1;
    AUTO_FREE char *pid_file = str_printf("%s/" PASTA_FILE, run_dir);
    const char *const argv[] = {
        "pasta",  "--config-net", "--quiet", "--netns-only", "--runas", "0",  "--pid",
        pid_file, "-t",           "none",    "-u",           "none",    "-T", "none",
        "-U",     "none",         "--netns", netns,          NULL};
    pid_t child = process_clone(0, -1, NULL, err);
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int i = 0; i < 3 && null >= 0; i++)
            (void)dup2(null, i);
        (void)syscall(SYS_close_range, 3U, ~0U, 0U);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status;
    if (child < 0 || process_wait(child, &status, err) < 0)
        return -1;
    if (status == 127)
        return fail(err, ERR_UNAVAILABLE,
                    "pasta is not installed (package passt): without it containers of a user can "
                    "only have --network host or none");
    if (status != 0)
        return fail(err, ERR_UNAVAILABLE, "pasta, which connects a user's networks, failed (%d)",
                    status);
    return 0;
}

static const struct holder network_holder = {NETWORK_FILE, "dhow-network", CLONE_NEWNET,
                                             start_pasta};

// Whether the pasta of an earlier command has gone: then what it connected is on its own.
static bool pasta_has_gone(const char *run_dir)
{
    AUTO_FREE char *path = str_printf("%s/" PASTA_FILE, run_dir);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    pid_t pid = fd < 0 ? 0 : read_pid(fd);
    return pid == 0 || kill(pid, 0) < 0;
}

// A socket belongs to the network namespace that it was made in.
static struct {
    const int family, type, protocol;
    int fds[ROOTLESS_SOCKETS];
    size_t n;
} host_sockets[] = {
    {.family = AF_INET, .type = SOCK_STREAM, .protocol = IPPROTO_TCP},
    {.family = AF_INET6, .type = SOCK_STREAM, .protocol = IPPROTO_TCP},
    {.family = AF_INET, .type = SOCK_DGRAM, .protocol = IPPROTO_UDP},
    {.family = AF_INET6, .type = SOCK_DGRAM, .protocol = IPPROTO_UDP},
};
static bool is_inside;

static void keep_sockets(void)
{
    for (size_t i = 0; i < N_ELEMENTS(host_sockets); i++) {
        while (host_sockets[i].n < ROOTLESS_SOCKETS) {
            int fd =
                socket(host_sockets[i].family, host_sockets[i].type | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       host_sockets[i].protocol);
            if (fd < 0)
                break; // no IPv6 here, or too many: who needs one is told
            host_sockets[i].fds[host_sockets[i].n++] = fd;
        }
    }
}

int rootless_socket(int family, int type, int protocol)
{
    if (!is_inside)
        return socket(family, type, protocol);
    int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (size_t i = 0; i < N_ELEMENTS(host_sockets); i++) {
        bool fits = host_sockets[i].family == family && host_sockets[i].type == kind &&
                    host_sockets[i].protocol == protocol;
        if (fits && host_sockets[i].n != 0)
            return host_sockets[i].fds[--host_sockets[i].n];
        if (fits)
            break;
    }
    errno = EMFILE;
    return -1;
}

int rootless_network_enter(struct err *err)
{
    if (is_inside || !rootless_is_entered())
        return 0;
    AUTO_FREE char *run_dir = rootless_run_dir(err);
    pid_t holder = run_dir == NULL ? -1 : find_holder(&network_holder, run_dir, NULL, err);
    if (holder < 0 || (pasta_has_gone(run_dir) && start_pasta(holder, run_dir, NULL, err) < 0))
        return -1;
    AUTO_FD int pidfd = process_pidfd(holder, err);
    if (pidfd < 0)
        return -1;
    keep_sockets();
    if (setns(pidfd, CLONE_NEWNET) < 0)
        return fail_sys(err, "enter the network namespace of process %d", (int)holder);
    is_inside = true;
    return 0;
}
