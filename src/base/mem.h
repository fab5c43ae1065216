// SPDX-License-Identifier: Apache-2.0
// mem.h — memory that cannot fail, and ownership that ends with the block.
//
// A failed small allocation is not an error path worth a thousand branches: the x… functions abort.
// Sizes that come from outside pass a named limit before they get here (STYLE.md 5).
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

[[nodiscard]] void *xmalloc(size_t size);
[[nodiscard]] void *xcalloc(size_t count, size_t size);
// Aborts when count * size overflows, too.
[[nodiscard]] void *xreallocarray(void *old, size_t count, size_t size);
[[nodiscard]] char *xstrdup(const char *text);
[[nodiscard]] char *xstrndup(const char *text, size_t n);
// The printed text, yours to free.
[[nodiscard]] char *str_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
[[nodiscard]] char *str_vprintf(const char *fmt, va_list args)
    __attribute__((format(printf, 1, 0)));

static inline void auto_free_(void *at)
{
    free(*(void **)at);
}
static inline void auto_fd_(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); // nothing is left to tell a caller on the way out
}

#define AUTO_FREE __attribute__((cleanup(auto_free_)))
#define AUTO_FD   __attribute__((cleanup(auto_fd_)))

// The value, and the variable forgets it: the line where ownership moves.
#define TAKE_FD(fd)                                                                                \
    ({                                                                                             \
        int took_ = (fd);                                                                          \
        (fd) = -1;                                                                                 \
        took_;                                                                                     \
    })
#define TAKE_PTR(pointer)                                                                          \
    ({                                                                                             \
        typeof(pointer) took_ = (pointer);                                                         \
        (pointer) = NULL;                                                                          \
        took_;                                                                                     \
    })
#define N_ELEMENTS(array) (sizeof(array) / sizeof *(array))
