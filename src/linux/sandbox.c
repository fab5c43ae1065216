// SPDX-License-Identifier: Apache-2.0
// sandbox.c — the filter is one comparison after the other; the kernel (5.11) remembers which
// numbers it allows whatever their arguments are, so its length costs nothing.
#include "linux/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
enum { ARCHITECTURE = AUDIT_ARCH_X86_64 };
#elif defined __aarch64__
enum { ARCHITECTURE = AUDIT_ARCH_AARCH64 };
#elif defined __riscv
enum { ARCHITECTURE = AUDIT_ARCH_RISCV64 };
#elif defined __powerpc64__
enum { ARCHITECTURE = AUDIT_ARCH_PPC64LE };
#else
enum { ARCHITECTURE = 0 }; // no filter
#endif

__attribute__((weak)) void __asan_init(void);

bool sandbox_is_possible(void)
{
    return __asan_init == NULL;
}

enum { DENY = SECCOMP_RET_ERRNO | EPERM, ABSENT = SECCOMP_RET_ERRNO | ENOSYS };

static void load(struct sock_filter **at, size_t offset)
{
    *(*at)++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void answer(struct sock_filter **at, uint32_t action)
{
    *(*at)++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
}

// When the loaded word has any of (JSET), or is (JEQ), `value`: the next instruction; else the one
// after it.
static void when(struct sock_filter **at, uint16_t test, uint32_t value)
{
    *(*at)++ = (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | test | BPF_K), value, 0, 1);
}

// For the call `number`: `bits` of argument `argument`, the low word, must be set (or clear).
static void check_argument(struct sock_filter **at, int number, int argument, uint32_t bits,
                           bool must_be_set)
{
    *(*at)++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    // The low word comes first on little-endian machines, which all of the above are.
    load(at, offsetof(struct seccomp_data, args) + (size_t)argument * sizeof(uint64_t));
    when(at, BPF_JSET, bits);
    answer(at, must_be_set ? SECCOMP_RET_ALLOW : (uint32_t)DENY);
    answer(at, must_be_set ? (uint32_t)DENY : SECCOMP_RET_ALLOW);
}

size_t sandbox_filter(const int *allowed, size_t n, struct sock_filter *out)
{
    struct sock_filter *at = out;
    load(&at, offsetof(struct seccomp_data, arch));
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    answer(&at, DENY);
    load(&at, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < n; i++) {
        when(&at, BPF_JEQ, (uint32_t)allowed[i]);
        answer(&at, SECCOMP_RET_ALLOW);
    }
    check_argument(&at, SYS_mmap, 2, PROT_EXEC, false);
    check_argument(&at, SYS_mprotect, 2, PROT_EXEC, false);
    check_argument(&at, SYS_clone, 0, CLONE_THREAD, true);
    when(&at, BPF_JEQ, SYS_clone3);
    answer(&at, ABSENT);
    answer(&at, DENY);
    return (size_t)(at - out);
}

int sandbox_calls(const int *allowed, size_t n, struct err *err)
{
    struct sock_filter filter[2 * SANDBOX_CALLS_MAX + 32];
    assert(n <= SANDBOX_CALLS_MAX);
    if (ARCHITECTURE == 0 || !sandbox_is_possible())
        return 0;
    struct sock_fprog program = {.filter = filter};
    program.len = (unsigned short)sandbox_filter(allowed, n, filter);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 && errno != ENOSYS)
        return fail_sys(err, "give up system calls");
    return 0;
}

int sandbox_limit(int resource, uint64_t max, struct err *err)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        return fail_sys(err, "read a resource limit");
    if (limit.rlim_max > max)
        limit.rlim_max = max;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) < 0 ? fail_sys(err, "lower a resource limit") : 0;
}
