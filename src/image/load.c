// SPDX-License-Identifier: Apache-2.0
// load.c — an archive of images becomes images.
//
//     archive ──▶ dhow-transfer unpack ──▶ a scratch directory (swept when we are killed)
//     index.json, or manifest.json, there ──▶ which blobs, which layers
//     layers ──▶ dhow-transfer unpack, side by side: digests and diff ids are right; other blobs
//                are hashed
//     one sync ──▶ blobs get their names, layers too ──▶ image_record of each image
//
// The archive is hostile until proven otherwise: its names are looked up inside the scratch
// directory only, everything is named by the digest that its bytes have, and nothing can be seen
// before all of it is verified (S-16).
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "content/content.h"
#include "image/archive.h"
#include "image/load_parts.h"
#include "linux/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_ANNOTATION "io.containerd.image.name"
#define TAG_ANNOTATION  "org.opencontainers.image.ref.name"

enum { IMAGES_MAX = 1000 }; // of one archive

// --- one manifest

static bool is_wanted(const struct loader *loader, const struct platform *platform)
{
    const struct image_load *request = loader->request;
    for (size_t i = 0; i < request->n_platforms; i++) {
        if (platform_rank(&request->platforms[i], platform) >= 0)
            return true;
    }
    return request->n_platforms == 0;
}

static int read_config(struct loader *loader, const struct document *manifest,
                       struct config_document *out, struct err *err)
{
    AUTO_BUF struct buf text;
    int there = load_document(loader, &manifest->config, &text, err);
    if (there <= 0)
        return there;
    // The config's texts live in the arena, not in the buffer.
    if (config_read(loader->arena, (struct str){text.at, text.n}, out, err) < 0)
        return fail_in(err, "config %s", manifest->config.digest);
    if (out->rootfs.n_diff_ids != manifest->n_layers)
        return fail(err, ERR_INVALID, "the manifest has %zu layers, its config %s has %zu diff ids",
                    manifest->n_layers, manifest->config.digest, out->rootfs.n_diff_ids);
    return 1;
}

static int plan_image(struct loader *loader, const struct document *manifest,
                      const char **out_missing, struct err *err)
{
    struct config_document config;
    *out_missing = manifest->config.digest;
    int there = read_config(loader, manifest, &config, err);
    if (there <= 0)
        return there;
    const struct platform platform = {
        .os = config.os, .architecture = config.architecture, .variant = config.variant};
    if (!is_wanted(loader, &platform))
        return 0;
    const char **chain = chain_ids_of(loader->arena, &config.rootfs);
    // First whether all of it is there: an image in part is not unpacked.
    for (size_t i = 0; i < manifest->n_layers; i++) {
        struct blob *blob;
        *out_missing = manifest->layers[i].digest;
        there = load_find(loader, &manifest->layers[i], &blob, err);
        if (there <= 0)
            return there;
    }
    for (size_t i = 0; i < manifest->n_layers; i++) {
        struct blob *blob;
        if (load_find(loader, &manifest->layers[i], &blob, err) < 0 ||
            load_layer(loader, blob, chain[i], digest_hex(config.rootfs.diff_ids[i]), err) < 0)
            return -1;
    }
    return 1;
}

static int plan_others(struct loader *loader, const struct document *manifest,
                       const char **out_missing, struct err *err)
{
    struct blob *blob;
    if (loader->request->n_platforms != 0)
        return 0;
    *out_missing = manifest->config.digest;
    int there = load_find(loader, &manifest->config, &blob, err);
    for (size_t i = 0; there > 0 && i < manifest->n_layers; i++) {
        *out_missing = manifest->layers[i].digest;
        there = load_find(loader, &manifest->layers[i], &blob, err);
    }
    return there;
}

// 1: all of it is here or in the archive, and planned. 0: it is not, or not wanted; *out_missing
// is a digest that is nowhere.
static int plan_manifest(struct loader *loader, const struct descriptor *descriptor,
                         const struct document *manifest, const char **out_missing, struct err *err)
{
    int result = manifest_kind_of(manifest, descriptor) == MANIFEST_IMAGE
                     ? plan_image(loader, manifest, out_missing, err)
                     : plan_others(loader, manifest, out_missing, err);
    return result < 0 ? fail_in(err, "manifest %s", descriptor->digest) : result;
}

// --- one target of index.json

static int read_target(struct loader *loader, const struct descriptor *descriptor,
                       struct document *out, struct err *err)
{
    AUTO_BUF struct buf text;
    int there = load_document(loader, descriptor, &text, err);
    if (there <= 0)
        return there;
    return document_read(loader->arena, (struct str){text.at, text.n}, descriptor->mediaType, out,
                         err) < 0
               ? fail_in(err, "document %s", descriptor->digest)
               : 1;
}

static void add_manifest(const struct loader *loader, struct target *target, const char *digest)
{
    const char *hex = digest_hex(digest);
    for (size_t i = 0; i < target->manifests.n; i++) {
        if (strcmp(target->manifests.at[i], hex) == 0)
            return; // the image is there under several names
    }
    words_add(loader->arena, &target->manifests, hex);
}

static int plan_index(struct loader *loader, struct target *target, const struct document *index,
                      const char **out_missing, struct err *err)
{
    for (size_t i = 0; i < index->n_manifests; i++) {
        const struct descriptor *it = &index->manifests[i];
        struct document manifest;
        if (!media_is_manifest(it->mediaType))
            continue; // an index below an index: nothing that we run is there
        int there = read_target(loader, it, &manifest, err);
        if (there < 0)
            return -1;
        if (there == 0) {
            *out_missing = it->digest;
            continue;
        }
        there = plan_manifest(loader, it, &manifest, out_missing, err);
        if (there < 0)
            return -1;
        if (there > 0)
            add_manifest(loader, target, it->digest);
    }
    return target->manifests.n != 0;
}

static const char *name_of(const struct descriptor *descriptor)
{
    const char *name =
        annotation_get(descriptor->annotations, descriptor->n_annotations, NAME_ANNOTATION);
    if (name != NULL)
        return name;
    // podman and skopeo put the whole reference where others put the tag.
    name = annotation_get(descriptor->annotations, descriptor->n_annotations, TAG_ANNOTATION);
    return name != NULL && strpbrk(name, "/:") != NULL ? name : NULL;
}

static int plan_target(struct loader *loader, const struct descriptor *descriptor, struct err *err)
{
    struct document document;
    const char *missing = descriptor->digest;
    struct target *target =
        load_target(loader, digest_hex(descriptor->digest), descriptor->mediaType);
    int there = read_target(loader, descriptor, &document, err);
    if (there < 0)
        return -1;
    if (there > 0 && document.kind == DOCUMENT_INDEX)
        there = plan_index(loader, target, &document, &missing, err);
    else if (there > 0) {
        there = plan_manifest(loader, descriptor, &document, &missing, err);
        if (there > 0)
            add_manifest(loader, target, descriptor->digest);
    }
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_INVALID,
                    "image %s is not whole: %s is neither in the archive nor here%s",
                    descriptor->digest, missing,
                    loader->request->n_platforms != 0
                        ? ", or nothing is for the platform asked for"
                        : "; if it was saved with --since, load that image first");
    const char *name = name_of(descriptor);
    if (name == NULL)
        return 0;
    const char *full = image_reference_full(loader->arena, name, err);
    if (full == NULL)
        return fail_in(err, "index.json");
    words_add(loader->arena, &target->names, full);
    return 0;
}

// Is it the one that was asked for?
static bool is_called(const struct loader *loader, const struct descriptor *descriptor)
{
    const char *wanted = loader->request->reference;
    static const char *const keys[] = {NAME_ANNOTATION, TAG_ANNOTATION};
    struct err ignored;
    if (wanted == NULL || text_equal(descriptor->digest, wanted))
        return true;
    for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
        const char *name =
            annotation_get(descriptor->annotations, descriptor->n_annotations, keys[i]);
        if (name != NULL &&
            (text_equal(name, wanted) ||
             text_equal(name, image_reference_full(loader->arena, wanted, &ignored))))
            return true;
    }
    return false;
}

static int plan_layout(struct loader *loader, struct str text, struct err *err)
{
    struct document index;
    if (document_read(loader->arena, text, MEDIA_INDEX, &index, err) < 0 ||
        index.kind != DOCUMENT_INDEX)
        return fail_in(err, "index.json");
    if (index.n_manifests > IMAGES_MAX)
        return fail(err, ERR_INVALID, "index.json names more than %d images", IMAGES_MAX);
    for (size_t i = 0; i < index.n_manifests; i++) {
        if (is_called(loader, &index.manifests[i]) &&
            plan_target(loader, &index.manifests[i], err) < 0)
            return -1;
    }
    return 0;
}

// --- after all is planned

static int unpack_layers(struct loader *loader, struct err *err)
{
    struct unpack_job *jobs = loader->jobs;
    for (size_t i = 0; i < loader->n_jobs; i++) {
        if (loader->request->say != NULL)
            loader->request->say(loader->request->self, jobs[i].diff_id, jobs[i].size);
    }
    return unpack_all(loader->store, loader->arena, jobs, loader->n_jobs, err);
}

// Blobs that were not read by an unpacker.
static int verify_blobs(struct loader *loader, struct err *err)
{
    for (size_t i = 0; i < loader->n_jobs; i++) {
        struct blob *blob = load_known(loader, loader->jobs[i].found_digest);
        if (blob != NULL)
            blob->is_verified = true; // unpack_finish compared it
    }
    for (size_t i = 0; i < loader->n_blobs; i++) {
        if (loader->blobs[i].is_verified || loader->blobs[i].is_here)
            continue;
        if (load_verify(&loader->blobs[i], err) < 0)
            return -1;
    }
    return 0;
}

static int publish(struct loader *loader, struct err *err)
{
    int root = loader->store->root;
    for (size_t i = 0; i < loader->n_jobs; i++) {
        if (layer_seal(&loader->jobs[i].writer, err) < 0)
            return -1;
    }
    if (content_sync(root, err) < 0)
        return -1;
    for (size_t i = 0; i < loader->n_blobs; i++) {
        const struct blob *blob = &loader->blobs[i];
        if (!blob->is_here && content_adopt(root, blob->fd, blob->hex, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < loader->n_jobs; i++) {
        if (layer_publish(&loader->jobs[i].writer, loader->chain_ids[i], err) < 0)
            return -1;
    }
    return content_sync_names(root, err) < 0 ? -1 : layers_sync_names(root, err);
}

static int record(struct loader *loader, struct image_loaded **out, size_t *n_out, struct err *err)
{
    struct arena *arena = loader->arena;
    struct image_unpacked *layers = arena_array(arena, loader->n_jobs + 1, sizeof *layers);
    for (size_t i = 0; i < loader->n_jobs; i++)
        layers[i] = (struct image_unpacked){loader->chain_ids[i], loader->jobs[i].files_bytes};
    struct words loaded = {}, ids = {};
    for (struct target *it = loader->targets; it != NULL; it = it->next) {
        const struct image_record record = {.target = it->id,
                                            .media_type = it->media_type,
                                            .manifests = it->manifests.at,
                                            .n_manifests = it->manifests.n,
                                            .layers = layers,
                                            .n_layers = loader->n_jobs,
                                            .names = it->names.at,
                                            .n_names = it->names.n};
        struct image image;
        if (image_record(loader->store, arena, &record, &image, err) < 0)
            return -1;
        for (size_t i = 0; i < it->names.n; i++) {
            words_add(arena, &loaded, image_reference_familiar(arena, it->names.at[i]));
            words_add(arena, &ids, image.id);
        }
        if (it->names.n == 0) {
            words_add(arena, &loaded, "");
            words_add(arena, &ids, image.id);
        }
    }
    *out = arena_array(arena, loaded.n + 1, sizeof **out);
    for (size_t i = 0; i < loaded.n; i++)
        (*out)[i] = (struct image_loaded){
            .name = *loaded.at[i] != '\0' ? loaded.at[i] : NULL,
            .id = ids.at[i],
        };
    *n_out = loaded.n;
    return 0;
}

// --- the archive

static int plan_archive(struct loader *loader, struct err *err)
{
    AUTO_BUF struct buf text;
    int there = load_file(loader, "index.json", &text, err);
    if (there < 0)
        return -1;
    if (there > 0)
        return plan_layout(loader, (struct str){text.at, text.n}, err);
    buf_done(&text);
    there = load_file(loader, "manifest.json", &text, err);
    if (there < 0)
        return -1;
    if (there > 0)
        return load_legacy(loader, (struct str){text.at, text.n}, err);
    return fail(err, ERR_INVALID,
                "the archive has neither index.json (an OCI layout) nor manifest.json (docker's): "
                "what 'docker export' wrote is read by 'dhow import'");
}

static int load(struct loader *loader, struct image_loaded **out, size_t *n_out, struct err *err)
{
    if (load_scratch(loader, err) < 0 || plan_archive(loader, err) < 0)
        return -1;
    if (loader->n_targets == 0 && loader->request->reference != NULL)
        return fail(err, ERR_NOT_FOUND, "the archive has no image \"%s\"",
                    loader->request->reference);
    if (loader->n_targets == 0)
        return fail(err, ERR_INVALID, "the archive has no images");
    if (unpack_layers(loader, err) < 0 || verify_blobs(loader, err) < 0 || publish(loader, err) < 0)
        return -1;
    return record(loader, out, n_out, err);
}

int image_load(const struct image_store *store, struct arena *arena,
               const struct image_load *request, struct image_loaded **out, size_t *n_out,
               struct err *err)
{
    struct loader loader = {
        .store = store, .arena = arena, .request = request, .archive = UNPACK_NONE};
    loader.last_target = &loader.targets;
    AUTO_FD int lock = images_lock(store->root, false, err);
    int result = lock < 0 ? -1 : load(&loader, out, n_out, err);
    loader_done(&loader);
    return result;
}
