// SPDX-License-Identifier: Apache-2.0
// nosys.c — runs a command on a kernel that lacks some system calls: a seccomp filter answers them
// with ENOSYS.
//
//     nosys openat2,fsopen,mount_setattr -- COMMAND [ARG...]
//     nosys --errno EPERM NAME,NAME... -- COMMAND [ARG...]
//
// For runs without the fast paths: each newer call either has a proven fallback or is refused
// clearly. The filter is inherited by the whole tree and needs no library; as root no_new_privs
// stays as it was, so that what the command then does with setuid files and capabilities is
// unchanged.
#include "syscalls_x86_64.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NAMES     (sizeof syscall_names / sizeof *syscall_names)
#define CALLS_MAX 100

static struct sock_filter program[CALLS_MAX + 5];

static int fail(const char *what, const char *which)
{
    fprintf(stderr, "nosys: %s: %s\n", what, which);
    return 125;
}

static int number_of(const char *name)
{
    for (size_t nr = 0; nr < NAMES; nr++)
        if (syscall_names[nr] != NULL && strcmp(syscall_names[nr], name) == 0)
            return (int)nr;
    return -1;
}

static int errno_number(const char *name)
{
    for (int i = 1; i < 134; i++)
        if (strerrorname_np(i) != NULL && strcmp(strerrorname_np(i), name) == 0)
            return i;
    return -1;
}

// arch?  other: allow.  nr == one of n: the answer.  else: allow.
static unsigned short build(const int *calls, size_t n, int answer)
{
    unsigned char last =
        (unsigned char)(n + 1); // from the instruction after the arch check to `allow`
    size_t at = 0;
    program[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    program[at++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, last);
    program[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < n; i++)
        program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i],
                                                     (unsigned char)(n - i), 0);
    program[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[at++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)answer);
    return (unsigned short)at;
}

int main(int argc, char **argv)
{
    int answer = ENOSYS, first = 1, calls[CALLS_MAX];
    size_t n = 0;
    if (argc > 2 && strcmp(argv[1], "--errno") == 0) {
        answer = errno_number(argv[2]);
        first = 3;
    }
    if (argc < first + 3 || strcmp(argv[first + 1], "--") != 0)
        return fail("usage", "nosys [--errno NAME] SYSCALL,SYSCALL... -- COMMAND [ARG...]");
    if (answer < 0)
        return fail("no such errno", argv[2]);
    char *names = argv[first];
    for (char *name; (name = strsep(&names, ",")) != NULL;) {
        int nr = number_of(name);
        if (nr < 0 || n == CALLS_MAX)
            return fail(nr < 0 ? "no such system call" : "too many system calls at", name);
        calls[n++] = nr;
    }
    struct sock_fprog filter = {build(calls, n, answer), program};
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail("no_new_privs", strerror(errno));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        return fail("seccomp", strerror(errno));
    (void)execvp(argv[first + 2], argv + first + 2);
    fail(argv[first + 2], strerror(errno));
    return 127;
}
