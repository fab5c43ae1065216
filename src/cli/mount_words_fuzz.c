// SPDX-License-Identifier: Apache-2.0
// mount_words_fuzz.c — any text is a mount with a type and a target, or an error.
#include "cli/mount_words.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct mount_request it;
    const char *text = arena_strndup(&arena, (const char *)bytes, n), *words;
    if (mount_words_read(&arena, text, &it, &err) == 0 && (it.type == NULL || it.target == NULL))
        abort();
    if (volume_words_read(&arena, text, &words, &err) == 0 && words == NULL)
        abort();
    return 0;
}
