// SPDX-License-Identifier: Apache-2.0
// fiber.h — many conversations in one thread, each written as straight code.
//
// A request to a registry is a dialogue: ask, be told to authenticate, ask elsewhere, wait, ask
// again. As callbacks it would be a heap of states; as a fiber it is a function that calls
// fiber_pause() where it has to wait and goes on when somebody wakes it. Nothing runs at the same
// time as anything else, so nothing is locked; what must hold together stands between two pauses.
//
// The scheduler is whoever calls fibers_run: it never runs inside a fiber.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { FIBER_STACK = 128 * 1024 }; // touched as far as it is used, with a guard page below

struct fiber;
struct fibers {
    struct fiber *first;
    struct fiber *current; // NULL: the scheduler
    void *swap;            // the C library's swapcontext
};
// Runs `run(argument)` on a stack of its own, from the next fibers_run on, until it returns.
void fiber_start(struct fibers *fibers, void (*run)(void *argument), void *argument);
// Waits until fiber_wake, or the point in monotonic_ms() when that is not INT64_MAX. True: woken.
bool fiber_pause(struct fibers *fibers, int64_t until_ms);
void fiber_wake(struct fiber *fiber);
// For what changes seldom: everybody looks again.
void fibers_wake_all(struct fibers *fibers);
// Runs all that can run now. Returns the point in time when the next one wants to be woken,
// INT64_MAX for none.
int64_t fibers_run(struct fibers *fibers);
