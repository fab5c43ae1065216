// SPDX-License-Identifier: Apache-2.0
// helper.h — inside image/: dhow-transfer as a child that does one thing and reports.
//
// It gets the descriptors it needs and nothing else; its report is one JSON document on its
// standard output: the verb's own, or {"kind","error"}.
#pragma once
#include "json/bind.h"

#include <sys/types.h>

struct helper {
    pid_t pid;  // 0: none
    int report; // readable when it has something to say; -1: none
};
#define HELPER_NONE                                                                                \
    {                                                                                              \
        .report = -1                                                                               \
    }

// Starts `program` with argv (ends with NULL; argv[0] is the program). `in` becomes its standard
// input (-1: nothing), more[0] its descriptor 3 and so on; all stay the caller's.
enum { HELPER_MORE_MAX = 4 };
[[nodiscard]] int helper_start(const char *program, const char *const *argv, int in,
                               const int *more, size_t n_more, struct helper *out, struct err *err);
// Reads the report to its end, waits, decodes it by `fields`. < 0: the helper's own words, or that
// it ended without any. The helper is gone afterwards.
[[nodiscard]] int helper_finish(struct helper *helper, struct arena *arena,
                                const struct json_field *fields, void *out, struct err *err);
// Kills it if it is there.
void helper_kill(struct helper *helper);
