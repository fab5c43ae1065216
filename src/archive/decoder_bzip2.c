// SPDX-License-Identifier: Apache-2.0
// decoder_bzip2.c — .bz2 files: streams in a row. Layers are not made so; `docker load` and
// `docker import` accept it.
#include "archive/decoder.h"
#include "base/mem.h"

#include <bzlib.h>
#include <string.h>

struct bzip2 {
    bz_stream stream;
    bool is_open; // the library holds memory
    bool had_one; // a stream has ended
};

// "BZh" begins a file name in a tar as well: what follows the level digit is always one of two.
static bool bzip2_fits(const uint8_t *start, size_t n)
{
    static const uint8_t block[] = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
    static const uint8_t end[] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
    return n >= 10 && memcmp(start, "BZh", 3) == 0 && start[3] >= '1' && start[3] <= '9' &&
           (memcmp(start + 4, block, sizeof block) == 0 || memcmp(start + 4, end, sizeof end) == 0);
}

static int bzip2_begin(struct decoder *decoder, struct err *)
{
    decoder->state = xcalloc(1, sizeof(struct bzip2));
    return 0;
}

static void close_stream(struct bzip2 *bzip2)
{
    if (bzip2->is_open)
        (void)BZ2_bzDecompressEnd(&bzip2->stream); // it fails only for a stream that is not open
    bzip2->is_open = false;
}

static int bzip2_step(struct decoder *decoder, struct room *room, struct err *err)
{
    struct bzip2 *bzip2 = decoder->state;
    bz_stream *stream = &bzip2->stream;
    if (!bzip2->is_open) {
        *stream = (bz_stream){};
        if (BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK)
            return fail(err, ERR_SYSTEM, "no memory for bzip2");
        bzip2->is_open = true;
    }
    stream->next_in = (char *)(uintptr_t)decoder->at; // it has no const; it does not write there
    stream->avail_in = (unsigned)decoder->n;
    stream->next_out = (char *)room->at;
    stream->avail_out = (unsigned)room->n;
    int code = BZ2_bzDecompress(stream);
    decoder->at += decoder->n - stream->avail_in;
    decoder->n = stream->avail_in;
    room->at += room->n - stream->avail_out;
    room->n = stream->avail_out;
    if (code == BZ_OK)
        return 0;
    if (code == BZ_DATA_ERROR_MAGIC && bzip2->had_one)
        return fail(err, ERR_INVALID, "there are bytes behind the archive's end");
    if (code != BZ_STREAM_END)
        return fail(err, ERR_INVALID, "the archive is damaged: its bzip2 data makes no sense (%d)",
                    code);
    close_stream(bzip2);
    bzip2->had_one = true;
    return 1;
}

static void bzip2_end(struct decoder *decoder)
{
    close_stream(decoder->state);
    free(decoder->state);
}

const struct decoder_format decoder_bzip2 = {"bzip2", bzip2_fits, bzip2_begin, bzip2_step,
                                             bzip2_end};
