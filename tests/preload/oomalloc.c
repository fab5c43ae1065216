// SPDX-License-Identifier: Apache-2.0
// oomalloc.c — memory runs out at the Nth allocation: a library for LD_PRELOAD, so for programs
// that are linked dynamically and without ASan: make BUILD=debug static=
//
//     LD_PRELOAD=oomalloc.so OOMALLOC_AT=57 COMMAND   the 57th allocation of each process fails,
//     once OOMALLOC_ONWARD=1          and all after it OOMALLOC_COUNT=FILE        append "name:
//     count" to FILE when the process exits OOMALLOC_ONLY=NAME         only in processes of this
//     name OOMALLOC_SPARE=libjson-c   not when this library asks (it is known to crash)
//
// Counted: malloc, calloc, realloc that grows, reallocarray, posix_memalign, aligned_alloc, strdup,
// strndup, and mmap that makes anonymous memory. Failing, each does what the C library does: NULL
// or MAP_FAILED and ENOMEM. The loader's and the C library's internal calls do not come by here.
// Not thread-exact: the count is atomic, its order the scheduler's.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Of the exported function that it stands in.
#define CALLER __builtin_return_address(0)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long count;
static long fail_at; // 0: never
static bool is_onward;
static const char *spared; // part of a library's path
static bool is_ready;      // false while the loader runs: its own allocations do not count

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("OOMALLOC_AT"), *only = getenv("OOMALLOC_ONLY");
    if (only != NULL && strcmp(only, program_invocation_short_name) != 0)
        return;
    fail_at = at == NULL ? 0 : strtol(at, NULL, 10);
    is_onward = getenv("OOMALLOC_ONWARD") != NULL;
    spared = getenv("OOMALLOC_SPARE");
    is_ready = true;
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("OOMALLOC_COUNT");
    char line[300];
    if (path == NULL || !is_ready)
        return;
    is_ready = false;
    int n = snprintf(line, sizeof line, "%s: %ld\n", program_invocation_short_name,
                     atomic_load(&count));
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        _exit(99);
    (void)close(fd);
}

static bool is_spared(const void *caller)
{
    Dl_info info;
    return spared != NULL && dladdr(caller, &info) != 0 && strstr(info.dli_fname, spared) != NULL;
}

static bool is_out_of_memory(const void *caller)
{
    if (!is_ready)
        return false;
    long n = atomic_fetch_add(&count, 1) + 1;
    if (fail_at == 0 || (is_onward ? n < fail_at : n != fail_at) || is_spared(caller))
        return false;
    errno = ENOMEM;
    return true;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return is_out_of_memory(CALLER) ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return is_out_of_memory(CALLER) ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size)
{
    return size > 0 && is_out_of_memory(CALLER) ? NULL : __libc_realloc(old, size);
}

__attribute__((visibility("default"))) void *reallocarray(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return bytes > 0 && is_out_of_memory(CALLER) ? NULL : __libc_realloc(old, bytes);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size)
{
    return is_out_of_memory(CALLER) ? NULL : __libc_memalign(alignment, size);
}

__attribute__((visibility("default"))) int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = is_out_of_memory(CALLER) ? NULL : __libc_memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *out = memory;
    return 0;
}

static char *copy_text(const char *text, size_t n)
{
    char *copy = __libc_malloc(n + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

__attribute__((visibility("default"))) char *strndup(const char *text, size_t max)
{
    return is_out_of_memory(CALLER) ? NULL : copy_text(text, strnlen(text, max));
}

__attribute__((visibility("default"))) char *strdup(const char *text)
{
    return is_out_of_memory(CALLER) ? NULL : copy_text(text, strlen(text));
}

typedef void *mmap_function(void *, size_t, int, int, int, off_t);

__attribute__((visibility("default"))) void *mmap(void *at, size_t size, int protection, int flags,
                                                  int fd, off_t offset)
{
    static _Atomic(mmap_function *) real;
    mmap_function *next = atomic_load(&real);
    if (next == NULL) {
        next = (mmap_function *)dlsym(RTLD_NEXT, "mmap");
        atomic_store(&real, next);
    }
    return flags & MAP_ANONYMOUS && is_out_of_memory(CALLER)
               ? MAP_FAILED
               : next(at, size, protection, flags, fd, offset);
}
