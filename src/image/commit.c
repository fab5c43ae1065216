// SPDX-License-Identifier: Apache-2.0
// commit.c — a container's changes become a layer on top of its image's.
//
//     upper directory ──▶ dhow-transfer packtree --layer --gzip ──▶ a blob
//     blob ──▶ dhow-transfer unpack ──▶ a layer
//
// The layer is unpacked from its blob, as a pulled one is, and not copied from the directory: what
// runs here is what others get (S-24). The documents keep the base's family, OCI or docker.
#include "image/commit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/unpack.h"
#include "transfer/child.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOB_MAX (UINT64_C(1) << 40)

struct report { // of packtree
    const char *digest;
    uint64_t size_bytes, entries;
};
static const struct json_field report_fields[] = {
    JSON_FIELD(struct report, digest, JSON_REQUIRED),
    JSON_FIELD(struct report, size_bytes, JSON_OPTIONAL),
    JSON_FIELD(struct report, entries, JSON_OPTIONAL),
    {},
};

struct layer { // made, not yet part of an image
    struct content_digest blob;
    uint64_t blob_bytes, plain_bytes;
    const char *diff_id, *chain_id;
};

// --- the layer

static int pack(const struct image_store *store, struct arena *arena, int changes,
                struct layer *out, struct err *err)
{
    const char *const argv[] = {store->transfer, "packtree", "--tree", "3", "--to", "4",
                                "--layer",       "--gzip",   NULL};
    struct child child = CHILD_NONE;
    struct report report;
    int ends[2];
    AUTO_CONTENT struct content_writer *blob = NULL;
    if (content_begin(store->root, BLOB_MAX, &blob, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    const int more[] = {changes, theirs};
    if (child_start(argv, -1, more, N_ELEMENTS(more), &child, err) < 0)
        return -1;
    (void)close(TAKE_FD(theirs)); // the child has it
    if (content_append_from(blob, ours, &out->blob_bytes, err) < 0) {
        child_kill(&child);
        return -1;
    }
    if (child_finish(&child, arena, report_fields, &report, err) < 0)
        return fail_in(err, "pack the container's changes");
    out->diff_id = report.digest;
    return content_take_commit(TAKE_PTR(blob), NULL, &out->blob, err);
}

static int unpack(const struct image_store *store, struct arena *arena, struct layer *layer,
                  struct err *err)
{
    struct unpack_job job = UNPACK_NONE;
    AUTO_FD int blob = content_open(store->root, layer->blob.hex, err);
    if (blob < 0)
        return -1;
    job.blob = blob;
    job.digest = layer->blob.hex;
    job.diff_id = layer->diff_id;
    job.size = layer->blob_bytes;
    int result = unpack_start(store, &job, err);
    if (result == 0)
        result = unpack_finish(&job, arena, err);
    if (result == 0)
        result = layer_commit(&job.writer, layer->chain_id, err);
    layer->plain_bytes = job.plain_bytes;
    unpack_done(&job);
    return result;
}

// --- the documents

static const char *prefixed(struct arena *arena, const char *hex)
{
    return arena_printf(arena, "sha256:%s", hex);
}

static int put(const struct image_store *store, const struct buf *text, struct content_digest *out,
               struct err *err)
{
    if (buf_check(text, "the image's document", err) < 0)
        return -1;
    return content_put(store->root, text->at, text->n, out, err);
}

static int put_config(const struct image_store *store, struct arena *arena,
                      const struct image_commit *request, const struct layer *layer,
                      struct descriptor *out, struct err *err)
{
    struct config_document config = request->base->document;
    size_t n_layers = config.rootfs.n_diff_ids, n_history = config.n_history;
    const char **diff_ids = arena_array(arena, n_layers + 1, sizeof *diff_ids);
    struct history *history = arena_array(arena, n_history + 1, sizeof *history);
    memcpy(diff_ids, config.rootfs.diff_ids, n_layers * sizeof *diff_ids);
    if (n_history != 0)
        memcpy(history, config.history, n_history * sizeof *history);
    diff_ids[n_layers] = prefixed(arena, layer->diff_id);
    config.created = time_rfc3339(arena, now_ns());
    history[n_history] = (struct history){.created = config.created,
                                          .created_by = request->command,
                                          .author = request->author,
                                          .comment = request->comment};
    config.author = text_is_empty(request->author) ? config.author : request->author;
    config.config = *request->config;
    config.rootfs.diff_ids = diff_ids;
    config.rootfs.n_diff_ids = n_layers + 1;
    config.history = history;
    config.n_history = n_history + 1;
    AUTO_BUF struct buf text;
    struct content_digest digest;
    buf_init(&text, DOCUMENT_MAX);
    json_encode(&text, config_document_fields, &config, JSON_COMPACT);
    if (put(store, &text, &digest, err) < 0)
        return -1;
    out->digest = prefixed(arena, digest.hex);
    out->size = text.n;
    return 0;
}

static int put_manifest(const struct image_store *store, struct arena *arena,
                        const struct image_commit *request, const struct layer *layer,
                        struct content_digest *out, struct err *err)
{
    AUTO_BUF struct buf old, text;
    struct document document;
    buf_init(&old, DOCUMENT_MAX);
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(store->root, request->base->manifest, &old, err) < 0 ||
        document_read(arena, (struct str){old.at, old.n}, NULL, &document, err) < 0)
        return fail_in(err, "the image that the container was made from");
    bool is_docker = text_equal(document.media_type, MEDIA_DOCKER_MANIFEST);
    struct descriptor *layers = arena_array(arena, document.n_layers + 1, sizeof *layers);
    memcpy(layers, document.layers, document.n_layers * sizeof *layers);
    layers[document.n_layers] = (struct descriptor){
        .mediaType = is_docker ? MEDIA_DOCKER_LAYER ".gzip" : MEDIA_LAYER "+gzip",
        .digest = prefixed(arena, layer->blob.hex),
        .size = layer->blob_bytes};
    // Annotations and the subject spoke of the base.
    struct document manifest = {
        .kind = DOCUMENT_MANIFEST,
        .media_type = is_docker ? MEDIA_DOCKER_MANIFEST : MEDIA_MANIFEST,
        .config = {.mediaType = is_docker ? MEDIA_DOCKER_CONFIG : MEDIA_CONFIG},
        .layers = layers,
        .n_layers = document.n_layers + 1};
    if (put_config(store, arena, request, layer, &manifest.config, err) < 0)
        return -1;
    document_write_manifest(&text, &manifest);
    return put(store, &text, out, err);
}

static int make(const struct image_store *store, struct arena *arena,
                const struct image_commit *request, struct layer *layer, struct image *out,
                struct err *err)
{
    const struct image *base = request->base;
    struct content_digest manifest;
    if (pack(store, arena, request->changes, layer, err) < 0)
        return -1;
    layer->chain_id = chain_id_of(arena, base->layers[base->n_layers - 1], layer->diff_id);
    if (unpack(store, arena, layer, err) < 0 ||
        put_manifest(store, arena, request, layer, &manifest, err) < 0)
        return -1;
    const char *target = manifest.hex;
    struct image_unpacked unpacked = {layer->chain_id, layer->plain_bytes};
    const char *name = request->name;
    const struct image_record record = {.target = target,
                                        .manifests = &target,
                                        .n_manifests = 1,
                                        .layers = &unpacked,
                                        .n_layers = 1,
                                        .names = &name,
                                        .n_names = name != NULL};
    return image_record(store, arena, &record, out, err);
}

int image_commit(const struct image_store *store, struct arena *arena,
                 const struct image_commit *request, struct image *out, struct err *err)
{
    struct layer layer = {};
    if (request->base->manifest == NULL || request->base->n_layers == 0)
        return fail(err, ERR_CONFLICT, "the image that the container was made from is gone");
    AUTO_FD int lock = images_lock(store->root, false, err);
    return lock < 0 ? -1 : make(store, arena, request, &layer, out, err);
}

int image_export_tree(const struct image_store *store, struct arena *arena, int tree, int tar,
                      struct err *err)
{
    const char *const argv[] = {store->transfer, "packtree", "--tree", "3", "--to", "4", NULL};
    struct child child = CHILD_NONE;
    struct report report;
    const int more[] = {tree, tar};
    if (child_start(argv, -1, more, N_ELEMENTS(more), &child, err) < 0)
        return -1;
    return child_finish(&child, arena, report_fields, &report, err);
}

int image_import_tree(const struct image_store *store, struct arena *arena, int tar, int into,
                      struct err *err)
{
    static const struct json_field nothing_fields[] = {{}}; // what it says is of no interest
    const char *const argv[] = {store->transfer, "unpack", "--into", "3", NULL};
    struct child child = CHILD_NONE;
    struct report ignored;
    if (child_start(argv, tar, &into, 1, &child, err) < 0)
        return -1;
    return child_finish(&child, arena, nothing_fields, &ignored, err);
}
