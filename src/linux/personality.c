// SPDX-License-Identifier: Apache-2.0
// personality.c — two domains, no flags.
#include "linux/personality.h"

#include "base/mem.h"

#include <string.h>
#include <sys/personality.h>

static const struct {
    const char *name;
    unsigned long persona;
} domains[] = {
    {"LINUX", PER_LINUX},
    {"LINUX32", PER_LINUX32},
};

int personality_parse(const char *domain, const char *const *flags, size_t n_flags,
                      unsigned long *out, struct err *err)
{
    if (n_flags != 0)
        return fail(err, ERR_INVALID, "personality flag \"%s\": no flags are defined", flags[0]);
    for (size_t i = 0; i < N_ELEMENTS(domains); i++) {
        if (strcmp(domains[i].name, domain) != 0)
            continue;
        *out = domains[i].persona;
        return 0;
    }
    return fail(err, ERR_INVALID, "personality domain \"%s\": must be LINUX or LINUX32", domain);
}

int personality_apply(unsigned long persona, struct err *err)
{
    if (personality(persona) < 0)
        return fail_sys(err, "set the personality 0x%lx", persona);
    return 0;
}
