// SPDX-License-Identifier: Apache-2.0
// push.c — a blob to the registry: there already, mounted, in one PUT, or in PATCHes that resume.
//
//     HEAD blob ──200──▶ is there
//        │404
//     POST ?mount&from ──201──▶ mounted            (for each candidate)
//        │202 Location
//     small: PUT Location&digest, all of it ──201──▶ sent
//     large: PATCH Location, a chunk ──202 Location──▶ … ──▶ PUT Location&digest, empty ──201──▶
//              └─ cut, 416: GET Location ──204 Range──▶ goes on behind what the registry has
//
// Each Location replaces the one before and is used as it is, with its query (distribution
// specification, "Pushing Blobs"). An upload that the registry has forgotten (404) begins anew.
#include "base/mem.h"
#include "base/str.h"
#include "registry/call.h"
#include "registry/says.h"

#include <string.h>

enum {
    SINGLE_MAX = 4 * 1024 * 1024,   // more can be resumed
    CHUNK_BYTES = 16 * 1024 * 1024, // with is_chunked
    CHUNK_MAX = 1024 * 1024 * 1024, // of a registry that asks for larger ones
    MOUNTS_MAX = 3,                 // candidates that are tried
    RESTARTS_MAX = 3,
    FAILURES_MAX = 100,
};

struct upload {
    struct job *job;
    struct endpoint *endpoint;
    const char *object;
    uint64_t size, sent;  // bytes that the registry has
    uint64_t chunk_bytes; // of one PATCH
    uint64_t on_the_way;  // of the present one
    struct url place;     // the latest Location
    bool has_place;
    bool was_cut; // and gone on with
    const char *mounted_from;
};

static struct call upload_call(struct upload *upload, const char *method, const char *mount_from)
{
    struct job *job = upload->job;
    struct call call = {.job = job,
                        .endpoint = upload->endpoint,
                        .method = method,
                        .object = upload->object,
                        .place = upload->has_place ? &upload->place : NULL};
    call_scope(&call, arena_printf(&job->arena, "repository:%s:pull,push",
                                   upload->endpoint->asked->repository));
    if (mount_from != NULL)
        call_scope(&call, arena_printf(&job->arena, "repository:%s:pull", mount_from));
    return call;
}

// The Location of an answer is where the next request goes.
static int keep_place(struct upload *upload, const struct call *call, struct err *err)
{
    struct url place;
    if (call_location(call, &place, err) < 0)
        return -1;
    upload->place = place;
    upload->has_place = true;
    return 0;
}

static int begin(struct upload *upload, const char *mount_from, struct err *err)
{
    struct job *job = upload->job;
    uint64_t chunk;
    upload->has_place = upload->was_cut = false;
    upload->sent = 0;
    struct call call = upload_call(upload, "POST", mount_from);
    call.target = job_path(job, upload->endpoint, "blobs/uploads/");
    if (mount_from != NULL) {
        call.target = url_add_query(&job->arena, call.target, "mount", job->request.digest);
        call.target = url_add_query(&job->arena, call.target, "from", mount_from);
    }
    call.has_body = true; // an empty one: Content-Length: 0
    call.bytes = "";
    if (call_expect(&call, err) < 0)
        return -1;
    if (call.answer.status == 201 && mount_from != NULL) {
        upload->mounted_from = mount_from;
        return 0;
    }
    if (call.answer.chunk_min != NULL && str_to_u64(str_of(call.answer.chunk_min), &chunk) &&
        chunk <= CHUNK_MAX && chunk > upload->chunk_bytes)
        upload->chunk_bytes = chunk;
    return keep_place(upload, &call, err);
}

// An upload that another candidate makes superfluous.
static void cancel(struct upload *upload)
{
    struct err ignored; // it expires by itself
    struct call call = upload_call(upload, "DELETE", NULL);
    (void)!call_once(&call, &ignored);
    upload->has_place = false;
}

// Tries to mount, and leaves an upload begun when that fails.
static int begin_any(struct upload *upload, struct err *err)
{
    const struct transfer_request *request = &upload->job->request;
    size_t n = request->n_mount_from < MOUNTS_MAX ? request->n_mount_from : MOUNTS_MAX;
    for (size_t i = 0; i < n && upload->mounted_from == NULL; i++) {
        struct err ignored; // of a candidate that we may not read: it is only a short cut
        if (upload->has_place)
            cancel(upload);
        (void)!begin(upload, request->mount_from[i], &ignored);
    }
    if (upload->mounted_from != NULL || upload->has_place)
        return 0;
    return begin(upload, NULL, err);
}

static void on_sent(void *taker, uint64_t n)
{
    struct upload *upload = taker;
    upload->on_the_way += n;
    job_progress(upload->job, upload->sent + upload->on_the_way, upload->size);
}

static void send_part(struct upload *upload, struct call *call, uint64_t n)
{
    call->headers[call->n_headers++] = "Content-Type: application/octet-stream";
    call->has_body = true;
    call->is_bulk = true;
    call->file = upload->job->fds[0];
    call->from = upload->sent;
    call->n = n;
    call->sent = on_sent;
    call->taker = upload;
    upload->on_the_way = 0;
}

// PUT with the digest: with all n bytes that are missing.
static int finish(struct upload *upload, uint64_t n, struct call *out, struct err *err)
{
    struct job *job = upload->job;
    struct url place = upload->place;
    place.target = url_add_query(&job->arena, place.target, "digest", job->request.digest);
    struct call call = upload_call(upload, "PUT", NULL);
    call.place = &place;
    send_part(upload, &call, n);
    int result = call_once(&call, err);
    *out = call;
    out->place = NULL; // it was ours
    return result;
}

// Asks what the registry has of the upload. < 0: it does not say.
static int ask_status(struct upload *upload, struct call *out, struct err *err)
{
    uint64_t n;
    struct call call = upload_call(upload, "GET", NULL);
    int result = call_once(&call, err);
    *out = call;
    if (result < 0)
        return -1;
    if (call.answer.status / 100 != 2)
        return call_fail(&call, err);
    if (call.answer.range == NULL)
        n = 0;
    else if (!upload_range_parse(call.answer.range, &n) || n > upload->size) {
        out->trouble = TROUBLE_FATAL;
        return fail(err, ERR_INVALID, "%s says that it has the range '%s' of %s",
                    upload->endpoint->name, shown_text(&upload->job->arena, call.answer.range, 100),
                    upload->object);
    }
    upload->sent = n;
    upload->was_cut = true;
    return call.answer.location != NULL ? keep_place(upload, &call, err) : 0;
}

// One PATCH. 0: the registry has the chunk.
static int send_chunk(struct upload *upload, struct call *out, struct err *err)
{
    struct arena *arena = &upload->job->arena;
    uint64_t left = upload->size - upload->sent, has;
    uint64_t n = left < upload->chunk_bytes ? left : upload->chunk_bytes;
    struct call call = upload_call(upload, "PATCH", NULL);
    send_part(upload, &call, n);
    call.headers[call.n_headers++] =
        arena_printf(arena, "Content-Range: %llu-%llu", (unsigned long long)upload->sent,
                     (unsigned long long)(upload->sent + n - 1));
    int result = call_once(&call, err);
    *out = call;
    if (result < 0)
        return -1;
    if (call.answer.status / 100 != 2)
        return call_fail(&call, err);
    // The registry's word counts, when it gives one that is possible.
    if (call.answer.range == NULL || !upload_range_parse(call.answer.range, &has) ||
        has > upload->sent + n || has <= upload->sent)
        has = upload->sent + n;
    upload->sent = has;
    return keep_place(upload, &call, err);
}

static bool is_forgotten(const struct call *call)
{
    return call->trouble == TROUBLE_NONE && call->answer.status == 404;
}

// Is the line or the registry out of order, or has it only another idea of where we are?
static bool can_go_on(struct call *call)
{
    uint64_t ms;
    if (call->trouble == TROUBLE_NONE && call->answer.status == 416)
        call->trouble = TROUBLE_LINE;
    return call_is_worth_another(call, &ms);
}

// All chunks that are missing. 1: the upload is forgotten.
static int send_chunks(struct upload *upload, struct err *err)
{
    uint32_t attempts = 0, failures = 0;
    while (upload->sent < upload->size) {
        struct call call;
        uint64_t before = upload->sent;
        if (send_chunk(upload, &call, err) == 0)
            continue;
        do {
            if (is_forgotten(&call))
                return 1;
            if (++failures > FAILURES_MAX || !can_go_on(&call) ||
                call_wait(&call, ++attempts, err) < 0)
                return -1;
        } while (ask_status(upload, &call, err) < 0);
        if (upload->sent > before)
            attempts = 0;
    }
    return 0;
}

// The last PUT. 1: it must all be done again.
static int close_upload(struct upload *upload, uint64_t n, struct err *err)
{
    for (uint32_t attempt = 1;; attempt++) {
        struct call call;
        uint64_t ms;
        int result = finish(upload, n, &call, err);
        if (result == 0 && call.answer.status / 100 == 2)
            return 0;
        if (result == 0)
            (void)call_fail(&call, err);
        // A digest that is wrong after a cut: the registry miscounted what it had.
        if (is_forgotten(&call) || (upload->was_cut && call.answer.status == 400))
            return 1;
        if (!call_is_worth_another(&call, &ms) || call_wait(&call, attempt, err) < 0)
            return -1;
        if (n != 0)
            return 1; // what arrived of the body is unknown
    }
}

static int send_all(struct upload *upload, struct err *err)
{
    bool is_single = upload->size <= SINGLE_MAX && !upload->job->request.is_chunked;
    if (is_single)
        return close_upload(upload, upload->size, err);
    int result = send_chunks(upload, err);
    return result != 0 ? result : close_upload(upload, 0, err);
}

// 1: the registry has it. < 0: it cannot be asked.
static int is_there(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                    struct err *err)
{
    struct upload upload = {.job = job, .endpoint = endpoint, .object = "blob"};
    struct call call = upload_call(&upload, "HEAD", NULL);
    call.target = job_path(job, endpoint, "blobs/%s", job->request.digest);
    call.object = arena_printf(&job->arena, "blob %s", job->request.digest);
    if (call_run(&call, err) < 0)
        return -1;
    out->is_present = call.answer.status / 100 == 2;
    if (!out->is_present && call.answer.status != 404)
        return call_fail(&call, err);
    return out->is_present;
}

int blob_push(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
              struct err *err)
{
    struct upload upload = {.job = job,
                            .endpoint = endpoint,
                            .size = job->request.size,
                            .chunk_bytes =
                                job->request.is_chunked ? CHUNK_BYTES : job->request.size};
    upload.object = arena_printf(&job->arena, "blob %s", job->request.digest);
    out->digest = job->request.digest;
    out->size = upload.size;
    int result = is_there(job, endpoint, out, err);
    if (result != 0)
        return result < 0 ? -1 : 0;
    for (int restarts = 0; restarts <= RESTARTS_MAX; restarts++) {
        result = restarts == 0 ? begin_any(&upload, err) : begin(&upload, NULL, err);
        if (result < 0)
            return -1;
        out->mounted_from = upload.mounted_from;
        if (upload.mounted_from != NULL)
            return 0;
        result = send_all(&upload, err);
        if (result <= 0)
            return result;
    }
    return -1; // err is that of the last attempt
}
