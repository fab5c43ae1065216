// SPDX-License-Identifier: Apache-2.0
// document_fuzz.c — any bytes as an image's config and as a manifest: refused with a reason, or
// read and then the same after a round trip.
#include "base/buf.h"
#include "base/mem.h"
#include "image/document.h"

#include <assert.h>
#include <string.h>

// As large as the larger of the two.
union document {
    struct config_document config;
    struct manifest_document manifest;
};

static void check(const struct json_field *fields, const char *text, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    union document first, second;
    if (json_decode(&arena, text, n, fields, &first, JSON_LENIENT, &err) < 0) {
        assert(err.kind == ERR_INVALID && err.text[0] != '\0');
        return;
    }
    AUTO_BUF struct buf once, twice;
    buf_init(&once, DOCUMENT_MAX);
    buf_init(&twice, DOCUMENT_MAX);
    json_encode(&once, fields, &first, JSON_COMPACT);
    if (once.is_full)
        return;
    int read = json_decode(&arena, once.at, once.n, fields, &second, JSON_LENIENT, &err);
    assert(read == 0);
    json_encode(&twice, fields, &second, JSON_COMPACT);
    assert(once.n == twice.n && memcmp(once.at, twice.at, once.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    check(config_document_fields, (const char *)bytes, n);
    check(manifest_document_fields, (const char *)bytes, n);
    return 0;
}
