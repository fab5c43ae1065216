// SPDX-License-Identifier: Apache-2.0
// manifest.c — manifests and indexes: get, put, delete (distribution specification, end-3, 7, 9).
//
// A manifest's digest is verified here, over the bytes that came: they are handed on only when they
// are what was asked for and what the registry says they are (S-16). What is in them is the
// engine's to judge.
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "json/bind.h"
#include "registry/call.h"
#include "registry/referrers.h"
#include "registry/says.h"

#include <string.h>

#define OCI    "application/vnd.oci."
#define DOCKER "application/vnd.docker.distribution.manifest."
static const char accept_line[] =
    "Accept: " OCI "image.index.v1+json, " OCI "image.manifest.v1+json, " DOCKER
    "list.v2+json, " DOCKER "v2+json, " OCI "artifact.manifest.v1+json";
static const char *const media_types[] = {OCI "image.index.v1+json", OCI "image.manifest.v1+json",
                                          DOCKER "list.v2+json", DOCKER "v2+json",
                                          OCI "artifact.manifest.v1+json"};

struct head {
    const char *mediaType;
    uint32_t schemaVersion;
};
static const struct json_field head_fields[] = {
    JSON_FIELD(struct head, mediaType, JSON_OPTIONAL),
    JSON_FIELD(struct head, schemaVersion, JSON_OPTIONAL),
    {},
};

static bool is_manifest_type(const char *type)
{
    for (size_t i = 0; i < N_ELEMENTS(media_types); i++)
        if (text_equal(type, media_types[i]))
            return true;
    return false;
}

static const char *digest_of(struct arena *arena, const char *bytes, size_t n)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_of(bytes, n, digest);
    sha256_hex(digest, hex);
    return arena_printf(arena, "sha256:%s", hex);
}

static struct call manifest_call(struct job *job, struct endpoint *endpoint, const char *method,
                                 const char *reference)
{
    struct call call = {.job = job, .endpoint = endpoint, .method = method};
    call.target = job_path(job, endpoint, "manifests/%s", reference);
    call.object = arena_printf(&job->arena, "manifest %s", job_reference(job, endpoint));
    return call;
}

static const char *pull_scope(struct job *job, const struct endpoint *endpoint)
{
    return arena_printf(&job->arena, "repository:%s:pull", endpoint->asked->repository);
}

static bool is_known(const struct job *job, const char *digest)
{
    for (size_t i = 0; i < job->request.n_known; i++)
        if (strcmp(job->request.known[i], digest) == 0)
            return true;
    return false;
}

// HEAD. 1: that is all that was wanted; 0: the bytes are wanted, from *reference.
static int ask_head(struct job *job, struct endpoint *endpoint, const char **reference,
                    struct transfer_event *out, struct err *err)
{
    struct call call = manifest_call(job, endpoint, "HEAD", *reference);
    call_scope(&call, pull_scope(job, endpoint));
    call.headers[call.n_headers++] = accept_line;
    if (call_expect(&call, err) < 0)
        return -1;
    const char *digest = call.answer.digest;
    if (digest == NULL || !transfer_is_digest(digest))
        return 0; // some registries do not say: the bytes will
    if (transfer_is_digest(*reference) && strcmp(digest, *reference) != 0)
        return fail(err, ERR_INVALID, "%s says that %s has the digest %s", endpoint->name,
                    *reference, digest);
    out->digest = digest;
    out->size = call.answer.length != UINT64_MAX ? call.answer.length : 0;
    const char *type = call.answer.content_type;
    if (type != NULL && is_manifest_type(media_type_of(&job->arena, type)))
        out->media_type = media_type_of(&job->arena, type);
    out->is_known = is_known(job, digest);
    if (out->is_known || (job->request.is_head && out->size != 0 && out->media_type != NULL))
        return 1;
    *reference = digest; // the tag may move meanwhile
    return 0;
}

// Do header and body agree on what the document is?
static int check_type(struct call *call, const struct buf *text, struct transfer_event *out,
                      struct err *err)
{
    struct head head;
    const char *said = call->answer.content_type;
    if (json_decode(&call->job->arena, buf_get(text), text->n, head_fields, &head, JSON_LENIENT,
                    err) < 0)
        return fail_in(err, "the manifest that %s gives", call->endpoint->name);
    if (said != NULL)
        said = media_type_of(&call->job->arena, said);
    if (head.schemaVersion == 1)
        return fail(err, ERR_INVALID,
                    "%s gives a manifest of Docker's schema version 1 for %s: it is not supported, "
                    "push the image again with a newer docker",
                    call->endpoint->name, call->object);
    if (said != NULL && is_manifest_type(said) && head.mediaType != NULL &&
        strcmp(said, head.mediaType) != 0)
        return fail(err, ERR_INVALID, "%s calls %s '%s', and it calls itself '%s'",
                    call->endpoint->name, call->object, said,
                    shown_text(&call->job->arena, head.mediaType, 200));
    out->media_type = is_manifest_type(said) ? said : head.mediaType;
    if (!is_manifest_type(out->media_type))
        return fail(err, ERR_INVALID, "%s calls %s '%s', which is no manifest",
                    call->endpoint->name, call->object,
                    shown_text(&call->job->arena, said != NULL ? said : "", 200));
    return 0;
}

static int check_digest(struct call *call, const struct buf *text, const char *reference,
                        struct transfer_event *out, struct err *err)
{
    const char *digest = digest_of(&call->job->arena, buf_get(text), text->n);
    const char *said = call->answer.digest;
    if (transfer_is_digest(reference) && strcmp(digest, reference) != 0)
        return fail(err, ERR_INVALID,
                    "manifest verification failed for digest %s: %s gives one with the digest %s",
                    reference, call->endpoint->name, digest);
    if (transfer_is_digest(said) && strcmp(digest, said) != 0)
        return fail(err, ERR_INVALID,
                    "manifest verification failed: %s says that %s has the digest %s, and it has "
                    "%s",
                    call->endpoint->name, call->object, said, digest);
    out->digest = digest;
    out->size = text->n;
    return 0;
}

int manifest_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                 struct err *err)
{
    const char *reference = job->request.reference;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_MANIFEST_MAX);
    if (job->request.n_known != 0 || job->request.is_head) {
        int result = ask_head(job, endpoint, &reference, out, err);
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    struct call call = manifest_call(job, endpoint, "GET", reference);
    call_scope(&call, pull_scope(job, endpoint));
    call.headers[call.n_headers++] = accept_line;
    call.text = &text;
    if (call_expect(&call, err) < 0 || check_digest(&call, &text, reference, out, err) < 0 ||
        check_type(&call, &text, out, err) < 0)
        return -1;
    out->is_known = is_known(job, out->digest);
    return job->n_fds == 0 ? 0 : job_write(job, &text, err);
}

int manifest_put(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                 struct err *err)
{
    const char *reference = job->request.reference;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_MANIFEST_MAX);
    // Whoever wrote it, or a try before this one, has left the offset at the end.
    if (lseek(job->fds[0], 0, SEEK_SET) < 0)
        return fail_sys(err, "read the manifest");
    if (file_read_fd(job->fds[0], "the manifest", &text, err) < 0)
        return -1;
    const char *digest = digest_of(&job->arena, buf_get(&text), text.n);
    if (transfer_is_digest(reference) && strcmp(reference, digest) != 0)
        return fail(err, ERR_INVALID, "the manifest has the digest %s, not %s", digest, reference);
    struct call call = manifest_call(job, endpoint, "PUT", reference);
    call_scope(&call,
               arena_printf(&job->arena, "repository:%s:pull,push", endpoint->asked->repository));
    call.headers[call.n_headers++] =
        arena_printf(&job->arena, "Content-Type: %s", job->request.media_type);
    call.has_body = true;
    call.bytes = buf_get(&text);
    call.n = text.n;
    if (call_expect(&call, err) < 0)
        return -1;
    const char *said = call.answer.digest;
    if (transfer_is_digest(said) && strcmp(said, digest) != 0)
        return fail(err, ERR_INVALID, "%s stored %s with the digest %s, and it has %s",
                    endpoint->name, call.object, said, digest);
    out->digest = digest;
    out->size = text.n;
    out->media_type = job->request.media_type;
    return referrers_announce(&call, &text, digest, err);
}

int manifest_delete(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                    struct err *err)
{
    struct call call = manifest_call(job, endpoint, "DELETE", job->request.reference);
    call_scope(&call, arena_printf(&job->arena, "repository:%s:delete,pull,push",
                                   endpoint->asked->repository));
    if (call_expect(&call, err) < 0)
        return -1;
    out->digest = transfer_is_digest(job->request.reference) ? job->request.reference : NULL;
    return 0;
}
