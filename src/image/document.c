// SPDX-License-Identifier: Apache-2.0
// document.c — indexes and manifests, OCI's and docker's, by one reader (image-spec manifest.md,
// image-index.md; distribution's manifest-v2-2.md).
//
// Type confusion (CVE-2021-41190 and kin): the same bytes must not be an index for one program and
// a manifest for another. So the text's own members say what it is, its mediaType must say the
// same, and so must whoever pointed to it; members of both kinds at once are refused, and so is a
// document of docker's without the mediaType that docker's specification demands.
#include "image/document.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

#include <string.h>

enum { HEX = 64, TEXT_MAX = 255 };

// --- media types

static const struct {
    const char *name;
    enum document_kind kind;
    bool is_docker;
} kinds[] = {
    {MEDIA_INDEX, DOCUMENT_INDEX, false},
    {MEDIA_DOCKER_LIST, DOCUMENT_INDEX, true},
    {MEDIA_MANIFEST, DOCUMENT_MANIFEST, false},
    {MEDIA_DOCKER_MANIFEST, DOCUMENT_MANIFEST, true},
};

#define MEDIA_FOREIGN        "application/vnd.oci.image.layer.nondistributable.v1.tar"
#define MEDIA_DOCKER_FOREIGN "application/vnd.docker.image.rootfs.foreign.diff.tar"
static const struct {
    const char *name;
    struct layer_media is;
} layer_types[] = {
    {MEDIA_LAYER, {LAYER_PLAIN, false}},
    {MEDIA_LAYER "+gzip", {LAYER_GZIP, false}},
    {MEDIA_LAYER "+zstd", {LAYER_ZSTD, false}},
    {MEDIA_LAYER "+xz", {LAYER_OTHER, false}},
    {MEDIA_LAYER "+bzip2", {LAYER_OTHER, false}},
    {MEDIA_DOCKER_LAYER, {LAYER_PLAIN, false}},
    {MEDIA_DOCKER_LAYER ".gzip", {LAYER_GZIP, false}},
    {MEDIA_DOCKER_LAYER ".zstd", {LAYER_ZSTD, false}},
    {MEDIA_DOCKER_LAYER "+gzip", {LAYER_GZIP, false}},
    {MEDIA_DOCKER_LAYER "+zstd", {LAYER_ZSTD, false}},
    {MEDIA_FOREIGN, {LAYER_PLAIN, true}},
    {MEDIA_FOREIGN "+gzip", {LAYER_GZIP, true}},
    {MEDIA_FOREIGN "+zstd", {LAYER_ZSTD, true}},
    {MEDIA_DOCKER_FOREIGN, {LAYER_PLAIN, true}},
    {MEDIA_DOCKER_FOREIGN ".gzip", {LAYER_GZIP, true}},
};

static int kind_of_media(const char *media_type) // an index into kinds, or -1
{
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (text_equal(kinds[i].name, media_type))
            return (int)i;
    }
    return -1;
}

bool media_is_index(const char *media_type)
{
    int kind = kind_of_media(media_type);
    return kind >= 0 && kinds[kind].kind == DOCUMENT_INDEX;
}

bool media_is_manifest(const char *media_type)
{
    int kind = kind_of_media(media_type);
    return kind >= 0 && kinds[kind].kind == DOCUMENT_MANIFEST;
}

bool media_is_config(const char *media_type)
{
    return text_equal(media_type, MEDIA_CONFIG) || text_equal(media_type, MEDIA_DOCKER_CONFIG);
}

struct layer_media media_of_layer(const char *media_type)
{
    for (size_t i = 0; i < N_ELEMENTS(layer_types); i++) {
        if (text_equal(layer_types[i].name, media_type))
            return layer_types[i].is;
    }
    return (struct layer_media){LAYER_UNKNOWN, false};
}

const char *media_for_layer(struct arena *arena, const char *compression)
{
    if (strcmp(compression, "none") == 0)
        return MEDIA_LAYER;
    return arena_printf(arena, MEDIA_LAYER "+%s", compression);
}

// --- digests

static bool is_hex(const char *text, size_t n)
{
    return strspn(text, "0123456789abcdef") == n && text[n] == '\0';
}

bool digest_is_valid(const char *text)
{
    return text != NULL && text_starts(text, "sha256:") && is_hex(text + strlen("sha256:"), HEX);
}

int digest_check(const char *text, struct err *err)
{
    if (digest_is_valid(text))
        return 0;
    if (text_starts(text != NULL ? text : "", "sha512:"))
        return fail(err, ERR_INVALID,
                    "the digest \"%.80s…\" is a sha512 one: dhow stores content by sha256 only",
                    text);
    return fail(err, ERR_INVALID,
                "invalid digest \"%.100s\": want sha256: and 64 lower-case hex digits",
                text != NULL ? text : "");
}

const char *digest_hex(const char *digest)
{
    return text_starts(digest, "sha256:") ? digest + strlen("sha256:") : digest;
}

const char *annotation_get(const struct json_pair *annotations, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(annotations[i].key, key) == 0)
            return annotations[i].value;
    }
    return NULL;
}

// --- reading

const struct json_field descriptor_fields[] = {
    JSON_FIELD(struct descriptor, mediaType, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct descriptor, digest, JSON_REQUIRED),
    JSON_FIELD(struct descriptor, size, JSON_REQUIRED),
    JSON_ARRAY(struct descriptor, urls, JSON_OPTIONAL),
    JSON_PAIRS(struct descriptor, annotations, JSON_OPTIONAL),
    JSON_BEHIND(struct descriptor, platform, platform_fields, JSON_OPTIONAL),
    JSON_FIELD(struct descriptor, artifactType, JSON_OPTIONAL),
    {},
};

// What the text has, whatever it is: the members that tell the kinds apart are taken raw first.
struct probe {
    int64_t schema_version;
    const char *media_type, *manifests, *config, *layers, *fs_layers, *blobs;
};
static const struct json_field probe_fields[] = {
    JSON_NAMED(struct probe, schema_version, "schemaVersion", JSON_OPTIONAL),
    JSON_NAMED(struct probe, media_type, "mediaType", JSON_OPTIONAL),
    JSON_TEXT_OF(struct probe, manifests, JSON_OPTIONAL),
    JSON_TEXT_OF(struct probe, config, JSON_OPTIONAL),
    JSON_TEXT_OF(struct probe, layers, JSON_OPTIONAL),
    {.name = "fsLayers", .offset = offsetof(struct probe, fs_layers), .kind = JSON_RAW},
    JSON_TEXT_OF(struct probe, blobs, JSON_OPTIONAL),
    {},
};

struct written { // what documents have around their lists
    uint32_t schemaVersion;
    struct document document;
};
#define COMMON_FIELDS                                                                              \
    JSON_FIELD(struct written, schemaVersion, JSON_REQUIRED),                                      \
        JSON_NAMED(struct written, document.media_type, "mediaType", JSON_OPTIONAL),               \
        JSON_NAMED(struct written, document.artifact_type, "artifactType", JSON_OPTIONAL)
#define MEMBER_LIST(member, json_name, table, how)                                                 \
    {                                                                                              \
        .name = (json_name), .offset = offsetof(struct written, document.member),                  \
        .count_offset = offsetof(struct written, document.n_##member),                             \
        .size = sizeof *JSON_MEMBER(struct written, document.member), .kind = JSON_STRUCTS,        \
        .fields = (table), .flags = (how)                                                          \
    }
#define MEMBER_ANNOTATIONS                                                                         \
    {                                                                                              \
        .name = "annotations", .offset = offsetof(struct written, document.annotations),           \
        .count_offset = offsetof(struct written, document.n_annotations), .kind = JSON_MAP         \
    }
#define MEMBER_SUBJECT                                                                             \
    JSON_BEHIND_NAMED(struct written, document.subject, "subject", descriptor_fields, JSON_OPTIONAL)
static const struct json_field index_fields[] = {
    COMMON_FIELDS,
    MEMBER_LIST(manifests, "manifests", descriptor_fields, JSON_REQUIRED),
    MEMBER_SUBJECT,
    MEMBER_ANNOTATIONS,
    {},
};
static const struct json_field manifest_fields[] = {
    COMMON_FIELDS,
    JSON_INSIDE_NAMED(struct written, document.config, "config", descriptor_fields, JSON_REQUIRED),
    MEMBER_LIST(layers, "layers", descriptor_fields, JSON_REQUIRED),
    MEMBER_SUBJECT,
    MEMBER_ANNOTATIONS,
    {},
};

static int decide_kind(const struct probe *probe, const char *expected, int *out, struct err *err);
static int check_descriptor(const struct descriptor *it, const char *what, struct err *err);
static int check_all(const struct document *document, struct err *err);

int document_read(struct arena *arena, struct str text, const char *expected, struct document *out,
                  struct err *err)
{
    struct probe probe;
    struct written written = {}; // a table fills what it names
    int kind = 0;
    if (text.n > DOCUMENT_MAX)
        return fail(err, ERR_INVALID,
                    "the document has %zu bytes: indexes and manifests have at most %d", text.n,
                    DOCUMENT_MAX);
    if (json_decode(arena, text.at, text.n, probe_fields, &probe, JSON_LENIENT, err) < 0 ||
        decide_kind(&probe, expected, &kind, err) < 0 ||
        json_decode(arena, text.at, text.n,
                    kinds[kind].kind == DOCUMENT_INDEX ? index_fields : manifest_fields, &written,
                    JSON_LENIENT, err) < 0)
        return -1;
    written.document.kind = kinds[kind].kind;
    written.document.media_type = kinds[kind].name;
    if (check_all(&written.document, err) < 0)
        return -1;
    *out = written.document;
    return 0;
}

static int refuse_old(const struct probe *probe, struct err *err)
{
    if (probe->schema_version == 1 || probe->fs_layers != NULL)
        return fail(err, ERR_INVALID,
                    "the image is of Docker's schema 1, which has not been written since 2016: "
                    "push it again with a newer tool, or convert it (skopeo copy --format oci)");
    if (probe->schema_version != 2)
        return fail(err, ERR_INVALID, "schemaVersion: want 2, not %jd",
                    (intmax_t)probe->schema_version);
    if (probe->blobs != NULL)
        return fail(err, ERR_INVALID,
                    "the document has blobs: an OCI artifact manifest, which is no longer a kind "
                    "of its own");
    return 0;
}

static int decide_kind(const struct probe *probe, const char *expected, int *out, struct err *err)
{
    if (refuse_old(probe, err) < 0)
        return -1;
    bool is_index = probe->manifests != NULL;
    bool is_manifest = probe->config != NULL || probe->layers != NULL;
    if (is_index && is_manifest)
        return fail(err, ERR_INVALID,
                    "the document has manifests and layers: it could be taken for an index and for "
                    "an image's manifest");
    if (!is_index && !is_manifest)
        return fail(err, ERR_INVALID, "the document is neither an index nor a manifest");
    const char *says = probe->media_type;
    if (says != NULL && expected != NULL && strcmp(says, expected) != 0)
        return fail(err, ERR_INVALID, "the document says it is %.100s, but was said to be %.100s",
                    says, expected);
    const char *media_type = says != NULL       ? says
                             : expected != NULL ? expected
                             : is_index         ? MEDIA_INDEX
                                                : MEDIA_MANIFEST;
    int kind = kind_of_media(media_type);
    if (kind < 0)
        return fail(err, ERR_INVALID, "unsupported media type %.200s", media_type);
    if (kinds[kind].kind != (is_index ? DOCUMENT_INDEX : DOCUMENT_MANIFEST))
        return fail(err, ERR_INVALID, "the document is said to be %.100s, but has %s", media_type,
                    is_index ? "an index's manifests" : "a manifest's config and layers");
    if (says == NULL && kinds[kind].is_docker)
        return fail(err, ERR_INVALID, "mediaType: is required in %.100s", media_type);
    *out = kind;
    return 0;
}

// --- checking

static bool is_plain(const char *text) // printable, of reasonable length
{
    size_t n = 0;
    for (; text[n] != '\0'; n++) {
        if (text[n] <= ' ' || text[n] > '~')
            return false;
    }
    return n != 0 && n <= TEXT_MAX;
}

static int check_descriptor(const struct descriptor *it, const char *what, struct err *err)
{
    if (digest_check(it->digest, err) < 0)
        return fail_in(err, "%s", what);
    if (!is_plain(it->mediaType))
        return fail(err, ERR_INVALID, "%s: its media type is no media type", what);
    if (it->size > DOCUMENT_BLOB_MAX)
        return fail(err, ERR_INVALID, "%s: a size of %ju bytes is too much", what,
                    (uintmax_t)it->size);
    bool is_document = kind_of_media(it->mediaType) >= 0 || media_is_config(it->mediaType);
    if (is_document && it->size > DOCUMENT_MAX)
        return fail(err, ERR_INVALID, "%s: a document of %ju bytes is too large", what,
                    (uintmax_t)it->size);
    return 0;
}

static int check_list(const struct descriptor *list, size_t n, const char *what, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (check_descriptor(&list[i], what, err) < 0)
            return fail_in(err, "%zu", i);
    }
    return 0;
}

static int check_all(const struct document *document, struct err *err)
{
    if (document->n_manifests > DOCUMENT_MANIFESTS_MAX)
        return fail(err, ERR_INVALID, "the index names %zu manifests: %d are the limit",
                    document->n_manifests, DOCUMENT_MANIFESTS_MAX);
    if (document->n_layers > DOCUMENT_LAYERS_MAX)
        return fail(err, ERR_INVALID,
                    "the image has %zu layers: the kernel's overlay file system takes %d; build it "
                    "again with fewer (squash some)",
                    document->n_layers, DOCUMENT_LAYERS_MAX);
    if (document->subject != NULL && check_descriptor(document->subject, "subject", err) < 0)
        return -1;
    if (document->kind == DOCUMENT_MANIFEST &&
        check_descriptor(&document->config, "config", err) < 0)
        return -1;
    if (check_list(document->manifests, document->n_manifests, "manifests", err) < 0 ||
        check_list(document->layers, document->n_layers, "layers", err) < 0)
        return -1;
    return 0;
}

enum manifest_kind manifest_kind_of(const struct document *manifest,
                                    const struct descriptor *descriptor)
{
    const char *type =
        descriptor == NULL
            ? NULL
            : annotation_get(descriptor->annotations, descriptor->n_annotations, ANNOTATION_TYPE);
    if (text_equal(type, "attestation-manifest"))
        return MANIFEST_ATTESTATION;
    if (!media_is_config(manifest->config.mediaType) || manifest->artifact_type != NULL)
        return MANIFEST_ARTIFACT;
    const struct platform *platform = descriptor != NULL ? descriptor->platform : NULL;
    if (platform != NULL && text_equal(platform->os, "unknown"))
        return MANIFEST_ATTESTATION;
    for (size_t i = 0; i < manifest->n_layers; i++) {
        if (media_of_layer(manifest->layers[i].mediaType).compression == LAYER_UNKNOWN)
            return MANIFEST_ARTIFACT;
    }
    return manifest->n_layers != 0 ? MANIFEST_IMAGE : MANIFEST_ARTIFACT;
}

// --- writing

void document_write_manifest(struct buf *out, const struct document *document)
{
    const struct written written = {.schemaVersion = 2, .document = *document};
    json_encode(out, manifest_fields, &written, JSON_COMPACT);
}

void document_write_index(struct buf *out, const struct document *document)
{
    const struct written written = {.schemaVersion = 2, .document = *document};
    json_encode(out, index_fields, &written, JSON_COMPACT);
}

// --- chain ids

const char *chain_id_of(struct arena *arena, const char *parent, const char *diff_id)
{
    if (parent == NULL)
        return arena_strdup(arena, diff_id);
    AUTO_FREE char *text = str_printf("sha256:%s sha256:%s", parent, diff_id);
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(arena, SHA256_HEX + 1);
    sha256_of(text, strlen(text), digest);
    sha256_hex(digest, hex);
    return hex;
}

const char **chain_ids_of(struct arena *arena, const struct rootfs *rootfs)
{
    const char **chain = arena_array(arena, rootfs->n_diff_ids + 1, sizeof *chain);
    for (size_t i = 0; i < rootfs->n_diff_ids; i++)
        chain[i] =
            chain_id_of(arena, i == 0 ? NULL : chain[i - 1], digest_hex(rootfs->diff_ids[i]));
    return chain;
}
