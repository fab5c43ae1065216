// SPDX-License-Identifier: Apache-2.0
// frame.h — the frames of attach.sock, read and written (monitor.h has the kinds).
#pragma once
#include "base/err.h"
#include "monitor/monitor.h"

#include <stddef.h>
#include <stdint.h>

struct frame {
    uint8_t kind;
    uint32_t n;
    const uint8_t *payload; // borrowed
};
// Reads one frame at the front of `bytes`: its whole size, 0 when it is not all there yet, < 0
// (ERR_INVALID) when it never will be: unknown kind, too long, padding that is not zero, a payload
// of the wrong size for its kind.
[[nodiscard]] long frame_parse(const uint8_t *bytes, size_t n, struct frame *out, struct err *err);
void frame_header(uint8_t out[MONITOR_HEADER], enum monitor_frame kind, uint32_t n);
// Big endian numbers at the front of a payload.
uint32_t frame_u32(const uint8_t *payload);
uint16_t frame_u16(const uint8_t *payload);
void frame_put_u32(uint8_t *payload, uint32_t number);
