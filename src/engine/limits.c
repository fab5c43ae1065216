// SPDX-License-Identifier: Apache-2.0
// limits.c — what a container may use of the machine.
#include "engine/hooks.h"

enum { MEMORY_MIN = 6 * 1024 * 1024 };

int limits_check(struct creation *creation, struct err *err)
{
    const struct host_config *host = &creation->spec->host;
    if (host->memory != 0 && host->memory < MEMORY_MIN)
        return fail(err, ERR_INVALID, "Minimum memory limit allowed is 6MB");
    if (host->memory_swap > 0 && host->memory_swap < host->memory)
        return fail(err, ERR_INVALID,
                    "Minimum memoryswap limit should be larger than memory limit, see usage");
    if (host->nano_cpus < 0 || (host->nano_cpus > 0 && host->nano_cpus < 10'000'000))
        return fail(err, ERR_INVALID,
                    "range of CPUs is from 0.01 up: %jd billionths of a CPU were asked for",
                    (intmax_t)host->nano_cpus);
    if (host->oom_score_adj < -1000 || host->oom_score_adj > 1000)
        return fail(err, ERR_INVALID, "invalid value %jd, range for oom score adj is [-1000, 1000]",
                    (intmax_t)host->oom_score_adj);
    return 0;
}

int limits_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}
