// SPDX-License-Identifier: Apache-2.0
// userns.c — user namespaces of single containers.
#include "base/mem.h"
#include "base/str.h"
#include "engine/security.h"

int userns_check(const struct host_config *host, struct err *err)
{
    const char *mode = host->userns_mode;
    if (text_is_empty(mode) || text_equal(mode, "host"))
        return 0;
    return fail(err, ERR_UNAVAILABLE, "invalid user namespace mode: %s: only host so far", mode);
}

int userns_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}
