// SPDX-License-Identifier: Apache-2.0
// load_legacy.c — docker's archives of before 25, and podman's docker-archive: manifest.json says
//
//     [{"Config": "<hex>.json", "RepoTags": ["alpine:3.20"], "Layers": ["<hex>/layer.tar", …]}]
//
// Layers have no digests there but the diff ids of the config. A manifest is written for them, as
// docker itself does (schema 2), so that the image has the id that docker gives it.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/load_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGES_MAX = 1000, MAGIC = 4 };

struct entry {
    const char *config;
    const char **repo_tags, **layers;
    size_t n_repo_tags, n_layers;
};
struct manifest {
    struct entry *entries;
    size_t n_entries;
};
static const struct json_field entry_fields[] = {
    JSON_NAMED(struct entry, config, "Config", JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_ARRAY_NAMED(struct entry, repo_tags, "RepoTags", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct entry, layers, "Layers", JSON_REQUIRED),
    {},
};
static const struct json_field manifest_fields[] = {
    JSON_LIST_NAMED(struct manifest, entries, "", entry_fields, JSON_REQUIRED),
    {},
};

// A file of the archive as a blob named by its digest.
static int add_file(struct loader *loader, const char *path, struct blob *out, struct err *err)
{
    struct stat st;
    char hex[CONTENT_HEX + 1];
    AUTO_FD int fd = load_open(loader, path, err);
    if (fd < 0 || load_hash(fd, hex, err) < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "look at %.200s", path);
    struct blob *known = load_known(loader, hex);
    if (known != NULL) {
        *out = *known;
        return 0;
    }
    uint64_t size;
    int there = content_find(loader->store->root, hex, &size, err);
    if (there < 0)
        return -1;
    const struct blob blob = {.hex = arena_strdup(loader->arena, hex),
                              .path = path,
                              .fd = TAKE_FD(fd),
                              .size = (uint64_t)st.st_size,
                              .is_here = there > 0,
                              .is_verified = true};
    *out = *load_add(loader, &blob);
    return 0;
}

static const char *layer_media(const struct blob *blob)
{
    static const struct {
        unsigned char magic[MAGIC];
        size_t n;
        const char *media_type;
    } table[] = {
        {{0x1f, 0x8b}, 2, MEDIA_DOCKER_LAYER ".gzip"},
        {{0x28, 0xb5, 0x2f, 0xfd}, MAGIC, MEDIA_DOCKER_LAYER ".zstd"},
    };
    unsigned char start[MAGIC];
    ssize_t n = pread(blob->fd, start, sizeof start, 0);
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        if (n >= (ssize_t)table[i].n && memcmp(start, table[i].magic, table[i].n) == 0)
            return table[i].media_type;
    }
    return MEDIA_DOCKER_LAYER;
}

static int plan_layers(struct loader *loader, const struct entry *entry,
                       const struct config_document *config, struct document *out, struct err *err)
{
    const char **chain = chain_ids_of(loader->arena, &config->rootfs);
    for (size_t i = 0; i < entry->n_layers; i++) {
        struct blob blob;
        const char *diff_id = digest_hex(config->rootfs.diff_ids[i]);
        if (add_file(loader, entry->layers[i], &blob, err) < 0)
            return -1;
        const char *media_type = layer_media(&blob);
        if (text_equal(media_type, MEDIA_DOCKER_LAYER) && strcmp(blob.hex, diff_id) != 0)
            return fail(err, ERR_INVALID,
                        "layer %.200s has the digest sha256:%s, the image's config says sha256:%s",
                        entry->layers[i], blob.hex, diff_id);
        if (load_layer(loader, &blob, chain[i], diff_id, err) < 0)
            return -1;
        out->layers[i] =
            (struct descriptor){.mediaType = media_type,
                                .digest = arena_printf(loader->arena, "sha256:%s", blob.hex),
                                .size = blob.size};
    }
    out->n_layers = entry->n_layers;
    return 0;
}

// The manifest's text becomes a file of the scratch directory, and so a blob like the others.
static int add_document(struct loader *loader, const struct document *document, struct blob *out,
                        struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    document_write_manifest(&text, document);
    if (buf_check(&text, "the manifest", err) < 0)
        return -1;
    const char *name = arena_printf(loader->arena, "dhow-manifest-%zu", loader->n_targets);
    int scratch = loader->archive.writer.fs;
    if (unlinkat(scratch, name, 0) < 0 && errno != ENOENT)
        return fail_sys(err, "write %s", name);
    AUTO_FD int fd = openat(scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write %s", name);
    return add_file(loader, name, out, err);
}

static int plan_entry(struct loader *loader, const struct entry *entry, struct err *err)
{
    AUTO_BUF struct buf text;
    struct config_document config;
    struct blob config_blob, manifest_blob;
    int there = load_file(loader, entry->config, &text, err);
    if (there == 0)
        return fail(err, ERR_INVALID, "the config %.200s is not in the archive", entry->config);
    if (there < 0 || config_read(loader->arena, (struct str){text.at, text.n}, &config, err) < 0)
        return fail_in(err, "config %.200s", entry->config);
    if (config.rootfs.n_diff_ids != entry->n_layers)
        return fail(err, ERR_INVALID, "%zu layers are listed, the config %.200s has %zu diff ids",
                    entry->n_layers, entry->config, config.rootfs.n_diff_ids);
    struct document document = {
        .kind = DOCUMENT_MANIFEST,
        .media_type = MEDIA_DOCKER_MANIFEST,
        .layers = arena_array(loader->arena, entry->n_layers + 1, sizeof *document.layers)};
    if (add_file(loader, entry->config, &config_blob, err) < 0 ||
        plan_layers(loader, entry, &config, &document, err) < 0)
        return -1;
    document.config =
        (struct descriptor){.mediaType = MEDIA_DOCKER_CONFIG,
                            .digest = arena_printf(loader->arena, "sha256:%s", config_blob.hex),
                            .size = config_blob.size};
    if (add_document(loader, &document, &manifest_blob, err) < 0)
        return -1;
    struct target *target = load_target(loader, manifest_blob.hex, MEDIA_DOCKER_MANIFEST);
    if (target->manifests.n == 0)
        words_add(loader->arena, &target->manifests, manifest_blob.hex);
    for (size_t i = 0; i < entry->n_repo_tags; i++) {
        const char *full = image_reference_full(loader->arena, entry->repo_tags[i], err);
        if (full == NULL)
            return -1;
        words_add(loader->arena, &target->names, full);
    }
    return 0;
}

static bool is_called(const struct loader *loader, const struct entry *entry)
{
    const char *wanted = loader->request->reference;
    struct err ignored;
    if (wanted == NULL)
        return true;
    const char *full = image_reference_full(loader->arena, wanted, &ignored);
    for (size_t i = 0; full != NULL && i < entry->n_repo_tags; i++) {
        if (text_equal(image_reference_full(loader->arena, entry->repo_tags[i], &ignored), full))
            return true;
    }
    return false;
}

int load_legacy(struct loader *loader, struct str text, struct err *err)
{
    struct manifest manifest;
    if (json_decode(loader->arena, text.at, text.n, manifest_fields, &manifest, JSON_LENIENT, err) <
        0)
        return fail_in(err, "manifest.json");
    if (manifest.n_entries > IMAGES_MAX)
        return fail(err, ERR_INVALID, "manifest.json names more than %d images", IMAGES_MAX);
    for (size_t i = 0; i < manifest.n_entries; i++) {
        if (is_called(loader, &manifest.entries[i]) &&
            plan_entry(loader, &manifest.entries[i], err) < 0)
            return fail_in(err, "manifest.json");
    }
    return 0;
}
