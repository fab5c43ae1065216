// SPDX-License-Identifier: Apache-2.0
// decoder_zstd.c — zstd (RFC 8878): frames in a row. zstd:chunked and eStargz's zstd are that, too:
// their tables are in frames that a decoder skips.
#include "archive/decoder.h"
#include "base/mem.h"

#include <string.h>
#include <zstd.h>

static bool zstd_fits(const uint8_t *start, size_t n)
{
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd}, skipped[] = {0x2a, 0x4d, 0x18};
    return n >= 4 && (memcmp(start, frame, sizeof frame) == 0 ||
                      (start[0] >> 4 == 5 && memcmp(start + 1, skipped, sizeof skipped) == 0));
}

static int zstd_begin(struct decoder *decoder, struct err *err)
{
    decoder->state = ZSTD_createDStream();
    if (decoder->state == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(
                                      decoder->state, ZSTD_d_windowLogMax, DECODER_WINDOW_LOG_MAX)))
        return fail(err, ERR_SYSTEM, "no memory for zstd");
    return 0;
}

static int zstd_step(struct decoder *decoder, struct room *room, struct err *err)
{
    ZSTD_inBuffer in = {decoder->at, decoder->n, 0};
    ZSTD_outBuffer out = {room->at, room->n, 0};
    size_t result = ZSTD_decompressStream(decoder->state, &out, &in);
    if (ZSTD_isError(result))
        return fail(err, ERR_INVALID, "the archive is damaged: zstd: %s",
                    ZSTD_getErrorName(result));
    decoder->at += in.pos;
    decoder->n -= in.pos;
    room->at += out.pos;
    room->n -= out.pos;
    return result == 0;
}

static void zstd_end(struct decoder *decoder)
{
    (void)ZSTD_freeDStream(decoder->state); // NULL-safe
}

const struct decoder_format decoder_zstd = {"zstd", zstd_fits, zstd_begin, zstd_step, zstd_end};
