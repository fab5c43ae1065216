// SPDX-License-Identifier: Apache-2.0
// recompress.c — what is not compressed, or in a way that no registry's client knows, becomes gzip.
#include "archive/recompress.h"

#include "archive/compress.h"
#include "archive/decoder.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>

enum { STEP = 256 * 1024 };

static int put(int to, const void *bytes, size_t n, struct err *err)
{
    return write_all(to, bytes, n) < 0 ? fail_sys(err, "write the layer") : 0;
}

// The first bytes are in the decoder already.
static int copy(struct decoder *decoder, int to, uint8_t *step, struct err *err)
{
    if (put(to, decoder->at, decoder->n, err) < 0)
        return -1;
    for (;;) {
        ssize_t n = input_read(decoder->input, step, STEP, err);
        if (n <= 0)
            return (int)n;
        if (put(to, step, (size_t)n, err) < 0)
            return -1;
    }
}

static int compress(struct decoder *decoder, int to, uint8_t *step, struct err *err)
{
    struct compressor *gzip = compressor_new(to);
    int result = 0;
    ssize_t n = 1;
    while (result == 0 && n > 0) {
        n = decoder_read(decoder, step, STEP, err);
        result = n < 0 ? -1 : compressor_add(gzip, step, (size_t)n, err);
    }
    if (result == 0)
        result = compressor_end(gzip, err);
    compressor_free(gzip);
    return result;
}

int recompress(int from, int to, struct err *err)
{
    struct input input;
    struct decoder decoder = {};
    AUTO_FREE uint8_t *step = xmalloc(STEP);
    input_init(&input, from, -1, INPUT_SIZE_UNKNOWN);
    int result = decoder_open(&decoder, &input, err);
    if (result == 0) {
        bool stays = decoder.format == &decoder_gzip || decoder.format == &decoder_zstd;
        result = stays ? copy(&decoder, to, step, err) : compress(&decoder, to, step, err);
    }
    decoder_done(&decoder);
    return result;
}
