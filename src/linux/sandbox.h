// SPDX-License-Identifier: Apache-2.0
// sandbox.h — a process gives up what it will not need, for good (S-9): system calls, resources.
//
// For our own programs that read what strangers made. A container's filter is seccomp/'s: that one
// is compiled from a profile; this one is a list in the source and costs microseconds.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SANDBOX_CALLS_MAX = 200 };

struct sock_filter;

// False in a build with AddressSanitizer, whose run time needs other calls and much address space.
bool sandbox_is_possible(void);
// From now on only these system calls (SYS_…, the most frequent first) work; others fail with
// EPERM. clone only makes threads, clone3 is not there (the C library then takes clone), and no
// memory becomes executable. For the calling thread and those it will start; needs no_new_privs.
[[nodiscard]] int sandbox_calls(const int *allowed, size_t n, struct err *err);
// The filter of the above: instructions, into `out` of 2 * n + 32.
size_t sandbox_filter(const int *allowed, size_t n, struct sock_filter *out);
// Lowers a limit (RLIMIT_…), soft and hard, to at most `max`.
[[nodiscard]] int sandbox_limit(int resource, uint64_t max, struct err *err);
