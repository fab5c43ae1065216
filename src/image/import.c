// SPDX-License-Identifier: Apache-2.0
// import.c — a root file system's tar becomes an image of one layer.
//
//     tar ──> dhow-transfer recompress ──> this process ──> content/
//             (gzip, if it is not that           └──> dhow-transfer unpack ──>
//             snapshot/incoming/…/fs,
//              or zstd already)                                                diff id
//
// This process does not look into the bytes. When all is there and synced, the row and the name
// come in one transaction; before that nothing can be found, after that nothing is missing.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/image.h"
#include "snapshot/layer.h"
#include "transfer/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

enum { STEP = 256 * 1024 };
#define BLOB_MAX (UINT64_C(1) << 40)

struct report { // what dhow-transfer says
    const char *diff_id, *compression;
    uint64_t size_bytes, entries, files_bytes;
};
static const struct json_field report_fields[] = {
    JSON_FIELD(struct report, diff_id, JSON_OPTIONAL),
    JSON_FIELD(struct report, compression, JSON_OPTIONAL),
    JSON_FIELD(struct report, size_bytes, JSON_OPTIONAL),
    JSON_FIELD(struct report, entries, JSON_OPTIONAL),
    JSON_FIELD(struct report, files_bytes, JSON_OPTIONAL),
    {},
};

struct layer { // made, not yet part of an image
    struct content_digest blob;
    uint64_t blob_bytes, files_bytes;
    const char *diff_id, *compression;
    const char *created; // what the image says
};

static int make_layer(const struct image_store *store, struct arena *arena,
                      const struct image_import *request, struct layer *out, struct err *err);
static int make_documents(const struct image_store *store, struct arena *arena,
                          const struct image_import *request, const struct layer *layer,
                          const char **out, struct err *err);

int image_import(const struct image_store *store, struct arena *arena,
                 const struct image_import *request, struct image *out, struct err *err)
{
    const char *name = NULL;
    if (request->name != NULL) {
        name = image_reference_full(arena, request->name, err);
        if (name == NULL)
            return -1;
        if (strchr(name, '@') != NULL)
            return fail(err, ERR_INVALID, "cannot import to the digest reference \"%s\"",
                        request->name);
    }
    if (store->transfer == NULL)
        return fail(err, ERR_SYSTEM,
                    "the program dhow-transfer is missing; it belongs beside dhow");
    AUTO_FD int lock = images_lock(store->root, false, err);
    const char *created = request->created;
    struct layer layer = {.created = created != NULL ? created : time_rfc3339(arena, now_ns())};
    const char *target;
    if (lock < 0 || make_layer(store, arena, request, &layer, err) < 0 ||
        make_documents(store, arena, request, &layer, &target, err) < 0)
        return -1;
    struct image_unpacked unpacked = {layer.diff_id, layer.files_bytes};
    const struct image_record record = {
        .target = target,
        .media_type = MEDIA_MANIFEST,
        .manifests = &target,
        .n_manifests = 1,
        .layers = &unpacked,
        .n_layers = 1,
        .names = &name,
        .n_names = name != NULL,
    };
    return image_record(store, arena, &record, out, err);
}

// --- dhow-transfer

// 0 when all went over; 1 when the other side has hung up: it has an error to tell.
static int send_all(int fd, const char *bytes, size_t n, struct err *err)
{
    while (n != 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return 1;
        if (sent < 0)
            return fail_sys(err, "send the archive to dhow-transfer");
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

// Copies the archive to the blob and to the unpacker: 1 when the latter did not want all.
static int feed(int tar, int transfer, struct content_writer *blob, uint64_t *out_bytes,
                struct err *err)
{
    AUTO_FREE char *step = xmalloc(STEP);
    uint64_t total = 0;
    for (;;) {
        ssize_t n = read(tar, step, STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read the archive");
        if (n == 0)
            break;
        if (content_append(blob, step, (size_t)n, err) < 0)
            return -1;
        int sent = send_all(transfer, step, (size_t)n, err);
        if (sent != 0)
            return sent;
        total += (uint64_t)n;
    }
    *out_bytes = total;
    return 0;
}

struct transfer {
    const char *program;
    int tar, into;               // fds: what to unpack, the directory for it
    struct content_writer *blob; // gets the bytes of the layer
};

// From transfer->tar into the blob and the directory.
static int run_unpack(const struct transfer *transfer, struct arena *arena, struct layer *layer,
                      struct err *err)
{
    const char *const argv[] = {transfer->program, "unpack", "--into", "3", NULL};
    int to[2];
    struct child child;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) < 0)
        return fail_sys(err, "make a socket pair");
    AUTO_FD int ours = to[0], theirs = to[1];
    if (child_start(argv, theirs, &transfer->into, 1, &child, err) < 0)
        return -1;
    (void)close(TAKE_FD(theirs)); // its end is in the child
    int fed = feed(transfer->tar, ours, transfer->blob, &layer->blob_bytes, err);
    (void)close(TAKE_FD(ours)); // the end of its input
    struct report report = {};
    struct err second;
    int read = child_finish(&child, arena, report_fields, &report, fed < 0 ? &second : err);
    if (fed < 0 || read < 0)
        return -1;
    if (fed > 0)
        return fail(err, ERR_INVALID, "there are bytes behind the archive's end");
    if (!content_is_hex(report.diff_id) || report.compression == NULL)
        return fail(err, ERR_SYSTEM, "dhow-transfer's report makes no sense");
    layer->diff_id = report.diff_id;
    layer->compression = report.compression;
    layer->files_bytes = report.files_bytes;
    return 0;
}

// The same with the recompressing process in front. When that one fails, the other one's complaint
// about a stream that was cut off is of no interest.
static int run_both(const struct transfer *transfer, struct arena *arena, struct layer *layer,
                    struct err *err)
{
    const char *const argv[] = {transfer->program, "recompress", "--to", "3", NULL};
    int ends[2];
    struct child child;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int stream_read = ends[0], stream_write = ends[1];
    if (child_start(argv, transfer->tar, &stream_write, 1, &child, err) < 0)
        return -1;
    (void)close(TAKE_FD(stream_write));
    struct transfer rest = *transfer;
    rest.tar = stream_read;
    int unpacked = run_unpack(&rest, arena, layer, err);
    (void)close(TAKE_FD(stream_read)); // what is left is not wanted
    struct report report;
    struct err first;
    int compressed = child_finish(&child, arena, report_fields, &report, &first);
    // That nobody reads any more is not its failure.
    if (compressed < 0 && (unpacked == 0 || first.kind == ERR_INVALID))
        *err = first;
    return unpacked < 0 || compressed < 0 ? -1 : 0;
}

static int make_layer(const struct image_store *store, struct arena *arena,
                      const struct image_import *request, struct layer *out, struct err *err)
{
    struct layer_writer writer;
    if (layer_begin(store->root, &writer, err) < 0)
        return -1;
    AUTO_CONTENT struct content_writer *blob = NULL;
    int result = content_begin(store->root, BLOB_MAX, &blob, err);
    const struct transfer transfer = {store->transfer, request->tar_fd, writer.fs, blob};
    if (result == 0)
        result = (request->is_plain ? run_unpack : run_both)(&transfer, arena, out, err);
    if (result == 0)
        result = content_take_commit(TAKE_PTR(blob), NULL, &out->blob, err);
    if (result == 0) // the chain id of a lowest layer is its diff id (image-spec config.md)
        result = layer_commit(&writer, out->diff_id, err);
    layer_abort(&writer);
    return result;
}

// --- documents

static int put_text(int root, const struct buf *text, struct content_digest *out, struct err *err)
{
    if (buf_check(text, "the image's document", err) < 0)
        return -1;
    return content_put(root, text->at, text->n, out, err);
}

static const char *prefixed(struct arena *arena, const char *hex)
{
    return arena_printf(arena, "sha256:%s", hex);
}

// *out: the manifest's digest.
static int make_documents(const struct image_store *store, struct arena *arena,
                          const struct image_import *request, const struct layer *layer,
                          const char **out, struct err *err)
{
    assert(layer->compression != NULL); // read_report sees to it
    const char *diff_ids[] = {prefixed(arena, layer->diff_id)};
    struct history history = {
        .created = layer->created,
        .comment = request->message != NULL ? request->message : "Imported from -",
    };
    struct platform platform;
    platform_host(arena, &platform);
    if (request->platform != NULL)
        platform = *request->platform;
    struct config_document config = {
        .created = layer->created,
        .architecture = platform.architecture,
        .variant = platform.variant,
        .os = platform.os,
        .config = request->changes != NULL ? *request->changes : (struct image_config){},
        .rootfs = {"layers", diff_ids, 1},
        .history = &history,
        .n_history = 1,
    };
    AUTO_BUF struct buf config_text, manifest_text;
    buf_init(&config_text, DOCUMENT_MAX);
    buf_init(&manifest_text, DOCUMENT_MAX);
    struct content_digest config_digest, manifest_digest;
    json_encode(&config_text, config_document_fields, &config, JSON_COMPACT);
    if (put_text(store->root, &config_text, &config_digest, err) < 0)
        return -1;
    struct descriptor of_layer = {.mediaType = media_for_layer(arena, layer->compression),
                                  .digest = prefixed(arena, layer->blob.hex),
                                  .size = layer->blob_bytes};
    const struct document manifest = {
        .media_type = MEDIA_MANIFEST,
        .config = {.mediaType = MEDIA_CONFIG,
                   .digest = prefixed(arena, config_digest.hex),
                   .size = config_text.n},
        .layers = &of_layer,
        .n_layers = 1,
    };
    document_write_manifest(&manifest_text, &manifest);
    if (put_text(store->root, &manifest_text, &manifest_digest, err) < 0)
        return -1;
    *out = arena_strdup(arena, manifest_digest.hex);
    return 0;
}
