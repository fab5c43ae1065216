// SPDX-License-Identifier: Apache-2.0
// frame.c — one table says which frames there are and how long each may be.
#include "monitor/frame.h"

#include "base/mem.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

struct frame_rule {
    bool exists;
    uint32_t min, max; // bytes of payload
};
static const struct frame_rule rules[] = {
    [MONITOR_STDIN] = {true, 0, MONITOR_FRAME_MAX},
    [MONITOR_STDOUT] = {true, 0, MONITOR_FRAME_MAX},
    [MONITOR_STDERR] = {true, 0, MONITOR_FRAME_MAX},
    [MONITOR_ATTACH] = {true, 0, 0},
    [MONITOR_RESIZE] = {true, 4, 4},
    [MONITOR_SIGNAL] = {true, 4, 4},
    [MONITOR_DONE] = {true, 4, 4},
    [MONITOR_EXIT] = {true, 4, 4},
    [MONITOR_WAIT] = {true, 0, 0},
    [MONITOR_RELOAD] = {true, 0, 0},
    [MONITOR_KILL] = {true, 8, 8 + MONITOR_WHO_MAX},
};

long frame_parse(const uint8_t *bytes, size_t n, struct frame *out, struct err *err)
{
    if (n < MONITOR_HEADER)
        return 0;
    uint8_t kind = bytes[0];
    uint32_t length = frame_u32(bytes + 4);
    if (kind >= N_ELEMENTS(rules) || !rules[kind].exists || bytes[1] != 0 || bytes[2] != 0 ||
        bytes[3] != 0)
        return fail(err, ERR_INVALID, "no attach frame begins with %02x %02x %02x %02x", kind,
                    bytes[1], bytes[2], bytes[3]);
    if (length < rules[kind].min || length > rules[kind].max)
        return fail(err, ERR_INVALID, "an attach frame of kind %d has %u to %u bytes, not %u", kind,
                    rules[kind].min, rules[kind].max, length);
    if (n - MONITOR_HEADER < length)
        return 0;
    *out = (struct frame){kind, length, bytes + MONITOR_HEADER};
    return MONITOR_HEADER + (long)length;
}

void frame_header(uint8_t out[MONITOR_HEADER], enum monitor_frame kind, uint32_t n)
{
    memset(out, 0, 4);
    out[0] = (uint8_t)kind;
    frame_put_u32(out + 4, n);
}

uint32_t frame_u32(const uint8_t *payload)
{
    uint32_t number;
    memcpy(&number, payload, sizeof number);
    return be32toh(number);
}

uint16_t frame_u16(const uint8_t *payload)
{
    uint16_t number;
    memcpy(&number, payload, sizeof number);
    return be16toh(number);
}

void frame_put_u32(uint8_t *payload, uint32_t number)
{
    number = htobe32(number);
    memcpy(payload, &number, sizeof number);
}
