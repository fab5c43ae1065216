// SPDX-License-Identifier: Apache-2.0
// wire.c — the tables of the messages, and what may be in a request.
#include "transfer/wire.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

const char *const transfer_verbs[] = {
    [TRANSFER_MANIFEST] = "manifest",
    [TRANSFER_BLOB] = "blob",
    [TRANSFER_BLOB_EXISTS] = "blob_exists",
    [TRANSFER_PUSH_BLOB] = "push_blob",
    [TRANSFER_PUSH_MANIFEST] = "push_manifest",
    [TRANSFER_TAGS] = "tags",
    [TRANSFER_REFERRERS] = "referrers",
    [TRANSFER_SEARCH] = "search",
    [TRANSFER_PING] = "ping",
    [TRANSFER_DELETE_MANIFEST] = "delete_manifest",
    NULL,
};
static_assert(N_ELEMENTS(transfer_verbs) == TRANSFER_VERBS + 1);

const char *const transfer_words[] = {
    [TRANSFER_PROGRESS] = "progress",
    [TRANSFER_WAITING] = "waiting",
    [TRANSFER_WARNING] = "warning",
    [TRANSFER_NAMES] = "names",
    [TRANSFER_DONE] = "done",
    [TRANSFER_FAILED] = "failed",
    NULL,
};
static_assert(N_ELEMENTS(transfer_words) == TRANSFER_WORDS + 1);

static const struct json_field endpoint_fields[] = {
    JSON_FIELD(struct transfer_endpoint, url, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct transfer_endpoint, repository, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, name, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, image, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, is_mirror, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, is_insecure, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, ca, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, certificate, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, key, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, username, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, password, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, identity_token, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_endpoint, registry_token, JSON_OPTIONAL),
    {},
};
const struct json_field transfer_session_fields[] = {
    JSON_LIST(struct transfer_session, endpoints, endpoint_fields, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct transfer_session, http_proxy, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, https_proxy, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, socks_proxy, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, no_proxy, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, user_agent, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, max_downloads, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, max_uploads, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, attempts, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, patience_s, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_session, backoff_ms, JSON_OPTIONAL),
    {},
};
const struct json_field transfer_request_fields[] = {
    JSON_FIELD(struct transfer_request, id, JSON_REQUIRED),
    JSON_WORD(struct transfer_request, verb, transfer_verbs, JSON_REQUIRED),
    JSON_FIELD(struct transfer_request, reference, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, digest, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, media_type, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, size, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, offset, JSON_OPTIONAL),
    JSON_ARRAY(struct transfer_request, known, JSON_OPTIONAL),
    JSON_ARRAY(struct transfer_request, mount_from, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, artifact_type, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, query, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, limit, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, is_head, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_request, is_chunked, JSON_OPTIONAL),
    {},
};
const struct json_field transfer_event_fields[] = {
    JSON_FIELD(struct transfer_event, id, JSON_REQUIRED),
    JSON_WORD(struct transfer_event, event, transfer_words, JSON_REQUIRED),
    JSON_FIELD(struct transfer_event, done, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, total, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, seconds, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, digest, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, media_type, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, size, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, is_known, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, is_present, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, mounted_from, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, identity_token, JSON_OPTIONAL),
    JSON_ARRAY(struct transfer_event, names, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, registry, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, kind, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, text, JSON_OPTIONAL),
    JSON_FIELD(struct transfer_event, status, JSON_OPTIONAL),
    {},
};

// Room for the header of the descriptors, aligned as the macros of cmsg(3) want it.
union rights {
    struct cmsghdr header;
    char room[CMSG_SPACE(TRANSFER_FDS_MAX * sizeof(int))];
};

static void take_fds(struct msghdr *message, struct transfer_message *out)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n && out->n_fds < TRANSFER_FDS_MAX; i++)
            memcpy(&out->fds[out->n_fds++], CMSG_DATA(at) + i * sizeof(int), sizeof(int));
    }
}

int transfer_receive(int socket, struct transfer_message *out, struct err *err)
{
    union rights rights = {};
    struct iovec room = {out->text, sizeof out->text};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = rights.room,
                             .msg_controllen = sizeof rights.room};
    ssize_t n;
    do
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_sys(err, "receive a message");
    out->n = (size_t)n;
    out->n_fds = 0;
    take_fds(&message, out);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return 0;
    for (size_t i = 0; i < out->n_fds; i++)
        (void)close(out->fds[i]); // of a message that is refused
    return fail(err, ERR_INVALID, "a message of more than %d bytes or %d descriptors",
                TRANSFER_MESSAGE_MAX, TRANSFER_FDS_MAX);
}

int transfer_send_bytes(int socket, const void *bytes, size_t n, const int *fds, size_t n_fds)
{
    assert(n_fds <= TRANSFER_FDS_MAX);
    union rights rights = {.header = {.cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS,
                                      .cmsg_len = CMSG_LEN(n_fds * sizeof *fds)}};
    struct iovec rest = {(void *)bytes, n};
    struct msghdr message = {.msg_iov = &rest, .msg_iovlen = 1};
    if (n_fds != 0) {
        memcpy(CMSG_DATA(&rights.header), fds, n_fds * sizeof *fds);
        message.msg_control = rights.room;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

bool transfer_is_digest(const char *text)
{
    if (text == NULL || !text_starts(text, "sha256:"))
        return false;
    const char *hex = text + strlen("sha256:");
    return strspn(hex, "0123456789abcdef") == 64 && hex[64] == '\0';
}

// A tag: [A-Za-z0-9_][A-Za-z0-9._-]{0,127} (distribution specification).
static bool is_tag(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (text_is_empty(text) || strchr(letters, *text) == NULL || strlen(text) > 128)
        return false;
    while (*text != '\0' && (strchr(letters, *text) != NULL || *text == '.' || *text == '-'))
        text++;
    return *text == '\0';
}

enum needs {
    NEEDS_REFERENCE = 1 << 0, // a tag or a digest
    NEEDS_DIGEST = 1 << 1,
    NEEDS_MEDIA_TYPE = 1 << 2,
    NEEDS_QUERY = 1 << 3,
};
static const struct {
    uint8_t needs, least_fds, most_fds;
} rules[] = {
    [TRANSFER_MANIFEST] = {NEEDS_REFERENCE, 0, 1},
    [TRANSFER_BLOB] = {NEEDS_DIGEST, 1, 2},
    [TRANSFER_BLOB_EXISTS] = {NEEDS_DIGEST, 0, 0},
    [TRANSFER_PUSH_BLOB] = {NEEDS_DIGEST, 1, 1},
    [TRANSFER_PUSH_MANIFEST] = {NEEDS_REFERENCE | NEEDS_MEDIA_TYPE, 1, 1},
    [TRANSFER_TAGS] = {0, 0, 0},
    [TRANSFER_REFERRERS] = {NEEDS_DIGEST, 1, 1},
    [TRANSFER_SEARCH] = {NEEDS_QUERY, 1, 1},
    [TRANSFER_PING] = {0, 0, 0},
    [TRANSFER_DELETE_MANIFEST] = {NEEDS_REFERENCE, 0, 0},
};
static_assert(N_ELEMENTS(rules) == TRANSFER_VERBS);

// What goes into a header line or a path must not end it.
static bool is_plain(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

// What goes into paths and header lines.
static int check_texts(const struct transfer_request *request, const char *verb, struct err *err)
{
    unsigned needs = rules[request->verb].needs;
    if (needs & NEEDS_REFERENCE && !is_tag(request->reference) &&
        !transfer_is_digest(request->reference))
        return fail(err, ERR_INVALID, "%s: '%s' is neither a tag nor a digest", verb,
                    request->reference != NULL ? request->reference : "");
    if ((needs & NEEDS_DIGEST || request->digest != NULL) && !transfer_is_digest(request->digest))
        return fail(err, ERR_INVALID, "%s: '%s' is no sha256 digest", verb,
                    request->digest != NULL ? request->digest : "");
    if ((needs & NEEDS_MEDIA_TYPE && text_is_empty(request->media_type)) ||
        (needs & NEEDS_QUERY && request->query == NULL))
        return fail(err, ERR_INVALID, "%s: the media type or the query is missing", verb);
    if (!is_plain(request->media_type) || !is_plain(request->artifact_type) ||
        !is_plain(request->query))
        return fail(err, ERR_INVALID, "%s: a control character in the request", verb);
    for (size_t i = 0; i < request->n_mount_from; i++)
        if (text_is_empty(request->mount_from[i]) || !is_plain(request->mount_from[i]))
            return fail(err, ERR_INVALID, "%s: a repository without a name", verb);
    return 0;
}

int transfer_request_check(const struct transfer_request *request, size_t n_fds, struct err *err)
{
    if (request->id == 0 || request->verb < 0 || request->verb >= TRANSFER_VERBS)
        return fail(err, ERR_INVALID, "a request needs an id and a verb");
    const char *verb = transfer_verbs[request->verb];
    if (check_texts(request, verb, err) < 0)
        return -1;
    if (request->size > INT64_MAX || request->offset > request->size)
        return fail(err, ERR_INVALID, "%s: the size or the offset is out of range", verb);
    bool wants_file = request->verb == TRANSFER_MANIFEST && !request->is_head;
    if (n_fds < rules[request->verb].least_fds + (size_t)wants_file ||
        n_fds > rules[request->verb].most_fds)
        return fail(err, ERR_INVALID, "%s: %zu descriptors came along", verb, n_fds);
    return 0;
}
