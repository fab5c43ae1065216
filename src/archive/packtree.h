// SPDX-License-Identifier: Apache-2.0
// packtree.h — a directory tree becomes a tar stream: a whole root file system (export), or what a
// container has changed, as a layer (commit). Runs in dhow-transfer only.
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct packtree_request {
    int tree; // the directory; it is what the program has chroot'ed to
    int to;   // the stream
    // The tree is overlayfs' upper directory: its whiteouts and opaque directories become .wh.
    // files (image-spec layer.md).
    bool is_layer;
    bool is_gzip; // the stream is compressed; the digest is of the plain bytes all the same
    // Not all that is in the tree, but this entry of it ("." is the tree itself) with what is
    // below it, mounts included (but for the kernel's own file systems, which are empty then), and
    // what it is called in the archive. NULL: all.
    const char *entry, *name;
};
struct packtree_report {
    const char *digest;           // sha256 of the stream, 64 hex digits: of a layer its diff id
    uint64_t size_bytes, entries; // of the stream
    char hex[65];                 // where digest is
};
// Entries come in the order of their names, sockets are left out, hard links stay links, holes stay
// holes. Of extended attributes only those are kept that mean the same elsewhere: user.* and
// security.capability. < 0: what was written so far is no whole archive.
[[nodiscard]] int packtree(const struct packtree_request *request, struct packtree_report *out,
                           struct err *err);
