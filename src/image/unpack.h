// SPDX-License-Identifier: Apache-2.0
// unpack.h — inside image/: layers are unpacked by dhow-transfer, one process each, as many side by
// side as the caller starts.
//
//     unpack_start … poll(unpack_fd) … unpack_finish … layer_commit(&job.writer) … unpack_done
//
// What comes out is compared with what was promised: the digest and size of the blob as they were
// read by who unpacked it, and the digest of the plain bytes.
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "image/image.h"
#include "snapshot/layer.h"
#include "transfer/child.h"

struct unpack_job {
    // what is wanted
    int blob;            // the file; borrowed
    int follow;          // a pipe that says how much of the file is there; -1: all of it. Taken.
    const char *digest;  // 64 hex digits, or NULL: whatever it is
    uint64_t size;       // of the file; UINT64_MAX: whatever it is
    bool is_tree;        // no layer: an archive of files, without whiteouts
    const char *diff_id; // 64 hex digits, or NULL: whatever it is
    // after unpack_finish, in its arena
    const char *found_digest, *found_diff_id;
    const char *compression; // none, gzip, zstd, xz, bzip2
    uint64_t plain_bytes;    // of the tar
    uint64_t files_bytes;    // of its regular files
    // inner
    struct layer_writer writer; // of the layer, for layer_commit and the like
    struct child child;
    bool has_writer;
};
#define UNPACK_NONE                                                                                \
    {                                                                                              \
        .blob = -1, .follow = -1, .size = UINT64_MAX, .child = CHILD_NONE                          \
    }

// Begins a layer and starts the process. Afterwards, success or not, unpack_done is due.
[[nodiscard]] int unpack_start(const struct image_store *store, struct unpack_job *job,
                               struct err *err);
// Readable when the process has something to report: then unpack_finish does not wait.
int unpack_fd(const struct unpack_job *job);
// Waits for its end and compares. < 0: why it failed, in its own words, or what is not as promised
// (ERR_INVALID).
[[nodiscard]] int unpack_finish(struct unpack_job *job, struct arena *arena, struct err *err);
// Kills the process if it is there, and removes the layer that was not committed.
void unpack_done(struct unpack_job *job);

// All of them, at most one for each processor at a time. The first failure ends the others. Each
// is to be committed and unpack_done by the caller.
[[nodiscard]] int unpack_all(const struct image_store *store, struct arena *arena,
                             struct unpack_job *jobs, size_t n, struct err *err);
