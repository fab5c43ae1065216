// SPDX-License-Identifier: Apache-2.0
// capability.c — one table of names, and the order in which the kernel wants the sets.
//
// setuid to another user than 0 clears the permitted set unless PR_SET_KEEPCAPS is on, and always
// the effective one; dropping from the bounding set needs CAP_SETPCAP in effect, so it comes first.
// The kernel keeps ambient within permitted and inheritable: once inheritable is empty, so is
// ambient. KEEPCAPS ends with execve.
#include "linux/capability.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const char *const names[] = {
    [CAP_CHOWN] = "CAP_CHOWN",
    [CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
    [CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
    [CAP_FOWNER] = "CAP_FOWNER",
    [CAP_FSETID] = "CAP_FSETID",
    [CAP_KILL] = "CAP_KILL",
    [CAP_SETGID] = "CAP_SETGID",
    [CAP_SETUID] = "CAP_SETUID",
    [CAP_SETPCAP] = "CAP_SETPCAP",
    [CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
    [CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
    [CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
    [CAP_NET_ADMIN] = "CAP_NET_ADMIN",
    [CAP_NET_RAW] = "CAP_NET_RAW",
    [CAP_IPC_LOCK] = "CAP_IPC_LOCK",
    [CAP_IPC_OWNER] = "CAP_IPC_OWNER",
    [CAP_SYS_MODULE] = "CAP_SYS_MODULE",
    [CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
    [CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
    [CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
    [CAP_SYS_PACCT] = "CAP_SYS_PACCT",
    [CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
    [CAP_SYS_BOOT] = "CAP_SYS_BOOT",
    [CAP_SYS_NICE] = "CAP_SYS_NICE",
    [CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
    [CAP_SYS_TIME] = "CAP_SYS_TIME",
    [CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
    [CAP_MKNOD] = "CAP_MKNOD",
    [CAP_LEASE] = "CAP_LEASE",
    [CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
    [CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
    [CAP_SETFCAP] = "CAP_SETFCAP",
    [CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
    [CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
    [CAP_SYSLOG] = "CAP_SYSLOG",
    [CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
    [CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
    [CAP_AUDIT_READ] = "CAP_AUDIT_READ",
    [CAP_PERFMON] = "CAP_PERFMON",
    [CAP_BPF] = "CAP_BPF",
    [CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
    NULL,
};
enum { KNOWN = N_ELEMENTS(names) - 1, MASK_BITS = 64 };
static_assert(KNOWN == CAP_CHECKPOINT_RESTORE + 1, "a name for each number");

const char *const *capability_names(void)
{
    return names;
}

const char *capability_name(unsigned number)
{
    return number < KNOWN ? names[number] : NULL;
}

bool capability_find(const char *name, unsigned *out)
{
    for (unsigned i = 0; i < KNOWN; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = i;
        return true;
    }
    return false;
}

size_t capability_mask(const char *const *list, size_t n, uint64_t *out, const char **out_unknown)
{
    uint64_t mask = 0;
    size_t n_unknown = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned number;
        if (capability_find(list[i], &number)) {
            mask |= UINT64_C(1) << number;
            continue;
        }
        if (n_unknown++ == 0 && out_unknown != NULL)
            *out_unknown = list[i];
    }
    *out = mask;
    return n_unknown;
}

unsigned capability_last(void)
{
    unsigned last = 0;
    while (last + 1 < MASK_BITS && prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
        last++;
    return last;
}

int capability_apply_before_user(const struct capability_sets *sets, struct err *err)
{
    for (unsigned i = 0; i < MASK_BITS; i++) {
        if ((sets->bounding >> i & 1) != 0 || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
            continue;
        // The first number the kernel does not have ends the list; one we know must be there.
        if (errno == EINVAL && i >= KNOWN)
            break;
        return fail_sys(err, "drop %s from the bounding set", i < KNOWN ? names[i] : "capability");
    }
    // Whatever securebits the caller left (S-6): only this one holds now. Locked ones, which only
    // make root weaker, cannot be changed.
    if (prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS, 0, 0, 0) < 0 &&
        (errno != EPERM || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0))
        return fail_sys(err, "keep capabilities across setuid");
    return 0;
}

static int raise_ambient(uint64_t ambient, struct err *err)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return fail_sys(err, "clear the ambient capabilities");
    for (unsigned i = 0; i < KNOWN; i++) {
        if ((ambient >> i & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            return fail_sys(err, "make %s ambient", names[i]);
    }
    return 0;
}

int capability_apply_after_user(const struct capability_sets *sets, uint64_t *out_missing,
                                struct err *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0)
        return fail_sys(err, "read the capabilities");
    uint64_t own = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    uint64_t permitted = sets->permitted & own;
    uint64_t effective = sets->effective & permitted;
    // An inheritable one outside permitted needs CAP_SETPCAP and is of use to nobody
    // (CVE-2022-24769).
    uint64_t inheritable = sets->inheritable & own;
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted = (uint32_t)(permitted >> (32 * i));
        data[i].effective = (uint32_t)(effective >> (32 * i));
        data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
    }
    if (syscall(SYS_capset, &header, data) < 0)
        return fail_sys(err, "set the capabilities");
    // With nothing inheritable the kernel has emptied the ambient set, too.
    uint64_t ambient = sets->ambient & permitted & inheritable;
    if (inheritable != 0 && raise_ambient(ambient, err) < 0)
        return -1;
    uint64_t asked = sets->permitted | sets->effective | sets->inheritable | sets->ambient;
    *out_missing = asked & ~own;
    return 0;
}
