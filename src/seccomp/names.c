// SPDX-License-Identifier: Apache-2.0
// names.c — one table for each kind of word of a profile.
//
// The numbers of flags and architectures are our own: libseccomp 2.5 does not know all that the
// specification and the kernel know.
#include "seccomp/names.h"

#include "base/mem.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/elf-em.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERRNO_MAX 4094 // libseccomp refuses the kernel's last one, MAX_ERRNO
#define TRACE_MAX 0xffff

static const struct seccomp_action actions[] = {
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 0},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 0},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 0},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, ERRNO_MAX},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, TRACE_MAX},
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 0},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG, 0},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 0},
};

static const struct seccomp_operator operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static const struct seccomp_flag flags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

// Not in every linux/audit.h.
#define ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)

struct arch {
    const char *name;
    uint32_t token;
};
static const struct arch archs[] = {
    {"SCMP_ARCH_X86", AUDIT_ARCH_I386},
    {"SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32}, // libseccomp's own: the kernel has no token for it
    {"SCMP_ARCH_ARM", AUDIT_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64},
    {"SCMP_ARCH_LOONGARCH64", ARCH_LOONGARCH64},
    {"SCMP_ARCH_M68K", AUDIT_ARCH_M68K},
    {"SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", AUDIT_ARCH_PPC},
    {"SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE},
    {"SCMP_ARCH_S390", AUDIT_ARCH_S390},
    {"SCMP_ARCH_S390X", AUDIT_ARCH_S390X},
    {"SCMP_ARCH_SH", AUDIT_ARCH_SHEL}, // libseccomp's SH is the little-endian one
    {"SCMP_ARCH_SHEB", AUDIT_ARCH_SH},
    {"SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64},
    {"SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64},
};

// Every row above begins with its name.
static const void *row_get(const void *rows, size_t n, size_t size, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const char *const *row = (const void *)((const char *)rows + i * size);
        if (strcmp(*row, name) == 0)
            return row;
    }
    return NULL;
}
#define ROW_GET(table, name) row_get(table, N_ELEMENTS(table), sizeof *(table), name)

const struct seccomp_action *seccomp_action_get(const char *name)
{
    return ROW_GET(actions, name);
}

const struct seccomp_operator *seccomp_operator_get(const char *name)
{
    return ROW_GET(operators, name);
}

const struct seccomp_flag *seccomp_flag_get(const char *name)
{
    return ROW_GET(flags, name);
}

bool seccomp_arch_find(const char *name, uint32_t *out)
{
    const struct arch *found = ROW_GET(archs, name);
    if (found == NULL)
        return false;
    *out = found->token;
    return true;
}

const char *const *seccomp_actions(void)
{
    static const char *names[N_ELEMENTS(actions) + 1];
    for (size_t i = 0; i < N_ELEMENTS(actions); i++)
        names[i] = actions[i].name;
    return names;
}

const char *const *seccomp_operators(void)
{
    static const char *names[N_ELEMENTS(operators) + 1];
    for (size_t i = 0; i < N_ELEMENTS(operators); i++)
        names[i] = operators[i].name;
    return names;
}

const char *const *seccomp_archs(void)
{
    static const char *names[N_ELEMENTS(archs) + 1];
    size_t n = 0;
    for (size_t i = 0; i < N_ELEMENTS(archs); i++) {
        if (seccomp_syscall_resolve_name_arch(archs[i].token, "read") != __NR_SCMP_ERROR)
            names[n++] = archs[i].name;
    }
    return names;
}

const char *const *seccomp_known_flags(void)
{
    static const char *names[N_ELEMENTS(flags) + 1];
    for (size_t i = 0; i < N_ELEMENTS(flags); i++)
        names[i] = flags[i].name;
    return names;
}

// With no program at all a flag that the kernel knows gets as far as EFAULT.
static bool is_in_kernel(const struct seccomp_flag *flag)
{
    unsigned value = flag->value;
    if (value == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        value |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, value, NULL) < 0 && errno == EFAULT;
}

const char *const *seccomp_supported_flags(void)
{
    static const char *names[N_ELEMENTS(flags) + 1];
    size_t n = 0;
    for (size_t i = 0; i < N_ELEMENTS(flags); i++) {
        if (is_in_kernel(&flags[i]))
            names[n++] = flags[i].name;
    }
    return names;
}
