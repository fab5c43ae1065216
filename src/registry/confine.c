// SPDX-License-Identifier: Apache-2.0
// confine.c — the tables of what is left.
//
// Names are resolved while requests run, by the C library's threads and modules (NSS), and CAs are
// looked up by hash when a server shows its certificate: so /etc and the libraries stay readable.
// Everything else that is read or written came as a descriptor.
#include "registry/confine.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/capability.h"
#include "linux/landlock.h"
#include "linux/sandbox.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const readable[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/dev/null",
    "/dev/urandom",
    "/run/systemd/resolve", // what /etc/resolv.conf may lead to
    "/run/resolvconf",
    "/run/NetworkManager",
    "/var/lib/ca-certificates", // what /etc/ssl may lead to
};

// The most frequent first.
static const int calls[] = {
    // The data.
    SYS_recvfrom,
    SYS_sendto,
    SYS_read,
    SYS_write,
    SYS_pwrite64,
    SYS_pread64,
    SYS_ppoll,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvmmsg,
    SYS_writev,
    SYS_readv,
    SYS_lseek,
    // Memory, threads, time.
    SYS_futex,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_membarrier,
    SYS_getpid,
    SYS_gettid,
    SYS_tgkill,
    SYS_exit,
    SYS_exit_group,
    // Sockets; getaddrinfo binds one of netlink, and Landlock keeps TCP from it.
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_shutdown,
    SYS_socketpair,
    SYS_eventfd2,
    SYS_pipe2,
    SYS_fcntl,
    SYS_ioctl,
    // Files that are read.
    SYS_openat,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_faccessat,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_uname,
    SYS_sysinfo,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
#ifdef __x86_64__
    SYS_poll,
    SYS_select,
    SYS_pipe,
    SYS_access,
    SYS_readlink,
    SYS_stat,
    SYS_lstat,
    SYS_time,
#endif
};

enum {
    NOBODY = 65534,
    DESCRIPTORS_MAX = 4096,
    MEMORY_MAX = 768 << 20, // of address space: libraries, stacks of threads and fibers
    NSSWITCH_MAX = 64 * 1024,
};

// Of root, nobody is made, unless this is a user namespace that has none.
static int drop_user(struct err *err)
{
    const struct capability_sets none = {};
    uint64_t missing;
    if (geteuid() != 0)
        return 0;
    if (capability_apply_before_user(&none, err) < 0)
        return -1;
    bool has_nobody = setgroups(0, NULL) == 0 || errno == EPERM;
    if (has_nobody && setresgid(NOBODY, NOBODY, NOBODY) < 0)
        has_nobody = errno != EINVAL;
    if (has_nobody && getgid() == NOBODY && setresuid(NOBODY, NOBODY, NOBODY) < 0)
        return fail_sys(err, "become an unprivileged user");
    return capability_apply_after_user(&none, &missing, err);
}

// No memory becomes executable later: what resolves names beside files and DNS is loaded now.
static void load_resolvers(void)
{
    AUTO_BUF struct buf text;
    struct err ignored; // without the file there is nothing to load
    buf_init(&text, NSSWITCH_MAX);
    (void)!file_read_at(AT_FDCWD, "/etc/nsswitch.conf", &text, &ignored);
    for (struct str rest = {buf_get(&text), text.n}; rest.n != 0;) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (!str_starts(line, "hosts:"))
            continue;
        (void)str_cut(&line, ':');
        while (line.n != 0) {
            struct str word = str_trim(str_cut(&line, ' '));
            char name[64];
            if (word.n == 0 || word.n > 20 || !isalpha((unsigned char)word.at[0]) ||
                str_is(word, "files") || str_is(word, "dns"))
                continue;
            (void)snprintf(name, sizeof name, "libnss_%.*s.so.2", (int)word.n, word.at);
            (void)dlopen(name, RTLD_NOW); // what is not there would not be found later either
        }
    }
}

static int set_limits(struct err *err)
{
    if (sandbox_is_possible() && sandbox_limit(RLIMIT_AS, MEMORY_MAX, err) < 0)
        return -1;
    return sandbox_limit(RLIMIT_CORE, 0, err) < 0 || // passwords
                   sandbox_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err) < 0
               ? -1
               : 0;
}

int registry_confine(struct err *err)
{
    load_resolvers();
    if (set_limits(err) < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_sys(err, "give up privileges");
    if (landlock_read_only(readable, N_ELEMENTS(readable), err) < 0 || drop_user(err) < 0)
        return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail_sys(err, "keep others from looking on");
    return sandbox_calls(calls, N_ELEMENTS(calls), err);
}
