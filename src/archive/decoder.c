// SPDX-License-Identifier: Apache-2.0
// decoder.c — finds out how an archive was compressed, and feeds the library that knows that.
//
// gzip and zstd (and bzip2) archives may be many in a row; each knows where it may end. Bytes
// behind the last one that begin no new one are refused, and so is an end in the middle.
#include "archive/decoder.h"

#include "base/mem.h"

#include <string.h>

enum { BUFFER = 128 * 1024, START = 16 }; // START: bytes that tell the compression

static bool fits_anything(const uint8_t *, size_t)
{
    return true;
}

static int copy_begin(struct decoder *, struct err *)
{
    return 0;
}

// A tar knows its own end.
static int copy_step(struct decoder *decoder, struct room *room, struct err *)
{
    size_t n = decoder->n < room->n ? decoder->n : room->n;
    memcpy(room->at, decoder->at, n);
    decoder->at += n;
    decoder->n -= n;
    room->at += n;
    room->n -= n;
    return 1;
}

static void copy_end(struct decoder *)
{
}

static const struct decoder_format no_compression = {"none", fits_anything, copy_begin, copy_step,
                                                     copy_end};
static const struct decoder_format *const formats[] = {
    &decoder_gzip, &decoder_zstd, &decoder_xz, &decoder_bzip2, &no_compression,
};

// Reads on, behind what is there (which is less than START bytes or nothing).
static int refill(struct decoder *decoder, struct err *err)
{
    if (decoder->n != 0)
        memmove(decoder->buffer, decoder->at, decoder->n);
    decoder->at = decoder->buffer;
    ssize_t n = input_read(decoder->input, decoder->buffer + decoder->n, BUFFER - decoder->n, err);
    if (n < 0)
        return -1;
    decoder->n += (size_t)n;
    decoder->is_last = n == 0;
    return 0;
}

int decoder_open(struct decoder *decoder, struct input *input, struct err *err)
{
    *decoder = (struct decoder){.input = input, .buffer = xmalloc(BUFFER), .may_end = true};
    while (decoder->n < START && !decoder->is_last) {
        if (refill(decoder, err) < 0)
            return -1;
    }
    size_t i = 0;
    while (!formats[i]->fits(decoder->at, decoder->n)) // the last fits all
        i++;
    decoder->format = formats[i];
    return decoder->format->begin(decoder, err);
}

void decoder_done(struct decoder *decoder)
{
    if (decoder->format != NULL)
        decoder->format->end(decoder);
    free(decoder->buffer);
    *decoder = (struct decoder){};
}

// One step; 1 when the archive has ended.
static int step(struct decoder *decoder, struct room *room, struct err *err)
{
    size_t before = decoder->n, room_before = room->n;
    if (decoder->n == 0 && decoder->is_last && decoder->may_end)
        return 1;
    int result = decoder->format->step(decoder, room, err);
    if (result < 0)
        return -1;
    decoder->may_end = result > 0;
    bool is_stuck = decoder->n == before && room->n == room_before;
    if (is_stuck && decoder->is_last && !decoder->may_end)
        return fail(err, ERR_INVALID, "the archive (%s) ends too early", decoder->format->name);
    return 0;
}

ssize_t decoder_read(struct decoder *decoder, void *to, size_t max, struct err *err)
{
    struct room room = {to, max};
    while (room.n != 0) {
        if (decoder->n == 0 && !decoder->is_last && refill(decoder, err) < 0)
            return -1;
        int ended = step(decoder, &room, err);
        if (ended < 0)
            return -1;
        if (ended > 0)
            break;
    }
    return (ssize_t)(max - room.n);
}
