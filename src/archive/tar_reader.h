// SPDX-License-Identifier: Apache-2.0
// tar_reader.h — inside archive/: the reader's state, for its two files.
#pragma once
#include "archive/tar_header.h"
#include "archive/tar_pax.h"
#include "base/arena.h"

struct tar_piece { // of a sparse file: what is not a hole
    uint64_t at, n;
};

struct tar {
    tar_read *read;
    void *from;
    const uint8_t *at; // read and not yet taken
    size_t n;
    // The entry.
    uint8_t block[TAR_BLOCK_BYTES]; // its header
    uint64_t left;                  // bytes of it in the archive that were not taken
    unsigned padding;               // behind these
    struct tar_piece *pieces;       // of its content; one for a file without holes
    size_t n_pieces, pieces_room;
    size_t piece;        // the one that is being read
    uint64_t piece_done; // of its bytes
    char name[TAR_HEADER_NAME], link[TAR_HEADER_LINK];
    // What stands before it.
    struct arena arena; // of its extensions
    struct pax pax;
    char *pax_text; // NULL: no PAX header
    const char *long_name, *long_link;
};

// The next block of the archive into `block`: 1; 0 when the archive ends where one could begin.
[[nodiscard]] int tar_take_block(struct tar *tar, uint8_t block[TAR_BLOCK_BYTES], struct err *err);

// Fills tar->pieces for a file of tar->left bytes: from its PAX records, from its header (type
// 'S'), or from the start of its content; *size is its size without holes and becomes that with
// them.
[[nodiscard]] int tar_read_pieces(struct tar *tar, uint64_t *size, struct err *err);
