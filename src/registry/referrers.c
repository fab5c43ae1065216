// SPDX-License-Identifier: Apache-2.0
// referrers.c — what refers to a manifest: the referrers API, and the tag that stands in for it.
//
// A registry without the API (distribution specification, "Referrers Tag Schema") has an index
// under the tag sha256-HEX of the subject, which whoever pushes keeps up to date: we do when the
// answer to a push has no OCI-Subject header.
#include "registry/referrers.h"

#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"

#include <string.h>

enum { PAGES_MAX = 2000 };
#define INDEX "application/vnd.oci.image.index.v1+json"
static const char index_head[] = "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[";

// An index, as far as its list goes.
struct index {
    const char *manifests; // JSON
};
static const struct json_field index_fields[] = {
    JSON_TEXT_OF(struct index, manifests, JSON_OPTIONAL),
    {},
};

// Adds what is in the brackets of a page's list.
static int add_manifests(struct call *call, const struct buf *text, struct buf *out,
                         struct err *err)
{
    struct index index;
    if (json_decode(&call->job->arena, buf_get(text), text->n, index_fields, &index, JSON_LENIENT,
                    err) < 0)
        return fail_in(err, "%s of %s", call->object, call->endpoint->name);
    struct str list = str_trim(str_of(index.manifests));
    if (list.n == 0)
        return 0;
    if (list.n < 2 || list.at[0] != '[')
        return fail(err, ERR_INVALID, "%s of %s: manifests: expected a list", call->object,
                    call->endpoint->name);
    struct str inner = str_trim((struct str){list.at + 1, list.n - 2});
    if (inner.n != 0 && out->n != 0 && out->at[out->n - 1] != '[')
        buf_char(out, ',');
    buf_add(out, inner.at, inner.n);
    return buf_check(out, call->object, err);
}

// 1: the endpoint has no referrers API, or knows nothing.
static int ask_api(struct job *job, struct endpoint *endpoint, struct call *call, struct buf *out,
                   struct err *err)
{
    struct url *place = arena_new(&job->arena, struct url);
    const char *type = job->request.artifact_type;
    call->target = job_path(job, endpoint, "referrers/%s", job->request.digest);
    if (!text_is_empty(type))
        call->target = url_add_query(&job->arena, call->target, "artifactType", type);
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        if (call_run(call, err) < 0)
            return -1;
        if (pages == 0 && (call->answer.status == 404 || call->answer.status == 400 ||
                           call->answer.status == 405))
            return 1;
        if (call->answer.status / 100 != 2)
            return call_fail(call, err);
        if (add_manifests(call, call->text, out, err) < 0)
            return -1;
        int result = call_next_page(call, place, err);
        if (result <= 0)
            return result;
        call->place = place;
    }
    return fail(err, ERR_INVALID, "%s: more than %d pages", call->object, PAGES_MAX);
}

// The referrers tag schema: an index under the tag sha256-HEX.
static int ask_tag(struct call *call, const char *subject, struct buf *out, struct err *err)
{
    call->place = NULL;
    call->target =
        job_path(call->job, call->endpoint, "manifests/sha256-%s", subject + strlen("sha256:"));
    if (call_run(call, err) < 0)
        return -1;
    if (call->answer.status == 404)
        return 0;
    if (call->answer.status / 100 != 2)
        return call_fail(call, err);
    return add_manifests(call, call->text, out, err);
}

int referrers_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                  struct err *err)
{
    AUTO_BUF struct buf text, all;
    buf_init(&text, TRANSFER_MANIFEST_MAX);
    buf_init(&all, TRANSFER_MANIFEST_MAX);
    buf_text(&all, index_head);
    struct call call = {.job = job, .endpoint = endpoint, .method = "GET", .text = &text};
    call.object = arena_printf(&job->arena, "referrers of %s", job->request.digest);
    call.headers[call.n_headers++] = "Accept: " INDEX;
    call_scope(&call, arena_printf(&job->arena, "repository:%s:pull", endpoint->asked->repository));
    int result = ask_api(job, endpoint, &call, &all, err);
    if (result > 0)
        result = ask_tag(&call, job->request.digest, &all, err);
    if (result < 0)
        return -1;
    buf_text(&all, "]}");
    out->media_type = INDEX;
    out->size = all.n;
    return job_write(job, &all, err);
}

// Of a manifest, what its subject's index says about it.
struct refers {
    const char *digest;
};
struct configured {
    const char *mediaType;
};
struct referrer {
    const char *mediaType, *artifactType, *annotations;
    struct refers *subject;
    struct configured *config;
};
static const struct json_field refers_fields[] = {
    JSON_FIELD(struct refers, digest, JSON_REQUIRED),
    {},
};
static const struct json_field configured_fields[] = {
    JSON_FIELD(struct configured, mediaType, JSON_OPTIONAL),
    {},
};
static const struct json_field referrer_fields[] = {
    JSON_FIELD(struct referrer, mediaType, JSON_OPTIONAL),
    JSON_FIELD(struct referrer, artifactType, JSON_OPTIONAL),
    JSON_TEXT_OF(struct referrer, annotations, JSON_OPTIONAL),
    JSON_BEHIND(struct referrer, subject, refers_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct referrer, config, configured_fields, JSON_OPTIONAL),
    {},
};
struct entry {
    const char *mediaType, *digest, *artifactType, *annotations;
    uint64_t size;
};
static const struct json_field entry_fields[] = {
    JSON_FIELD(struct entry, mediaType, JSON_REQUIRED),
    JSON_FIELD(struct entry, digest, JSON_REQUIRED),
    JSON_FIELD(struct entry, size, JSON_REQUIRED),
    JSON_FIELD(struct entry, artifactType, JSON_OPTIONAL),
    JSON_TEXT_OF(struct entry, annotations, JSON_OPTIONAL),
    {},
};

static int put_index(struct call *get, const struct buf *all, const char *scope, struct err *err)
{
    struct call put = {.job = get->job,
                       .endpoint = get->endpoint,
                       .method = "PUT",
                       .target = get->target,
                       .object = get->object,
                       .has_body = true,
                       .bytes = buf_get(all),
                       .n = all->n};
    call_scope(&put, scope);
    put.headers[put.n_headers++] = "Content-Type: " INDEX;
    return call_expect(&put, err);
}

int referrers_announce(struct call *put, const struct buf *manifest, const char *digest,
                       struct err *err)
{
    struct job *job = put->job;
    struct referrer referrer;
    struct err ignored; // what is no JSON has no subject: the registry took it
    if (put->answer.subject != NULL ||
        json_decode(&job->arena, buf_get(manifest), manifest->n, referrer_fields, &referrer,
                    JSON_LENIENT, &ignored) < 0 ||
        referrer.subject == NULL || !transfer_is_digest(referrer.subject->digest))
        return 0;
    struct entry entry = {.mediaType = job->request.media_type,
                          .digest = digest,
                          .artifactType = referrer.artifactType,
                          .annotations = referrer.annotations,
                          .size = manifest->n};
    if (text_is_empty(entry.artifactType) && referrer.config != NULL)
        entry.artifactType = referrer.config->mediaType;
    AUTO_BUF struct buf text, all;
    buf_init(&text, TRANSFER_MANIFEST_MAX);
    buf_init(&all, TRANSFER_MANIFEST_MAX);
    buf_text(&all, index_head);
    struct call get = {.job = job, .endpoint = put->endpoint, .method = "GET", .text = &text};
    get.object = arena_printf(&job->arena, "referrers of %s", referrer.subject->digest);
    get.headers[get.n_headers++] = "Accept: " INDEX;
    call_scope(&get, put->scopes[0]);
    if (ask_tag(&get, referrer.subject->digest, &all, err) < 0)
        return -1;
    if (strstr(buf_get(&all), digest) != NULL)
        return 0; // it is listed already
    if (all.at[all.n - 1] != '[')
        buf_char(&all, ',');
    json_encode(&all, entry_fields, &entry, JSON_COMPACT);
    buf_text(&all, "]}");
    if (buf_check(&all, get.object, err) < 0)
        return -1;
    return put_index(&get, &all, put->scopes[0], err);
}
