// SPDX-License-Identifier: Apache-2.0
// decoder.h — inside archive/: compressed bytes become plain ones: gzip, zstd, xz, bzip2, none.
#pragma once
#include "archive/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the decoders of xz and zstd may take: their largest usual windows (xz -9, zstd --ultra -22).
enum { DECODER_MEMORY_MAX = 160 << 20, DECODER_WINDOW_LOG_MAX = 27 };

struct decoder;

// Where decoded bytes go.
struct room {
    uint8_t *at;
    size_t n;
};

// One compression: a file of its own (decoder_NAME.c).
struct decoder_format {
    const char *name;
    bool (*fits)(const uint8_t *start, size_t n); // the first bytes of an archive
    int (*begin)(struct decoder *decoder, struct err *err);
    // Takes from the decoder's at and n, fills room, and tells how far it came by both. 1: the
    // archive may end here; 0: it may not. The progress need not be any.
    int (*step)(struct decoder *decoder, struct room *room, struct err *err);
    void (*end)(struct decoder *decoder); // after begin, whatever that said
};
extern const struct decoder_format decoder_gzip, decoder_zstd, decoder_xz, decoder_bzip2;

struct decoder {
    struct input *input;
    const struct decoder_format *format;
    void *state;       // the format's own
    const uint8_t *at; // read and not yet taken
    size_t n;
    bool is_last;    // nothing follows on these
    bool may_end;    // between two members, frames or streams
    uint8_t *buffer; // where `at` is in
};

// Reads the first bytes and finds out the compression. `decoder` is to be given to decoder_done,
// whatever the result.
[[nodiscard]] int decoder_open(struct decoder *decoder, struct input *input, struct err *err);
void decoder_done(struct decoder *decoder);
// Fills `to` as far as the archive goes: less than max, and 0 from then on, only at its end, which
// has been checked: nothing lacks and nothing follows.
[[nodiscard]] ssize_t decoder_read(struct decoder *decoder, void *to, size_t max, struct err *err);
