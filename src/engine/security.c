// SPDX-License-Identifier: Apache-2.0
// security.c — what a container may do: capabilities, namespaces, profiles.
#include "engine/hooks.h"
#include "engine/process.h"

int security_check(struct creation *creation, struct err *err)
{
    return capabilities_check(&creation->spec->host, err);
}

int security_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}
