// SPDX-License-Identifier: Apache-2.0
// frame_test.c — attach frames: whole, in parts, and hostile.
#include "base/mem.h"
#include "base/test.h"
#include "monitor/frame.h"

#include <string.h>

static struct err err;

TEST(frame_is_read_when_it_is_whole)
{
    uint8_t bytes[MONITOR_HEADER + 3];
    struct frame frame;
    frame_header(bytes, MONITOR_STDIN, 3);
    memcpy(bytes + MONITOR_HEADER, (const uint8_t[]){'a', 'b', 'c'}, 3);
    for (size_t n = 0; n < sizeof bytes; n++)
        CHECK_INT(frame_parse(bytes, n, &frame, &err), 0);
    CHECK_INT(frame_parse(bytes, sizeof bytes, &frame, &err), (long)sizeof bytes);
    CHECK_INT(frame.kind, MONITOR_STDIN);
    CHECK_INT(frame.n, 3);
    CHECK(memcmp(frame.payload, "abc", 3) == 0);
}

TEST(frame_header_is_dockers)
{
    uint8_t bytes[MONITOR_HEADER];
    frame_header(bytes, MONITOR_STDERR, 0x010203);
    CHECK(memcmp(bytes, "\2\0\0\0\0\1\2\3", sizeof bytes) == 0);
}

TEST(frames_that_cannot_be_are_refused_at_once)
{
    static const uint8_t rows[][MONITOR_HEADER] = {
        {3, 0, 0, 0, 0, 0, 0, 1},             // no such kind
        {255, 0, 0, 0, 0, 0, 0, 0},           //
        {MONITOR_STDIN, 1, 0, 0, 0, 0, 0, 0}, // padding
        {MONITOR_STDIN, 0, 0, 0, 0, 1, 0, 1}, // 65537 bytes
        {MONITOR_STDIN, 0, 0, 0, 255, 255, 255, 255},
        {MONITOR_RESIZE, 0, 0, 0, 0, 0, 0, 3}, // too short for its kind
        {MONITOR_SIGNAL, 0, 0, 0, 0, 0, 0, 5}, // too long
        {MONITOR_ATTACH, 0, 0, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct frame frame;
        CHECK(frame_parse(rows[i], sizeof rows[i], &frame, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(frame_numbers_are_big_endian)
{
    uint8_t bytes[4];
    frame_put_u32(bytes, 0x01020304);
    CHECK(memcmp(bytes, "\1\2\3\4", 4) == 0);
    CHECK_INT(frame_u32(bytes), 0x01020304);
    CHECK_INT(frame_u16(bytes + 2), 0x0304);
}
