// SPDX-License-Identifier: Apache-2.0
// secrets.c — secrets.
#include "base/str.h"
#include "engine/security.h"

int secrets_check(struct creation *creation, struct err *err)
{
    if (creation->spec->host.n_secrets != 0)
        return fail(err, ERR_UNAVAILABLE, "secrets are not there yet");
    return 0;
}
int secrets_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}
int secrets_release(const struct container *container, struct err *err)
{
    (void)container;
    (void)err;
    return 0;
}
