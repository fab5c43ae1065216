// SPDX-License-Identifier: Apache-2.0
// compress.c — ISA-L's deflate with a gzip frame around it.
#include "archive/compress.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

enum { LEVEL = 2, OUT = 256 * 1024 };

struct compressor {
    int to;
    struct isal_zstream stream;
    uint8_t level[ISAL_DEF_LVL2_DEFAULT];
    uint8_t out[OUT];
};

struct compressor *compressor_new(int to)
{
    struct compressor *compressor = xcalloc(1, sizeof *compressor);
    compressor->to = to;
    isal_deflate_init(&compressor->stream);
    compressor->stream.level = LEVEL;
    compressor->stream.level_buf = compressor->level;
    compressor->stream.level_buf_size = sizeof compressor->level;
    compressor->stream.gzip_flag = IGZIP_GZIP;
    return compressor;
}

void compressor_free(struct compressor *compressor)
{
    free(compressor);
}

static int run(struct compressor *compressor, struct err *err)
{
    struct isal_zstream *stream = &compressor->stream;
    do {
        stream->next_out = compressor->out;
        stream->avail_out = OUT;
        int result = isal_deflate(stream);
        if (result != COMP_OK)
            return fail(err, ERR_SYSTEM, "compress: ISA-L's error %d", result);
        size_t n = OUT - stream->avail_out;
        if (n != 0 && write_all(compressor->to, compressor->out, n) < 0)
            return errno == EPIPE ? fail(err, ERR_UNAVAILABLE, "the reader has hung up")
                                  : fail_sys(err, "write the compressed archive");
    } while (stream->avail_out == 0);
    return 0;
}

int compressor_add(struct compressor *compressor, const void *bytes, size_t n, struct err *err)
{
    enum { MOST = 1 << 30 }; // the stream counts with 32 bits
    const uint8_t *at = bytes;
    while (n != 0) {
        size_t step = n < MOST ? n : MOST;
        // ISA-L's type cannot say that it only reads.
        compressor->stream.next_in = (uint8_t *)(uintptr_t)at;
        compressor->stream.avail_in = (uint32_t)step;
        if (run(compressor, err) < 0)
            return -1;
        at += step;
        n -= step;
    }
    return 0;
}

int compressor_end(struct compressor *compressor, struct err *err)
{
    compressor->stream.end_of_stream = 1;
    compressor->stream.avail_in = 0;
    return run(compressor, err);
}
