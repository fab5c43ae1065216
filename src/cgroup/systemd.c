// SPDX-License-Identifier: Apache-2.0
// systemd.c — the container's cgroup as a scope unit of systemd: names, and running the helper.
#include "cgroup/systemd.h"

#include "base/str.h"

const char *systemd_path(struct cgroup *cgroup, const char *, struct err *err)
{
    (void)cgroup;
    (void)fail(err, ERR_UNAVAILABLE, "the systemd cgroup driver is not built in yet");
    return NULL;
}

int systemd_start_scope(struct cgroup *, pid_t, const struct oci_resources *, struct err *err)
{
    return fail(err, ERR_UNAVAILABLE, "the systemd cgroup driver is not built in yet");
}

int systemd_set_limits(struct cgroup *, const struct oci_resources *, struct err *err)
{
    return fail(err, ERR_UNAVAILABLE, "the systemd cgroup driver is not built in yet");
}

int systemd_stop_scope(struct cgroup *, struct err *err)
{
    return fail(err, ERR_UNAVAILABLE, "the systemd cgroup driver is not built in yet");
}
