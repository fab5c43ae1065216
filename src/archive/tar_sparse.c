// SPDX-License-Identifier: Apache-2.0
// tar_sparse.c — where the parts of a file with holes belong. GNU tar writes that in three
// ways: type 'S', and PAX 0.1 and 1.0 (its manual, "Storing Sparse Files").
//
// Whichever it is: pieces come in order, do not overlap, end within the file, and are together
// exactly as long as what is in the archive.
#include "archive/tar_reader.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { NUMBER = 12, PIECES_OF_EXTENSION = 21, IS_EXTENDED = 482, IS_EXTENDED_AGAIN = 504 };

static int add_piece(struct tar *tar, uint64_t size, struct tar_piece piece, struct err *err)
{
    if (tar->n_pieces == TAR_SPARSE_MAX)
        return fail(err, ERR_INVALID, "a sparse file of more than %d pieces", TAR_SPARSE_MAX);
    uint64_t end = 0;
    if (tar->n_pieces != 0)
        end = tar->pieces[tar->n_pieces - 1].at + tar->pieces[tar->n_pieces - 1].n;
    if (piece.at < end || piece.at > size || piece.n > size - piece.at)
        return fail(err, ERR_INVALID, "a sparse file whose pieces make no sense");
    if (tar->n_pieces == tar->pieces_room) {
        tar->pieces_room = tar->pieces_room == 0 ? 16 : tar->pieces_room * 2;
        tar->pieces = xreallocarray(tar->pieces, tar->pieces_room, sizeof *tar->pieces);
    }
    tar->pieces[tar->n_pieces++] = piece;
    return 0;
}

static int check_sum(const struct tar *tar, struct err *err)
{
    uint64_t sum = 0; // pieces do not overlap, so it is below 2^63
    for (size_t i = 0; i < tar->n_pieces; i++)
        sum += tar->pieces[i].n;
    if (sum != tar->left)
        return fail(err, ERR_INVALID, "a sparse file of %ju bytes whose pieces have %ju",
                    (uintmax_t)tar->left, (uintmax_t)sum);
    return 0;
}

// --- type 'S'

static int add_fields(struct tar *tar, uint64_t size, const uint8_t *field, size_t n,
                      struct err *err)
{
    for (; n != 0 && field[0] != '\0'; n--, field += (size_t)2 * NUMBER) {
        struct tar_piece piece;
        if (tar_number(field, NUMBER, INT64_MAX, "hole", &piece.at, err) < 0 ||
            tar_number(field + NUMBER, NUMBER, INT64_MAX, "hole", &piece.n, err) < 0 ||
            add_piece(tar, size, piece, err) < 0)
            return -1;
    }
    return 0;
}

static int read_old(struct tar *tar, uint64_t *size, struct err *err)
{
    if (tar_header_format(tar->block) != TAR_GNU)
        return fail(err, ERR_INVALID, "a sparse file whose header is not GNU's");
    size_t n = tar_field_pieces.n / (2U * NUMBER);
    if (tar_header_number(tar->block, tar_field_real_size, "size", size, err) < 0 ||
        add_fields(tar, *size, tar->block + tar_field_pieces.at, n, err) < 0)
        return -1;
    bool is_extended = tar->block[IS_EXTENDED] != 0;
    while (is_extended) {
        uint8_t block[TAR_BLOCK_BYTES];
        int is_there = tar_take_block(tar, block, err);
        if (is_there < 0)
            return -1;
        if (is_there == 0)
            return fail(err, ERR_INVALID, "the archive ends in the middle of an entry");
        if (add_fields(tar, *size, block, PIECES_OF_EXTENSION, err) < 0)
            return -1;
        is_extended = block[IS_EXTENDED_AGAIN] != 0;
    }
    return 0;
}

// --- PAX 0.1: in a record

static int read_map(struct tar *tar, uint64_t size, struct err *err)
{
    struct str rest = str_of(tar->pax.map);
    for (uint64_t i = 0; i < tar->pax.n_pieces; i++) {
        struct tar_piece piece;
        if (!str_to_u64(str_cut(&rest, ','), &piece.at) ||
            !str_to_u64(str_cut(&rest, ','), &piece.n))
            return fail(err, ERR_INVALID, "a sparse file whose map makes no sense");
        if (add_piece(tar, size, piece, err) < 0)
            return -1;
    }
    return rest.n == 0 ? 0 : fail(err, ERR_INVALID, "a sparse file whose map is too long");
}

// --- PAX 1.0: decimal lines before the content, in blocks of their own

struct lines {
    uint8_t block[TAR_BLOCK_BYTES];
    size_t at; // in the block
};

static int next_byte(struct tar *tar, struct lines *lines, uint8_t *out, struct err *err)
{
    if (lines->at == TAR_BLOCK_BYTES) {
        if (tar->left < TAR_BLOCK_BYTES)
            return fail(err, ERR_INVALID, "a sparse file whose map does not end");
        int is_there = tar_take_block(tar, lines->block, err);
        if (is_there < 0)
            return -1;
        if (is_there == 0)
            return fail(err, ERR_INVALID, "the archive ends in the middle of an entry");
        tar->left -= TAR_BLOCK_BYTES;
        lines->at = 0;
    }
    *out = lines->block[lines->at++];
    return 0;
}

static int next_line(struct tar *tar, struct lines *lines, uint64_t *out, struct err *err)
{
    char digits[20];
    size_t n = 0;
    uint8_t byte = 0;
    for (;;) {
        if (next_byte(tar, lines, &byte, err) < 0)
            return -1;
        if (byte == '\n' || n == sizeof digits)
            break;
        digits[n++] = (char)byte;
    }
    if (!str_to_u64((struct str){digits, n}, out) || byte != '\n')
        return fail(err, ERR_INVALID, "a sparse file whose map makes no sense");
    return 0;
}

static int read_lines(struct tar *tar, uint64_t size, struct err *err)
{
    struct lines lines = {.at = TAR_BLOCK_BYTES};
    uint64_t n;
    if (next_line(tar, &lines, &n, err) < 0)
        return -1;
    if (n > TAR_SPARSE_MAX)
        return fail(err, ERR_INVALID, "a sparse file of more than %d pieces", TAR_SPARSE_MAX);
    for (uint64_t i = 0; i < n; i++) {
        struct tar_piece piece;
        if (next_line(tar, &lines, &piece.at, err) < 0 ||
            next_line(tar, &lines, &piece.n, err) < 0 || add_piece(tar, size, piece, err) < 0)
            return -1;
    }
    return 0;
}

static int read_pax(struct tar *tar, uint64_t *size, struct err *err)
{
    const struct pax *pax = &tar->pax;
    bool is_lines = pax->sparse_major == 1 && pax->sparse_minor == 0;
    bool is_map = pax->sparse_major == 0 && pax->sparse_minor <= 1;
    bool has_one_size = pax_has(pax, PAX_SPARSE_SIZE) != pax_has(pax, PAX_SPARSE_REAL_SIZE);
    bool has_map = pax_has(pax, PAX_SPARSE_MAP) && pax_has(pax, PAX_SPARSE_PIECES);
    bool has_none = !pax_has(pax, PAX_SPARSE_MAP) && !pax_has(pax, PAX_SPARSE_PIECES);
    *size = pax->sparse_size;
    if (has_one_size && is_lines && has_none)
        return read_lines(tar, *size, err);
    if (has_one_size && is_map && has_map)
        return read_map(tar, *size, err);
    return fail(err, ERR_INVALID, "a sparse file of an unknown kind");
}

int tar_read_pieces(struct tar *tar, uint64_t *size, struct err *err)
{
    bool is_old = tar_header_flag(tar->block) == 'S';
    bool is_pax = tar_is_sparse(&tar->pax);
    tar->n_pieces = 0;
    if (is_old && is_pax)
        return fail(err, ERR_INVALID, "a file that is sparse in two ways");
    if (!is_old && !is_pax)
        return add_piece(tar, *size, (struct tar_piece){0, *size}, err);
    if ((is_old ? read_old(tar, size, err) : read_pax(tar, size, err)) < 0)
        return -1;
    return check_sum(tar, err);
}
