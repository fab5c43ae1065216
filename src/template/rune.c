// SPDX-License-Identifier: Apache-2.0
// rune.c — UTF-8.
#include "template/parts.h"

unsigned rune_read(struct str text, size_t *out_n)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text.n != 0 ? (unsigned char)text.at[0] : 0;
    *out_n = text.n != 0;
    if (first < 0x80)
        return first;
    size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    unsigned rune = first & (0xffU >> (n + 1));
    if (first < 0xc2 || first > 0xf4 || text.n < n)
        return 0xfffd;
    for (size_t i = 1; i < n; i++) {
        if ((text.at[i] & 0xc0) != 0x80)
            return 0xfffd;
        rune = rune << 6 | ((unsigned char)text.at[i] & 0x3fU);
    }
    if (rune < least[n] || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
        return 0xfffd;
    *out_n = n;
    return rune;
}

void rune_write(struct buf *out, unsigned rune)
{
    if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
        rune = 0xfffd;
    if (rune < 0x80) {
        buf_char(out, (char)rune);
        return;
    }
    unsigned n = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    buf_char(out, (char)((0xf00U >> n) | rune >> (6 * (n - 1))));
    for (unsigned i = n - 1; i-- > 0;)
        buf_char(out, (char)(0x80 | (rune >> (6 * i) & 0x3f)));
}
