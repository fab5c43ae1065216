// SPDX-License-Identifier: Apache-2.0
// base64.c — four letters are three bytes.
#include "base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int fail_text(struct err *err)
{
    return fail(err, ERR_INVALID, "no valid base64 text");
}

// One group of four; the last may end in one or two '='. Returns the number of bytes or -1.
static int decode_group(const char *at, bool is_last, unsigned char out[3])
{
    int padding = !is_last || at[3] != '=' ? 0 : at[2] != '=' ? 1 : 2;
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        const char *letter = memchr(letters, at[i], sizeof letters - 1);
        if (letter == NULL && i < 4 - padding)
            return -1;
        bits = bits << 6 | (i < 4 - padding ? (uint32_t)(letter - letters) : 0);
    }
    if ((bits & ((1U << (8 * padding)) - 1)) != 0)
        return -1; // two texts for the same bytes
    for (int i = 0; i < 3; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return 3 - padding;
}

int base64_decode(struct str text, struct buf *out, struct err *err)
{
    if (text.n % 4 != 0)
        return fail_text(err);
    char *room = buf_room(out, text.n / 4 * 3);
    if (room == NULL)
        return buf_check(out, "what the base64 text stands for", err);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i += 4) {
        unsigned char bytes[3];
        int count = decode_group(text.at + i, i + 4 == text.n, bytes);
        if (count < 0)
            return fail_text(err);
        memcpy(room + n, bytes, (size_t)count);
        n += (size_t)count;
    }
    buf_grew(out, n);
    return 0;
}

void base64_encode(const void *bytes, size_t n, struct buf *out)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)at[i] << 16;
        bits |= i + 1 < n ? (uint32_t)at[i + 1] << 8 : 0;
        bits |= i + 2 < n ? (uint32_t)at[i + 2] : 0;
        char group[4] = {letters[bits >> 18], letters[bits >> 12 & 63],
                         (char)(i + 1 < n ? letters[bits >> 6 & 63] : '='),
                         (char)(i + 2 < n ? letters[bits & 63] : '=')};
        buf_add(out, group, sizeof group);
    }
}
