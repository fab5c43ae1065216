// SPDX-License-Identifier: Apache-2.0
// base64_fuzz.c — what is accepted is the one encoding of its bytes; all bytes survive the round.
#include "base/base64.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    AUTO_BUF struct buf bytes = {.max = size + 3}, text = {.max = 2 * size + 8};
    if (base64_decode((struct str){(const char *)data, size}, &bytes, &err) == 0) {
        base64_encode(bytes.at, bytes.n, &text);
        assert(text.n == size && memcmp(buf_get(&text), data, size) == 0);
    }
    buf_clear(&text);
    buf_clear(&bytes);
    base64_encode(data, size, &text);
    int r = base64_decode((struct str){buf_get(&text), text.n}, &bytes, &err);
    assert(r == 0 && bytes.n == size && memcmp(buf_get(&bytes), data, size) == 0);
    return 0;
}
