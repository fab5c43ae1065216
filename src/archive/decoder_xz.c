// SPDX-License-Identifier: Apache-2.0
// decoder_xz.c — .xz files: streams in a row, with padding between them.
#include "archive/decoder.h"
#include "base/mem.h"

#include <lzma.h>
#include <string.h>

static bool xz_fits(const uint8_t *start, size_t n)
{
    static const uint8_t magic[] = {0xfd, '7', 'z', 'X', 'Z', 0};
    return n >= sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

static int xz_begin(struct decoder *decoder, struct err *err)
{
    lzma_stream *stream = xmalloc(sizeof *stream);
    *stream = (lzma_stream)LZMA_STREAM_INIT;
    decoder->state = stream;
    if (lzma_stream_decoder(stream, DECODER_MEMORY_MAX,
                            LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
        return fail(err, ERR_SYSTEM, "no memory for xz");
    return 0;
}

static const struct {
    lzma_ret code;
    const char *text;
} reasons[] = {
    {LZMA_MEM_ERROR, "there is no memory for it"},
    {LZMA_MEMLIMIT_ERROR, "it wants more memory than is allowed"},
    {LZMA_OPTIONS_ERROR, "it uses options that are not supported"},
    {LZMA_UNSUPPORTED_CHECK, "its checksum is of an unknown kind"},
};

static int explain(lzma_ret code, struct err *err)
{
    for (size_t i = 0; i < N_ELEMENTS(reasons); i++) {
        if (reasons[i].code == code)
            return fail(err, ERR_INVALID, "the archive cannot be read: xz: %s", reasons[i].text);
    }
    return fail(err, ERR_INVALID, "the archive is damaged: its xz data makes no sense (%d)",
                (int)code);
}

static int xz_step(struct decoder *decoder, struct room *room, struct err *err)
{
    lzma_stream *stream = decoder->state;
    stream->next_in = decoder->at;
    stream->avail_in = decoder->n;
    stream->next_out = room->at;
    stream->avail_out = room->n;
    lzma_ret code = lzma_code(stream, decoder->is_last ? LZMA_FINISH : LZMA_RUN);
    decoder->at = stream->next_in;
    decoder->n = stream->avail_in;
    room->at = stream->next_out;
    room->n = stream->avail_out;
    if (code == LZMA_STREAM_END)
        return 1;
    // No progress is no failure: the caller gives more, or knows that there is none.
    return code == LZMA_OK || code == LZMA_BUF_ERROR ? 0 : explain(code, err);
}

static void xz_end(struct decoder *decoder)
{
    lzma_end(decoder->state);
    free(decoder->state);
}

const struct decoder_format decoder_xz = {"xz", xz_fits, xz_begin, xz_step, xz_end};
