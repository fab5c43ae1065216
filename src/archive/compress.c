// SPDX-License-Identifier: Apache-2.0
// compress.c — ISA-L's deflate with a gzip frame around it, libzstd's stream, or nothing.
#include "archive/compress.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 2, ZSTD_LEVEL = 3, OUT = 256 * 1024 };

struct compressor {
    int to;
    enum compression how;
    ZSTD_CCtx *zstd;
    struct isal_zstream stream;
    uint8_t level[ISAL_DEF_LVL2_DEFAULT];
    uint8_t out[OUT];
};

struct compressor *compressor_new(int to, enum compression how)
{
    struct compressor *compressor = xcalloc(1, sizeof *compressor);
    compressor->to = to;
    compressor->how = how;
    if (how == COMPRESS_ZSTD) {
        compressor->zstd = ZSTD_createCCtx();
        // What these refuse, compressing would refuse, too, and say so.
        (void)ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        (void)ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_checksumFlag, 1);
    }
    isal_deflate_init(&compressor->stream);
    compressor->stream.level = LEVEL;
    compressor->stream.level_buf = compressor->level;
    compressor->stream.level_buf_size = sizeof compressor->level;
    compressor->stream.gzip_flag = IGZIP_GZIP;
    return compressor;
}

void compressor_free(struct compressor *compressor)
{
    if (compressor != NULL)
        (void)ZSTD_freeCCtx(compressor->zstd); // NULL-safe
    free(compressor);
}

static int put(const struct compressor *compressor, const void *bytes, size_t n, struct err *err)
{
    if (n == 0 || write_all(compressor->to, bytes, n) == 0)
        return 0;
    return errno == EPIPE ? fail(err, ERR_UNAVAILABLE, "the reader has hung up")
                          : fail_sys(err, "write the layer");
}

static int run_zstd(struct compressor *compressor, const void *bytes, size_t n, bool is_end,
                    struct err *err)
{
    ZSTD_inBuffer in = {bytes, n, 0};
    for (;;) {
        ZSTD_outBuffer out = {compressor->out, OUT, 0};
        size_t left = compressor->zstd == NULL
                          ? (size_t)-1
                          : ZSTD_compressStream2(compressor->zstd, &out, &in,
                                                 is_end ? ZSTD_e_end : ZSTD_e_continue);
        if (compressor->zstd == NULL || ZSTD_isError(left))
            return fail(err, ERR_SYSTEM, "compress: libzstd: %s",
                        compressor->zstd == NULL ? "no memory" : ZSTD_getErrorName(left));
        if (put(compressor, compressor->out, out.pos, err) < 0)
            return -1;
        if (is_end ? left == 0 : in.pos == in.size)
            return 0;
    }
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
        if (put(compressor, compressor->out, OUT - stream->avail_out, err) < 0)
            return -1;
    } while (stream->avail_out == 0);
    return 0;
}

int compressor_add(struct compressor *compressor, const void *bytes, size_t n, struct err *err)
{
    enum { MOST = 1 << 30 }; // the stream counts with 32 bits
    const uint8_t *at = bytes;
    if (compressor->how == COMPRESS_NONE)
        return put(compressor, bytes, n, err);
    if (compressor->how == COMPRESS_ZSTD)
        return run_zstd(compressor, bytes, n, false, err);
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
    if (compressor->how == COMPRESS_NONE)
        return 0;
    if (compressor->how == COMPRESS_ZSTD)
        return run_zstd(compressor, NULL, 0, true, err);
    compressor->stream.end_of_stream = 1;
    compressor->stream.avail_in = 0;
    return run(compressor, err);
}
