// SPDX-License-Identifier: Apache-2.0
// arena.h — memory that is given back all at once.
//
// One arena per request, per decoded document, per command: what lives in it is never freed alone.
// An arena is not shared between threads.
#pragma once
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *newest;
    size_t used, size; // in the newest block
};

// A zeroed struct is an empty arena, too.
void arena_init(struct arena *arena);
// Frees everything that came from it; NULL-safe, and the arena is empty afterwards.
void arena_done(struct arena *arena);
// Zeroed memory, aligned for any type. Aborts when there is none.
[[nodiscard]] void *arena_alloc(struct arena *arena, size_t size);
[[nodiscard]] void *arena_array(struct arena *arena, size_t count, size_t size);
[[nodiscard]] char *arena_strdup(struct arena *arena, const char *text);
[[nodiscard]] char *arena_strndup(struct arena *arena, const char *text, size_t n);
[[nodiscard]] char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define AUTO_ARENA             __attribute__((cleanup(arena_done)))
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
