// SPDX-License-Identifier: Apache-2.0
// job.h — one request of the engine: a fiber that asks the endpoints in order and says how it went.
#pragma once
#include "registry/client.h"

struct job {
    struct client *client;
    struct transfer_request request;
    struct arena arena; // everything the job needs
    int fds[TRANSFER_FDS_MAX];
    size_t n_fds;
    int64_t told_ms; // when progress was last told
    uint64_t told_n;
    uint32_t status; // of the last answer
};
// Takes a message of the engine: starts its job. A request that makes no sense fails at once.
void job_start(struct client *client, const struct transfer_message *message);

// News for the engine; both may leave it out when it does not read.
void job_progress(struct job *job, uint64_t done, uint64_t total);
void job_waits(struct job *job, uint64_t ms, const char *why);
void job_warns(struct job *job, const struct endpoint *endpoint, const char *text);

// What each verb does at one endpoint; `out` is the `done` event, with the id in it already. < 0:
// the request failed there.
typedef int job_verb(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                     struct err *err);
job_verb manifest_get, manifest_put, manifest_delete, blob_get, blob_exists, blob_push, tags_list,
    referrers_get, search_get, ping;

// Makes what is in `text` the content of the request's file.
[[nodiscard]] int job_write(const struct job *job, const struct buf *text, struct err *err);

// "manifest for alpine:3.20", as messages name what is asked: REPOSITORY:TAG or REPOSITORY@DIGEST.
const char *job_reference(struct job *job, const struct endpoint *endpoint);
// The path of something in the repository: "/v2/NAME/" and the rest.
const char *job_path(struct job *job, const struct endpoint *endpoint, const char *fmt, ...)
    PRINTF(3, 4);
