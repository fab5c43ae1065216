// SPDX-License-Identifier: Apache-2.0
// seccomp.c — checks of linux.seccomp: its words, and what goes with what. Whether a system call
// exists is for src/seccomp to say.
#include "base/mem.h"
#include "base/str.h"
#include "oci/check.h"
#include "oci/words.h"

#include <string.h>

// errnoRet is the errno for ERRNO, and the tracer's message for TRACE (SECCOMP_RET_DATA, 16 bits).
static int check_errno(const char *action, const uint32_t *value, const struct place *at,
                       struct err *err)
{
    enum { ERRNO_MAX = 4095, DATA_MAX = 0xffff }; // the kernel's MAX_ERRNO
    if (value == NULL)
        return 0;
    if (strcmp(action, "SCMP_ACT_ERRNO") == 0)
        return check_range(err, at, *value, 0, ERRNO_MAX);
    if (strcmp(action, "SCMP_ACT_TRACE") == 0)
        return check_range(err, at, *value, 0, DATA_MAX);
    // Zero is what an engine writes that has no notion of absent.
    return *value == 0 ? 0 : check_fail(err, at, "%s returns no errno", action);
}

static int check_args(const struct oci_seccomp_rule *rule, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < rule->n_args; i++) {
        const struct oci_seccomp_arg *arg = &rule->args[i];
        const struct place *here = PLACE_AT(at, i);
        if (check_range(err, PLACE(here, "index"), arg->index, 0, 5) < 0 ||
            check_word(err, PLACE(here, "op"), oci_seccomp_operator_words, arg->op) < 0)
            return -1;
    }
    return 0;
}

static int check_rule(const struct oci_seccomp_rule *rule, const struct place *at, struct err *err)
{
    const struct place *names = PLACE(at, "names");
    for (size_t i = 0; i < rule->n_names; i++)
        if (*rule->names[i] == '\0')
            return check_fail(err, PLACE_AT(names, i), "must not be empty");
    if (check_word(err, PLACE(at, "action"), oci_seccomp_action_words, rule->action) < 0 ||
        check_errno(rule->action, rule->errnoRet, PLACE(at, "errnoRet"), err) < 0)
        return -1;
    return check_args(rule, PLACE(at, "args"), err);
}

int seccomp_check(const struct oci_seccomp *seccomp, const struct place *at, struct err *err)
{
    const struct place *action = PLACE(at, "defaultAction");
    if (check_word(err, action, oci_seccomp_action_words, seccomp->defaultAction) < 0 ||
        check_errno(seccomp->defaultAction, seccomp->defaultErrnoRet, PLACE(at, "defaultErrnoRet"),
                    err) < 0 ||
        check_words(err, PLACE(at, "architectures"), oci_seccomp_arch_words, seccomp->architectures,
                    seccomp->n_architectures) < 0 ||
        check_words(err, PLACE(at, "flags"), oci_seccomp_flag_words, seccomp->flags,
                    seccomp->n_flags) < 0)
        return -1;
    // The runtime's own last system calls would wait for an agent that has no descriptor yet.
    if (strcmp(seccomp->defaultAction, "SCMP_ACT_NOTIFY") == 0)
        return check_fail(err, action, "SCMP_ACT_NOTIFY cannot be the default");
    if (seccomp->listenerPath != NULL &&
        check_absolute(err, PLACE(at, "listenerPath"), seccomp->listenerPath) < 0)
        return -1;
    if (seccomp->listenerMetadata != NULL && seccomp->listenerPath == NULL)
        return check_fail(err, PLACE(at, "listenerMetadata"), "needs listenerPath");
    const struct place *rules = PLACE(at, "syscalls");
    for (size_t i = 0; i < seccomp->n_syscalls; i++)
        if (check_rule(&seccomp->syscalls[i], PLACE_AT(rules, i), err) < 0)
            return -1;
    return 0;
}
