// SPDX-License-Identifier: Apache-2.0
// record.c — the one gate through which an image becomes visible.
//
// Whoever made it (pull, load, import, build) has put blobs and layers in place; here every
// document is read from the store again, strictly, and compared with the others: descriptor and
// blob have the same size, config and manifest the same number of layers, each layer's chain id is
// there. What passes becomes rows in one durable transaction.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/rows.h"
#include "snapshot/layer.h"

#include <inttypes.h>
#include <string.h>

enum { BLOBS_TEXT_MAX = (DOCUMENT_LAYERS_MAX + 2) * (CONTENT_HEX + 24) };

struct recorder {
    const struct image_store *store;
    struct arena *arena;
    const struct image_record *record;
    struct document target;
    struct state_manifest *manifests; // rows to write
};

// An image without layers has nothing to run, and is kept; but its config must know of none.
static int check_no_layers(const struct recorder *in, const struct state_manifest *row,
                           struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(in->store->root, row->config_digest, &text, err) < 0)
        return -1;
    return config_check_empty((struct str){text.at, text.n}, err);
}

static int check_manifest(struct recorder *in, size_t i, struct err *err);
static int write_rows(const struct recorder *in, const struct state_image *image, struct err *err);

static int read_document(const struct recorder *in, const char *hex, const char *media_type,
                         uint64_t *out_size, struct document *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(in->store->root, hex, &text, err) < 0 ||
        document_read(in->arena, (struct str){text.at, text.n}, media_type, out, err) < 0)
        return fail_in(err, "sha256:%.12s", hex);
    *out_size = text.n;
    return 0;
}

int image_record(const struct image_store *store, struct arena *arena,
                 const struct image_record *record, struct image *out, struct err *err)
{
    struct recorder in = {.store = store, .arena = arena, .record = record};
    struct state_image image = {.id = record->target, .created_ns = now_ns()};
    if (read_document(&in, record->target, record->media_type, &image.size_bytes, &in.target, err) <
        0)
        return -1;
    image.media_type = in.target.media_type;
    in.manifests = arena_array(arena, record->n_manifests + 1, sizeof *in.manifests);
    for (size_t i = 0; i < record->n_manifests; i++) {
        if (check_manifest(&in, i, err) < 0)
            return fail_in(err, "image %.12s", record->target);
    }
    if (in.target.kind == DOCUMENT_MANIFEST && record->n_manifests != 1)
        return fail(err, ERR_INVALID, "image %.12s is one manifest, and not complete",
                    record->target);
    if (state_begin(store->state, err) < 0)
        return -1;
    if (write_rows(&in, &image, err) < 0 || state_commit(store->state, true, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    struct state_image row;
    struct state_manifest manifest;
    int found = state_image_by_id(store->state, arena, record->target, &row, &manifest, err);
    if (found < 0 || (found > 0 && image_from_rows(arena, &row, &manifest, out, err) < 0))
        return -1;
    if (found == 0)
        return fail(err, ERR_CONFLICT, "image %.12s was removed as soon as it was made",
                    record->target);
    return 0;
}

// --- checking

// What the target says about one of its manifests; for a target that is the manifest, made up.
static int find_descriptor(const struct recorder *in, const char *hex, struct descriptor *out,
                           struct err *err)
{
    if (in->target.kind == DOCUMENT_MANIFEST && strcmp(hex, in->record->target) == 0) {
        uint64_t size;
        if (content_find(in->store->root, hex, &size, err) < 0)
            return -1;
        *out = (struct descriptor){.mediaType = in->target.media_type, .size = size};
        return 0;
    }
    for (size_t i = 0; i < in->target.n_manifests; i++) {
        if (strcmp(digest_hex(in->target.manifests[i].digest), hex) == 0) {
            *out = in->target.manifests[i];
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "it does not name the manifest sha256:%.100s", hex);
}

static int check_blob(const struct recorder *in, const struct descriptor *blob, struct buf *list,
                      struct err *err)
{
    uint64_t size;
    const char *hex = digest_hex(blob->digest);
    int there = content_find(in->store->root, hex, &size, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "%s is not here", blob->digest);
    if (size != blob->size)
        return fail(err, ERR_INVALID, "%s has %" PRIu64 " bytes, but was said to have %" PRIu64,
                    blob->digest, size, blob->size);
    buf_printf(list, " %s:%" PRIu64, hex, size);
    return 0;
}

// The layers of an image: in its config by diff id, in the store by chain id.
static int check_layers(const struct recorder *in, const struct document *manifest,
                        struct config_document *config, struct state_manifest *row, struct err *err)
{
    AUTO_BUF struct buf text, layers;
    buf_init(&text, DOCUMENT_MAX);
    buf_init(&layers, BLOBS_TEXT_MAX);
    if (content_read(in->store->root, row->config_digest, &text, err) < 0 ||
        config_read(in->arena, (struct str){text.at, text.n}, config, err) < 0)
        return -1;
    const struct rootfs *rootfs = &config->rootfs;
    if (rootfs->n_diff_ids != manifest->n_layers)
        return fail(err, ERR_INVALID, "the manifest has %zu layers, but the config has %zu",
                    manifest->n_layers, rootfs->n_diff_ids);
    const char **chain = chain_ids_of(in->arena, rootfs);
    for (size_t i = 0; i < rootfs->n_diff_ids; i++) {
        int there = layer_find(in->store->root, chain[i], err);
        if (there < 0)
            return -1;
        if (there == 0)
            return fail(err, ERR_SYSTEM, "layer %zu is not unpacked", i + 1);
        buf_printf(&layers, "%s%s", i == 0 ? "" : " ", chain[i]);
    }
    if (buf_check(&layers, "the layers' ids", err) < 0)
        return -1;
    row->layers = arena_strdup(in->arena, buf_get(&layers));
    row->config = arena_strdup(in->arena, buf_get(&text));
    return 0;
}

static int check_manifest(struct recorder *in, size_t i, struct err *err)
{
    const char *hex = in->record->manifests[i];
    struct descriptor descriptor;
    struct document manifest;
    uint64_t size;
    if (find_descriptor(in, hex, &descriptor, err) < 0 ||
        read_document(in, hex, descriptor.mediaType, &size, &manifest, err) < 0)
        return -1;
    if (manifest.kind != DOCUMENT_MANIFEST || size != descriptor.size)
        return fail(err, ERR_INVALID, "the manifest sha256:%.12s is not as it was described", hex);
    AUTO_BUF struct buf blobs;
    buf_init(&blobs, BLOBS_TEXT_MAX);
    buf_printf(&blobs, "%s:%" PRIu64, hex, size);
    if (check_blob(in, &manifest.config, &blobs, err) < 0)
        return fail_in(err, "the config");
    for (size_t j = 0; j < manifest.n_layers; j++) {
        if (check_blob(in, &manifest.layers[j], &blobs, err) < 0)
            return fail_in(err, "layer %zu", j + 1);
    }
    struct state_manifest row = {
        .digest = hex,
        .kind = manifest_kind_of(&manifest, &descriptor),
        .config_digest = digest_hex(manifest.config.digest),
        .config = "",
        .layers = "",
        .media_type = manifest.media_type,
    };
    bool is_empty = row.kind == MANIFEST_ARTIFACT && manifest.n_layers == 0 &&
                    media_is_config(manifest.config.mediaType) && manifest.artifact_type == NULL;
    if (is_empty && check_no_layers(in, &row, err) < 0)
        return -1;
    struct config_document config = {};
    if (row.kind == MANIFEST_IMAGE && check_layers(in, &manifest, &config, &row, err) < 0)
        return -1;
    const struct platform its = {
        .os = config.os, .architecture = config.architecture, .variant = config.variant};
    row.platform =
        platform_print(in->arena, descriptor.platform != NULL ? descriptor.platform : &its);
    if (buf_check(&blobs, "the list of blobs", err) < 0)
        return -1;
    row.blobs = arena_strdup(in->arena, buf_get(&blobs));
    in->manifests[i] = row;
    return 0;
}

// --- writing

static int put_layers(const struct recorder *in, const struct state_manifest *manifest,
                      struct err *err)
{
    const struct image_record *record = in->record;
    size_t n;
    const char **chain = split_words(in->arena, manifest->layers, &n);
    for (size_t i = 0; i < n; i++) {
        struct state_layer layer = {.chain_id = chain[i]};
        bool is_known = false;
        for (size_t j = 0; j < record->n_layers && !is_known; j++) {
            is_known = strcmp(record->layers[j].chain_id, chain[i]) == 0;
            if (is_known)
                layer.bytes = record->layers[j].bytes;
        }
        // Nobody unpacked it just now: it has its row, or its maker was killed before that.
        int has_row = is_known ? 0 : state_layer_find(in->store->state, chain[i], err);
        if (has_row < 0)
            return -1;
        if (!is_known && has_row == 0 &&
            layer_measure(in->store->root, chain[i], &layer.bytes, err) < 0)
            return -1;
        if (has_row == 0 && state_layer_put(in->store->state, &layer, err) < 0)
            return -1;
    }
    return 0;
}

int image_choose_manifest(struct state *state, struct arena *arena, const char *image_id,
                          struct err *err)
{
    struct state_manifest *all;
    size_t n, n_candidates = 0;
    struct platform host;
    platform_host(arena, &host);
    if (state_manifests(state, arena, image_id, &all, &n, err) < 0)
        return -1;
    struct platform *candidates = arena_array(arena, n + 1, sizeof *candidates);
    const char **digests = arena_array(arena, n + 1, sizeof *digests);
    for (size_t i = 0; i < n; i++) {
        struct err ignored; // what has no platform that we know is chosen last
        if (all[i].kind != MANIFEST_IMAGE)
            continue;
        if (platform_parse(arena, all[i].platform, &candidates[n_candidates], &ignored) < 0)
            candidates[n_candidates] = (struct platform){.os = "unknown"};
        digests[n_candidates++] = all[i].digest;
    }
    ssize_t best = platform_best(&host, candidates, n_candidates);
    const char *chosen = best >= 0 ? digests[best] : n_candidates != 0 ? digests[0] : NULL;
    return state_image_choose(state, image_id, chosen, err);
}

static int write_rows(const struct recorder *in, const struct state_image *image, struct err *err)
{
    struct state *state = in->store->state;
    const struct image_record *record = in->record;
    if (state_image_put(state, image, err) < 0)
        return -1;
    for (size_t i = 0; i < record->n_manifests; i++) {
        if (put_layers(in, &in->manifests[i], err) < 0 ||
            state_manifest_put(state, &in->manifests[i], err) < 0 ||
            state_image_manifest_put(state, image->id, in->manifests[i].digest, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < record->n_names; i++) {
        const struct state_image_name name = {record->names[i], image->id, image->created_ns};
        if (state_image_name_put(state, &name, err) < 0)
            return -1;
    }
    return image_choose_manifest(state, in->arena, image->id, err);
}
