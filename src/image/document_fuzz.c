// SPDX-License-Identifier: Apache-2.0
// document_fuzz.c — any bytes as an image's config and as an index or manifest: refused with a
// reason, or read and then the same after a round trip. What document_read accepts is of one kind
// only, whatever it was said to be.
#include "base/buf.h"
#include "base/mem.h"
#include "image/document.h"

#include <assert.h>
#include <string.h>

static void check_config(struct str text)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct config_document first, second;
    if (config_read(&arena, text, &first, &err) < 0) {
        assert(err.kind == ERR_INVALID && err.text[0] != '\0');
        return;
    }
    AUTO_BUF struct buf once, twice;
    buf_init(&once, DOCUMENT_MAX);
    buf_init(&twice, DOCUMENT_MAX);
    json_encode(&once, config_document_fields, &first, JSON_COMPACT);
    if (once.is_full)
        return;
    int read = config_read(&arena, (struct str){once.at, once.n}, &second, &err);
    assert(read == 0);
    json_encode(&twice, config_document_fields, &second, JSON_COMPACT);
    assert(once.n == twice.n && memcmp(once.at, twice.at, once.n) == 0);
    (void)chain_ids_of(&arena, &first.rootfs);
}

static void check_descriptors(const struct descriptor *list, size_t n, size_t max)
{
    assert(n <= max);
    for (size_t i = 0; i < n; i++)
        assert(digest_is_valid(list[i].digest) && list[i].size <= DOCUMENT_BLOB_MAX);
}

static void write_document(struct buf *out, const struct document *document)
{
    if (document->kind == DOCUMENT_INDEX)
        document_write_index(out, document);
    else
        document_write_manifest(out, document);
}

static void check_document(struct str text)
{
    static const char *const types[] = {MEDIA_INDEX, MEDIA_DOCKER_LIST, MEDIA_MANIFEST,
                                        MEDIA_DOCKER_MANIFEST, "text/html"};
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct document first, second, other;
    if (document_read(&arena, text, NULL, &first, &err) < 0) {
        assert(err.kind == ERR_INVALID && err.text[0] != '\0');
        return;
    }
    check_descriptors(first.manifests, first.n_manifests, DOCUMENT_MANIFESTS_MAX);
    check_descriptors(first.layers, first.n_layers, DOCUMENT_LAYERS_MAX);
    assert((first.kind == DOCUMENT_INDEX) == media_is_index(first.media_type));
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        if (document_read(&arena, text, types[i], &other, &err) == 0)
            assert(other.kind == first.kind && strcmp(other.media_type, types[i]) == 0);
    }
    (void)manifest_kind_of(&first, NULL);
    AUTO_BUF struct buf once, twice;
    buf_init(&once, DOCUMENT_MAX);
    buf_init(&twice, DOCUMENT_MAX);
    write_document(&once, &first);
    if (once.is_full)
        return;
    int read =
        document_read(&arena, (struct str){once.at, once.n}, first.media_type, &second, &err);
    assert(read == 0);
    write_document(&twice, &second);
    assert(once.n == twice.n && memcmp(once.at, twice.at, once.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct str text = {(const char *)bytes, n};
    check_config(text);
    check_document(text);
    return 0;
}
