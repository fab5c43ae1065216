// SPDX-License-Identifier: Apache-2.0
// arena.c — a list of blocks, each twice as large as the one before.
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 4096 - 64, LARGEST_BLOCK = 256 * 1024 };

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){};
}

void arena_done(struct arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->newest != NULL) {
        struct arena_block *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
    arena_init(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        abort();
    size = (size + align - 1) / align * align;
    if (arena->newest == NULL || arena->size - arena->used < size) {
        size_t block = arena->size == 0 ? FIRST_BLOCK : arena->size * 2;
        if (block > LARGEST_BLOCK)
            block = LARGEST_BLOCK;
        if (block < size)
            block = size;
        struct arena_block *fresh = xcalloc(1, sizeof *fresh + block);
        fresh->older = arena->newest;
        arena->newest = fresh;
        arena->size = block;
        arena->used = 0;
    }
    void *at = arena->newest->bytes + arena->used;
    arena->used += size;
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        abort();
    return arena_alloc(arena, total);
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    n = strnlen(text, n);
    char *copy = arena_alloc(arena, n + 1);
    memcpy(copy, text, n);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *text = str_vprintf(fmt, args);
    va_end(args);
    return arena_strdup(arena, text);
}
