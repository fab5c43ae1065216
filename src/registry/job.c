// SPDX-License-Identifier: Apache-2.0
// job.c — the table of verbs, and the loop over endpoints.
#include "registry/job.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { PROGRESS_MS = 100, JOBS_MAX = 1024 };

static const struct {
    job_verb *run;
    size_t gate;      // of struct client
    bool is_mirrored; // a mirror will do
} verbs[] = {
    [TRANSFER_MANIFEST] = {manifest_get, offsetof(struct client, others), true},
    [TRANSFER_BLOB] = {blob_get, offsetof(struct client, downloads), true},
    [TRANSFER_BLOB_EXISTS] = {blob_exists, offsetof(struct client, others), true},
    [TRANSFER_PUSH_BLOB] = {blob_push, offsetof(struct client, uploads), false},
    [TRANSFER_PUSH_MANIFEST] = {manifest_put, offsetof(struct client, others), false},
    [TRANSFER_TAGS] = {tags_list, offsetof(struct client, others), true},
    [TRANSFER_REFERRERS] = {referrers_get, offsetof(struct client, others), true},
    [TRANSFER_SEARCH] = {search_get, offsetof(struct client, others), false},
    [TRANSFER_PING] = {ping, offsetof(struct client, others), false},
    [TRANSFER_DELETE_MANIFEST] = {manifest_delete, offsetof(struct client, others), false},
};
static_assert(N_ELEMENTS(verbs) == TRANSFER_VERBS);

void job_progress(struct job *job, uint64_t done, uint64_t total)
{
    int64_t now_ms = monotonic_ms();
    if (now_ms - job->told_ms < PROGRESS_MS || done == job->told_n || client_is_behind(job->client))
        return;
    job->told_ms = now_ms;
    job->told_n = done;
    client_say(job->client, &(struct transfer_event){.id = job->request.id,
                                                     .event = TRANSFER_PROGRESS,
                                                     .done = done,
                                                     .total = total});
}

void job_waits(struct job *job, uint64_t ms, const char *why)
{
    if (!client_is_behind(job->client))
        client_say(job->client, &(struct transfer_event){.id = job->request.id,
                                                         .event = TRANSFER_WAITING,
                                                         .seconds = (ms + 999) / 1000,
                                                         .text = why});
}

void job_warns(struct job *job, const struct endpoint *endpoint, const char *text)
{
    if (!client_is_behind(job->client))
        client_say(job->client,
                   &(struct transfer_event){.id = job->request.id,
                                            .event = TRANSFER_WARNING,
                                            .registry = endpoint->name,
                                            .text = shown_text(&job->arena, text, 1000)});
}

const char *job_reference(struct job *job, const struct endpoint *endpoint)
{
    const char *reference =
        job->request.reference != NULL ? job->request.reference : job->request.digest;
    return arena_printf(&job->arena, "%s%s%s", endpoint->image,
                        transfer_is_digest(reference) ? "@" : ":", reference);
}

const char *job_path(struct job *job, const struct endpoint *endpoint, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *rest = str_vprintf(fmt, args);
    va_end(args);
    return arena_printf(&job->arena, "/v2/%s/%s", endpoint->asked->repository, rest);
}

int job_write(const struct job *job, const struct buf *text, struct err *err)
{
    if (buf_check(text, "what the registry says", err) < 0)
        return -1;
    if (lseek(job->fds[0], 0, SEEK_SET) < 0 || write_all(job->fds[0], text->at, text->n) < 0)
        return fail_sys(err, "write what the registry says");
    return 0;
}

// Asks one endpoint. 1: it failed, and another may do better.
static int try_endpoint(struct job *job, struct endpoint *endpoint, bool is_last,
                        struct transfer_event *out, struct err *err)
{
    *out = (struct transfer_event){
        .id = job->request.id, .event = TRANSFER_DONE, .registry = endpoint->name};
    if (verbs[job->request.verb].run(job, endpoint, out, err) == 0)
        return 0;
    if (is_last || !endpoint->asked->is_mirror)
        return -1;
    if (!endpoint->is_settled)
        endpoint->is_down = true;
    job_warns(job, endpoint, arena_printf(&job->arena, "mirror %s: %s", endpoint->name, err->text));
    return 1;
}

static int ask_endpoints(struct job *job, struct transfer_event *out, struct err *err)
{
    struct client *client = job->client;
    bool is_mirrored = verbs[job->request.verb].is_mirrored;
    int result = fail(err, ERR_INVALID, "the session has mirrors only");
    for (size_t i = 0; i < client->n_endpoints; i++) {
        struct endpoint *endpoint = &client->endpoints[i];
        bool is_last = i + 1 == client->n_endpoints;
        if (endpoint->asked->is_mirror && (!is_mirrored || (endpoint->is_down && !is_last)))
            continue;
        result = try_endpoint(job, endpoint, is_last, out, err);
        if (result <= 0)
            return result;
    }
    return result < 0 ? -1 : fail_in(err, "no mirror has it");
}

static void job_free(struct job *job)
{
    for (size_t i = 0; i < job->n_fds; i++)
        if (job->fds[i] >= 0)
            (void)close(job->fds[i]); // what is in the file stays
    struct arena arena = job->arena;
    arena_done(&arena); // the job lives in it
}

static void job_run(void *argument)
{
    struct job *job = argument;
    struct client *client = job->client;
    struct gate *gate = (struct gate *)((char *)client + verbs[job->request.verb].gate);
    struct transfer_event event;
    struct err err = {};
    gate_enter(client, gate);
    if (ask_endpoints(job, &event, &err) < 0)
        event = (struct transfer_event){.id = job->request.id,
                                        .event = TRANSFER_FAILED,
                                        .registry = event.registry,
                                        .kind = err_kind_info(err.kind)->name,
                                        .text = shown_text(&job->arena, err.text, sizeof err.text),
                                        .status = job->status};
    gate_leave(client, gate);
    client_say(client, &event);
    client->n_jobs--;
    job_free(job);
}

static int read_request(struct job *job, const struct transfer_message *message, struct err *err)
{
    if (json_decode(&job->arena, message->text, message->n, transfer_request_fields, &job->request,
                    JSON_STRICT, err) < 0 ||
        transfer_request_check(&job->request, message->n_fds, err) < 0)
        return -1;
    if (job->client->n_jobs > JOBS_MAX)
        return fail(err, ERR_INVALID, "more than %d requests at once", JOBS_MAX);
    return 0;
}

void job_start(struct client *client, const struct transfer_message *message)
{
    struct arena arena = {};
    struct err err = {};
    struct job *job = arena_new(&arena, struct job);
    job->client = client;
    job->arena = arena;
    job->n_fds = message->n_fds;
    memcpy(job->fds, message->fds, sizeof job->fds);
    if (read_request(job, message, &err) == 0) {
        client->n_jobs++;
        fiber_start(&client->fibers, job_run, job);
        return;
    }
    client_say(client, &(struct transfer_event){.id = job->request.id,
                                                .event = TRANSFER_FAILED,
                                                .kind = err_kind_info(err.kind)->name,
                                                .text = err.text});
    job_free(job);
}
