// SPDX-License-Identifier: Apache-2.0
// convert.c — each layer goes through dhow-transfer recompress into a new blob, which must have the
// old diff id.
#include "image/convert.h"

#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "content/content.h"
#include "transfer/child.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOB_MAX (UINT64_C(1) << 40)

struct converted { // a layer that was done already: images share them
    const char *from;
    struct descriptor to;
    struct converted *next;
};
struct converter {
    const struct image_store *store;
    struct arena *arena;
    const struct image_convert *request;
    struct converted *done;
    struct words manifests; // the new ones
};

// --- one layer

static const struct json_field nothing_fields[] = {{}};
struct digests {
    const char *diff_id;
};
static const struct json_field digests_fields[] = {
    JSON_FIELD(struct digests, diff_id, JSON_REQUIRED),
    {},
};

static int recompress(const struct converter *converter, int from, struct content_digest *out,
                      uint64_t *out_bytes, struct err *err)
{
    const char *const argv[] = {converter->store->transfer,      "recompress", "--to", "3", "--as",
                                converter->request->compression, NULL};
    struct child child = CHILD_NONE;
    int ends[2];
    char nothing;
    AUTO_CONTENT struct content_writer *blob = NULL;
    if (content_begin(converter->store->root, BLOB_MAX, &blob, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    if (child_start(argv, from, &theirs, 1, &child, err) < 0)
        return -1;
    (void)close(TAKE_FD(theirs)); // the child has it
    if (content_append_from(blob, ours, out_bytes, err) < 0) {
        child_kill(&child);
        return -1;
    }
    if (child_finish(&child, converter->arena, nothing_fields, &nothing, err) < 0)
        return -1;
    return content_take_commit(TAKE_PTR(blob), NULL, out, err);
}

static int check_diff_id(const struct converter *converter, const char *hex, const char *diff_id,
                         struct err *err)
{
    const char *const argv[] = {converter->store->transfer, "diffid", NULL};
    struct child child;
    struct digests digests;
    AUTO_FD int blob = content_open(converter->store->root, hex, err);
    if (blob < 0 || child_start(argv, blob, NULL, 0, &child, err) < 0 ||
        child_finish(&child, converter->arena, digests_fields, &digests, err) < 0)
        return -1;
    if (!text_equal(digests.diff_id, diff_id))
        return fail(err, ERR_SYSTEM,
                    "a layer's plain bytes have the digest sha256:%s, not sha256:%s: its blob is "
                    "damaged ('dhow system check')",
                    digests.diff_id, diff_id);
    return 0;
}

static int convert_layer(struct converter *converter, struct descriptor *layer, const char *diff_id,
                         struct err *err)
{
    struct content_digest digest;
    uint64_t size = 0;
    for (const struct converted *it = converter->done; it != NULL; it = it->next) {
        if (strcmp(it->from, layer->digest) == 0) {
            *layer = it->to;
            return 0;
        }
    }
    AUTO_FD int from = content_open(converter->store->root, digest_hex(layer->digest), err);
    if (from < 0 || recompress(converter, from, &digest, &size, err) < 0 ||
        check_diff_id(converter, digest.hex, diff_id, err) < 0)
        return fail_in(err, "layer %s", layer->digest);
    struct converted *done = arena_new(converter->arena, struct converted);
    *done = (struct converted){
        .from = layer->digest,
        .to = {.mediaType = media_for_layer(converter->arena, converter->request->compression),
               .digest = arena_printf(converter->arena, "sha256:%s", digest.hex),
               .size = size},
        .next = converter->done,
    };
    converter->done = done;
    *layer = done->to;
    return 0;
}

// --- documents

static int read_blob(const struct converter *converter, const char *hex, struct str *out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(converter->store->root, hex, &text, err) < 0)
        return -1;
    *out = (struct str){arena_strndup(converter->arena, buf_get(&text), text.n), text.n};
    return 0;
}

static int put(const struct converter *converter, const struct buf *text, struct descriptor *out,
               struct err *err)
{
    struct content_digest digest;
    if (buf_check(text, "the image's document", err) < 0 ||
        content_put(converter->store->root, text->at, text->n, &digest, err) < 0)
        return -1;
    out->digest = arena_printf(converter->arena, "sha256:%s", digest.hex);
    out->size = text->n;
    return 0;
}

// *descriptor: of the old manifest, then of the new one.
static int convert_manifest(struct converter *converter, struct descriptor *descriptor,
                            struct err *err)
{
    struct str text, config_text;
    struct document manifest;
    struct config_document config;
    struct arena *arena = converter->arena;
    if (read_blob(converter, digest_hex(descriptor->digest), &text, err) < 0 ||
        document_read(arena, text, descriptor->mediaType, &manifest, err) < 0 ||
        read_blob(converter, digest_hex(manifest.config.digest), &config_text, err) < 0 ||
        config_read(arena, config_text, &config, err) < 0)
        return -1;
    if (config.rootfs.n_diff_ids != manifest.n_layers)
        return fail(err, ERR_SYSTEM, "the manifest and its config disagree about the layers");
    for (size_t i = 0; i < manifest.n_layers; i++) {
        if (convert_layer(converter, &manifest.layers[i], digest_hex(config.rootfs.diff_ids[i]),
                          err) < 0)
            return -1;
    }
    manifest.media_type = MEDIA_MANIFEST;
    manifest.config.mediaType = MEDIA_CONFIG; // docker's config is an OCI one with more
    AUTO_BUF struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    document_write_manifest(&out, &manifest);
    if (put(converter, &out, descriptor, err) < 0)
        return -1;
    descriptor->mediaType = MEDIA_MANIFEST;
    words_add(arena, &converter->manifests, digest_hex(descriptor->digest));
    return 0;
}

static int convert_parts(struct converter *converter, const struct image_part *parts, size_t n,
                         struct descriptor *out, struct err *err)
{
    struct descriptor *all = arena_array(converter->arena, n + 1, sizeof *all);
    size_t n_all = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].kind != MANIFEST_IMAGE || !parts[i].is_complete)
            continue;
        all[n_all] = parts[i].descriptor;
        if (convert_manifest(converter, &all[n_all], err) < 0)
            return fail_in(err, "manifest %s", parts[i].descriptor.digest);
        n_all++;
    }
    if (n_all == 0)
        return fail(err, ERR_CONFLICT, "nothing of the image that has layers is here");
    const struct document index = {
        .kind = DOCUMENT_INDEX, .media_type = MEDIA_INDEX, .manifests = all, .n_manifests = n_all};
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    document_write_index(&text, &index);
    out->mediaType = MEDIA_INDEX;
    return put(converter, &text, out, err);
}

static int convert(struct converter *converter, const struct image *image, struct image *out,
                   struct err *err)
{
    struct image_part *parts;
    size_t n;
    struct descriptor target = {};
    if (image_parts(converter->store, converter->arena, image, &parts, &n, err) < 0)
        return -1;
    bool is_index = media_is_index(image->media_type);
    if (!is_index && n == 1 && parts[0].kind == MANIFEST_IMAGE)
        target = parts[0].descriptor;
    else if (!is_index)
        return fail(err, ERR_CONFLICT, "%s has no layers to convert",
                    converter->request->reference);
    int result = is_index ? convert_parts(converter, parts, n, &target, err)
                          : convert_manifest(converter, &target, err);
    if (result < 0)
        return -1;
    const char *name = converter->request->name;
    const struct image_record record = {.target = digest_hex(target.digest),
                                        .media_type = target.mediaType,
                                        .manifests = converter->manifests.at,
                                        .n_manifests = converter->manifests.n,
                                        .names = &name,
                                        .n_names = 1};
    return image_record(converter->store, converter->arena, &record, out, err);
}

int image_convert(const struct image_store *store, struct arena *arena,
                  const struct image_convert *request, struct image *out, struct err *err)
{
    static const char *const known[] = {"gzip", "zstd", "none"};
    struct converter converter = {.store = store, .arena = arena, .request = request};
    struct image image;
    bool is_known = false;
    for (size_t i = 0; i < N_ELEMENTS(known); i++)
        is_known = is_known || text_equal(request->compression, known[i]);
    if (!is_known)
        return fail(err, ERR_INVALID, "a layer cannot be compressed as \"%s\": gzip, zstd or none",
                    request->compression);
    AUTO_FD int lock = images_lock(store->root, false, err);
    int there = lock < 0 ? -1 : image_find(store, arena, request->reference, NULL, &image, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", request->reference);
    return convert(&converter, &image, out, err);
}
