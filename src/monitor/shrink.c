// SPDX-License-Identifier: Apache-2.0
// shrink.c — what only a start needed goes out of memory: a monitor idles for weeks.
//
// The program's code is clean and backed by its file: thrown out of this process it stays in the
// page cache, and what is needed again comes back by a minor fault.
#include "monitor/server.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

extern const char __executable_start[], etext[]; // the linker's

void monitor_shrink(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)__executable_start & ~(page - 1);
    uintptr_t end = ((uintptr_t)etext + page - 1) & ~(page - 1);
    (void)malloc_trim(0);                                     // nothing to give back is fine
    (void)madvise((void *)start, end - start, MADV_DONTNEED); // it only costs memory
}
