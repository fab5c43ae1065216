// SPDX-License-Identifier: Apache-2.0
// pack.h — blobs and small texts become one tar stream, as `dhow save` writes it.
//
// What to write is said in a plan: a JSON document {"entries":[…]}. The archive depends on nothing
// but the plan and the blobs: no times, no owners. Runs in dhow-transfer only.
#pragma once
#include "json/bind.h"

#include <stddef.h>
#include <stdint.h>

enum { PACK_PLAN_MAX = 16 * 1024 * 1024 };

struct pack_entry {
    const char *path; // in the archive; a directory when it ends with '/'
    const char *text; // a file with this content; or
    const char *blob; // a blob: 64 hex digits
    uint64_t size;    // of the blob
};
struct pack_plan {
    struct pack_entry *entries;
    size_t n_entries;
};
extern const struct json_field pack_plan_fields[];

// Writes the archive to `out`. Blobs are opened by their digest in the directory `blobs` and
// verified on the way: one whose bytes have another digest or size ends with ERR_SYSTEM, and the
// archive is then cut off.
[[nodiscard]] int pack(const struct pack_plan *plan, int blobs, int out, struct err *err);
