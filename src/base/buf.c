// SPDX-License-Identifier: Apache-2.0
// buf.c — growing buffers with a maximum.
#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes};
}

void buf_done(struct buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->at);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->is_full = false;
    if (buf->at != NULL)
        buf->at[0] = '\0';
}

char *buf_room(struct buf *buf, size_t n)
{
    if (n > buf->max - buf->n) {
        buf->is_full = true;
        return NULL;
    }
    if (buf->room < buf->n + n + 1) {
        size_t room = buf->room < 64 ? 128 : buf->room * 2;
        if (room < buf->n + n + 1)
            room = buf->n + n + 1;
        buf->at = xreallocarray(buf->at, room, 1);
        buf->room = room;
        buf->at[buf->n] = '\0'; // the room may stay unused: an empty file was read
    }
    return buf->at + buf->n;
}

void buf_grew(struct buf *buf, size_t n)
{
    buf->n += n;
    buf->at[buf->n] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
    char *room = buf_room(buf, n);
    if (room == NULL)
        return;
    if (n != 0)
        memcpy(room, bytes, n);
    buf_grew(buf, n);
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *text = str_vprintf(fmt, args);
    va_end(args);
    buf_text(buf, text);
}

const char *buf_get(const struct buf *buf)
{
    return buf->at != NULL ? buf->at : "";
}

char *buf_take(struct buf *buf)
{
    char *text = buf->at != NULL ? buf->at : xstrdup("");
    buf_init(buf, buf->max);
    return text;
}

int buf_check(const struct buf *buf, const char *what, struct err *err)
{
    if (buf->is_full)
        return fail(err, ERR_INVALID, "%s is larger than %zu bytes", what, buf->max);
    return 0;
}
