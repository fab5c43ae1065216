// SPDX-License-Identifier: Apache-2.0
// unknown.c — system calls that are younger than a profile do not exist for its container.
//
// A C library tries a new system call and falls back to an old one when the answer is ENOSYS, and
// only then. A profile written before the call existed answers EPERM by default, and the program
// fails. So, as runc does: numbers above the highest that the profile names answer ENOSYS. Nothing
// more is let through, and what a profile knows and denies keeps its errno. Only for profiles whose
// default is an errno: in place of a kill it would be weaker than what was asked for.
//
// One block of instructions for each architecture, before the program:
//
//     arch != ARCH: next block · nr >= x32's bit: program · nr > HIGHEST: ENOSYS · program
#include "seccomp/unknown.h"

#include "base/mem.h"
#include "seccomp/names.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>

#define X32_BIT 0x40000000

enum { BLOCK = 6, BLOCKS_MAX = 24, START = 1 };

// The highest number that the profile names, or -1.
static int highest_named(const struct oci_seccomp *profile, uint32_t arch)
{
    int highest = -1;
    for (size_t i = 0; i < profile->n_syscalls; i++) {
        const struct oci_seccomp_rule *rule = &profile->syscalls[i];
        for (size_t j = 0; j < rule->n_names; j++) {
            int number = seccomp_syscall_resolve_name_arch(arch, rule->names[j]);
            highest = number > highest ? number : highest;
        }
    }
    return highest;
}

// n_after: how many instructions stand between this block and the program.
static void put_block(struct sock_filter block[static BLOCK], uint32_t arch, int highest,
                      uint32_t n_after)
{
    const struct sock_filter instructions[BLOCK] = {
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, BLOCK - 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, arch == AUDIT_ARCH_X86_64 ? X32_BIT : UINT32_MAX, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)highest, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_JMP | BPF_JA, n_after),
    };
    memcpy(block, instructions, sizeof instructions);
}

// The tokens that the kernel can meet: the native one and those of the profile, each once.
static size_t list_architectures(const struct oci_seccomp *profile, uint32_t out[BLOCKS_MAX])
{
    size_t n = 0;
    out[n++] = seccomp_arch_native();
    for (size_t i = 0; i < profile->n_architectures && n < BLOCKS_MAX; i++) {
        uint32_t token;
        if (!seccomp_arch_find(profile->architectures[i], &token) || token == SCMP_ARCH_X32)
            continue; // for the kernel x32 is x86_64 with a bit in the number
        bool is_new = true;
        for (size_t j = 0; j < n; j++)
            is_new &= out[j] != token;
        if (is_new)
            out[n++] = token;
    }
    return n;
}

static bool is_wanted(uint32_t default_action)
{
    return (default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
           (default_action & SECCOMP_RET_DATA) != ENOSYS;
}

void seccomp_program_add_unknown(const struct oci_seccomp *profile, uint32_t default_action,
                                 struct seccomp_program *program)
{
    uint32_t architectures[BLOCKS_MAX];
    size_t n = list_architectures(profile, architectures);
    size_t n_before = START + n * BLOCK;
    if (!is_wanted(default_action) || program->length + n_before > BPF_MAXINSNS)
        return;
    struct sock_filter *filter = xcalloc(n_before + program->length, sizeof *filter);
    filter[0] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    for (size_t i = 0; i < n; i++)
        put_block(&filter[START + i * BLOCK], architectures[i],
                  highest_named(profile, architectures[i]), (uint32_t)((n - i - 1) * BLOCK));
    memcpy(&filter[n_before], program->filter, program->length * sizeof *filter);
    free(program->filter);
    program->filter = filter;
    program->length = (uint16_t)(program->length + n_before);
}
