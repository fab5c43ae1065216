// SPDX-License-Identifier: Apache-2.0
// decoder_gzip.c — gzip (RFC 1952) by ISA-L, twice as fast as zlib. Headers, checksums and lengths
// are verified; members may follow each other.
#include "archive/decoder.h"
#include "base/mem.h"

#include <isa-l/igzip_lib.h>

struct gzip {
    struct inflate_state inflate;
    struct isal_gzip_header header;
    bool is_fresh;  // no byte of the member has been read
    bool is_inside; // its header has been read
    bool had_one;   // the first member has ended
};

static bool begins_member(const uint8_t *start, size_t n)
{
    return start[0] == 0x1f && (n == 1 || start[1] == 0x8b);
}

static bool gzip_fits(const uint8_t *start, size_t n)
{
    return n >= 2 && begins_member(start, n);
}

static void begin_member(struct gzip *gzip)
{
    isal_inflate_reset(&gzip->inflate);
    isal_gzip_header_init(&gzip->header);
    gzip->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER; // we read the header, it checks the trailer
    gzip->is_fresh = true;
    gzip->is_inside = false;
}

static int gzip_begin(struct decoder *decoder, struct err *)
{
    struct gzip *gzip = xmalloc(sizeof *gzip); // 90 KiB that need not be zero
    isal_inflate_init(&gzip->inflate);
    gzip->had_one = false;
    begin_member(gzip);
    decoder->state = gzip;
    return 0;
}

static int explain(const struct gzip *gzip, int code, struct err *err)
{
    if (code == ISAL_INVALID_WRAPPER && gzip->had_one)
        return fail(err, ERR_INVALID, "there are bytes behind the archive's end");
    if (code == ISAL_INCORRECT_CHECKSUM)
        return fail(err, ERR_INVALID, "the archive is damaged: its gzip checksum is wrong");
    if (code == ISAL_INVALID_WRAPPER || code == ISAL_UNSUPPORTED_METHOD)
        return fail(err, ERR_INVALID, "the archive's gzip header makes no sense");
    return fail(err, ERR_INVALID, "the archive is damaged: its gzip data makes no sense (%d)",
                code);
}

static int gzip_step(struct decoder *decoder, struct room *room, struct err *err)
{
    struct gzip *gzip = decoder->state;
    struct inflate_state *inflate = &gzip->inflate;
    if (gzip->is_fresh && decoder->n != 0 && !begins_member(decoder->at, decoder->n))
        return explain(gzip, ISAL_INVALID_WRAPPER, err); // it would wait for a whole header
    gzip->is_fresh = gzip->is_fresh && decoder->n == 0;
    // It has no const; it does not write there. Buffers are far below 4 GiB.
    inflate->next_in = (uint8_t *)(uintptr_t)decoder->at;
    inflate->avail_in = (uint32_t)decoder->n;
    inflate->next_out = room->at;
    inflate->avail_out = (uint32_t)room->n;
    int code;
    if (gzip->is_inside) {
        code = isal_inflate(inflate);
    } else {
        code = isal_read_gzip_header(inflate, &gzip->header);
        gzip->is_inside = code == ISAL_DECOMP_OK;
    }
    decoder->at = inflate->next_in;
    decoder->n = inflate->avail_in;
    room->at = inflate->next_out;
    room->n = inflate->avail_out;
    if (code < 0)
        return explain(gzip, code, err);
    if (inflate->block_state != ISAL_BLOCK_FINISH)
        return 0;
    gzip->had_one = true;
    begin_member(gzip);
    return 1;
}

static void gzip_end(struct decoder *decoder)
{
    free(decoder->state);
}

const struct decoder_format decoder_gzip = {"gzip", gzip_fits, gzip_begin, gzip_step, gzip_end};
