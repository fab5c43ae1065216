// SPDX-License-Identifier: Apache-2.0
// push.c — not yet.
#include "registry/job.h"

int blob_push(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
              struct err *err)
{
    (void)job;
    (void)out;
    return fail(err, ERR_SYSTEM, "%s: pushing is not written yet", endpoint->name);
}
int tags_list(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
              struct err *err)
{
    return blob_push(job, endpoint, out, err);
}
int referrers_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                  struct err *err)
{
    return blob_push(job, endpoint, out, err);
}
int search_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
               struct err *err)
{
    return blob_push(job, endpoint, out, err);
}
int ping(struct job *job, struct endpoint *endpoint, struct transfer_event *out, struct err *err)
{
    return blob_push(job, endpoint, out, err);
}
