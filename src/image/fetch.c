// SPDX-License-Identifier: Apache-2.0
// fetch.c — documents from a registry, and the moment when all that was fetched gets its name.
//
// A document is small and comes whole: the child writes it into a memfd, here it is hashed into
// content/'s ingest. What is in content/ already is read from there instead, so that a pull that
// goes on after a kill asks for little.
#include "image/fetch.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/fetch_blobs.h"
#include "snapshot/layer.h"
#include "transfer/transfer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { DOCUMENTS_MAX = 64, FILES_MAX = 8192 };

// An image of hundreds of layers has five open files for each until it is published: locks, mostly.
static void raise_files(struct fetch *fetch)
{
    if (getrlimit(RLIMIT_NOFILE, &fetch->files) < 0)
        return; // cannot fail; and then the usual limit serves for usual images
    struct rlimit raised = fetch->files;
    if (raised.rlim_cur < FILES_MAX)
        raised.rlim_cur = raised.rlim_max < FILES_MAX ? raised.rlim_max : FILES_MAX;
    (void)setrlimit(RLIMIT_NOFILE, &raised); // the same
}

void fetch_init(struct fetch *fetch, const struct image_store *store, struct arena *arena,
                const struct transfer_session *session, const struct image_sink *sink)
{
    *fetch = (struct fetch){
        .store = store,
        .arena = arena,
        .sink = sink,
        .session = session,
        .documents = arena_array(arena, DOCUMENTS_MAX, sizeof *fetch->documents),
        .max_unpacking = (size_t)get_nprocs() + 1,
    };
    raise_files(fetch);
}

void fetch_done(struct fetch *fetch)
{
    (void)setrlimit(RLIMIT_NOFILE, &fetch->files); // containers inherit it
    transfer_close(fetch->transfer);
    fetch->transfer = NULL;
    fetch_blobs_done(fetch->blobs);
    fetch->blobs = NULL;
    for (size_t i = 0; i < fetch->n_documents; i++)
        content_abort(TAKE_PTR(fetch->documents[i].writer));
}

int fetch_connect(struct fetch *fetch, struct err *err)
{
    if (fetch->transfer != NULL)
        return 0;
    if (fetch->store->transfer == NULL)
        return fail(err, ERR_SYSTEM,
                    "the program dhow-transfer is missing; it belongs beside dhow");
    return transfer_open(fetch->store->transfer, fetch->session, &fetch->transfer, err);
}

void fetch_say(const struct fetch *fetch, const char *id, const char *status, uint64_t current,
               uint64_t total)
{
    if (fetch->sink != NULL)
        fetch->sink->say(fetch->sink->self, id, status, current, total);
}

// Everything in a memfd, as text in the arena.
static int read_memfd(struct arena *arena, int fd, struct fetch_document *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (lseek(fd, 0, SEEK_SET) < 0 || file_read_fd(fd, "the document", &text, err) < 0)
        return fail_in(err, "what the registry sent");
    out->text = arena_strndup(arena, buf_get(&text), text.n);
    out->n = text.n;
    return 0;
}

// Verified bytes that will get their name with all others. `digest`: what they must have.
static int keep(struct fetch *fetch, const char *digest, struct fetch_document *document,
                struct err *err)
{
    AUTO_CONTENT struct content_writer *writer = NULL;
    struct content_digest found;
    if (fetch->n_documents == DOCUMENTS_MAX)
        return fail(err, ERR_INVALID, "the image has more than %d documents", DOCUMENTS_MAX);
    if (content_begin(fetch->store->root, document->n, &writer, err) < 0 ||
        content_append(writer, document->text, document->n, err) < 0)
        return -1;
    if (content_end(writer, NULL, &found, err) < 0)
        return -1;
    if (strcmp(found.hex, digest) != 0)
        return fail(err, ERR_INVALID,
                    "the registry sent a document with the digest sha256:%s for sha256:%s",
                    found.hex, digest);
    document->hex = arena_strdup(fetch->arena, found.hex);
    document->writer = TAKE_PTR(writer);
    fetch->documents[fetch->n_documents++] = *document;
    return 0;
}

void fetch_say_wait(const struct fetch *fetch, const char *id, const struct transfer_event *event)
{
    AUTO_ARENA struct arena arena = {};
    if (event->event == TRANSFER_WAITING)
        fetch_say(fetch, id,
                  arena_printf(&arena, "Retrying in %ju second%s", (uintmax_t)event->seconds,
                               event->seconds == 1 ? "" : "s"),
                  0, 0);
}

// The one request that is under way comes to its end. Of a manifest, the registry's warnings (a
// mirror that does not have it) are passed on; its blobs would only repeat them.
static int finish_request(struct fetch *fetch, bool is_manifest, struct transfer_event *out,
                          struct err *err)
{
    for (;;) {
        struct transfer_event event = {};
        int there = transfer_next(fetch->transfer, -1, fetch->arena, &event, err);
        if (there < 0)
            return -1;
        if (there == 0)
            continue;
        if (event.event == TRANSFER_FAILED)
            return transfer_fail(&event, err);
        if (event.event == TRANSFER_DONE) {
            *out = event;
            return 0;
        }
        fetch_say_wait(fetch, NULL, &event);
        if (is_manifest && event.event == TRANSFER_WARNING && event.text != NULL)
            fetch_say(fetch, NULL, arena_printf(fetch->arena, "WARNING: %s", event.text), 0, 0);
    }
}

static int ask_into_memory(struct fetch *fetch, struct transfer_request *request,
                           struct transfer_event *out_event, struct fetch_document *out,
                           struct err *err)
{
    AUTO_FD int memory = memfd_create("document", MFD_CLOEXEC);
    if (memory < 0)
        return fail_sys(err, "memfd_create");
    request->id = ++fetch->last_id;
    *out_event = (struct transfer_event){};
    if (fetch_connect(fetch, err) < 0 ||
        transfer_send(fetch->transfer, request, &memory, 1, err) < 0 ||
        finish_request(fetch, request->verb == TRANSFER_MANIFEST, out_event, err) < 0)
        return -1;
    return out_event->is_known ? 0 : read_memfd(fetch->arena, memory, out, err);
}

int fetch_manifest(struct fetch *fetch, const char *reference, const char *known,
                   struct fetch_document *out, const char **out_media, struct err *err)
{
    const char *digest = known != NULL ? arena_printf(fetch->arena, "sha256:%s", known) : NULL;
    struct transfer_request request = {
        .verb = TRANSFER_MANIFEST,
        .reference = reference,
        .known = &digest,
        .n_known = known != NULL,
    };
    struct transfer_event event = {};
    struct fetch_document document = {};
    if (ask_into_memory(fetch, &request, &event, &document, err) < 0)
        return -1;
    if (event.is_known)
        return 0;
    if (event.digest == NULL || digest_check(event.digest, err) < 0)
        return event.digest == NULL ? fail(err, ERR_SYSTEM, "dhow-transfer named no digest") : -1;
    if (digest_is_valid(reference) && strcmp(reference, event.digest) != 0)
        return fail(err, ERR_INVALID, "the registry sent %s for %s", event.digest, reference);
    if (keep(fetch, digest_hex(event.digest), &document, err) < 0)
        return -1;
    *out = document;
    *out_media = event.media_type;
    return 1;
}

// 1 it was in the store.
static int find_here(struct fetch *fetch, const struct descriptor *descriptor,
                     struct fetch_document *out, struct err *err)
{
    const char *hex = digest_hex(descriptor->digest);
    uint64_t size;
    for (size_t i = 0; i < fetch->n_documents; i++) {
        if (strcmp(fetch->documents[i].hex, hex) == 0) {
            *out = fetch->documents[i];
            out->writer = NULL;
            return 1;
        }
    }
    int there = content_find(fetch->store->root, hex, &size, err);
    if (there <= 0)
        return there;
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    struct err damaged; // its bytes are not its digest's any more: a new copy does not help here
    if (content_read(fetch->store->root, hex, &text, &damaged) < 0)
        return fail(err, damaged.kind, "%s", damaged.text);
    *out = (struct fetch_document){
        .hex = hex, .text = arena_strndup(fetch->arena, buf_get(&text), text.n), .n = text.n};
    return 1;
}

static int check_size(const struct descriptor *descriptor, const struct fetch_document *document,
                      struct err *err)
{
    if (document->n == descriptor->size)
        return 0;
    return fail(err, ERR_INVALID, "%s has %zu bytes, but what names it says %ju",
                descriptor->digest, document->n, (uintmax_t)descriptor->size);
}

int fetch_child(struct fetch *fetch, const struct descriptor *descriptor,
                struct fetch_document *out, struct err *err)
{
    struct fetch_document document;
    int there = find_here(fetch, descriptor, &document, err);
    const char *media = descriptor->mediaType;
    if (there == 0)
        there = fetch_manifest(fetch, descriptor->digest, NULL, &document, &media, err);
    if (there >= 0 && !text_is_empty(media) && strcmp(media, descriptor->mediaType) != 0)
        return fail(err, ERR_INVALID, "the registry calls %s a %s, but what names it says %s",
                    descriptor->digest, media, descriptor->mediaType);
    if (there < 0 || check_size(descriptor, &document, err) < 0)
        return -1;
    *out = document;
    return 0;
}

int fetch_config(struct fetch *fetch, const struct descriptor *descriptor,
                 struct fetch_document *out, struct err *err)
{
    struct fetch_document document = {};
    if (descriptor->size > DOCUMENT_MAX)
        return fail(err, ERR_INVALID, "the config %s has %ju bytes; at most %d are read",
                    descriptor->digest, (uintmax_t)descriptor->size, DOCUMENT_MAX);
    int there = find_here(fetch, descriptor, &document, err);
    if (there < 0)
        return -1;
    if (there == 0) {
        struct transfer_request request = {
            .verb = TRANSFER_BLOB,
            .digest = descriptor->digest,
            .size = descriptor->size,
        };
        struct transfer_event event = {};
        if (ask_into_memory(fetch, &request, &event, &document, err) < 0)
            return -1;
    }
    if (check_size(descriptor, &document, err) < 0 ||
        (there == 0 && keep(fetch, digest_hex(descriptor->digest), &document, err) < 0))
        return -1;
    *out = document;
    return 0;
}

int fetch_blobs(struct fetch *fetch, const struct fetch_want *wants, size_t n, struct err *err)
{
    fetch->blobs = fetch_blobs_new(fetch, wants, n, err);
    if (fetch->blobs == NULL)
        return -1;
    return fetch_blobs_run(fetch->blobs, err);
}

int fetch_publish(struct fetch *fetch, struct image_unpacked **out, size_t *n_out, struct err *err)
{
    int root = fetch->store->root;
    struct image_unpacked *layers = NULL;
    size_t n_layers = 0;
    if (fetch->blobs != NULL && fetch_blobs_seal(fetch->blobs, err) < 0)
        return -1;
    if (content_sync(root, err) < 0)
        return -1;
    for (size_t i = 0; i < fetch->n_documents; i++) {
        struct content_writer *writer = TAKE_PTR(fetch->documents[i].writer);
        if (writer != NULL && content_take_publish(writer, err) < 0)
            return -1;
    }
    if (fetch->blobs != NULL && fetch_blobs_publish(fetch->blobs, &layers, &n_layers, err) < 0)
        return -1;
    if (content_sync_names(root, err) < 0 || layers_sync_names(root, err) < 0)
        return -1;
    *out = layers;
    *n_out = n_layers;
    return 0;
}
