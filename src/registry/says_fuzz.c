// SPDX-License-Identifier: Apache-2.0
// Any bytes as the body of an answer that is no success: no crash, and words that can be shown.
#include "registry/says.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {};
    const char *body = arena_strndup(&arena, (const char *)data, size);
    struct says says = says_read(&arena, 404, body);
    assert(says.code != NULL && *says.words != '\0');
    for (const char *at = says.words; *at != '\0'; at++)
        assert((unsigned char)*at >= ' ' && *at != 0x7f);
    return 0;
}
