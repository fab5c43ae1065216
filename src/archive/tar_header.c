// SPDX-License-Identifier: Apache-2.0
// tar_header.c — fields of fixed width, read exactly.
#include "archive/tar_header.h"

#include <string.h>

static const struct tar_field name = {0, 100}, mode = {100, 8}, uid = {108, 8}, gid = {116, 8};
static const struct tar_field mtime = {136, 12}, sum = {148, 8}, flag = {156, 1};
static const struct tar_field link_name = {157, 100}, magic = {257, 8};
static const struct tar_field major = {329, 8}, minor = {337, 8};
static const struct tar_field prefix = {345, 155}, star_prefix = {345, 131}, star_magic = {508, 4};
static const struct tar_field gnu_rest = {345, 41}, gnu_map = {386, 109}, v7_rest = {257, 255};
static const struct tar_field field_size = {124, 12};
const struct tar_field tar_field_real_size = {483, 12};
const struct tar_field tar_field_pieces = {386, 96};

bool tar_block_is_zero(const uint8_t block[TAR_BLOCK_BYTES])
{
    return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK_BYTES - 1) == 0;
}

enum tar_format tar_header_format(const uint8_t block[TAR_BLOCK_BYTES])
{
    if (memcmp(block + magic.at, "ustar  ", magic.n) == 0)
        return TAR_GNU;
    if (memcmp(block + magic.at, "ustar", 6) != 0)
        return TAR_V7;
    return memcmp(block + star_magic.at, "tar", star_magic.n) == 0 ? TAR_STAR : TAR_USTAR;
}

char tar_header_flag(const uint8_t block[TAR_BLOCK_BYTES])
{
    return (char)block[flag.at];
}

// --- numbers

// The first byte's highest bit: the rest is big-endian. The one below it is the sign.
static int binary(const uint8_t *field, size_t n, const char *what, uint64_t *out, struct err *err)
{
    uint64_t value = field[0] & 0x7f;
    if ((field[0] & 0x40) != 0)
        return fail(err, ERR_INVALID, "its %s is below zero", what);
    for (size_t i = 1; i < n; i++) {
        if (value >> 55 != 0)
            return fail(err, ERR_INVALID, "its %s is out of range", what);
        value = value << 8 | field[i];
    }
    *out = value;
    return 0;
}

// Blanks, digits, then blanks or NULs to the end. 12 digits are 36 bits: no overflow.
static int octal(const uint8_t *field, size_t n, const char *what, uint64_t *out, struct err *err)
{
    uint64_t value = 0;
    size_t i = 0;
    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
        value = value * 8 + (unsigned)(field[i] - '0');
    for (; i < n; i++) {
        if (field[i] != ' ' && field[i] != '\0')
            return fail(err, ERR_INVALID, "its %s is no number", what);
    }
    *out = value;
    return 0;
}

int tar_number(const uint8_t *field, size_t n, uint64_t max, const char *what, uint64_t *out,
               struct err *err)
{
    uint64_t value;
    if (((field[0] & 0x80) != 0 ? binary : octal)(field, n, what, &value, err) < 0)
        return -1;
    if (value > max)
        return fail(err, ERR_INVALID, "its %s %ju is out of range", what, (uintmax_t)value);
    *out = value;
    return 0;
}

int tar_header_size(const uint8_t block[TAR_BLOCK_BYTES], uint64_t *out, struct err *err)
{
    const uint8_t *field = block + field_size.at;
    bool has_digit = (field[0] & 0x80) != 0;
    for (size_t i = 0; i < field_size.n; i++)
        has_digit = has_digit || (field[i] >= '0' && field[i] <= '7');
    if (!has_digit)
        return fail(err, ERR_INVALID, "its size is no number");
    return tar_header_number(block, field_size, "size", out, err);
}

int tar_header_number(const uint8_t block[TAR_BLOCK_BYTES], struct tar_field field,
                      const char *what, uint64_t *out, struct err *err)
{
    return tar_number(block + field.at, field.n, INT64_MAX, what, out, err);
}

static int id(const uint8_t *block, struct tar_field field, const char *what, uint32_t *out,
              struct err *err)
{
    uint64_t value;
    if (tar_number(block + field.at, field.n, TAR_ID_MAX, what, &value, err) < 0)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

// The one number that may be below zero (in two's complement, with the marker bit): before 1970.
static int time_field(const uint8_t *block, time_t *out, struct err *err)
{
    const uint8_t *field = block + mtime.at;
    uint64_t value = 0;
    if (field[0] != 0xff) {
        if (tar_header_number(block, mtime, "time", &value, err) < 0)
            return -1;
        *out = (time_t)value;
        return 0;
    }
    for (size_t i = 1; i < mtime.n - 8U; i++) {
        if (field[i] != 0xff)
            return fail(err, ERR_INVALID, "its time is out of range");
    }
    for (size_t i = mtime.n - 8U; i < mtime.n; i++)
        value = value << 8 | field[i];
    if (value >> 63 == 0)
        return fail(err, ERR_INVALID, "its time is out of range");
    *out = (time_t)value;
    return 0;
}

int tar_header_check_sum(const uint8_t block[TAR_BLOCK_BYTES], struct err *err)
{
    uint64_t written = 0;
    int64_t as_unsigned = 0, as_signed = 0; // old programs summed signed characters
    if (octal(block + sum.at, sum.n, "checksum", &written, err) < 0)
        return -1;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++) {
        uint8_t byte = i >= sum.at && i < (size_t)sum.at + sum.n ? ' ' : block[i];
        as_unsigned += byte;
        as_signed += (int8_t)byte;
    }
    if ((int64_t)written != as_unsigned && (int64_t)written != as_signed)
        return fail(err, ERR_INVALID, "the checksum of a tar header is wrong");
    return 0;
}

// --- what a header says

static size_t copy_text(char *to, const uint8_t *block, struct tar_field field)
{
    size_t n = strnlen((const char *)block + field.at, field.n);
    memcpy(to, block + field.at, n);
    to[n] = '\0';
    return n;
}

static bool is_zero(const uint8_t *block, struct tar_field field)
{
    const uint8_t *at = block + field.at;
    return *at == 0 && memcmp(at, at + 1, field.n - 1U) == 0;
}

// Where one format has the prefix of the name others have something else, or nothing, and there are
// readers that take it for the prefix. So it must be empty: access times of GNU's incremental
// archives, and what Go before 1.8 wrote, are refused; and the map of a sparse file in the header
// of another thing.
static int check_rest(const uint8_t *block, enum tar_format format, struct err *err)
{
    bool is_odd = false;
    if (format == TAR_GNU)
        is_odd = !is_zero(block, gnu_rest) ||
                 (tar_header_flag(block) != 'S' && !is_zero(block, gnu_map));
    else if (format == TAR_V7)
        is_odd = !is_zero(block, v7_rest);
    else if (format == TAR_STAR)
        is_odd = block[star_prefix.at + star_prefix.n - 1] != 0;
    return is_odd ? fail(err, ERR_INVALID, "its header has what not all readers would see") : 0;
}

int tar_header_names(const uint8_t block[TAR_BLOCK_BYTES], char *out_name, char *out_link,
                     struct err *err)
{
    enum tar_format format = tar_header_format(block);
    size_t n = 0;
    if (check_rest(block, format, err) < 0)
        return -1;
    if (format == TAR_USTAR)
        n = copy_text(out_name, block, prefix);
    else if (format == TAR_STAR)
        n = copy_text(out_name, block, star_prefix);
    if (n != 0)
        out_name[n++] = '/';
    (void)copy_text(out_name + n, block, name);
    (void)copy_text(out_link, block, link_name);
    return 0;
}

int tar_header_facts(const uint8_t block[TAR_BLOCK_BYTES], struct tar_entry *out, struct err *err)
{
    uint64_t mode_bits = 0;
    if (octal(block + mode.at, mode.n, "mode", &mode_bits, err) < 0 ||
        id(block, uid, "owner", &out->uid, err) < 0 ||
        id(block, gid, "group", &out->gid, err) < 0 ||
        time_field(block, &out->mtime.tv_sec, err) < 0)
        return -1;
    out->mode = (mode_t)(mode_bits & 07777); // the file's type may stand above
    bool is_v7 = tar_header_format(block) == TAR_V7;
    if (is_v7 && (out->type == TAR_CHAR || out->type == TAR_BLOCK))
        return fail(err, ERR_INVALID, "a device in a header that has no place for its number");
    // Numbers, whatever the type is: some readers always look.
    if (!is_v7 && (id(block, major, "device number", &out->major, err) < 0 ||
                   id(block, minor, "device number", &out->minor, err) < 0))
        return -1;
    return 0;
}
