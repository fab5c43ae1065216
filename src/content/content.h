// SPDX-License-Identifier: Apache-2.0
// content.h — blobs by the SHA-256 of their bytes: complete, verified and durable, or absent.
//
// `root` is always the data root's directory fd. A blob's file is content/sha256/<64 hex>; what is
// being written has no name yet (O_TMPFILE), so that a killed writer leaves nothing. Invariants I7,
// S-12, S-16, S-17.
#pragma once
#include "base/arena.h"
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
// Appends all that comes from `fd`, to its end; *out_bytes: how much.
[[nodiscard]] int content_append_from(struct content_writer *writer, int fd, uint64_t *out_bytes,
                                      struct err *err);
// Compares with what was promised (expected may be NULL), syncs, gives it its name. A blob that is
// there already is kept. Takes the writer, success or not.
[[nodiscard]] int content_take_commit(struct content_writer *writer, const char *expected,
                                      struct content_digest *out, struct err *err);
void content_abort(struct content_writer *writer); // NULL-safe

// The same in steps, for many blobs with one sync (I7):
//     content_end of each (the bytes are right) → content_sync → content_take_publish of each (they
//     have their names) → content_sync_names → a durable commit of what needs them
[[nodiscard]] int content_end(struct content_writer *writer, const char *expected,
                              struct content_digest *out, struct err *err);
// All that was written below the data root, layers too: one syncfs.
[[nodiscard]] int content_sync(int root, struct err *err);
// After content_end and content_sync. Takes the writer, success or not.
[[nodiscard]] int content_take_publish(struct content_writer *writer, struct err *err);
[[nodiscard]] int content_sync_names(int root, struct err *err);
// begin, append, commit of a small one.
[[nodiscard]] int content_put(int root, const void *bytes, size_t n, struct content_digest *out,
                              struct err *err);

// --- downloads that survive their process ---
// content/incoming/<hex>.part, flock'ed by who writes it, and beside it <hex>.have: how many of its
// leading bytes are final. Nobody reads them as content: adopting one is a rename, after the caller
// has verified the digest of the whole file.
struct content_partial {
    int root; // borrowed
    int fd;   // read and write at any offset; the lock
    uint64_t size, have;
    struct content_digest digest;
    int note; // the .have file
};
enum { CONTENT_PARTIAL_DAYS = 7 }; // a partial download that nobody touched for so long is swept
// Opens the partial download of a blob of `size` bytes, or begins it. 1 it is yours: close it; 0
// another process is downloading it right now: wait and look with content_find again.
[[nodiscard]] int content_partial_open(int root, const char *hex, uint64_t size,
                                       struct content_partial *out, struct err *err);
// The first `have` bytes are written and final. Survives a kill; after a power cut the bytes may
// not be there, which the digest tells.
[[nodiscard]] int content_partial_note(struct content_partial *partial, uint64_t have,
                                       struct err *err);
// The digest was verified: the file becomes the blob, without a sync of its own: content_sync
// comes before, content_sync_names after. A blob that is there already is kept.
[[nodiscard]] int content_partial_adopt(struct content_partial *partial, struct err *err);
// What was downloaded was wrong: nothing stays. Still to be closed.
void content_partial_drop(struct content_partial *partial);
void content_partial_close(struct content_partial *partial); // what is there stays for the next
// Removes partial downloads that nobody holds and that are older than `days` (0: all of those);
// adds their bytes to *out_bytes when it is not NULL.
[[nodiscard]] int content_partial_sweep(int root, unsigned days, uint64_t *out_bytes,
                                        struct err *err);

// --- files that others wrote ---
// The directory of the blobs, each under its digest: for dhow-transfer, which reads them. An fd.
[[nodiscard]] int content_dir(int root, struct err *err);
// Gives a file of the same file system, that nobody writes to any more, the name of the blob whose
// digest the caller has found it to have; without a sync of its own: content_sync comes before,
// content_sync_names after. A blob that is there already is kept.
[[nodiscard]] int content_adopt(int root, int fd, const char *hex, struct err *err);

// Removes a blob; fine when it is gone. Whether somebody still needs it is the caller's to know.
[[nodiscard]] int content_remove(int root, const char *hex, struct err *err);

// Removes all blobs for which is_used says no; adds their bytes to *out_bytes when it is not NULL.
[[nodiscard]] int content_sweep(int root, bool (*is_used)(const void *data, const char *hex),
                                const void *data, uint64_t *out_bytes, struct err *err);
// The digests of all blobs, sorted; in the arena.
[[nodiscard]] int content_list(int root, struct arena *arena, const char ***out, size_t *n_out,
                               struct err *err);

static inline void content_auto_abort_(struct content_writer **writer)
{
    content_abort(*writer);
}
#define AUTO_CONTENT __attribute__((cleanup(content_auto_abort_)))
