// SPDX-License-Identifier: Apache-2.0
// fetch.h — inside image/: documents and blobs from a registry into the store, verified.
//
//     fetch_open … fetch_document, fetch_blob_document (small ones, one after the other)
//     fetch_blobs: all that is missing of several manifests, side by side, layers unpacked on the
//     way … fetch_publish: one sync, then everything has its name … fetch_close
//
// Until fetch_publish nothing can be found; what was downloaded of blobs stays for the next time.
#pragma once
#include "base/buf.h"
#include "image/document.h"
#include "image/image.h"
#include "image/pull.h"

#include <sys/resource.h>

struct transfer;
struct transfer_event;

struct fetch_document { // verified, waiting for its name
    const char *hex;
    struct content_writer *writer; // NULL: it was here before
    const char *text;              // in the arena
    size_t n;
};

struct fetch {
    const struct image_store *store;
    struct arena *arena;
    const struct image_sink *sink; // or NULL
    struct transfer *transfer;     // NULL until somebody asks the registry
    const struct transfer_session *session;
    uint64_t last_id; // of a request
    struct fetch_document *documents;
    size_t n_documents;
    struct fetch_blobs *blobs; // NULL: none yet
    size_t max_unpacking;
    struct rlimit files; // the process's own limit of open files, to be set again
};

void fetch_init(struct fetch *fetch, const struct image_store *store, struct arena *arena,
                const struct transfer_session *session, const struct image_sink *sink);
// Ends everything: the processes, downloads (what is there stays), layers that were not published.
void fetch_done(struct fetch *fetch);
// The session's child, started when it is not there yet.
[[nodiscard]] int fetch_connect(struct fetch *fetch, struct err *err);

// What a manifest's place holds: `reference` is a tag or a digest. `known` (may be NULL): the
// digest, without "sha256:", that is here already: 0 when the registry has just that; else 1 and
// *out and what the registry called it.
[[nodiscard]] int fetch_manifest(struct fetch *fetch, const char *reference, const char *known,
                                 struct fetch_document *out, const char **out_media,
                                 struct err *err);
// A manifest that another document names: from the store, else from the registry.
[[nodiscard]] int fetch_child(struct fetch *fetch, const struct descriptor *descriptor,
                              struct fetch_document *out, struct err *err);
// A blob that is a document (an image's config): the same.
[[nodiscard]] int fetch_config(struct fetch *fetch, const struct descriptor *descriptor,
                               struct fetch_document *out, struct err *err);

// A layer's place in an image, or a blob that is only to be kept.
struct fetch_want {
    const struct descriptor *blob;
    const char *diff_id;  // digits; NULL: not to be unpacked
    const char *chain_id; // what it is called when it was unpacked
    bool is_quiet;        // say nothing about it
};
// Downloads and unpacks what is not here. Everything is verified when it returns.
[[nodiscard]] int fetch_blobs(struct fetch *fetch, const struct fetch_want *wants, size_t n,
                              struct err *err);
// Syncs and names all of it. *out: the layers that are new, for image_record.
[[nodiscard]] int fetch_publish(struct fetch *fetch, struct image_unpacked **out, size_t *n_out,
                                struct err *err);

// --- words (docker's) ---
void fetch_say(const struct fetch *fetch, const char *id, const char *status, uint64_t current,
               uint64_t total);
// "Retrying in 3 seconds", if the event is one of waiting. `id`: of what it is about.
void fetch_say_wait(const struct fetch *fetch, const char *id, const struct transfer_event *event);
