// SPDX-License-Identifier: Apache-2.0
// recompress.c — a layer is decompressed, and compressed in the way that is wanted.
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

static int compress(struct decoder *decoder, int to, enum compression how, uint8_t *step,
                    struct err *err)
{
    struct compressor *compressor = compressor_new(to, how);
    int result = 0;
    ssize_t n = 1;
    while (result == 0 && n > 0) {
        n = decoder_read(decoder, step, STEP, err);
        result = n < 0 ? -1 : compressor_add(compressor, step, (size_t)n, err);
    }
    if (result == 0)
        result = compressor_end(compressor, err);
    compressor_free(compressor);
    return result;
}

int recompress(int from, int to, const enum compression *as, struct err *err)
{
    struct input input;
    struct decoder decoder = {};
    AUTO_FREE uint8_t *step = xmalloc(STEP);
    input_init(&input, from, -1, INPUT_SIZE_UNKNOWN);
    int result = decoder_open(&decoder, &input, err);
    if (result == 0) {
        bool stays =
            as == NULL && (decoder.format == &decoder_gzip || decoder.format == &decoder_zstd);
        result = stays ? copy(&decoder, to, step, err)
                       : compress(&decoder, to, as != NULL ? *as : COMPRESS_GZIP, step, err);
    }
    decoder_done(&decoder);
    return result;
}
