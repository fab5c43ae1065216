// SPDX-License-Identifier: Apache-2.0
// buf.h — text and bytes that grow, each born with its maximum.
//
// An append that would pass the maximum is not done and marks the buffer `is_full`: check once, at
// the end, with buf_check(). `at` is always NUL-terminated once something was appended.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *at;
    size_t n, room, max;
    bool is_full;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_done(struct buf *buf); // NULL-safe
void buf_clear(struct buf *buf);
void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Room for n more bytes at the end, to be read into; NULL when that passes the maximum. Follow with
// buf_grew.
[[nodiscard]] char *buf_room(struct buf *buf, size_t n);
void buf_grew(struct buf *buf, size_t n);
// The text so far, never NULL.
const char *buf_get(const struct buf *buf);
// The text, yours to free; the buffer is empty afterwards.
[[nodiscard]] char *buf_take(struct buf *buf);
// < 0 when something did not fit; `what` names it.
[[nodiscard]] int buf_check(const struct buf *buf, const char *what, struct err *err);

#define AUTO_BUF __attribute__((cleanup(buf_done)))
