// SPDX-License-Identifier: Apache-2.0
// content.h — blobs by the SHA-256 of their bytes: complete, verified and durable, or absent.
//
// `root` is always the data root's directory fd. A blob's file is content/sha256/<64 hex>; what is
// being written has no name yet (O_TMPFILE), so that a killed writer leaves nothing. Invariants I7,
// S-12, S-16, S-17.
#pragma once
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CONTENT_HEX = 64, // characters of a digest, without "sha256:"
};

struct content_digest {
    char hex[CONTENT_HEX + 1];
};

// True for exactly 64 lower-case hexadecimal digits.
bool content_is_hex(const char *text);
// Takes "sha256:<hex>" or "<hex>" apart. ERR_INVALID names the text.
[[nodiscard]] int content_digest_parse(const char *text, struct content_digest *out,
                                       struct err *err);

// Opens a blob for reading. ERR_NOT_FOUND when there is none.
[[nodiscard]] int content_open(int root, const char *hex, struct err *err);
// The whole blob, verified while it is read; the limit is the buffer's. On failure `out` is of no
// use.
[[nodiscard]] int content_read(int root, const char *hex, struct buf *out, struct err *err);
// 1 there is one (and its size, when out_size is not NULL), 0 there is none.
[[nodiscard]] int content_find(int root, const char *hex, uint64_t *out_size, struct err *err);

struct content_writer;
// Starts a blob of at most max_bytes. Yours: content_commit or content_abort ends it.
[[nodiscard]] int content_begin(int root, uint64_t max_bytes, struct content_writer **out,
                                struct err *err);
// Appends; ERR_INVALID when it grows past its limit. The writer stays yours on failure, too.
[[nodiscard]] int content_append(struct content_writer *writer, const void *bytes, size_t n,
                                 struct err *err);
// Compares with what was promised (expected may be NULL), syncs, gives it its name. A blob that is
// there already is kept. Takes the writer, success or not.
[[nodiscard]] int content_take_commit(struct content_writer *writer, const char *expected,
                                      struct content_digest *out, struct err *err);
void content_abort(struct content_writer *writer); // NULL-safe
// begin, append, commit of a small one.
[[nodiscard]] int content_put(int root, const void *bytes, size_t n, struct content_digest *out,
                              struct err *err);

// Removes a blob; fine when it is gone. Whether somebody still needs it is the caller's to know.
[[nodiscard]] int content_remove(int root, const char *hex, struct err *err);

// Removes all blobs for which is_used says no.
[[nodiscard]] int content_sweep(int root, bool (*is_used)(const void *data, const char *hex),
                                const void *data, struct err *err);

static inline void content_auto_abort_(struct content_writer **writer)
{
    content_abort(*writer);
}
#define AUTO_CONTENT __attribute__((cleanup(content_auto_abort_)))
