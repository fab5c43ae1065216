// SPDX-License-Identifier: Apache-2.0
// transfer.h — asking `dhow-transfer registry` for what a registry has, and giving it what it
// lacks.
//
// Nobody in the engine parses what came from the internet (S-9): a child without privileges does.
// One session is one repository at a list of endpoints that are tried in order. Everything,
// settings and passwords too, travels over a socket pair: nothing is in arguments or environment
// (S-23).
//
//     engine                                   dhow-transfer registry
//       transfer_open     ── session ────────▶
//       transfer_send     ── request 1 + fds ▶
//       transfer_send     ── request 2 + fds ▶
//       transfer_next     ◀─ progress 2 ─────   any number: progress, waiting, warning, names
//       transfer_next     ◀─ done 2 ─────────   exactly one for each request: done or failed
//       transfer_next     ◀─ failed 1 ───────
//       transfer_close                          ends the child
//
// Any number of requests may be under way; the child runs max_downloads and max_uploads of them at
// once. Descriptors go from the engine to the child only: bodies are written into files and read
// from files that the engine opened.
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRANSFER_MESSAGE_MAX = 64 * 1024,       // a request or an event
    TRANSFER_SESSION_MAX = 4 * 1024 * 1024, // with the certificates of all endpoints
    TRANSFER_ENDPOINTS_MAX = 32,
    TRANSFER_FDS_MAX = 2,              // with one request
    TRANSFER_MANIFEST_MAX = 4194304,   // 4 MiB: manifests, indexes and referrers (S-15)
    TRANSFER_NAMES_MAX = 100'000,      // of one `tags` request
    TRANSFER_SEARCH_MAX = 1024 * 1024, // the answer to `search`
};

// Where a repository can be had. Texts that are NULL or empty do not apply.
struct transfer_endpoint {
    const char *url;        // "https://HOST[:PORT]"; "http://…" speaks plainly without trying TLS
    const char *repository; // its name there, a mirror's prefix included: "library/alpine"
    const char *name;       // what messages call the registry: "docker.io"; NULL: host and port
    const char *image;      // what messages call the repository: "alpine"; NULL: `repository`
    bool is_mirror;         // a failure, "not found" too, is no answer while others are left
    // Certificates are not verified, and when https fails, http is tried. Loopback (localhost,
    // 127.0.0.0/8, ::1) always counts as insecure, as with docker.
    bool is_insecure;
    const char *ca, *certificate, *key; // PEM texts: CAs beside the system's; the client's own
    const char *username, *password;
    const char *identity_token; // an OAuth2 refresh token, in place of a password
    const char *registry_token; // a bearer token, sent as it is
};

// certs.d of docker: dir/*.crt → ca, dir/NAME.cert with dir/NAME.key → certificate and key. A
// directory that is not there changes nothing. < 0: a file cannot be read, or a key is missing.
[[nodiscard]] int transfer_certificates_read(struct arena *arena, const char *dir,
                                             struct transfer_endpoint *endpoint, struct err *err);

struct transfer_session {
    struct transfer_endpoint *endpoints; // mirrors first, the registry itself last
    size_t n_endpoints;
    // "http://[USER:PASSWORD@]HOST:PORT", socks5(h):// for `socks_proxy`, which serves both when
    // they have none of their own. no_proxy: docker's comma separated list of hosts, .domains,
    // addresses, networks and "*".
    const char *http_proxy, *https_proxy, *socks_proxy, *no_proxy;
    const char *user_agent;
    uint32_t max_downloads, max_uploads, attempts; // 0: docker's 3, 5 and 5
    uint32_t patience_s; // a peer that sends nothing for so long is given up; 0: 30
    uint32_t backoff_ms; // before the first new attempt; doubles from there; 0: 500
};

enum transfer_verb {
    // The bytes of a manifest or index into fds[0], their digest verified. `reference`: tag or
    // digest. done: digest, media_type, size. With `known`: HEAD first, and when the registry's
    // digest is one of these, nothing is fetched (is_known). is_head: never the bytes (no fds).
    TRANSFER_MANIFEST,
    // `size` bytes of blob `digest` into the file fds[0] by pwrite, from `offset` on (what is
    // before is there already). Optional fds[1]: a pipe that gets uint64_t values of the machine's
    // byte order: "the first N bytes of the file are there and final"; growing, the last is size.
    // The digest is NOT verified here: whoever reads the file does.
    TRANSFER_BLOB,
    TRANSFER_BLOB_EXISTS, // `digest`; done: is_present, size
    // Blob `digest` of `size` bytes from the file fds[0]. mount_from: repositories of the same
    // registry that may have it. done: is_present (was there) or mounted_from, or neither: sent.
    // is_chunked: by PATCHes that can be resumed, in place of one PUT.
    TRANSFER_PUSH_BLOB,
    // The `size` bytes of fds[0] as `media_type` under `reference` (tag or digest). done: digest.
    TRANSFER_PUSH_MANIFEST,
    TRANSFER_TAGS, // all tags, in `names` events
    // The OCI index of what refers to `digest` (optionally of artifact_type) into fds[0].
    TRANSFER_REFERRERS,
    TRANSFER_SEARCH, // `query`, at most `limit` (0: 25): the v1 search API's JSON into fds[0]
    // Do the credentials work? done: identity_token when the token server gave one; name of the
    // registry. ERR_DENIED: they do not.
    TRANSFER_PING,
    TRANSFER_DELETE_MANIFEST, // `reference`, a digest
    TRANSFER_VERBS,
};

struct transfer_request {
    uint64_t id; // yours, not 0, not that of another request under way
    int verb;    // enum transfer_verb
    const char *reference, *digest, *media_type;
    uint64_t size, offset;
    const char **known;
    size_t n_known;
    const char **mount_from;
    size_t n_mount_from;
    const char *artifact_type, *query;
    uint32_t limit;
    bool is_head, is_chunked;
};

enum transfer_word {
    TRANSFER_PROGRESS, // done of total bytes
    TRANSFER_WAITING,  // `text`: why; another try in `seconds`
    TRANSFER_WARNING,  // `text`: the registry's own (Warning header)
    TRANSFER_NAMES,    // `names`: some more
    TRANSFER_DONE,
    TRANSFER_FAILED, // kind, text, status
    TRANSFER_WORDS,
};

struct transfer_event {
    uint64_t id;
    int event; // enum transfer_word
    uint64_t done, total, seconds;
    const char *digest, *media_type;
    uint64_t size;
    bool is_known, is_present;
    const char *mounted_from;
    const char *identity_token;
    const char **names;
    size_t n_names;
    const char *registry; // the endpoint that said it: its `name`
    const char *kind;     // failed: err_kind_info's name
    const char *text; // failed: for the user as it is, in docker's words where clients know them
    uint32_t status;  // failed: of HTTP, or 0
};

struct transfer;

// Starts `program registry` and gives it the session. *out is yours: transfer_close. < 0: it could
// not be started.
[[nodiscard]] int transfer_open(const char *program, const struct transfer_session *session,
                                struct transfer **out, struct err *err);
// Readable when transfer_next has something to say. Borrowed.
int transfer_fd(const struct transfer *transfer);
// The descriptors stay yours and may be closed at once. < 0: ERR_INVALID: the request makes no
// sense; else the child is gone.
[[nodiscard]] int transfer_send(struct transfer *transfer, const struct transfer_request *request,
                                const int *fds, size_t n_fds, struct err *err);
// 1: *out is the next event, its texts live in the arena. 0: none within timeout_ms (-1: waits).
// < 0: the child ended, or said something that makes no sense; no event will come any more.
[[nodiscard]] int transfer_next(struct transfer *transfer, int timeout_ms, struct arena *arena,
                                struct transfer_event *out, struct err *err);
// A `failed` event as an error: kind and text. Always < 0.
[[nodiscard]] int transfer_fail(const struct transfer_event *event, struct err *err);
// Sends one request and waits for its end; events of other requests meanwhile are an error, so this
// is for sessions that do one thing at a time. names of `tags` are gathered in *out. < 0: as
// transfer_next, or the request failed.
[[nodiscard]] int transfer_ask(struct transfer *transfer, const struct transfer_request *request,
                               const int *fds, size_t n_fds, struct arena *arena,
                               struct transfer_event *out, struct err *err);
// Ends the child, whatever it does, and waits for it; NULL-safe. Files keep what is in them.
void transfer_close(struct transfer *transfer);
