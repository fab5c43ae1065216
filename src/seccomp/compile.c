// SPDX-License-Identifier: Apache-2.0
// compile.c — a profile becomes a BPF program, by libseccomp.
//
// What runc and crun make of a profile holds here, too: the native architecture is always part of
// the filter; names that libseccomp does not know are left out; a rule whose action is the default
// one says nothing and is left out; conditions on the same argument become rules of their own (any
// of them suffices), because libseccomp takes one condition per argument. The library never loads
// anything: the program is exported, kept, and given to the kernel by install.c.
#include "seccomp/compile.h"

#include "base/mem.h"
#include "seccomp/names.h"
#include "seccomp/unknown.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ARGUMENTS = 6,
    // SCMP_FLTATR_CTL_OPTIMIZE: a binary tree over system call numbers. Installing runs the program
    // for every number (the kernel's table of what is always allowed): with docker's profile that
    // is 0.17 ms for the tree and 0.70 ms for the list.
    TREE = 2,
};

struct compilation {
    scmp_filter_ctx filter;
    const struct oci_seccomp *profile;
    uint32_t default_action;
    bool has_notify;
};

static int action_of(const char *name, const uint32_t *errno_ret, uint32_t *out, struct err *err);
static int add_architectures(const struct compilation *c, struct err *err);
static int add_rule(struct compilation *c, size_t index, struct err *err);
static int flags_of(const struct oci_seccomp *profile, bool has_notify, unsigned *out,
                    struct err *err);
static int export_program(scmp_filter_ctx filter, struct seccomp_program *out, struct err *err);

static void auto_filter_(const scmp_filter_ctx *filter)
{
    if (*filter != NULL)
        seccomp_release(*filter);
}
#define AUTO_FILTER __attribute__((cleanup(auto_filter_)))

// libseccomp answers with negative errnos.
static int fail_library(struct err *err, int result, const char *what)
{
    errno = -result;
    return fail_sys(err, "seccomp: %s", what);
}

int seccomp_compile(const struct oci_seccomp *profile, struct seccomp_program *out, struct err *err)
{
    struct compilation c = {.profile = profile};
    if (action_of(profile->defaultAction, profile->defaultErrnoRet, &c.default_action, err) < 0)
        return fail_in(err, "seccomp.defaultAction");
    if (c.default_action == SECCOMP_RET_USER_NOTIF)
        return fail(
            err, ERR_INVALID,
            "seccomp.defaultAction: SCMP_ACT_NOTIFY would stop the very call that hands the "
            "listener over");
    AUTO_FILTER scmp_filter_ctx filter = seccomp_init(c.default_action);
    if (filter == NULL)
        return fail(err, ERR_SYSTEM, "seccomp: libseccomp refuses the default action %s",
                    profile->defaultAction);
    c.filter = filter;
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, TREE);
    if (r < 0)
        return fail_library(err, r, "ask for a tree");
    if (add_architectures(&c, err) < 0)
        return -1;
    for (size_t i = 0; i < profile->n_syscalls; i++) {
        if (add_rule(&c, i, err) < 0)
            return fail_in(err, "seccomp.syscalls[%zu]", i);
    }
    struct seccomp_program program = {.wants_listener = c.has_notify};
    if (flags_of(profile, c.has_notify, &program.flags, err) < 0 ||
        export_program(filter, &program, err) < 0)
        return -1;
    seccomp_program_add_unknown(profile, c.default_action, &program);
    *out = program;
    return 0;
}

int seccomp_check_names(const struct oci_seccomp *profile, struct err *err)
{
    for (size_t i = 0; i < profile->n_syscalls; i++) {
        const struct oci_seccomp_rule *rule = &profile->syscalls[i];
        for (size_t j = 0; j < rule->n_names; j++) {
            if (seccomp_syscall_resolve_name(rule->names[j]) == __NR_SCMP_ERROR)
                return fail(err, ERR_INVALID,
                            "seccomp.syscalls[%zu].names[%zu]: unknown system "
                            "call \"%s\"",
                            i, j, rule->names[j]);
        }
    }
    return 0;
}

static int action_of(const char *name, const uint32_t *errno_ret, uint32_t *out, struct err *err)
{
    const struct seccomp_action *action = name != NULL ? seccomp_action_get(name) : NULL;
    if (action == NULL)
        return fail(err, ERR_INVALID, "unknown action \"%s\"", name != NULL ? name : "");
    if (errno_ret != NULL && action->errno_max == 0)
        return fail(err, ERR_INVALID, "%s takes no errnoRet", name);
    uint32_t number = errno_ret != NULL ? *errno_ret : EPERM;
    if (number > action->errno_max && action->errno_max != 0)
        return fail(err, ERR_INVALID, "errnoRet %u of %s is above %u", number, name,
                    action->errno_max);
    *out = action->value | (action->errno_max != 0 ? number : 0);
    return 0;
}

static int add_architectures(const struct compilation *c, struct err *err)
{
    for (size_t i = 0; i < c->profile->n_architectures; i++) {
        const char *name = c->profile->architectures[i];
        uint32_t token;
        if (!seccomp_arch_find(name, &token))
            return fail(err, ERR_INVALID, "seccomp.architectures[%zu]: unknown architecture \"%s\"",
                        i, name);
        int r = seccomp_arch_add(c->filter, token);
        if (r == 0 || r == -EEXIST)
            continue;
        const struct scmp_version *version = seccomp_version();
        if (r == -EINVAL)
            return fail(err, ERR_INVALID,
                        "seccomp.architectures[%zu]: libseccomp %u.%u.%u does not know %s", i,
                        version->major, version->minor, version->micro, name);
        return fail(err, ERR_INVALID,
                    "seccomp.architectures[%zu]: %s cannot share a filter with this machine's "
                    "architecture (another byte order)",
                    i, name);
    }
    return 0;
}

static int conditions_of(const struct oci_seccomp_rule *rule, struct scmp_arg_cmp *out,
                         struct err *err)
{
    for (size_t i = 0; i < rule->n_args; i++) {
        const struct oci_seccomp_arg *arg = &rule->args[i];
        const struct seccomp_operator *op = arg->op != NULL ? seccomp_operator_get(arg->op) : NULL;
        if (op == NULL)
            return fail(err, ERR_INVALID, "args[%zu].op: unknown operator \"%s\"", i,
                        arg->op != NULL ? arg->op : "");
        if (arg->index >= ARGUMENTS)
            return fail(err, ERR_INVALID, "args[%zu].index: %u is not 0 to %d", i, arg->index,
                        ARGUMENTS - 1);
        // For MASKED_EQ, `value` is the mask and `valueTwo` what must be left: libseccomp's order.
        out[i] = (struct scmp_arg_cmp){.arg = arg->index,
                                       .op = (enum scmp_compare)op->value,
                                       .datum_a = arg->value,
                                       .datum_b = arg->valueTwo};
    }
    return 0;
}

static bool has_repeated_argument(const struct oci_seccomp_rule *rule)
{
    unsigned seen = 0;
    for (size_t i = 0; i < rule->n_args; i++) {
        if ((seen >> rule->args[i].index & 1) != 0)
            return true;
        seen |= 1U << rule->args[i].index;
    }
    return false;
}

// One system call with its conditions: all at once, or each in a rule of its own.
static int add_call(const struct compilation *c, int number, uint32_t action,
                    const struct scmp_arg_cmp *conditions, const struct oci_seccomp_rule *rule)
{
    if (!has_repeated_argument(rule))
        return seccomp_rule_add_array(c->filter, action, number, (unsigned)rule->n_args,
                                      conditions);
    for (size_t i = 0; i < rule->n_args; i++) {
        int r = seccomp_rule_add_array(c->filter, action, number, 1, &conditions[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_rule(struct compilation *c, size_t index, struct err *err)
{
    const struct oci_seccomp_rule *rule = &c->profile->syscalls[index];
    uint32_t action = 0;
    if (action_of(rule->action, rule->errnoRet, &action, err) < 0)
        return -1;
    AUTO_FREE struct scmp_arg_cmp *conditions = xcalloc(rule->n_args + 1, sizeof *conditions);
    if (conditions_of(rule, conditions, err) < 0)
        return -1;
    if (action == c->default_action)
        return 0;
    c->has_notify |= action == SECCOMP_RET_USER_NOTIF;
    for (size_t i = 0; i < rule->n_names; i++) {
        int number = seccomp_syscall_resolve_name(rule->names[i]);
        if (number == __NR_SCMP_ERROR)
            continue;
        int r = add_call(c, number, action, conditions, rule);
        if (r < 0) {
            errno = -r;
            return fail_sys(err, "add the rule for %s", rule->names[i]);
        }
    }
    return 0;
}

// runc's default when a profile names no flags: what follows Spectre v4 is left to the kernel, as
// for every other process.
static int flags_of(const struct oci_seccomp *profile, bool has_notify, unsigned *out,
                    struct err *err)
{
    unsigned flags = profile->n_flags == 0 ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0;
    for (size_t i = 0; i < profile->n_flags; i++) {
        const struct seccomp_flag *flag = seccomp_flag_get(profile->flags[i]);
        if (flag == NULL)
            return fail(err, ERR_INVALID, "seccomp.flags[%zu]: unknown flag \"%s\"", i,
                        profile->flags[i]);
        flags |= flag->value;
    }
    if (has_notify) {
        flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
        // Both return a number; the kernel wants to be told which (5.7).
        if ((flags & SECCOMP_FILTER_FLAG_TSYNC) != 0)
            flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
    } else {
        flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; // of listeners only
    }
    *out = flags;
    return 0;
}

// libseccomp 2.5 exports to a descriptor only.
static int export_program(scmp_filter_ctx filter, struct seccomp_program *out, struct err *err)
{
    AUTO_FD int fd = memfd_create("seccomp", MFD_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "seccomp: memfd_create");
    int r = seccomp_export_bpf(filter, fd);
    if (r < 0)
        return fail_library(err, r, "make the BPF program");
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "seccomp: measure the BPF program");
    size_t n = (size_t)st.st_size / sizeof *out->filter;
    if (n == 0 || n > BPF_MAXINSNS)
        return fail(err, ERR_INVALID,
                    "the seccomp profile needs %zu BPF instructions; the kernel takes 1 to %d", n,
                    BPF_MAXINSNS);
    AUTO_FREE struct sock_filter *instructions = xcalloc(n, sizeof *instructions);
    if (pread(fd, instructions, n * sizeof *instructions, 0) != st.st_size)
        return fail_sys(err, "seccomp: read the BPF program");
    out->filter = TAKE_PTR(instructions);
    out->length = (uint16_t)n;
    return 0;
}
