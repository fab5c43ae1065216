// SPDX-License-Identifier: Apache-2.0
// mem.c — allocation that aborts instead of failing.
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void *or_abort(void *at)
{
    if (at == NULL) {
        (void)!write(2, "out of memory\n", 14);
        abort();
    }
    return at;
}

void *xmalloc(size_t size)
{
    return or_abort(malloc(size != 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return or_abort(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
    return or_abort(reallocarray(old, count != 0 ? count : 1, size));
}

char *xstrdup(const char *text)
{
    return or_abort(strdup(text));
}

char *xstrndup(const char *text, size_t n)
{
    return or_abort(strndup(text, n));
}

char *str_vprintf(const char *fmt, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    return or_abort(text);
}

char *str_printf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = str_vprintf(fmt, args);
    va_end(args);
    return text;
}
