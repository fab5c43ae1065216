// SPDX-License-Identifier: Apache-2.0
// child.h — dhow-transfer as a child that does one thing and reports.
//
// It gets the descriptors it needs and nothing else; its report is one JSON document on its
// standard output: the verb's own, or {"kind","error"}.
#pragma once
#include "json/bind.h"

#include <sys/types.h>

struct child {
    pid_t pid;  // 0: none
    int report; // readable when it has something to say; -1: none
};
#define CHILD_NONE                                                                                 \
    {                                                                                              \
        .report = -1                                                                               \
    }

// Starts argv[0] with argv (ends with NULL). `in` becomes its standard
// input (-1: nothing), more[0] its descriptor 3 and so on; all stay the caller's.
enum { CHILD_MORE_MAX = 4 };
[[nodiscard]] int child_start(const char *const *argv, int in, const int *more, size_t n_more,
                              struct child *out, struct err *err);
// Reads the report to its end, waits, decodes it by `fields`. < 0: the child's own words, or that
// it ended without any. The child is gone afterwards.
[[nodiscard]] int child_finish(struct child *child, struct arena *arena,
                               const struct json_field *fields, void *out, struct err *err);
// Kills it if it is there.
void child_kill(struct child *child);
