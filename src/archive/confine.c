// SPDX-License-Identifier: Apache-2.0
// confine.c — what is left to a process that unpacks, or packs.
//
// chroot is no jail for root: it is one for who has lost CAP_SYS_CHROOT, with nothing open outside.
// CAP_SYS_ADMIN, which trusted.overlay.opaque of layers costs, opens doors that the list of system
// calls does not have. Without --into (only reading) there are no powers at all, and no files.
#include "archive/confine.h"

#include "archive/decoder.h"
#include "base/mem.h"
#include "linux/capability.h"
#include "linux/landlock.h"
#include "linux/sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    DESCRIPTORS_MAX = 256,                         // dirs.h's, tree_remove's, and some
    MEMORY_MAX = DECODER_MEMORY_MAX + (128 << 20), // of address space: libraries, stacks, blocks
};

static const char *const powers[] = {
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",   "CAP_FSETID",
    "CAP_MKNOD", "CAP_SETFCAP",      "CAP_SYS_ADMIN"}; // the last one for layers only

// The most frequent first.
static const int calls[] = {
    SYS_pwrite64,
    SYS_futex,
    SYS_utimensat,
    SYS_openat,
    SYS_close,
    SYS_ppoll,
    SYS_read,
    SYS_mkdirat,
    SYS_newfstatat,
    SYS_symlinkat,
    SYS_linkat,
    SYS_fchown,
    SYS_fchmod,
    SYS_fchownat,
    SYS_fchmodat,
    SYS_openat2,
    SYS_pread64,
    SYS_mknodat,
    SYS_ftruncate,
    SYS_fsetxattr,
    SYS_fremovexattr,
    SYS_fgetxattr,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_getdents64,
    SYS_lseek,
    SYS_fcntl,
    SYS_fstat,
    SYS_write,
    SYS_statx,
    SYS_munmap,
    SYS_mremap,
    SYS_brk,
    SYS_madvise,
    SYS_eventfd2,
    SYS_sched_yield,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_rt_sigprocmask,
    SYS_rt_sigaction,
    SYS_rt_sigreturn,
    SYS_geteuid,
    SYS_getegid,
    SYS_gettid,
    SYS_getpid,
    SYS_tgkill,
    SYS_clock_gettime,
    SYS_getrandom,
    SYS_exit,
    SYS_exit_group,
    SYS_restart_syscall,
};

// For packing: nothing that makes or changes a file.
static const int pack_calls[] = {
    SYS_write,        SYS_read,
    SYS_pread64,      SYS_openat,
    SYS_close,        SYS_newfstatat,
    SYS_llistxattr,   SYS_lgetxattr,
    SYS_lseek,        SYS_getdents64,
    SYS_readlinkat,   SYS_fchdir,
    SYS_fstat,        SYS_fstatfs,
    SYS_fcntl,        SYS_statx,
    SYS_munmap,       SYS_mremap,
    SYS_brk,          SYS_madvise,
    SYS_futex,        SYS_rt_sigaction,
    SYS_rt_sigreturn, SYS_rt_sigprocmask,
    SYS_geteuid,      SYS_getegid,
    SYS_gettid,       SYS_getpid,
    SYS_tgkill,       SYS_clock_gettime,
    SYS_getrandom,    SYS_exit,
    SYS_exit_group,   SYS_restart_syscall,
};

// All but the standard descriptors and two more, each of which may be -1.
static int close_others(int one, int two, struct err *err)
{
    unsigned low = (unsigned)(one < two ? one : two), high = (unsigned)(one < two ? two : one);
    unsigned from = 3;
    if (one >= 0 && two >= 0) {
        if (low > from && syscall(SYS_close_range, from, low - 1, 0U) < 0)
            return fail_sys(err, "close descriptors");
        from = low + 1;
    }
    if (one >= 0 || two >= 0) {
        if (high > from && syscall(SYS_close_range, from, high - 1, 0U) < 0)
            return fail_sys(err, "close descriptors");
        from = high + 1;
    }
    return syscall(SYS_close_range, from, ~0U, 0U) < 0 ? fail_sys(err, "close descriptors") : 0;
}

static int drop_powers(const char *const *kept, size_t n, struct err *err)
{
    struct capability_sets sets = {};
    uint64_t missing;
    if (n != 0)
        (void)capability_mask(kept, n, &sets.permitted, NULL);
    sets.effective = sets.bounding = sets.permitted;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_sys(err, "give up privileges");
    if (capability_apply_before_user(&sets, err) < 0 ||
        capability_apply_after_user(&sets, &missing, err) < 0)
        return -1;
    return 0;
}

static int set_limits(const struct unpack_request *request, struct err *err)
{
    uint64_t max = request->max_bytes != 0 ? request->max_bytes : UNPACK_BYTES_MAX;
    (void)signal(SIGXFSZ, SIG_IGN); // the write says it
    if (sandbox_is_possible() && sandbox_limit(RLIMIT_AS, MEMORY_MAX, err) < 0)
        return -1;
    return sandbox_limit(RLIMIT_FSIZE, max, err) < 0 || sandbox_limit(RLIMIT_CORE, 0, err) < 0 ||
                   sandbox_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err) < 0
               ? -1
               : 0;
}

int unpack_confine(const struct unpack_request *request, struct err *err)
{
    if (close_others(request->into, request->follow, err) < 0)
        return -1;
    if (request->into >= 0 && (fchdir(request->into) < 0 || chroot(".") < 0))
        return fail_sys(err, "enter the directory to unpack into");
    size_t n = request->into < 0 ? 0 : N_ELEMENTS(powers) - !request->is_layer;
    if (drop_powers(powers, n, err) < 0 || set_limits(request, err) < 0)
        return -1;
    if (landlock_beneath_apply(request->into, err) < 0)
        return -1;
    (void)umask(0); // modes are the archive's
    return sandbox_calls(calls, N_ELEMENTS(calls), err);
}

// A tree is walked with a descriptor for each level.
static void raise_descriptors(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); // a tree that is too deep fails with a reason
    }
}

int pack_confine(int from, int to, enum pack_powers which, struct err *err)
{
    static const char *const reading[] = {"CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"};
    static const char *const here[] = {"/"};
    if (close_others(from, to, err) < 0)
        return -1;
    if (fchdir(from) < 0 || chroot(".") < 0)
        return fail_sys(err, "enter the directory to pack");
    raise_descriptors();
    (void)signal(SIGPIPE, SIG_IGN); // a write says it, and we say why
    if (drop_powers(reading, (size_t)which, err) < 0 || sandbox_limit(RLIMIT_CORE, 0, err) < 0 ||
        landlock_read_only(here, N_ELEMENTS(here), err) < 0)
        return -1;
    return sandbox_calls(pack_calls, N_ELEMENTS(pack_calls), err);
}
