// SPDX-License-Identifier: Apache-2.0
// fiber.c — makecontext and swapcontext over a list.
#include "registry/fiber.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct fiber {
    struct fiber *next;
    void (*run)(void *argument);
    void *argument;
    char *stack; // FIBER_STACK bytes after a page that cannot be touched
    ucontext_t here, scheduler;
    int64_t until_ms;
    bool is_woken;  // since it was last run
    bool was_woken; // why it runs now
    bool is_over;
};
enum { GUARD = 4096 };

// AddressSanitizer has a swapcontext of its own that only warns that it exists, into what tests
// take for a report.
static void switch_to(struct fibers *fibers, ucontext_t *from, const ucontext_t *to)
{
    int (*swap)(ucontext_t *, const ucontext_t *) = swapcontext;
    if (fibers->swap == NULL)
        fibers->swap = dlsym(RTLD_NEXT, "swapcontext");
    if (fibers->swap != NULL)
        memcpy(&swap, &fibers->swap, sizeof swap);
    if (swap(from, to) < 0)
        abort(); // it fails for want of memory only, and takes none
}

// makecontext passes ints: the pointer comes in two halves.
static void enter(unsigned high, unsigned low)
{
    struct fiber *fiber =
        (struct fiber *)((uintptr_t)high << 16 << 16 | (uintptr_t)low); // NOLINT: see above
    fiber->run(fiber->argument);
    fiber->is_over = true;
}

void fiber_start(struct fibers *fibers, void (*run)(void *argument), void *argument)
{
    struct fiber *fiber = xcalloc(1, sizeof *fiber);
    fiber->run = run;
    fiber->argument = argument;
    fiber->is_woken = true;
    char *stack = mmap(NULL, GUARD + FIBER_STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, GUARD, PROT_NONE) < 0 ||
        getcontext(&fiber->here) < 0)
        abort(); // as xmalloc: a few hundred kilobytes are not there
    fiber->stack = stack + GUARD;
    fiber->here.uc_stack.ss_sp = fiber->stack;
    fiber->here.uc_stack.ss_size = FIBER_STACK;
    fiber->here.uc_link = &fiber->scheduler;
    uintptr_t at = (uintptr_t)fiber;
    makecontext(&fiber->here, (void (*)(void))enter, 2, (unsigned)(at >> 16 >> 16), (unsigned)at);
    fiber->next = fibers->first;
    fibers->first = fiber;
}

bool fiber_pause(struct fibers *fibers, int64_t until_ms)
{
    struct fiber *fiber = fibers->current;
    assert(fiber != NULL);
    fiber->until_ms = until_ms;
    switch_to(fibers, &fiber->here, &fiber->scheduler);
    return fiber->was_woken;
}

void fiber_wake(struct fiber *fiber)
{
    fiber->is_woken = true;
}

void fibers_wake_all(struct fibers *fibers)
{
    for (struct fiber *fiber = fibers->first; fiber != NULL; fiber = fiber->next)
        fiber->is_woken = true;
}

static void run_one(struct fibers *fibers, struct fiber *fiber)
{
    fibers->current = fiber;
    fiber->was_woken = fiber->is_woken;
    fiber->is_woken = false;
    switch_to(fibers, &fiber->scheduler, &fiber->here);
    fibers->current = NULL;
}

static void remove_over(struct fibers *fibers)
{
    for (struct fiber **at = &fibers->first; *at != NULL;) {
        struct fiber *fiber = *at;
        if (!fiber->is_over) {
            at = &fiber->next;
            continue;
        }
        *at = fiber->next;
        (void)munmap(fiber->stack - GUARD, GUARD + FIBER_STACK); // ours
        free(fiber);
    }
}

int64_t fibers_run(struct fibers *fibers)
{
    int64_t next_ms;
    bool has_run;
    do {
        next_ms = INT64_MAX;
        has_run = false;
        int64_t now_ms = monotonic_ms();
        for (struct fiber *fiber = fibers->first; fiber != NULL; fiber = fiber->next) {
            if (fiber->is_woken || fiber->until_ms <= now_ms) {
                has_run = true;
                run_one(fibers, fiber);
            }
            if (!fiber->is_over && fiber->until_ms < next_ms)
                next_ms = fiber->until_ms;
        }
        remove_over(fibers);
    } while (has_run);
    return next_ms;
}
