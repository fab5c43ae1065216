// SPDX-License-Identifier: Apache-2.0
// reference_fuzz.c — any text is refused, or has one full form that stays what it is.
#include "base/mem.h"
#include "base/str.h"
#include "image/image.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    const char *text = arena_strndup(&arena, (const char *)bytes, n);
    const char *full = image_reference_full(&arena, text, &err);
    if (full == NULL) {
        assert(err.kind == ERR_INVALID && err.text[0] != '\0');
        return 0;
    }
    // It becomes part of file names and URLs.
    assert(strstr(full, "/.") == NULL && strstr(full, "./") == NULL && strstr(full, "//") == NULL);
    assert(full[0] != '/' && full[0] != '.');
    for (const char *c = full; *c != '\0'; c++)
        assert(*c > ' ' && *c < 0x7f && strchr("\\%?#&", *c) == NULL);
    const char *again = image_reference_full(&arena, full, &err);
    assert(text_equal(again, full));
    const char *familiar = image_reference_familiar(&arena, full);
    assert(text_equal(image_reference_full(&arena, familiar, &err), full));
    return 0;
}
